import CLinux
import Link

/// SIGINT and SIGTERM as something to read, instead of something that interrupts.
///
/// Make one before any thread is started: a signal is blocked for the thread that makes the watch
/// and for those it starts afterwards, and a thread that does not block it would be ended by it. The
/// signals stay blocked when the watch is gone.
package struct SignalWatch: ~Copyable {
    private let owned: OwnedDescriptor

    /// Blocks both signals on the calling thread and begins to watch for them.
    package init() throws(SystemError) {
        owned = OwnedDescriptor(try SystemCall.perform("signalfd") { clx_watch_signals() })
    }

    /// What polls readable while a signal waits.
    package var descriptor: Int32 {
        owned.number
    }

    /// The next signal that arrived; `nil` when none did.
    package func take() -> Int32? {
        try? SystemCall.performUnlessBlocked("signalfd") { clx_take_signal(owned.number) }
    }

    /// Waits for a signal; `nil` when `deadline` came first.
    package func wait(until deadline: Instant) -> Int32? {
        while owned.waitUntilReadable(until: deadline) {
            // Another thread may have taken it in between.
            if let signal = take() { return signal }
        }
        return nil
    }

    /// Makes it an error, for the whole process, and not its end, to write to a pipe that nobody
    /// reads any more, or more to a file than the limit of its size (`ulimit -f`) allows.
    package static func ignoreFailedWrites() {
        SystemCall.demand("SIGPIPE") { clx_ignore_failed_writes() }
    }
}
