import LabServer
import Link
import Transports
import Wire

/// A live-text broadcast: a host posts, everybody reads.
///
/// Orders, beside those of every room, which here only the host's session may use to say something:
/// - `GET /room/state` → `{"cursor":17,"posts":[{…}]}`: the last posts; read on from the cursor.
/// - `POST /room/login` `{"token":…}` → `{"session":…}`; `POST /room/logout` `{"session":…}`.
/// - `POST /room/readers` `{"session":…}` → `{"readers":12}`, for the host.
/// - `GET /room/image/3`.
///
/// Events: `{"kind":"post","number":5,"text":…,"image":{"id":3,"type":"image/png","bytes":1234},
/// "at":…}`, `image` only with one. Readers listen under names of their own choice, by which they are
/// counted.
struct LiveTextRoom: Room {
    /// Posts that a reader gets on entering.
    static let historyLimit = 20
    /// Pictures that are kept, which are 25 MiB at most.
    static let imageLimit = 50
    /// Readers that are counted one by one; more come in and are not counted.
    static let readerLimit = 4_096
    /// Browsers in which the host is logged in; the one before the first of these is logged out.
    private static let hostLimit = 8
    /// Wrong tokens at once, and then one in ten seconds; more are not even told that they are wrong.
    /// The right one is always let in: with 128 random bits there is nothing to be guessed, and
    /// nobody can keep the host out by guessing.
    private static let guessBurst = 5
    private static let guessInterval = Duration.seconds(10)

    let page: RoomPage
    private let token: [UInt8]
    private let makeSecret: @Sendable () -> String
    private var hosts: [(session: String, speaker: Speaker)] = []
    private var guesses = TokenBucket(capacity: guessBurst, every: guessInterval)
    private var sharedRate = TokenBucket(capacity: 20, every: .milliseconds(200))
    private var readers = Presence()
    private var posts: [(event: UInt64, json: [UInt8])] = []
    private var images: [RoomImage] = []
    private var postCount = 0
    private var lastImage = 0

    /// A room whose host shows `token`, and whose host's sessions are called what `makeSecret` says.
    init(page: RoomPage, token: String, makeSecret: @escaping @Sendable () -> String) {
        self.page = page
        self.token = Array(token.utf8)
        self.makeSecret = makeSecret
    }

    var deadline: Instant { readers.deadline }

    mutating func answerOwn(
        _ request: PlainRequest, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> HostedAnswer? {
        switch request.path {
        case "/room/state":
            return RoomPage.answer(state(host))
        case "/room/login":
            return try login(RoomOrder.read(RoomOrder.Login.self, from: request), host)
        case "/room/logout":
            let session = try RoomOrder.read(RoomOrder.Named.self, from: request).session
            hosts.removeAll { $0.session == session }
            return HostedAnswer(status: 204, contentType: RoomPage.jsonType, body: [])
        case "/room/readers":
            let session = try RoomOrder.read(RoomOrder.Named.self, from: request).session
            guard hosts.contains(where: { $0.session == session }) else { throw .notHost }
            var json = RoomJSON()
            json.write("{\"readers\":", number: readers.count)
            json.write("}")
            return RoomPage.answer(json)
        default:
            return image(at: request.path)
        }
    }

    // MARK: - Readers

    private func state(_ host: borrowing ApplicationHost) -> RoomJSON {
        var json = RoomJSON()
        json.write("{\"cursor\":", number: host.newest)
        json.write(",\"posts\":[")
        for (index, post) in posts.enumerated() {
            json.write(index > 0 ? ",{\"id\":" : "{\"id\":", number: post.event)
            json.write(",\"data\":")
            json.write(post.json)
            json.write("}")
        }
        json.write("]}")
        return json
    }

    private func image(at path: String) -> HostedAnswer? {
        let prefix = "/room/image/"
        guard path.hasPrefix(prefix), let id = Int(path.dropFirst(prefix.count)),
            let image = images.first(where: { $0.id == id })
        else { return nil }
        // Opened by itself, it is a picture and nothing else, whatever else its bytes are.
        return HostedAnswer(
            contentType: image.type,
            fields: RoomPage.noSniff + "Content-Disposition: inline\r\n"
                + "Content-Security-Policy: default-src 'none'; sandbox\r\n"
                + "Cache-Control: private, max-age=3600, immutable\r\n",
            body: image.bytes)
    }

    mutating func began(_ listening: Listening, _ host: inout ApplicationHost) {
        guard !isHost(listening.session),
            readers.count < Self.readerLimit || readers.contains(listening.session)
        else { return }
        _ = readers.began(listening.session)
    }

    mutating func ended(_ listening: Listening, _ host: inout ApplicationHost) {
        readers.ended(listening.session, at: host.now)
    }

    mutating func advance(_ host: inout ApplicationHost) {
        _ = readers.expire(at: host.now)
    }

    // MARK: - The host

    private func isHost(_ session: String) -> Bool {
        hosts.contains { $0.session == session }
    }

    private mutating func login(
        _ order: RoomOrder.Login, _ host: borrowing ApplicationHost
    ) throws(RoomRefusal) -> HostedAnswer {
        guard Array(order.token.utf8).span.isSecretlyEqual(to: token) else {
            let wait = guesses.wait(at: host.now)
            guard wait == .zero else { throw .rate(wait) }
            guesses.take(at: host.now)
            throw .token
        }
        let session = makeSecret()
        if hosts.count == Self.hostLimit { hosts.removeFirst() }
        hosts.append((session, Speaker()))
        var json = RoomJSON()
        json.write("{\"session\":", string: session)
        json.write("}")
        return RoomPage.answer(json)
    }

    mutating func say(
        _ message: RoomMessage, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> UInt64 {
        guard let index = hosts.firstIndex(where: { $0.session == message.session }) else {
            throw .notHost
        }
        if let event = hosts[index].speaker.event(of: message.reference) { return event }
        let text: String
        var image: RoomImage?
        if let base64 = message.image {
            text = try RoomText.caption(message.text)
            image = try RoomImage(id: lastImage + 1, base64: base64)
        } else {
            text = try RoomText.text(message.text)
        }
        try hosts[index].speaker.takeLeave(of: &sharedRate, at: host.now)
        if let image { keep(image) }
        let event = publish(text, image, &host)
        hosts[index].speaker.said(message.reference, as: event)
        return event
    }

    private mutating func keep(_ image: RoomImage) {
        lastImage = image.id
        images.append(image)
        if images.count > Self.imageLimit { images.removeFirst() }
    }

    private mutating func publish(
        _ text: String, _ image: RoomImage?, _ host: inout ApplicationHost
    ) -> UInt64 {
        postCount += 1
        var json = RoomJSON()
        json.write("{\"kind\":\"post\",\"number\":", number: postCount)
        json.write(",\"text\":", string: text)
        if let image {
            json.write(",\"image\":{\"id\":", number: image.id)
            json.write(",\"type\":", string: image.type)
            json.write(",\"bytes\":", number: image.bytes.count)
            json.write("}")
        }
        json.write(",\"at\":", number: page.wallMilliseconds(host))
        json.write("}")
        let event = host.publish(json.bytes)
        posts.append((event, json.bytes))
        if posts.count > Self.historyLimit { posts.removeFirst() }
        return event
    }
}
