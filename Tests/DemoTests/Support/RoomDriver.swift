import FoundationEssentials
import LabServer
import Link
import Testing
import Transports

@testable import Demo

/// What a room's answer or event says, as far as a test asks.
struct RoomContent: Decodable, Equatable {
    struct User: Decodable, Equatable {
        let id: Int
        let name: String
    }
    struct Receipt: Decodable, Equatable {
        let event: UInt64
        let ref: Int?
        let up: Int
        let down: Int
    }
    struct Image: Decodable, Equatable {
        let id: Int
        let type: String
        let bytes: Int
    }
    struct Post: Decodable, Equatable {
        let id: UInt64
        let data: [String: Ignored]
    }
    /// A value that is not looked at.
    struct Ignored: Decodable, Equatable {
        init(from decoder: any Decoder) throws {}
    }

    var session: String?
    var user: User?
    var cursor: UInt64?
    var count: Int?
    var code: String?
    var retry_s: Int?
    var receipt: Receipt?
    var refused: [String: Ignored]?
    var kind: String?
    var text: String?
    var at: Int64?
    var number: Int?
    var image: Image?
    var posts: [Post]?
    var readers: Int?
    var there: Int?
    /// How many are online, or who.
    var online: Online?

    enum Online: Decodable, Equatable {
        case count(Int)
        case users([User])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let count = try? value.decode(Int.self) {
                self = .count(count)
            } else {
                self = .users(try value.decode([User].self))
            }
        }
    }

    init(_ json: [UInt8]) throws {
        self = try JSONDecoder().decode(RoomContent.self, from: Data(json))
    }
}

/// A room without a server, in virtual time: orders in, answers and events out.
final class RoomDriver<Hosted: Room> {
    /// The present moment; starts a second after the clock's zero.
    var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var room: Hosted
    /// What was published, in order.
    private(set) var published: [[UInt8]] = []

    init(_ room: Hosted) {
        self.room = room
    }

    /// The events, as they are read.
    func events() throws -> [RoomContent] {
        try published.map { try RoomContent($0) }
    }

    /// One line an event: what happened, to whom, and how many are online afterwards.
    func story() throws -> [String] {
        try events().map { event in
            let online = if case .count(let count) = event.online { "\(count)" } else { "?" }
            let text = event.text.map { ": \($0)" } ?? ""
            return "\(event.user?.name ?? "?") \(event.kind ?? "?")\(text) (\(online))"
        }
    }

    func ask(_ request: PlainRequest) -> HostedAnswer? {
        call { $0.answer(request, &$1) }
    }

    /// Posts JSON.
    func post(_ path: String, _ json: String, type: String = "application/json") -> HostedAnswer? {
        var request = PlainRequest()
        request.path = path
        request.content = Array(json.utf8)
        request.contentType = type
        request.wireBytes = 100 + json.utf8.count
        return ask(request)
    }

    func get(_ path: String, query: String = "") -> HostedAnswer? {
        var request = PlainRequest()
        request.path = path
        request.query = query
        request.wireBytes = 100 + path.utf8.count + query.utf8.count
        return ask(request)
    }

    /// Says something on a WebSocket, and returns what is said in return.
    func hear(_ json: String, session: String) -> [UInt8]? {
        let message = InboundMessage(content: Array(json.utf8), wireBytes: json.utf8.count + 6)
        return call { $0.hear(message, of: session, &$1) }
    }

    func began(_ session: String, connection: UInt64 = 1) {
        let listening = Listening(session: session, technique: "sse", connection: connection)
        call { $0.began(listening, &$1) }
    }

    func ended(_ session: String, connection: UInt64 = 1) {
        let listening = Listening(session: session, technique: "sse", connection: connection)
        call { $0.ended(listening, &$1) }
    }

    /// Lets time pass, and the room do what becomes due.
    func pass(_ duration: Duration) {
        let end = now + duration
        while room.deadline <= end {
            now = max(now, room.deadline)
            call { $0.advance(&$1) }
        }
        now = end
    }

    private func call<Result>(
        _ body: (inout Hosted, inout ApplicationHost) -> Result
    ) -> Result {
        var host = ApplicationHost(now: now, newest: UInt64(published.count))
        defer { published += host.published }
        return body(&room, &host)
    }
}

extension HostedAnswer {
    /// The content as it is read.
    func content() throws -> RoomContent {
        try RoomContent(body)
    }
}

/// Secrets that a test can foretell: s1, s2, …
func countedSecrets() -> @Sendable () -> String {
    let counter = SecretCounter()
    return { counter.next() }
}

private final class SecretCounter: @unchecked Sendable {
    private var count = 0

    func next() -> String {
        count += 1
        return "s\(count)"
    }
}

extension RoomDriver<ChatRoom> {
    static func chat() -> RoomDriver {
        RoomDriver(
            ChatRoom(page: RoomPage(file: "chat.html"), makeSecret: countedSecrets()))
    }

    /// Joins and returns the session.
    func join(_ name: String) throws -> String {
        let answer = try #require(post("/room/join", "{\"name\":\"\(name)\"}"))
        return try #require(try answer.content().session)
    }

    /// Joins and listens.
    func enter(_ name: String) throws -> String {
        let session = try join(name)
        began(session)
        return session
    }

    func say(_ text: String, _ session: String, ref: Int? = nil) -> HostedAnswer? {
        let number = ref.map { ",\"ref\":\($0)" } ?? ""
        return post("/room/say", "{\"session\":\"\(session)\",\"text\":\"\(text)\"\(number)}")
    }
}

extension RoomDriver<LiveTextRoom> {
    static let token = "0123456789abcdefABCDEF"

    static func live() -> RoomDriver {
        RoomDriver(
            LiveTextRoom(
                page: RoomPage(file: "live.html"), token: token, makeSecret: countedSecrets()))
    }

    /// Logs in and returns the session.
    func login() throws -> String {
        let answer = try #require(post("/room/login", "{\"token\":\"\(Self.token)\"}"))
        return try #require(try answer.content().session)
    }
}
