import LabServer
import Reactor
import Transports
import Wire

/// The two rooms, each a server of its own with its own event source.
final class TeachingRooms: Sendable {
    /// Events of a room that can be asked for again, which is an hour of a lively class.
    private static let retainedEvents = 20_000
    /// Connections of a room: a stream and an order for each of a thousand, and some to spare.
    private static let connectionLimit = 2_500

    /// Where the chat is.
    let chat: SocketAddress
    /// Where the live text is.
    let live: SocketAddress
    /// What the live text's host logs in with.
    let hostToken: String
    private let servers: [LabServer]

    /// Opens both rooms; their files are read from `assets` if that is not nil.
    ///
    /// - Throws: `SystemError` when a port cannot be had or a thread not be started.
    init(chat: SocketAddress, live: SocketAddress, assets: String?) throws(SystemError) {
        let token = Self.makeSecret()
        let clock = WallClockOffset.measure()
        let chatServer = try LabServer(
            Self.configuration(at: chat, bodyBytes: 16 * 1024) {
                ChatRoom(
                    page: RoomPage(file: "chat.html", assets: assets, clock: clock),
                    makeSecret: Self.makeSecret)
            })
        let liveServer: LabServer
        do throws(SystemError) {
            liveServer = try LabServer(
                Self.configuration(at: live, bodyBytes: 768 * 1024) {
                    LiveTextRoom(
                        page: RoomPage(file: "live.html", assets: assets, clock: clock),
                        token: token, makeSecret: Self.makeSecret)
                })
        } catch {
            _ = chatServer.stop()
            throw error
        }
        self.chat = chatServer.address
        self.live = liveServer.address
        hostToken = token
        servers = [chatServer, liveServer]
    }

    /// What the rooms have to tell: a loop that could not go on.
    var notices: [Inbox<LabServer.Notice>] { servers.map(\.notices) }

    /// Ends every conversation.
    func stop() {
        for server in servers { _ = server.stop() }
    }

    /// 128 random bits in base64url (RFC 4648 §5): not to be guessed, and at home in a query.
    static let makeSecret: @Sendable () -> String = {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        for _ in 0..<2 {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
        }
        let text = String(decoding: Base64.encode(bytes.span), as: UTF8.self)
        return String(
            text.compactMap { character in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }

    private static func configuration(
        at address: SocketAddress, bodyBytes: Int,
        application: @escaping @Sendable () -> any HostedApplication
    ) -> ServerConfiguration {
        var server = ServerConfiguration()
        server.address = address
        server.connectionLimit = connectionLimit
        server.logLimits.events = retainedEvents
        server.logLimits.bytes = 16 << 20
        server.settings.origins.believesOwnHostsOnly = address.isLoopback
        server.settings.takesEvents = false
        server.settings.namesSessions = true
        server.settings.keepsInbound = true
        server.settings.contentPaths = ["/room/"]
        // A message of 1,000 characters that each take 12 bytes in JSON, with room for its frame.
        server.settings.inboundLimit = 16 * 1024
        server.settings.limits.bodyBytes = bodyBytes
        // The same message in the query of a script: 1,000 characters of four bytes, each of them
        // written with three.
        server.settings.limits.targetBytes = 13 * 1024
        server.makeApplication = application
        return server
    }
}
