import Measurement
import Reactor

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
    /// What is said to have written a record.
    package var tool = ToolVersion(name: "pushbench", version: "unknown", commit: "unknown")

    /// What a record says of the machine; reading that takes files, so it is done once.
    package var machine = Machine.current()
    /// The command line, word by word, for a record.
    package var command: [String] = []
    /// The seconds since 1970, for a record's date.
    var wallClock: @Sendable () -> Int64 = { MonotonicClock.wall() }

    package init() {}

    /// Ports that are taken after the page's: a lane for each technique of a browser, and two rooms.
    package static var furtherPorts: Int { LabSite.transports.count + 2 }

    /// What holds until a page changes it.
    var settings: LabSettings {
        var settings = LabSettings()
        settings.ratePerSecond = ratePerSecond
        settings.roundTripTime = roundTripTime
        if isHalfDead { settings.heartbeat = LabSettings.halfDeadHeartbeat }
        return settings
    }

    /// Where the `index`th port after the page's is.
    func address(after index: Int) -> SocketAddress {
        address.at(port: address.port == 0 ? 0 : address.port + UInt16(index))
    }
}
