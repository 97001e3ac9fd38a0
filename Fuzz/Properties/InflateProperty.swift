#if Deflate
    import Deflate
    import Transports
    import Wire

    extension DecoderProperty {
        /// Compressed bytes by themselves and in frames, and messages that are compressed and read
        /// back.
        static let inflate = DecoderProperty(
            "inflate",
            "what is compressed stands for the same however it is cut, and never for "
                + "more than the limit"
        ) { (input) throws(Violation) in
            let (whole, pieces) = input.feeds
            let limit = input.hasBit(1) ? 300 : 1 << 16
            try Violation.unlessEqual(
                try Inflation(whole, limit: limit), try Inflation(pieces, limit: limit),
                "the reads change what the bytes stand for")
            let compression: WebSocketCompression = input.hasBit(2) ? .continuous : .single
            try Violation.unlessEqual(
                try CompressedReception(whole, compression, limit: limit),
                try CompressedReception(pieces, compression, limit: limit),
                "the reads change what was said")
            try roundTrip(input, compression)
        }

        /// Two messages of the input, the second of which may refer to the first.
        private static func roundTrip(
            _ input: PropertyInput, _ compression: WebSocketCompression
        ) throws(Violation) {
            let range = Deflater.windowBits
            let bits = range.lowerBound + Int(input.variant) % range.count
            guard let compressed = Deflater.compress(input.bytes.span, windowBits: bits) else {
                throw Violation(description: "\(input.bytes.count) bytes cannot be compressed")
            }
            var wire = WireBuffer()
            for _ in 0..<2 {
                var frame = WireBuffer()
                WebSocketFrame.encode(
                    .binary, compressed.span, mask: 0x37FA_213D, into: &frame)
                var bytes = frame.bytes
                // The first reserved bit says that a message is compressed (RFC 7692 §6).
                bytes[0] |= 0x40
                wire.write(bytes, as: .payload)
            }
            let read = try CompressedReception(
                input.pieces(of: wire.bytes), compression, limit: 1 << 16)
            try Violation.unlessEqual(
                read.messages, [input.bytes, input.bytes], "compressed messages come back changed")
        }
    }

    /// What compressed bytes stand for.
    private struct Inflation: Equatable {
        private(set) var content: [UInt8] = []
        private(set) var isRefused = false

        init(_ pieces: [[UInt8]], limit: Int) throws(Violation) {
            guard let inflater = Inflater() else { throw Violation(description: "no memory") }
            do throws(InflateError) {
                for piece in pieces {
                    try inflater.inflate(piece.span, appendingTo: &content, limit: limit)
                }
                try inflater.endMessage(appendingTo: &content, limit: limit)
            } catch {
                isRefused = true
            }
            try Violation.unless(content.count <= limit, "\(content.count) bytes are made")
            // How much is made before a refusal depends on the reads.
            if isRefused { content = [] }
        }
    }

    /// What a server reads of a client's frames when compression was agreed.
    private struct CompressedReception: Equatable {
        private(set) var messages: [[UInt8]] = []
        /// Text that is none may be seen before broken compression, or behind it, as the reads are.
        private(set) var isRefused = false

        init(
            _ pieces: [[UInt8]], _ compression: WebSocketCompression, limit: Int
        ) throws(Violation) {
            var decoder = WebSocketFrameDecoder(
                role: .server, maxFrameBytes: limit, maxMessageBytes: limit,
                compression: compression)
            var (ledger, consumed) = (ByteLedger(), 0)
            var error: ProtocolError?
            for piece in pieces where error == nil {
                var offset = 0
                do throws(ProtocolError) {
                    while let event = try decoder.next(
                        in: piece.span, at: &offset, ledger: &ledger)
                    {
                        messages.append(
                            event.withPayload(in: piece.span) { Array(copying: $0) })
                    }
                } catch let broken {
                    error = broken
                }
                consumed += offset
            }
            isRefused = error != nil
            try Violation.unlessEqual(ledger.total, consumed, "the ledger is not what was taken")
            for message in messages {
                try Violation.unless(message.count <= limit, "a message beyond the limit")
            }
            try Rules.check(
                error, among: ProtocolError.webSocketRules + [.webSocketInvalidCompression])
        }
    }
#endif
