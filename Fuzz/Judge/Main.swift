import DecoderProperties
import Transports
import Wire

/// Says what the decoders make of bytes, so that another program can be asked the same:
///
///     echo 474554... | Judge http          one connection a line, its bytes in hexadecimal
///     echo 8105... | Judge websocket       the same, of frames; `Judge websocket-client` for a client
///
/// Each line is answered by a line of JSON, in which bytes are hexadecimal too.
@main
struct Judge {
    static func main() throws(Violation) {
        let arguments = CommandLine.arguments.dropFirst()
        guard let subject = arguments.first.flatMap({ Subject(rawValue: $0) }), arguments.count == 1
        else {
            print("usage: Judge http|websocket|websocket-client <CASES >VERDICTS")
            return
        }
        while let line = readLine() {
            let bytes = Array(hexadecimal: line)
            switch subject {
            case .http: print(try requests(bytes))
            case .websocket: print(try frames(bytes, .server))
            case .websocketClient: print(try frames(bytes, .client))
            }
        }
    }

    private enum Subject: String {
        case http, websocket
        case websocketClient = "websocket-client"
    }

    private static func requests(_ bytes: [UInt8]) throws(Violation) -> String {
        let received = try ReceivedRequests(
            bytes.isEmpty ? [] : [bytes], limits: .init(), stopsAtLast: true)
        let requests = received.requests.map { request in
            let fields = request.fields.map { "[\"\($0.name.hex)\",\"\($0.value.hex)\"]" }
            return """
                {"method":"\(request.method)","path":"\(request.path.hex)",\
                "query":"\(request.query.hex)","minor":\(request.minorVersion),\
                "fields":[\(fields.joined(separator: ","))],\
                "persistent":\(request.isPersistent),"whole":\(request.isWhole),\
                "content":"\(request.content.hex)"}
                """
        }
        return """
            {"requests":[\(requests.joined(separator: ","))],"refused":\(rule(received.error))}
            """
    }

    private static func frames(
        _ bytes: [UInt8], _ role: WebSocketRole
    ) throws(Violation) -> String {
        let received = try WebSocketReception(
            bytes.isEmpty ? [] : [bytes], role: role, frame: 1 << 20, message: 1 << 20)
        let messages = received.messages.map { "[\"\($0.kind)\",\"\($0.payload.hex)\"]" }
        return """
            {"messages":[\(messages.joined(separator: ","))],"refused":\(rule(received.error))}
            """
    }

    private static func rule(_ error: ProtocolError?) -> String {
        guard let error else { return "null" }
        return """
            {"rule":"\(error.rule)","status":\(error.status),"code":\(error.closeCode)}
            """
    }
}

extension [UInt8] {
    /// The bytes as two digits each.
    fileprivate var hex: String {
        var digits: [UInt8] = []
        for byte in self {
            for value in [byte >> 4, byte & 15] {
                digits.append(
                    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The bytes that pairs of digits spell; what is none is left out.
    fileprivate init(hexadecimal text: String) {
        let values = text.utf8.compactMap(\.hexadecimalValue)
        self = stride(from: 0, to: values.count - 1, by: 2).map {
            values[$0] << 4 | values[$0 + 1]
        }
    }
}
