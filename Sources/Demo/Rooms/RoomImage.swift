import Transports

/// A picture that the host has posted.
struct RoomImage: Sendable {
    /// Bytes at most: a photograph for a screen, and little enough that fifty of them are 25 MiB.
    static let byteLimit = 512 * 1024

    /// Its number.
    let id: Int
    /// Its media type, as its first bytes say.
    let type: String
    /// The file.
    let bytes: [UInt8]

    /// Reads a picture from base64 (RFC 4648 §4).
    ///
    /// What the file is called or declared to be is not asked: only what its first bytes are counts,
    /// since that is what a browser would look at.
    ///
    /// - Throws: `image` when it is too large or of no kind that is shown.
    init(id: Int, base64 text: String) throws(RoomRefusal) {
        guard text.utf8.count <= (Self.byteLimit + 2) / 3 * 4 else { throw .image }
        let encoded = Array(text.utf8)
        guard let bytes = Base64.decode(encoded.span), bytes.count <= Self.byteLimit,
            let type = Self.type(of: bytes)
        else { throw .image }
        self.id = id
        self.type = type
        self.bytes = bytes
    }

    /// The media type that the first bytes name (WHATWG MIME Sniffing §6.1); nil for none of these.
    static func type(of bytes: [UInt8]) -> String? {
        func has(_ pattern: [UInt8], at start: Int = 0) -> Bool {
            bytes.count >= start + pattern.count
                && bytes[start..<start + pattern.count].elementsEqual(pattern)
        }
        if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if has([0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if has(Array("GIF87a".utf8)) || has(Array("GIF89a".utf8)) { return "image/gif" }
        if has(Array("RIFF".utf8)), has(Array("WEBPVP".utf8), at: 8) { return "image/webp" }
        return nil
    }
}
