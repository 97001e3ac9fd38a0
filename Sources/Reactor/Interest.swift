import CLinux

/// What a `Poller` is asked to look for on a descriptor. The peer's end and errors are always told.
package struct Interest: OptionSet, Hashable, Sendable {
    /// The bits as epoll has them.
    package let rawValue: UInt32

    /// Makes the interest in these bits.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Bytes, a connection or an end can be taken from it.
    package static var readable: Interest { Interest(rawValue: CLX_READABLE) }

    /// Bytes can be handed to it.
    package static var writable: Interest { Interest(rawValue: CLX_WRITABLE) }
}
