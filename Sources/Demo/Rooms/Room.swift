import LabServer
import Transports
import Wire

/// What the two rooms have in common: a page, and three ways to say something.
///
/// - A frame on the WebSocket that listens: `{"say":"…","ref":1}`; answered on it by
///   `{"receipt":{…}}`, or `{"refused":{…}}`.
/// - `POST /room/say` with `{"session":…,"text":…,"ref":1}`; answered by the receipt, or by an error.
/// - `GET /room/say.js?session=…&text=…&ref=1&callback=NAME`, for a page that can only load scripts;
///   answered by a call of NAME with what a frame is answered.
///
/// What is said becomes an event of the room's own source, which every technique delivers.
protocol Room: HostedApplication {
    /// The page and its surroundings.
    var page: RoomPage { get }

    /// Publishes what the session says, and returns the event's id.
    mutating func say(
        _ message: RoomMessage, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> UInt64

    /// Answers a request that only this room takes; nil when there is no such.
    mutating func answerOwn(
        _ request: PlainRequest, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> HostedAnswer?
}

extension Room {
    mutating func answer(_ request: PlainRequest, _ host: inout ApplicationHost) -> HostedAnswer? {
        do throws(RoomRefusal) {
            switch request.path {
            case "/room/say": return try answerPost(request, &host)
            case "/room/say.js": return try answerScript(request, &host)
            default: return try answerOwn(request, &host) ?? page.answer(to: request)
            }
        } catch {
            return error.answer
        }
    }

    mutating func hear(
        _ message: InboundMessage, of session: String, _ host: inout ApplicationHost
    ) -> [UInt8]? {
        do throws(RoomRefusal) {
            let frame = try RoomOrder.decode(RoomOrder.Frame.self, message.content)
            if let number = frame.there { return Array("{\"there\":\(number)}".utf8) }
            guard let text = frame.say else { throw .request }
            let event = try say(
                RoomMessage(session: session, text: text, reference: frame.ref), &host)
            let receipt = SendReceipt(reference: frame.ref, event: event, up: message.wireBytes)
            return receipt.write(wrap: { $0 }, total: Self.frameBytes)
        } catch {
            return Self.refused(error)
        }
    }

    private mutating func answerPost(
        _ request: PlainRequest, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> HostedAnswer {
        let order = try RoomOrder.read(RoomOrder.Say.self, from: request)
        let event = try say(
            RoomMessage(
                session: order.session, text: order.text, reference: order.ref, image: order.image),
            &host)
        let receipt = SendReceipt(reference: order.ref, event: event, up: request.wireBytes)
        return RoomPage.answer(
            receipt, to: request, type: RoomPage.jsonType, fields: RoomPage.noStore, wrap: { $0 })
    }

    /// Whether it worked or not, a script answers 200: the page would not see another's content.
    private mutating func answerScript(
        _ request: PlainRequest, _ host: inout ApplicationHost
    ) throws(RoomRefusal) -> HostedAnswer {
        let query = Array(request.query.utf8)
        let callback: [UInt8]
        do {
            callback = try JSONPFraming().parameters(in: query.span, query: query.indices)
        } catch {
            throw .callback
        }
        let fields = RoomPage.noStore + RoomPage.noSniff
        func call(_ json: [UInt8]) -> [UInt8] {
            var script = WireBuffer()
            script.write("/**/", as: .messageFraming)
            script.write(callback, as: .messageFraming)
            script.write("(", as: .messageFraming)
            ScriptText.write(json, into: &script)
            script.write(");", as: .messageFraming)
            return script.bytes
        }
        do throws(RoomRefusal) {
            // Content is not looked at: nobody who can post needs scripts.
            guard request.content == nil, !request.isHead else { throw .request }
            let message = try RoomPage.message(in: query)
            let event = try say(message, &host)
            return RoomPage.answer(
                SendReceipt(reference: message.reference, event: event, up: request.wireBytes),
                to: request, type: RoomPage.scriptType, fields: fields, wrap: call)
        } catch {
            return HostedAnswer(
                contentType: RoomPage.scriptType, fields: fields, body: call(Self.refused(error)))
        }
    }

    private static func refused(_ refusal: RoomRefusal) -> [UInt8] {
        Array("{\"refused\":".utf8) + refusal.json + Array("}".utf8)
    }

    /// What a text message is as a frame of the server's.
    private static func frameBytes(_ content: [UInt8]) -> Int {
        var frame = WireBuffer()
        WebSocketFrame.encodeText(content, into: &frame)
        return frame.count
    }
}
