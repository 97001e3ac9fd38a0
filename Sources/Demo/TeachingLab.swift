import LabServer
import Link
import LinkEmulation
import Reactor
import Transports
import Wire

/// The teaching lab: the page, the lanes through which a browser reaches every technique, and the
/// rooms.
///
/// ```text
///   browser ── page, orders ─────────────────▶ lab server, port P
///   browser ── port P+1 … ──▶ LinkRelay ─────▶      "
/// ```
///
/// The lanes are ports of their own, because a browser opens six connections to one at most, and go
/// through a relay, because nobody can instrument a browser. The page itself does not: its orders
/// must arrive while the cable is pulled.
package final class TeachingLab: Sendable {
    /// Where the page is.
    package let address: SocketAddress
    private let server: LabServer
    private let relay: LinkRelay
    private let rooms: TeachingRooms

    /// Bytes that a page may post: a record's latencies, seven lanes of 20,000 with ten digits each.
    private static let contentLimit = 2 << 20

    /// Opens all ports and starts everything.
    ///
    /// - Throws: `SystemError` when a port cannot be had or a thread not be started.
    package init(_ configuration: LabConfiguration) throws(SystemError) {
        let settings = configuration.settings
        let board = LabSiteBoard()
        server = try LabServer(Self.serverConfiguration(configuration, board))
        address = server.address
        do throws(SystemError) {
            relay = try LinkRelay(
                doors: LabSite.transports.indices.map { configuration.address(after: $0 + 1) },
                server: server.address, profile: settings.link, seed: 1)
        } catch {
            _ = server.stop()
            throw error
        }
        do throws(SystemError) {
            rooms = try TeachingRooms(
                chat: configuration.address(after: LabSite.transports.count + 1),
                live: configuration.address(after: LabSite.transports.count + 2),
                assets: configuration.assets)
        } catch {
            relay.stop()
            _ = server.stop()
            throw error
        }
        board.open(
            LabSite(
                lanes: zip(LabSite.transports, relay.addresses).map {
                    LabSite.Lane(transport: $0, port: $1.port)
                },
                rooms: ["chat": rooms.chat.port, "live": rooms.live.port], link: relay))
        if let plan = settings.plan(start: MonotonicClock.now(), seed: 1) { server.publish(plan) }
    }

    private static func serverConfiguration(
        _ configuration: LabConfiguration, _ board: LabSiteBoard
    ) -> ServerConfiguration {
        let settings = configuration.settings
        var server = ServerConfiguration()
        server.address = configuration.address
        server.heartbeat = settings.heartbeat
        // A peer that lets two heartbeats pass without a word, and half of the next, is dead.
        if configuration.isHalfDead { server.deadAfter = settings.heartbeat * 5 / 2 }
        server.responseLimit = settings.responseLimitBytes
        server.settings.hold = settings.hold
        server.settings.batchLimit = settings.batchLimit
        server.settings.origins = .sameHost
        server.settings.origins.believesOwnHostsOnly = configuration.address.isLoopback
        // The page publishes by orders of its own; whoever else would need no more than the address.
        server.settings.publishing = configuration.address.isLoopback ? .anybody : .nobody
        server.settings.namesSessions = true
        server.settings.contentPaths = [LabApplication.path]
        server.settings.limits.bodyBytes = contentLimit
        server.makeApplication = { LabApplication(configuration, board: board) }
        return server
    }

    /// What the lab and the rooms have to tell: a loop that could not go on.
    package var notices: [Inbox<LabServer.Notice>] { [server.notices] + rooms.notices }

    /// Where the chat is.
    package var chatAddress: SocketAddress { rooms.chat }
    /// Where the live text is.
    package var liveAddress: SocketAddress { rooms.live }
    /// What the live text's host logs in with.
    package var hostToken: String { rooms.hostToken }

    /// Ends every conversation.
    package func stop() {
        rooms.stop()
        relay.stop()
        _ = server.stop()
    }
}
