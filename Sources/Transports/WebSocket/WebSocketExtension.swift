// The field in which a client offers extensions and a server answers which of them it uses (RFC 6455
// §9.1). A client lists what it likes best first, and may offer one extension several times:
//
//     > Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10, permessage-deflate
//     < Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover

import Wire

/// An extension, as one element of the field names it.
struct WebSocketExtension: Hashable, Sendable {
    /// `name`, or `name=value`.
    struct Parameter: Hashable, Sendable {
        /// In lower case.
        let name: String
        let value: String?
    }

    /// In lower case.
    let name: String
    let parameters: [Parameter]

    /// The extensions that a head names, in order; empty where it has no such field.
    ///
    /// - Throws: `webSocketExtensions` for what is no such list, which ends the handshake.
    static func list(
        of fields: HTTPFields, in bytes: Span<UInt8>
    ) throws(ProtocolError) -> [WebSocketExtension] {
        var list: [WebSocketExtension] = []
        for index in 0..<fields.count
        where bytes.matchesIgnoringCase("sec-websocket-extensions", in: fields[index].name) {
            var reader = ExtensionReader(range: fields[index].value)
            try reader.appendElements(of: bytes, to: &list)
        }
        return list
    }
}

/// One pass over one field's value.
private struct ExtensionReader {
    private var index: Int
    private let end: Int

    init(range: Range<Int>) {
        index = range.lowerBound
        end = range.upperBound
    }

    mutating func appendElements(
        of bytes: Span<UInt8>, to list: inout [WebSocketExtension]
    ) throws(ProtocolError) {
        while true {
            skipSpace(bytes)
            guard index < end else { return }
            // A list may have empty elements (RFC 9110 §5.6.1.2).
            guard !take(",", bytes) else { continue }
            list.append(try element(bytes))
            guard index == end || take(",", bytes) else { throw .webSocketExtensions }
        }
    }

    /// extension = token *( ";" token [ "=" ( token / quoted-string ) ] )
    private mutating func element(
        _ bytes: Span<UInt8>
    ) throws(ProtocolError) -> WebSocketExtension {
        let name = try token(bytes).lowercased()
        var parameters: [WebSocketExtension.Parameter] = []
        skipSpace(bytes)
        while take(";", bytes) {
            skipSpace(bytes)
            let name = try token(bytes).lowercased()
            skipSpace(bytes)
            var value: String?
            if take("=", bytes) {
                skipSpace(bytes)
                value = try take("\"", bytes) ? quoted(bytes) : token(bytes)
                skipSpace(bytes)
            }
            parameters.append(WebSocketExtension.Parameter(name: name, value: value))
        }
        return WebSocketExtension(name: name, parameters: parameters)
    }

    private mutating func token(_ bytes: Span<UInt8>) throws(ProtocolError) -> String {
        let start = index
        while index < end, bytes[index].isTokenCharacter { index += 1 }
        guard index > start else { throw .webSocketExtensions }
        return bytes.text(start..<index)
    }

    /// What stands between quotation marks must be a token, too, once it is unescaped.
    private mutating func quoted(_ bytes: Span<UInt8>) throws(ProtocolError) -> String {
        var content: [UInt8] = []
        while index < end, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") { index += 1 }
            guard index < end, bytes[index].isTokenCharacter else { throw .webSocketExtensions }
            content.append(bytes[index])
            index += 1
        }
        guard take("\"", bytes), !content.isEmpty else { throw .webSocketExtensions }
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while index < end, bytes[index] == .space || bytes[index] == .tab { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
        guard index < end, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }
}

extension ProtocolError {
    package static let webSocketExtensions = ProtocolError(
        rule: "websocket-extensions",
        reason: "Sec-WebSocket-Extensions is not a list of extensions.",
        reference: "RFC 6455 §9.1")
}
