import Link
import Wire

/// Long polling whose position is the validators of the last answer (RFC 9110 §8.8): a message an
/// answer, and the next request says which one it has.
///
///     > GET /sub HTTP/1.1
///     > Host: 127.0.0.1:8080
///     > If-Modified-Since: Sat, 21 Nov 2026 12:00:00 GMT
///     > If-None-Match: 0
///     >
///                                                           (held)
///     < HTTP/1.1 200 OK
///     < Content-Length: 47
///     < Last-Modified: Sat, 21 Nov 2026 12:00:01 GMT
///     < Etag: 0
///     <
///     < {"id":17,"t":81234567890123,"data":"xxxxxxxxx"}
///
/// The first request has no validators, and the server decides where the client begins. Nothing
/// comes before there is an event, so that a client counts as subscribed when it has asked.
package struct ValidatorPollingClient: ClientSession {
    /// The request without its last fields, written once for all clients of a run.
    private let requestStart: [UInt8]
    private let keepsAlive: Bool
    /// Events up to this id are not of this run.
    private let after: UInt64
    /// The field lines that name the last message; empty before the first.
    private var validators: [UInt8] = []
    private var reader = HTTPAnswerReader()

    /// Makes the client of the channel at `target`, a path with its query.
    package init(target: String, profile: ClientProfile) {
        keepsAlive = profile.keepsAlive
        after = profile.since ?? 0
        requestStart =
            Array("GET \(target) HTTP/1.1\r\nHost: \(profile.authority)\r\n".utf8)
            + profile.headers.connectionLine(keepsAlive: profile.keepsAlive)
            + profile.headers.lines(
                for: .fetch, authority: profile.authority, origin: .foreign(after: after))
    }

    package mutating func connected(_ context: inout ClientContext) {
        reader = HTTPAnswerReader()
        ask(&context)
        context.notePosition(cursor: after, lost: 0)
    }

    package mutating func receive(
        _ bytes: Span<UInt8>, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        try reader.append(bytes)
        guard let answer = try reader.next(&context.received) else { return .carryOn }
        // One request is out at a time, so nothing can follow its answer.
        guard reader.isEmpty else { throw .httpUnexpectedBytes }
        return try take(answer, &context)
    }

    package mutating func peerClosed(
        _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        guard let answer = try reader.finish(&context.received) else {
            // A server may close a kept connection just as the next request is sent (RFC 9112 §9.3).
            return .reconnect(at: context.now)
        }
        return try take(answer, &context)
    }

    private func ask(_ context: inout ClientContext) {
        context.output.write(requestStart, as: .requestHead)
        context.output.write(validators, as: .requestHead)
        context.output.write("\r\n", as: .requestHead)
        context.requests += 1
    }

    private mutating func take(
        _ answer: HTTPAnswer, _ context: inout ClientContext
    ) throws(ProtocolError) -> ClientStep {
        context.answers += 1
        switch answer.status {
        case 200:
            context.deliverRelayed(
                answer.content.span, in: 0..<answer.content.count, after: after)
            try noteValidators(of: answer)
        case 204, 304, 408:
            // Nothing new within the time that the server holds a poll.
            context.received[.notice] += answer.content.count
            context.emptyAnswers += 1
        default:
            throw .httpUnexpectedStatus
        }
        guard keepsAlive, answer.isPersistent else { return .reconnect(at: context.now) }
        ask(&context)
        return .carryOn
    }

    private mutating func noteValidators(of answer: HTTPAnswer) throws(ProtocolError) {
        var lines: [UInt8] = []
        if let date = answer.value(of: "last-modified") {
            lines += Array("If-Modified-Since: ".utf8) + date + [.carriageReturn, .lineFeed]
        }
        if let tag = answer.value(of: "etag") {
            lines += Array("If-None-Match: ".utf8) + tag + [.carriageReturn, .lineFeed]
        }
        guard !lines.isEmpty else { throw .pollWithoutValidator }
        validators = lines
    }
}

extension ProtocolError {
    package static let pollWithoutValidator = ProtocolError(
        rule: "poll-without-validator",
        reason: """
            An answer has neither Last-Modified nor Etag, so that the next poll could not say what it \
            has.
            """,
        reference: "RFC 9110 §8.8")
}
