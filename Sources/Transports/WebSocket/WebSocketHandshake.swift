// The part of the opening handshake that is arithmetic (RFC 6455 §1.3 and §4). The client sends
// sixteen random bytes in base64; the server answers with the hash of that text and a fixed GUID,
// which proves that it speaks WebSocket and did not merely repeat a cached or echoed answer.
//
//     Sec-WebSocket-Key:     dGhlIHNhbXBsZSBub25jZQ==
//     Sec-WebSocket-Accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo=

/// The keys of the opening handshake.
package enum WebSocketHandshake {
    /// The bytes of a key before base64 (RFC 6455 §4.1).
    package static let nonceBytes = 16

    /// The text that every server adds to the key before it hashes (RFC 6455 §1.3).
    package static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The value of `Sec-WebSocket-Accept` that answers `key`, the value of `Sec-WebSocket-Key`.
    ///
    /// The key is hashed as it was written and not decoded (RFC 6455 §4.2.2).
    package static func accept(forKey key: Span<UInt8>) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(key.count + guid.utf8.count)
        for index in key.indices { message.append(key[index]) }
        message.append(contentsOf: guid.utf8)
        return Base64.encode(SHA1.digest(of: message.span).span)
    }

    /// Whether `bytes` is the base64 of sixteen bytes (RFC 6455 §4.2.1).
    package static func isValidKey(_ bytes: Span<UInt8>) -> Bool {
        // Sixteen bytes take twenty-four characters; the length is asked first, so that a huge field
        // costs nothing.
        guard bytes.count == 24 else { return false }
        return Base64.decode(bytes)?.count == nonceBytes
    }

    /// A key for a client to send, of sixteen bytes drawn from `generator`.
    package static func makeKey(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        let nonce = (0..<nonceBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return Base64.encode(nonce.span)
    }
}
