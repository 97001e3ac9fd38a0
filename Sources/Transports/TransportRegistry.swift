/// The techniques, one line each, in the order in which the web got them.
///
/// A line here is all that a technique's folder needs to be served, measured, and put through every
/// test that is true of all of them.
extension Transport {
    /// Every technique there is.
    package static let all: [Transport] = [
        .shortPolling,
        .longPolling,
        .jsonpPolling,
        .httpStreaming,
        .foreverIframe,
        .serverSentEvents,
        .webSocket,
        .rawTCP,
    ]

    /// The technique called `name`, by id or alias.
    package static func named(_ name: String) -> Transport? {
        all.first { $0.id == name || $0.aliases.contains(name) }
    }
}
