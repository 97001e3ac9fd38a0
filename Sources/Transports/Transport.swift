import Wire

/// A push technique, as a value: what it is called, how a server speaks it, how a client does.
///
/// This is the seam of the house. A technique is a folder that makes one of these and a line in
/// `Transport.all`; servers, load generators, simulations and tests know techniques only through it.
package struct Transport: Sendable {
    /// The id, as the command line and the endpoints say it: `long-polling`.
    package let id: String
    /// Shorter names that the command line accepts.
    package let aliases: [String]
    /// The name in running text.
    package let title: String
    /// What it is, in one line.
    package let summary: String
    /// Where it is defined or described.
    package let reference: String
    /// When it was the answer and what it costs, in a few sentences for somebody who has not met it.
    package let story: String
    /// How a server speaks it.
    package let server: ServerHalf
    /// What can be said of it before it is measured.
    package let theory: Theory
    /// Makes the client half; copies of one session start many clients that share its bytes.
    package let makeClient: @Sendable (ClientProfile) -> any ClientSession

    /// This technique with other clients, for a server that speaks it in its own way.
    func spoken(
        by makeClient: @escaping @Sendable (ClientProfile) -> any ClientSession
    ) -> Transport {
        Transport(
            id: id, aliases: aliases, title: title, summary: summary, reference: reference,
            story: story, server: server, theory: theory, makeClient: makeClient)
    }

    /// The path of an HTTP technique's endpoint.
    package var path: String { "/events/\(id)" }

    /// Whether it is spoken on the HTTP port, and not on one of its own.
    package var isHTTP: Bool {
        switch server {
        case .polling, .streaming: true
        case .bare: false
        }
    }
}

/// How a server speaks a technique: the conversation, with the technique's framing in it.
package enum ServerHalf: Sendable {
    /// A request is answered once.
    case polling(PollingServer)
    /// A request opens a stream.
    case streaming(any HTTPStreamingServer)
    /// A connection to a port of its own is a stream.
    case bare(any BareStreamingServer)

    /// The streaming half, where there is one.
    package var stream: (any StreamingServer)? {
        switch self {
        case .polling: nil
        case .streaming(let stream): stream
        case .bare(let stream): stream
        }
    }
}

extension Transport: Equatable {
    package static func == (left: Transport, right: Transport) -> Bool { left.id == right.id }
}

extension Transport: CustomStringConvertible {
    package var description: String { id }
}
