/// Chunked transfer coding (RFC 9112 §7.1), encoder and decoder side by side.
///
///     69 CR LF                    size in hexadecimal        transferCoding
///     {"id":1,…} LF               content, 0x69 bytes        its own classes
///     CR LF                                                  transferCoding
///     0 CR LF CR LF               the last chunk             closing
package enum ChunkedCoding {
    // MARK: - Encoding

    /// Writes `message` as one chunk, its bytes keeping their classes.
    ///
    /// An empty message writes nothing: an empty chunk would end the content.
    package static func encode(_ message: borrowing WireBuffer, into wire: inout WireBuffer) {
        guard !message.isEmpty else { return }
        wire.write(hexadecimal: message.count, as: .transferCoding)
        wire.write("\r\n", as: .transferCoding)
        wire.append(message)
        wire.write("\r\n", as: .transferCoding)
    }

    /// Writes the last chunk, which ends the content.
    package static func encodeEnd(into wire: inout WireBuffer) {
        wire.write("0\r\n\r\n", as: .closing)
    }

    // MARK: - Decoding

    /// Finds the content in chunked bytes, in place and over any number of reads.
    package struct Decoder: Sendable {
        private enum State {
            /// In the digits of a size; so many were read.
            case size(digits: UInt8)
            /// In white space behind the digits: a chunk extension must follow, but that some old
            /// servers pad with it.
            case sizeSpace
            /// In a chunk extension, which is skipped.
            case sizeExtension
            /// Behind the CR that ends a size line.
            case sizeLineFeed
            /// In the content of a chunk; `remaining` says how much is left.
            case content
            /// Behind the content, before its CR LF.
            case contentCarriageReturn, contentLineFeed
            /// At the start of a trailer line, in its name, in its value, and behind its CR.
            case trailerStart, trailerName, trailer, trailerLineFeed
            /// Behind the CR of the empty line that ends everything.
            case lastLineFeed
            /// The last chunk was read.
            case finished
        }

        /// Whose content it is.
        package enum Source: Sendable {
            /// A client's: a proxy before us may have read the same bytes, and where two readers may
            /// differ, the request is refused.
            case request
            /// A server's, whose habits are borne.
            case response
        }

        private var state = State.size(digits: 0)
        private let source: Source
        private var remaining = 0
        /// Bytes of the current size line or of all trailers: what is skipped must end.
        private var skipped = 0
        /// Bytes of the line being read, charged to a class once the size is known.
        private var lineBytes = 0

        /// What is skipped (extensions, trailers) at most, in bytes; nothing here uses either.
        private static let skipLimit = 1024
        /// Hexadecimal digits of a size: 15 cannot overflow an Int.
        private static let digitLimit: UInt8 = 15

        package init(of source: Source = .response) {
            self.source = source
        }

        /// Whether the last chunk was read.
        package var isFinished: Bool {
            if case .finished = state { true } else { false }
        }

        /// The next piece of content in `bytes` at or after `offset`, which moves behind it; nil
        /// when the bytes are used up or the content has ended.
        ///
        /// Everything that is not content is charged to `ledger`; the content is the caller's.
        package mutating func next(
            in bytes: Span<UInt8>, at offset: inout Int, ledger: inout ByteLedger
        ) throws(ProtocolError) -> Range<Int>? {
            while offset < bytes.count {
                switch state {
                case .content:
                    let length = min(remaining, bytes.count - offset)
                    let piece = offset..<offset + length
                    offset += length
                    remaining -= length
                    if remaining == 0 { state = .contentCarriageReturn }
                    return piece
                case .finished:
                    return nil
                case .size(digits: 0) where takePlainSize(bytes, at: &offset, ledger: &ledger):
                    state = .content
                case .contentCarriageReturn where takeLineEnd(bytes, at: &offset, ledger: &ledger):
                    state = .size(digits: 0)
                default:
                    try step(over: bytes[offset], ledger: &ledger)
                    offset += 1
                }
            }
            return nil
        }

        /// Takes a size line that is digits and CR LF, as every chunk's is that a server of today
        /// writes. What is cut off, adorned, broken or the last is left to be taken byte by byte.
        private mutating func takePlainSize(
            _ bytes: Span<UInt8>, at offset: inout Int, ledger: inout ByteLedger
        ) -> Bool {
            var (index, size) = (offset, 0)
            while index < bytes.count, let value = bytes[index].hexadecimalValue {
                guard index - offset < Self.digitLimit else { return false }
                size = size << 4 | Int(value)
                index += 1
            }
            guard size > 0, bytes.count - index >= 2, bytes[index] == .carriageReturn,
                bytes[index + 1] == .lineFeed
            else { return false }
            ledger[.transferCoding] += index + 2 - offset
            offset = index + 2
            remaining = size
            return true
        }

        /// Takes the CR LF behind a chunk's content, if both are here.
        private func takeLineEnd(
            _ bytes: Span<UInt8>, at offset: inout Int, ledger: inout ByteLedger
        ) -> Bool {
            guard bytes.count - offset >= 2, bytes[offset] == .carriageReturn,
                bytes[offset + 1] == .lineFeed
            else { return false }
            ledger[.transferCoding] += 2
            offset += 2
            return true
        }

        private mutating func step(
            over byte: UInt8, ledger: inout ByteLedger
        ) throws(ProtocolError) {
            lineBytes += 1
            switch state {
            case .size(let digits):
                if let value = byte.hexadecimalValue {
                    guard digits < Self.digitLimit else { throw .httpChunkTooLarge }
                    remaining = remaining << 4 | Int(value)
                    state = .size(digits: digits + 1)
                } else {
                    guard digits > 0 else { throw .httpMalformedChunk }
                    try endSize(byte)
                }
            case .sizeSpace, .sizeExtension:
                try endSize(byte)
            case .sizeLineFeed:
                try require(byte, .lineFeed)
                skipped = 0
                if remaining > 0 {
                    charge(.transferCoding, to: &ledger)
                    state = .content
                } else {
                    charge(.closing, to: &ledger)
                    state = .trailerStart
                }
            case .contentCarriageReturn:
                try require(byte, .carriageReturn)
                state = .contentLineFeed
            case .contentLineFeed:
                try require(byte, .lineFeed)
                charge(.transferCoding, to: &ledger)
                state = .size(digits: 0)
            case .trailerStart:
                guard byte == .carriageReturn || byte.isTokenCharacter else {
                    throw .httpMalformedTrailer
                }
                state = byte == .carriageReturn ? .lastLineFeed : .trailerName
                try skip(byte)
            case .trailerName:
                guard byte == UInt8(ascii: ":") || byte.isTokenCharacter else {
                    throw .httpMalformedTrailer
                }
                if byte == UInt8(ascii: ":") { state = .trailer }
                try skip(byte)
            case .trailer:
                if byte == .carriageReturn { state = .trailerLineFeed }
                try skip(byte)
            case .trailerLineFeed:
                try require(byte, .lineFeed)
                state = .trailerStart
            case .lastLineFeed:
                try require(byte, .lineFeed)
                charge(.closing, to: &ledger)
                state = .finished
            case .content, .finished:
                preconditionFailure("content and the end are not stepped over byte by byte")
            }
        }

        private mutating func endSize(_ byte: UInt8) throws(ProtocolError) {
            switch (state, byte) {
            case (.sizeSpace, .carriageReturn) where source == .request: throw .httpMalformedChunk
            case (_, .carriageReturn): state = .sizeLineFeed
            case (.sizeExtension, _): break
            case (_, UInt8(ascii: ";")): state = .sizeExtension
            case (_, .space), (_, .tab): state = .sizeSpace
            default: throw .httpMalformedChunk
            }
            try skip(byte)
        }

        private mutating func skip(_ byte: UInt8) throws(ProtocolError) {
            // No control character stands in an extension or a trailer; a CR may only end them.
            guard byte >= 0x20 || byte == .tab || byte == .carriageReturn, byte != 0x7F else {
                throw .httpMalformedChunk
            }
            skipped += 1
            guard skipped <= Self.skipLimit else { throw .httpChunkTooLarge }
        }

        private func require(_ byte: UInt8, _ expected: UInt8) throws(ProtocolError) {
            guard byte == expected else { throw .httpMalformedChunk }
        }

        private mutating func charge(_ byteClass: ByteClass, to ledger: inout ByteLedger) {
            ledger[byteClass] += lineBytes
            lineBytes = 0
        }
    }
}
