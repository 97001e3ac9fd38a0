import LabServer
import Link
import Measurement
import Reactor
import Transports

/// How the teaching lab is set up.
package struct LabConfiguration: Sendable {
    /// Where the page is; the lanes and the rooms take the ports after it. Port 0 takes any.
    package var address = SocketAddress.loopback(port: 0)
    /// Events a second to begin with.
    package var ratePerSecond = 4.0
    /// The lanes' round trip to begin with.
    package var roundTripTime = Duration.zero
    /// Whether the page begins with the lesson on peers that are half dead.
    package var isHalfDead = false
    /// Where the page's files are read from instead of from the program, by who works on them.
    package var assets: String?

    package init() {}
}

/// The teaching lab: the page, the lanes through which a browser reaches every technique, and the
/// rooms.
package final class TeachingLab: Sendable {
    /// Where the page is.
    package let address: SocketAddress
    private let server: LabServer

    /// Opens all ports and starts everything.
    ///
    /// - Throws: `SystemError` when a port cannot be had or a thread not be started.
    package init(_ configuration: LabConfiguration) throws(SystemError) {
        var server = ServerConfiguration()
        server.address = configuration.address
        server.settings.origins = .sameHost
        server.settings.namesSessions = true
        server.settings.contentPaths = [LabApplication.path]
        server.makeApplication = { LabApplication(configuration) }
        self.server = try LabServer(server)
        address = self.server.address
        self.server.publish(
            PublishPlan(
                content: .padded(100), arrivals: .poisson,
                ratePerSecond: configuration.ratePerSecond, seed: 1, events: nil,
                start: MonotonicClock.now()))
    }

    /// What the lab has to tell: a loop that could not go on.
    package var notices: Inbox<LabServer.Notice> { server.notices }

    /// Ends every conversation.
    package func stop() {
        _ = server.stop()
    }
}
