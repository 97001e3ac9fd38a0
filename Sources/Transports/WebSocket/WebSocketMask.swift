// A client masks every frame with a key of four bytes (RFC 6455 §5.3): byte i of the payload is
// combined with byte i mod 4 of the key by exclusive or, which is its own inverse.

/// A masking key, turned so far that its first byte is the next to be used.
struct WebSocketMask: Sendable {
    /// The key with the byte to be used next in the lowest bits.
    private var key: UInt32

    /// A key whose bytes on the wire are those of `key`, the highest first.
    init(_ key: UInt32) {
        self.key = key.byteSwapped
    }

    /// Masks or unmasks `bytes` from `start` to the end, and turns the key by as many bytes.
    mutating func apply(to bytes: inout [UInt8], from start: Int) {
        let end = bytes.count
        let wide = (UInt64(key) << 32 | UInt64(key)).littleEndian
        var offset = start
        var content = bytes.mutableSpan
        // Eight bytes at a time cost a tenth of one at a time, and leave the key as it was.
        var words = unsafe content.mutableBytes
        while end - offset >= 8 {
            let word = unsafe words.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            words.storeBytes(of: word ^ wide, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < end {
            let byte = unsafe words.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            let masked = byte ^ UInt8(truncatingIfNeeded: key)
            words.storeBytes(of: masked, toByteOffset: offset, as: UInt8.self)
            key = key >> 8 | key << 24
            offset += 1
        }
    }
}
