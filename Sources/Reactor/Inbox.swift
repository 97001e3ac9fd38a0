import CLinux
import Synchronization

/// The one way into a loop from outside: commands from any thread, taken out by the loop's own.
///
/// Everything else a loop owns is confined to its thread. The loop adds `descriptor` to its poller
/// and drains the box when it is readable; posting costs a system call only when the box was empty,
/// so that a burst of commands wakes the loop once.
///
/// A descriptor belongs to a descriptor table: make an inbox before the thread that drains it calls
/// `unshareDescriptors`, and hold it until the threads that post to it have ended.
package final class Inbox<Command: Sendable>: Sendable {
    private let waiting = Mutex<[Command]>([])
    private let wake: OwnedDescriptor

    /// Makes an empty inbox; throws when no descriptor is left.
    package init() throws(SystemError) {
        wake = OwnedDescriptor(try SystemCall.perform("eventfd") { clx_eventfd() })
    }

    /// What polls readable while commands wait.
    package var descriptor: Int32 {
        wake.number
    }

    /// Puts a command in, from any thread.
    package func post(_ command: Command) {
        let wasEmpty = waiting.withLock { commands in
            commands.append(command)
            return commands.count == 1
        }
        if wasEmpty {
            // The counter would have to be raised 2⁶⁴ times undrained to refuse.
            SystemCall.demand("eventfd_write") { clx_eventfd_raise(wake.number) }
        }
    }

    /// Takes all commands out, in the order in which they were posted; on the loop's thread.
    package func drain() -> [Command] {
        // Cleared before the box is emptied: a command that comes between the two is taken now and
        // wakes the loop once for nothing, where the other order would let it lie.
        _ = clx_eventfd_clear(wake.number)
        return waiting.withLock { commands in
            let taken = commands
            commands = []
            return taken
        }
    }
}
