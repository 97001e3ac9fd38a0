import CLinux

/// What a `Poller` found on a descriptor.
package struct Readiness: Hashable, Sendable {
    private let events: UInt32

    init(events: UInt32) {
        self.events = events
    }

    /// Whether bytes, a connection or an end can be taken from it.
    package var readable: Bool {
        events & CLX_READABLE != 0
    }

    /// Whether bytes can be handed to it, or a connection came to stand.
    package var writable: Bool {
        events & CLX_WRITABLE != 0
    }

    /// Whether the peer ended its half or the connection; bytes sent before may still be there.
    package var hungUp: Bool {
        events & (CLX_READING_HUNG_UP | CLX_HUNG_UP) != 0
    }

    /// Whether an error waits on it; `Socket.pendingError` takes it.
    package var failed: Bool {
        events & CLX_FAILED != 0
    }
}
