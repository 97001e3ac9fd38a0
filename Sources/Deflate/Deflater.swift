// Raw deflate (RFC 1951) as permessage-deflate wants it (RFC 7692 §7.2.1): a message is compressed by
// itself, flushed to a whole byte, and sent without the four bytes 00 00 FF FF in which that ends.
//
//     "Hello"   f2 48 cd c9 c9 07 00   (00 00 ff ff)
//
// Compressing never uses what went before, though a sender would be allowed to: so a message has the
// same bytes for everybody, and no connection keeps a window (256 KiB) for what it may send.

#if Deflate
    import CZlib
    import Synchronization
#endif

/// What compresses messages, each by itself.
package enum Deflater {
    /// Whether this program was built with zlib: `swift build --traits Deflate`.
    package static var isAvailable: Bool {
        #if Deflate
            true
        #else
            false
        #endif
    }

    /// The windows that can be had, as logarithms to the base 2 of their bytes. RFC 7692 also knows
    /// 8, which zlib does not write: its raw streams begin at 9.
    package static var windowBits: ClosedRange<Int> { 9...15 }

    /// Compresses a message in a window of `windowBits`, without the four bytes that are not sent; `nil`
    /// when that does not make it shorter.
    package static func compress(_ message: Span<UInt8>, windowBits: Int) -> [UInt8]? {
        precondition(Self.windowBits.contains(windowBits), "a window that zlib does not have")
        #if Deflate
            let index = windowBits - Self.windowBits.lowerBound
            guard let stream = idle.withLock({ $0[index].popLast() }) ?? Compressor(windowBits)
            else { return nil }
            defer { idle.withLock { $0[index].append(stream) } }
            return stream.compress(message)
        #else
            return nil
        #endif
    }

    #if Deflate
        /// Compressors that nobody uses at the moment, by window. One takes 256 KiB, so they are kept: as
        /// many as threads have ever compressed at once.
        private static let idle = Mutex<[[Compressor]]>(
            Array(repeating: [], count: windowBits.count))
    #endif
}

#if Deflate
    /// One of zlib's compressors; whoever took it out of the pool has it alone.
    private final class Compressor: Sendable {
        private let stream: Mutex<DeflateStream>

        init?(_ windowBits: Int) {
            guard let stream = DeflateStream.make(windowBits: windowBits) else { return nil }
            self.stream = Mutex(stream)
        }

        func compress(_ message: Span<UInt8>) -> [UInt8]? {
            stream.withLock { $0.compress(message) }
        }
    }

    /// zlib's state, at an address of its own since it points back at itself.
    @safe private struct DeflateStream: ~Copyable {
        private let stream: UnsafeMutablePointer<z_stream>

        /// A stream; nil where there is no memory for one.
        static func make(windowBits: Int) -> DeflateStream? {
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            unsafe stream.initialize(to: z_stream())
            // What zlib takes when it is not asked: level 6, and 8 of 9 for memory.
            let status = unsafe deflateInit2_(
                stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -Int32(windowBits), 8,
                Z_DEFAULT_STRATEGY,
                zlibVersion(), Int32(MemoryLayout<z_stream>.size))
            guard status == Z_OK else {
                unsafe stream.deallocate()
                return nil
            }
            return unsafe DeflateStream(stream)
        }

        private init(_ stream: UnsafeMutablePointer<z_stream>) {
            unsafe self.stream = stream
        }

        deinit {
            unsafe deflateEnd(stream)
            unsafe stream.deallocate()
        }

        mutating func compress(_ message: Span<UInt8>) -> [UInt8]? {
            unsafe message.withUnsafeBufferPointer { unsafe compress($0) }
        }

        private mutating func compress(_ source: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
            guard unsafe deflateReset(stream) == Z_OK else { return nil }
            // The end that is not sent has four bytes; a result that needs more room is no gain.
            let ending = 4
            let room = source.count + ending
            var result = unsafe [UInt8](unsafeUninitializedCapacity: room) { target, count in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(clamping: source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(clamping: room)
                let status = unsafe deflate(stream, Z_SYNC_FLUSH)
                let (unread, unused) = unsafe (stream.pointee.avail_in, stream.pointee.avail_out)
                count = status == Z_OK && unread == 0 && unused > 0 ? room - Int(unused) : 0
            }
            guard result.count > ending else { return nil }
            result.removeLast(ending)
            return result
        }
    }
#endif
