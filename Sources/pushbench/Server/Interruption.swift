import Reactor

/// Whether the user has asked for the end: SIGINT or SIGTERM came. Make it before any thread.
final class Interruption {
    private let signals: SignalWatch
    private var isRemembered = false

    init() throws(SystemError) {
        signals = try SignalWatch()
    }

    /// True from the first signal on.
    var hasCome: Bool {
        if !isRemembered { isRemembered = signals.take() != nil }
        return isRemembered
    }
}
