import CLinux
import Glibc
import Link

/// A descriptor with one owner, closed when the owner lets go.
package struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number that the kernel knows it by.
    package let number: Int32

    /// Takes over `number`, which nobody else may close from now on.
    package init(_ number: Int32) {
        self.number = number
    }

    deinit {
        // Not repeated: on Linux the number is free again even after EINTR, and an input or output
        // error is about data that nobody waits for any more.
        let result = clx_close(number)
        precondition(result != -EBADF, "Descriptor \(number) was closed behind its owner's back.")
    }

    /// Gives the number away without closing it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Waits until there is something to read, an end included; false when `deadline` came first.
    ///
    /// For the few descriptors that are waited for outside a loop: a child's output, a signal.
    package func waitUntilReadable(until deadline: Instant) -> Bool {
        SystemCall.demand("ppoll") {
            clx_wait_readable(number, MonotonicClock.nanoseconds(until: deadline))
        } > 0
    }
}
