import Wire

/// How somebody else's server is spoken to: where each technique is, how its messages are framed,
/// when a client counts as subscribed, how it resumes, and where events are posted.
package struct TargetProfile: Sendable {
    /// A technique as such a server speaks it.
    package struct Endpoint: Sendable {
        /// The technique; of this only names and texts hold for the server.
        let transport: Transport
        /// Path and query where the URL of the target has none.
        let defaultTarget: String
        /// Makes the client half for path and query.
        let makeClient: @Sendable (_ target: String, ClientProfile) -> any ClientSession
    }

    /// The name, as `--profile` takes it.
    package let id: String
    /// What it is for, in one line.
    package let summary: String
    /// The techniques that it has.
    let endpoints: [Endpoint]
    /// Whether the URL of the target may have a path, which is then that of every technique.
    package let takesPath: Bool
    /// Where events are posted if nobody says otherwise; nil when somebody must.
    let publishPath: String?

    /// The ids of its techniques.
    package var techniques: [String] { endpoints.map(\.transport.id) }

    /// The technique of this id as clients speak it to the server at `url`; nil when the profile
    /// does not have it.
    package func transport(_ id: String, at url: HTTPURL) -> Transport? {
        guard let endpoint = endpoints.first(where: { $0.transport.id == id }) else { return nil }
        let target =
            url.target.isEmpty || url.target == "/" ? endpoint.defaultTarget : url.target
        return endpoint.transport.spoken { [authority = url.authority] profile in
            var profile = profile
            profile.authority = authority
            return endpoint.makeClient(target, profile)
        }
    }

    /// Where events for the server at `url` are posted if nobody says otherwise: beside it, with the
    /// same query, which names the channel; nil when somebody must say.
    package func publishURL(beside url: HTTPURL) -> HTTPURL? {
        guard let publishPath else { return nil }
        guard !url.target.isEmpty, url.target != "/" else { return url.at(publishPath) }
        return url.at(publishPath.prefix { $0 != "?" } + String(url.query))
    }
}

extension TargetProfile {
    /// Every profile.
    package static let all = [nchan, plainWebSocket, plainEventStream, pushbench]

    /// The profile of this name.
    package static func named(_ id: String) -> TargetProfile? {
        all.first { $0.id == id }
    }

    /// nchan, the push module of nginx: one location speaks everything, and goes by the request's
    /// fields. Long polls resume by the validators of the last answer, event streams by the id of the
    /// last message; a chunked stream and a WebSocket are told no position and begin anew.
    ///
    ///     location = /sub { nchan_subscriber; nchan_channel_id $arg_id; }
    ///     location = /pub { nchan_publisher;  nchan_channel_id $arg_id; }
    ///
    /// Reference: https://nchan.io
    package static let nchan = TargetProfile(
        id: "nchan", summary: "nchan's subscriber location, and its publisher location",
        endpoints: [
            Endpoint(transport: .longPolling, defaultTarget: nchanTarget) { target, profile in
                ValidatorPollingClient(target: target, profile: profile)
            },
            Endpoint(transport: .httpStreaming, defaultTarget: nchanTarget) { target, profile in
                // What nchan goes by; RFC 9110 §10.1.4 knows no such value.
                StreamingClient(
                    path: target, framing: ObjectFraming(after: profile.since ?? 0),
                    cursorForm: .none, initiator: .fetch, profile: profile, origin: profile.origin, fields: "TE: chunked\r\n")
            },
            eventStream(at: nchanTarget), webSocket(at: nchanTarget),
        ], takesPath: true, publishPath: "/pub?id=pushbench")

    private static let nchanTarget = "/sub?id=pushbench"

    /// Any server that passes text messages on to its WebSocket clients.
    package static let plainWebSocket = TargetProfile(
        id: "plain-ws", summary: "a WebSocket server that passes on what is posted",
        endpoints: [webSocket(at: "/")], takesPath: true, publishPath: nil)

    /// Any server with an event stream.
    package static let plainEventStream = TargetProfile(
        id: "plain-sse", summary: "a server with an event stream that passes on what is posted",
        endpoints: [eventStream(at: "/")], takesPath: true, publishPath: nil)

    /// A lab server that was started elsewhere. What is posted to it comes back in an event of its
    /// own; it is the posted one that is measured.
    package static let pushbench = TargetProfile(
        id: "pushbench", summary: "a server started with pushbench serve",
        endpoints: [
            Endpoint(
                transport: .httpStreaming, defaultTarget: Transport.httpStreaming.path
            ) { target, profile in
                StreamingClient(
                    path: target, framing: ObjectFraming(after: profile.since ?? 0),
                    cursorForm: .none, initiator: .fetch, profile: profile, origin: profile.origin)
            },
            eventStream(at: Transport.serverSentEvents.path),
            webSocket(at: Transport.webSocket.path),
        ], takesPath: false, publishPath: "/events")

    private static func eventStream(at target: String) -> Endpoint {
        Endpoint(transport: .serverSentEvents, defaultTarget: target) { target, profile in
            StreamingClient(
                path: target, framing: EventStreamFraming(origin: profile.origin),
                cursorForm: .lastEventIDAsWritten, initiator: .eventSource, profile: profile,
                origin: profile.origin)
        }
    }

    private static func webSocket(at target: String) -> Endpoint {
        Endpoint(transport: .webSocket, defaultTarget: target) { target, profile in
            WebSocketClient(profile: profile, path: target, origin: profile.origin)
        }
    }
}

extension ClientProfile {
    /// The origin of streams that begin where this profile says.
    fileprivate var origin: StreamOrigin { .foreign(after: since ?? 0) }
}
