import Link
import Transports
import Wire

/// Writes one event as all subscribers of a coding get it.
private struct EncodeEvent: Workload {
    let stream: any StreamingServer
    let coding: StreamCoding
    let message: StreamMessage
    var wire = WireBuffer()

    mutating func run(times: Int) {
        for _ in 0..<times {
            wire.removeAll()
            stream.write(message, coding: coding, into: &wire)
        }
    }
}

/// Reads a stream that comes in reads of one length: one event, many, or pieces of them.
private struct DecodeStream: Workload {
    var session: any ClientSession
    var context: ClientContext
    let bytes: [UInt8]
    let readBytes: Int
    let events: Int

    mutating func run(times: Int) throws(ProtocolError) {
        let bytes = bytes
        var delivered = 0
        for _ in 0..<times {
            var offset = 0
            while offset < bytes.count {
                let end = min(offset + readBytes, bytes.count)
                context.startInput(now: Sample.now)
                _ = try session.receive(bytes.span.extracting(offset..<end), &context)
                delivered += context.events.count
                offset = end
            }
        }
        guard delivered == events * times else { throw .workload }
    }
}

/// Reads a subscription and answers it, each on a connection of its own.
private struct AcceptStream: Workload {
    let transport: Transport
    var context: ServerContext
    let request: [UInt8]

    mutating func run(times: Int) throws(ProtocolError) {
        let request = request
        for _ in 0..<times {
            context.output.removeAll()
            var connection = Sample.connection(for: transport)
            guard case .subscribe = connection.receive(request.span, &context) else {
                throw .workload
            }
        }
    }
}

/// Subscribes and reads the answer, up to the position at which the stream begins.
private struct OpenStream: Workload {
    var session: any ClientSession
    var context: ClientContext
    let answer: [UInt8]

    mutating func run(times: Int) throws(ProtocolError) {
        let answer = answer
        for _ in 0..<times {
            // The answer proves that it read the key, which must therefore be the same each time.
            context.random = SeededGenerator(seed: 1)
            context.startInput(now: Sample.now)
            session.connected(&context)
            guard try session.receive(answer.span, &context) == .carryOn,
                context.cursor == Sample.logLength
            else { throw .workload }
        }
    }
}

/// Reads what a client sends on its open stream.
private struct ReceiveInbound: Workload, ~Copyable {
    var connection: ServerConnection
    var context: ServerContext
    let bytes: [UInt8]

    mutating func run(times: Int) throws(ProtocolError) {
        let bytes = bytes
        for _ in 0..<times {
            context.output.removeAll()
            guard case .awaitBytes = connection.receive(bytes.span, &context) else {
                throw .workload
            }
        }
    }
}

extension CodecCase {
    /// Bytes of one read of a client that is behind.
    private static let longRead = 64 * 1024
    /// Bytes of one read that a full segment of Ethernet brings, less timestamps: never a whole
    /// number of events.
    private static let segment = 1448
    /// A prime below the shortest event, so that each comes in pieces and is cut at every place.
    private static let shortRead = 61

    /// The cases of the streaming technique `transport`.
    static func streaming(_ transport: Transport, _ stream: any StreamingServer) -> [CodecCase] {
        let codings: [StreamCoding] =
            stream is any HTTPStreamingServer && transport != .webSocket
            ? [.chunked, .identity] : [.identity]
        var cases: [CodecCase] = []
        for size in Sample.payloadSizes {
            for coding in codings {
                cases.append(encoding(transport, stream, coding, size))
            }
            cases += decoding(transport, stream, codings[0], size)
        }
        let request = Sample.request(transport, Sample.profile())
        let browser = Sample.request(transport, Sample.profile(.browser))
        let answer = Sample.opening(of: transport)
        cases += [
            accepting(transport, "open-server", request: request, answer: answer),
            CodecCase(
                transport.id, "open-client", wireBytes: request.count + answer.count
            ) {
                OpenStream(
                    session: transport.makeClient(Sample.profile()),
                    context: Sample.clientContext(), answer: answer)
            },
        ]
        if browser != request {
            cases.append(
                accepting(transport, "open-server-browser", request: browser, answer: answer))
        }
        if transport == .webSocket { cases.append(receivingPong(transport, request: request)) }
        return cases
    }

    private static func encoding(
        _ transport: Transport, _ stream: any StreamingServer, _ coding: StreamCoding, _ size: Int
    ) -> CodecCase {
        let message = StreamMessage.event(Sample.event(1_000_000, size: size))
        var wire = WireBuffer()
        stream.write(message, coding: coding, into: &wire)
        return CodecCase(
            transport.id, "encode-\(coding)", payloadBytes: size, events: 1, wireBytes: wire.count
        ) {
            EncodeEvent(stream: stream, coding: coding, message: message)
        }
    }

    private static func decoding(
        _ transport: Transport, _ stream: any StreamingServer, _ coding: StreamCoding, _ size: Int
    ) -> [CodecCase] {
        var one = WireBuffer()
        stream.write(.event(Sample.event(1_000_000, size: size)), coding: coding, into: &one)
        // Ids of one length, so that whole events fill the read as nearly as they can.
        let count = longRead / one.count
        var many = WireBuffer()
        for id in 0..<count {
            let event = Sample.event(1_000_000 + UInt64(id), size: size)
            stream.write(.event(event), coding: coding, into: &many)
        }
        let (first, all) = (one.bytes, many.bytes)
        let opening = Sample.opening(of: transport)

        func decode(_ name: String, _ bytes: [UInt8], _ events: Int, read: Int) -> CodecCase {
            CodecCase(
                transport.id, name, payloadBytes: size, events: events, wireBytes: bytes.count
            ) { () throws(ProtocolError) in
                var context = Sample.clientContext()
                var session = transport.makeClient(Sample.profile())
                session.connected(&context)
                _ = try session.receive(opening.span, &context)
                return DecodeStream(
                    session: session, context: context, bytes: bytes, readBytes: read,
                    events: events)
            }
        }
        var cases = [
            decode("decode-one", first, 1, read: longRead),
            decode("decode-64k", all, count, read: longRead),
            decode("decode-segments", all, count, read: segment),
        ]
        if size == Sample.payloadSizes[0] {
            cases.append(decode("decode-pieces", all, count, read: shortRead))
        }
        return cases
    }

    private static func accepting(
        _ transport: Transport, _ name: String, request: [UInt8], answer: [UInt8]
    ) -> CodecCase {
        CodecCase(transport.id, name, wireBytes: request.count + answer.count) {
            AcceptStream(
                transport: transport,
                context: Sample.serverContext(for: transport, payloadBytes: 100),
                request: request)
        }
    }

    private static func receivingPong(_ transport: Transport, request: [UInt8]) -> CodecCase {
        var pong = WireBuffer()
        WebSocketFrame.encodePong([0x68, 0x62].span, mask: 0x37FA_213D, into: &pong)
        let bytes = pong.bytes
        return CodecCase(transport.id, "receive-pong", wireBytes: bytes.count) {
            var context = Sample.serverContext(for: transport, payloadBytes: 100)
            var connection = Sample.connection(for: transport)
            _ = connection.receive(request.span, &context)
            return ReceiveInbound(connection: connection, context: context, bytes: bytes)
        }
    }
}
