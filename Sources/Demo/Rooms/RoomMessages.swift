import FoundationEssentials
import LabServer
import Transports
import Wire

/// What is said, on whichever way it came.
struct RoomMessage: Sendable {
    /// Whose session it is.
    let session: String
    /// The text as it was typed.
    let text: String
    /// The page's own number of the message, by which it is known when it comes twice.
    var reference: Int?
    /// A picture in base64, where pictures are taken.
    var image: String?
}

/// The orders that a page posts, and what it says on its WebSocket.
enum RoomOrder {
    /// `POST /room/join`.
    struct Join: Decodable {
        let name: String
    }

    /// `POST /room/leave`, `/room/logout` and `/room/readers`.
    struct Named: Decodable {
        let session: String
    }

    /// `POST /room/login`.
    struct Login: Decodable {
        let token: String
    }

    /// `POST /room/say`.
    struct Say: Decodable {
        let session: String
        let text: String
        let ref: Int?
        let image: String?
    }

    /// What a WebSocket says: a message, or the question whether anybody is there. A browser shows
    /// its page neither pings nor pongs (RFC 6455 §5.5.2), so the page has to ask in a message.
    struct Frame: Decodable {
        let say: String?
        let ref: Int?
        let there: Int?
    }

    /// Reads the content of a POST.
    ///
    /// - Throws: `method` when there is none, `mediaType` when it does not say that it is JSON, which
    ///   pages of others cannot say without being asked (WHATWG Fetch §2.2.2), `request` when it is
    ///   not what is expected.
    static func read<Order: Decodable>(
        _ type: Order.Type, from request: PlainRequest
    ) throws(RoomRefusal) -> Order {
        guard let content = request.content else { throw .method }
        guard request.contentType.hasPrefix("application/json") else { throw .mediaType }
        return try decode(type, content)
    }

    /// Reads JSON.
    ///
    /// - Throws: `request` when it is not what is expected.
    static func decode<Order: Decodable>(
        _ type: Order.Type, _ json: [UInt8]
    ) throws(RoomRefusal) -> Order {
        // Decoding descends as deep as its input does: what nests too deep is stopped here.
        guard JSONText.singleLine(json.span) != nil,
            let order = try? JSONDecoder().decode(type, from: Data(json))
        else { throw .request }
        return order
    }
}

/// What the sender of a message is told: its event, and what sending took on the wire.
struct SendReceipt {
    /// The page's own number of the message.
    let reference: Int?
    /// The id of its event.
    let event: UInt64
    /// Bytes of the request, or of the frame.
    let up: Int

    /// The receipt, wrapped by `wrap`, with what it is itself on the wire as `total` says.
    func write(
        wrap: ([UInt8]) -> [UInt8], total: ([UInt8]) -> Int
    ) -> [UInt8] {
        // The number is part of what it counts. A longer number makes the whole longer, so that this
        // ends as soon as the number of digits stays.
        var down = 0
        while true {
            let text = wrap(json(down: down))
            let bytes = total(text)
            guard bytes != down else { return text }
            down = bytes
        }
    }

    private func json(down: Int) -> [UInt8] {
        var json = RoomJSON()
        json.write("{\"receipt\":{\"event\":", number: event)
        if let reference { json.write(",\"ref\":", number: reference) }
        json.write(",\"up\":", number: up)
        json.write(",\"down\":", number: down)
        json.write("}}")
        return json.bytes
    }
}
