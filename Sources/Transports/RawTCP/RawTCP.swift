import Link
import Wire

/// Raw TCP: a bare socket, one line an event; the floor that the other techniques are compared with.
///
/// No browser can open one. It shows what is left when HTTP and framing are taken away: what another
/// technique needs beyond this is the price of being reachable from a page.
///
///     > SUBSCRIBE since=16
///     < {"cursor":16}
///     < {"id":17,"t":81234567890123,"data":"xxxxxxxxx"}
///
/// Lines end in LF; without `since=` the stream begins with the next event. The subscription is
/// counted as a request head, since that is the part it plays.
///
/// Reference: RFC 9293 for the socket; the line is this lab's own.
package enum RawTCP {}

extension Transport {
    package static let rawTCP = Transport(
        id: "raw-tcp", aliases: ["tcp", "raw"], title: "Raw TCP",
        summary: "a bare socket, one line an event: the floor",
        reference: "RFC 9293",
        story: """
            No browser can open one. It shows what is left when HTTP and framing are taken away: what \
            another technique needs beyond this is the price of being reachable from a page.
            """,
        server: .bare(RawTCPServer()),
        theory: RawTCP.theory,
        makeClient: { RawTCPClient(profile: $0) })
}

/// The server half: lines on a bare socket.
package struct RawTCPServer: BareStreamingServer {
    private let framing = LineFraming()
    /// A subscription line has at most 11 + 6 + 19 characters and its line end.
    private static let subscriptionLimit = 64

    package init() {}

    package func readSubscription(
        _ bytes: Span<UInt8>
    ) throws(ProtocolError) -> (length: Int, since: UInt64?)? {
        let searched = min(bytes.count, Self.subscriptionLimit)
        guard let lineFeed = bytes.firstIndex(of: .lineFeed, from: 0, to: searched) else {
            guard bytes.count < Self.subscriptionLimit else { throw .rawSubscription }
            return nil
        }
        let end = lineFeed > 0 && bytes[lineFeed - 1] == .carriageReturn ? lineFeed - 1 : lineFeed
        if bytes.matches("SUBSCRIBE", in: 0..<end) { return (lineFeed + 1, nil) }
        guard end > 16, bytes.starts(with: "SUBSCRIBE since=", at: 0),
            let since = bytes.decimal(in: 16..<end)
        else { throw .rawSubscription }
        return (lineFeed + 1, since)
    }

    package func write(
        _ message: StreamMessage, coding: StreamCoding, into wire: inout WireBuffer
    ) {
        framing.write(message, into: &wire)
    }

    package func writeEnd(
        _ reason: EndReason, coding: StreamCoding, into wire: inout WireBuffer
    ) {}
}

/// The client half: one line out, lines in.
package struct RawTCPClient: ClientSession {
    private var decoder = LineFraming.Decoder()
    private var cursor: UInt64?

    package init(profile: ClientProfile) {
        cursor = profile.since
    }

    package mutating func connected(_ context: inout ClientContext) {
        decoder = LineFraming.Decoder()
        context.output.write("SUBSCRIBE", as: .requestHead)
        if let cursor {
            context.output.write(" since=", as: .requestHead)
            context.output.write(decimal: cursor, as: .requestHead)
        }
        context.output.write("\n", as: .requestHead)
        context.requests += 1
    }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        defer { cursor = context.cursor ?? cursor }
        try decoder.receive(bytes, &context)
        return .carryOn
    }

    package mutating func peerClosed(_ context: inout ClientContext) -> ClientStep {
        .reconnect(at: context.now)
    }
}

extension ProtocolError {
    package static let rawSubscription = ProtocolError(
        rule: "raw-subscription", reason: "A subscription is `SUBSCRIBE` or `SUBSCRIBE since=17`.",
        reference: "pushbench, raw TCP")
}
