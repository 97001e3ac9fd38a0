import Synchronization

/// Worker threads of one kind, started one by one and joined together.
package final class ThreadGroup<Result: Sendable>: Sendable {
    /// A thread with one owner, in a box that an array can hold.
    private final class Member: Sendable {
        private let thread: Mutex<WorkerThread<Result>?>

        init(_ thread: consuming WorkerThread<Result>) {
            self.thread = Mutex(thread)
        }

        func join() -> Result? {
            guard let taken = thread.withLock({ $0.take() }) else { return nil }
            return taken.join()
        }
    }

    private let members = Mutex<[Member]>([])

    package init() {}

    /// Starts a thread as `WorkerThread.start` does.
    package func start(
        name: String, processor: Int? = nil, _ body: @escaping @Sendable () -> Result
    ) throws(SystemError) {
        let member = Member(try WorkerThread.start(name: name, processor: processor, body))
        members.withLock { $0.append(member) }
    }

    /// Waits for every thread and hands back their results in the order of their starts; empty when
    /// they were joined before.
    package func joinAll() -> [Result] {
        let taken = members.withLock { members in
            defer { members = [] }
            return members
        }
        return taken.compactMap { $0.join() }
    }
}
