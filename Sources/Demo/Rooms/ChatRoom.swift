import LabServer
import Link
import Transports
import Wire

/// A chat: whoever gives a name is in, and everybody is told who comes, who goes and what is said.
///
/// Orders, beside those of every room:
/// - `POST /room/join` `{"name":…}` → `{"session":…,"user":{…},"cursor":17,"online":[{…}],"count":2}`:
///   listen from the cursor on under the session.
/// - `POST /room/leave` `{"session":…}`.
/// - `GET /room/state` → `{"cursor":17,"online":[…],"count":2}`.
///
/// Events: `{"kind":"joined|left|said","user":{"id":3,"name":"Ann"},"text":…,"online":2,"at":…}`,
/// `text` only for `said`; `online` is how many are there afterwards, `at` is in milliseconds since
/// 1970. Users may have the same name: their ids differ. A session is not to be guessed, and whoever
/// knows one speaks as its user.
struct ChatRoom: Room {
    /// Somebody in the room.
    private struct Guest {
        let id: Int
        let name: String
        var speaker = Speaker()
        /// When it was last known to be there.
        var seen: Instant
    }

    /// Sessions at most: several times the largest lecture hall.
    static let sessionLimit = 1_000
    /// Who enters at once: a class. Ten a second come after that.
    private static let joinBurst = 100
    /// Messages of everybody at once; twenty a second come after that, which is more than a class can
    /// read and a tenth of what a loop on one core delivers to a thousand.
    private static let roomBurst = 50

    let page: RoomPage
    private let makeSecret: @Sendable () -> String
    private var guests: [String: Guest] = [:]
    private var presence = Presence()
    private var entrance = TokenBucket(capacity: joinBurst, every: .milliseconds(100))
    private var sharedRate = TokenBucket(capacity: roomBurst, every: .milliseconds(50))
    private var lastID = 0

    /// A room whose sessions are called what `makeSecret` says.
    init(page: RoomPage, makeSecret: @escaping @Sendable () -> String) {
        self.page = page
        self.makeSecret = makeSecret
    }

    var deadline: Instant { presence.deadline }

    mutating func answerOwn(
        _ request: PlainRequest, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> HostedAnswer? {
        switch request.path {
        case "/room/join":
            return try join(RoomOrder.read(RoomOrder.Join.self, from: request), host)
        case "/room/leave":
            leave(try RoomOrder.read(RoomOrder.Named.self, from: request).session, &host)
            return HostedAnswer(status: 204, contentType: RoomPage.jsonType, body: [])
        case "/room/state":
            var json = RoomJSON()
            json.write("{\"cursor\":", number: host.newest)
            writeOnline(into: &json)
            json.write("}")
            return RoomPage.answer(json)
        default: return nil
        }
    }

    // MARK: - Coming and going

    private mutating func join(
        _ order: RoomOrder.Join, _ host: borrowing ApplicationHost
    ) throws(RoomRefusal) -> HostedAnswer {
        let name = try RoomText.name(order.name)
        let wait = entrance.wait(at: host.now)
        guard wait == .zero else { throw .rate(wait) }
        try makeRoom()
        entrance.take(at: host.now)
        lastID += 1
        let guest = Guest(id: lastID, name: name, seen: host.now)
        let session = makeSecret()
        guests[session] = guest
        var json = RoomJSON()
        json.write("{\"session\":", string: session)
        json.write(",\"user\":")
        Self.write(guest, into: &json)
        json.write(",\"cursor\":", number: host.newest)
        writeOnline(into: &json)
        json.write("}")
        return RoomPage.answer(json)
    }

    /// Forgets who has been away for longest, when there are too many.
    private mutating func makeRoom() throws(RoomRefusal) {
        guard guests.count >= Self.sessionLimit else { return }
        let absent = guests.filter { !presence.contains($0.key) }
        guard let oldest = absent.min(by: { $0.value.seen < $1.value.seen }) else { throw .full }
        guests[oldest.key] = nil
    }

    private mutating func leave(_ session: String, _ host: inout ApplicationHost) {
        let wasHere = presence.remove(session)
        guard let guest = guests.removeValue(forKey: session), wasHere else { return }
        publish("left", guest, &host)
    }

    mutating func began(_ listening: Listening, _ host: inout ApplicationHost) {
        guard let guest = guests[listening.session] else { return }
        guests[listening.session]?.seen = host.now
        if presence.began(listening.session) { publish("joined", guest, &host) }
    }

    mutating func ended(_ listening: Listening, _ host: inout ApplicationHost) {
        guard guests[listening.session] != nil else { return }
        guests[listening.session]?.seen = host.now
        presence.ended(listening.session, at: host.now)
    }

    mutating func advance(_ host: inout ApplicationHost) {
        // The session stays: who comes back under it has missed nothing.
        let gone = presence.expire(at: host.now).compactMap { guests[$0] }
        var online = presence.count + gone.count
        for guest in gone.sorted(by: { $0.id < $1.id }) {
            online -= 1
            publish("left", guest, online: online, &host)
        }
    }

    // MARK: - Saying

    mutating func say(
        _ message: RoomMessage, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> UInt64 {
        guard var guest = guests[message.session] else { throw .session }
        if let event = guest.speaker.event(of: message.reference) { return event }
        guard message.image == nil else { throw .request }
        let text = try RoomText.text(message.text)
        try guest.speaker.takeLeave(of: &sharedRate, at: host.now)
        let event = publish("said", guest, text: text, &host)
        guest.speaker.said(message.reference, as: event)
        guests[message.session] = guest
        return event
    }

    // MARK: - Events

    @discardableResult
    private func publish(
        _ kind: String, _ guest: Guest, text: String? = nil, online: Int? = nil,
        _ host: inout ApplicationHost
    ) -> UInt64 {
        var json = RoomJSON()
        json.write("{\"kind\":", string: kind)
        json.write(",\"user\":")
        Self.write(guest, into: &json)
        if let text { json.write(",\"text\":", string: text) }
        json.write(",\"online\":", number: online ?? presence.count)
        json.write(",\"at\":", number: page.wallMilliseconds(host))
        json.write("}")
        return host.publish(json.bytes)
    }

    private func writeOnline(into json: inout RoomJSON) {
        let online = guests.filter { presence.contains($0.key) }.values.sorted { $0.id < $1.id }
        json.write(",\"online\":[")
        for (index, guest) in online.enumerated() {
            if index > 0 { json.write(",") }
            Self.write(guest, into: &json)
        }
        json.write("],\"count\":", number: online.count)
    }

    private static func write(_ guest: Guest, into json: inout RoomJSON) {
        json.write("{\"id\":", number: guest.id)
        json.write(",\"name\":", string: guest.name)
        json.write("}")
    }
}
