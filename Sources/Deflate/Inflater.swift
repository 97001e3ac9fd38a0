// The other direction: what a peer has compressed, in whatever pieces it comes. A few bytes may stand
// for a thousand times as many, so that the limit is held while they are made and not afterwards.

#if Deflate
    import CZlib
    import Synchronization
#endif

/// Why bytes could not be decompressed.
package enum InflateError: Error {
    /// They are no raw deflate (RFC 1951), or end in the middle of a block.
    case invalid
    /// They stand for more than the limit allows.
    case tooLong
}

/// What decompresses the messages of one peer, and remembers the last 32 KiB of them.
///
/// Whoever need not remember lets go of it after each message: it takes 42 KiB.
package final class Inflater: Sendable {
    #if Deflate
        private let stream: Mutex<InflateStream>
    #endif

    /// Makes one; nil where there is no memory, or no zlib in this program.
    package init?() {
        #if Deflate
            guard let stream = InflateStream.make() else { return nil }
            self.stream = Mutex(stream)
        #else
            return nil
        #endif
    }

    /// Decompresses a piece of a message: what it stands for is added to `output`, which has what the
    /// message has been so far and may become `limit` bytes long.
    package func inflate(
        _ bytes: Span<UInt8>, appendingTo output: inout [UInt8], limit: Int
    ) throws(InflateError) {
        #if Deflate
            try stream.withLock { stream throws(InflateError) in
                try stream.inflate(bytes, appendingTo: &output, limit: limit)
            }
        #else
            throw .invalid
        #endif
    }

    /// Ends a message: adds the four bytes that are not sent (RFC 7692 §7.2.2), after which a block
    /// must be over.
    package func endMessage(
        appendingTo output: inout [UInt8], limit: Int
    ) throws(InflateError) {
        #if Deflate
            let ending: [UInt8] = [0, 0, 0xFF, 0xFF]
            try inflate(ending.span, appendingTo: &output, limit: limit)
            guard stream.withLock({ $0.isBetweenBlocks }) else { throw .invalid }
        #else
            throw .invalid
        #endif
    }
}

#if Deflate
    /// zlib's state, at an address of its own since it points back at itself.
    @safe private struct InflateStream: ~Copyable {
        /// What is decompressed in one step, and so how much more than the limit is ever made.
        private static var step: Int { 16 * 1024 }

        private let stream: UnsafeMutablePointer<z_stream>
        /// Whether the last byte taken ended a block.
        private(set) var isBetweenBlocks = true

        /// A stream; nil where there is no memory for one.
        static func make() -> InflateStream? {
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: z_stream())
            // The largest window reads what was written with any (RFC 7692 §7.1.2).
            let status = unsafe inflateInit2_(
                stream, -15, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
            guard status == Z_OK else {
                unsafe stream.deallocate()
                return nil
            }
            return unsafe InflateStream(stream)
        }

        private init(_ stream: UnsafeMutablePointer<z_stream>) {
            unsafe self.stream = stream
        }

        deinit {
            unsafe inflateEnd(stream)
            unsafe stream.deallocate()
        }

        mutating func inflate(
            _ bytes: Span<UInt8>, appendingTo output: inout [UInt8], limit: Int
        ) throws(InflateError) {
            try unsafe bytes.withUnsafeBufferPointer { source throws(InflateError) in
                try unsafe inflate(source, appendingTo: &output, limit: limit)
            }
        }

        private mutating func inflate(
            _ source: UnsafeBufferPointer<UInt8>, appendingTo output: inout [UInt8], limit: Int
        ) throws(InflateError) {
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(clamping: source.count)
            let room = UnsafeMutableBufferPointer<UInt8>.allocate(
                capacity: min(Self.step, limit + 1))
            defer { unsafe room.deallocate() }
            while true {
                unsafe stream.pointee.next_out = room.baseAddress
                unsafe stream.pointee.avail_out = UInt32(clamping: room.count)
                let status = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
                let made = unsafe room.count - Int(stream.pointee.avail_out)
                let taken = min(made, limit - output.count)
                unsafe output.append(contentsOf: room[..<taken])
                guard taken == made else { throw .tooLong }
                // The lowest bits of `data_type` say how many bits of the last byte are not used yet, and
                // bit 7 that a block is over.
                isBetweenBlocks = unsafe stream.pointee.data_type & 0x9F == 0x80
                switch status {
                case Z_OK:
                    break
                case Z_STREAM_END:
                    // A block may say that it is the last (RFC 7692 §7.2.3.5); others follow all the
                    // same, and may refer to what was before.
                    isBetweenBlocks = true
                    guard unsafe inflateResetKeep(stream) == Z_OK else { throw .invalid }
                case Z_BUF_ERROR:
                    // Nothing more to take, and nothing more to give.
                    return
                default:
                    throw .invalid
                }
                if unsafe stream.pointee.avail_in == 0, made < room.count { return }
            }
        }
    }
#endif
