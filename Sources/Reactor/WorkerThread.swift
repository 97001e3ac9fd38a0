import CLinux
import Synchronization

/// A thread that makes one result.
///
/// What a loop owns is created inside `body` and never leaves it; only the result, which is
/// `Sendable`, comes out, at `join`. The type has one owner and `join` consumes it, so that a thread
/// is joined once and no result is read while its thread still runs.
package struct WorkerThread<Result: Sendable>: ~Copyable {
    private let outcome: Outcome
    /// `nil` once joined.
    private var thread: UInt64?

    /// Where the thread leaves its result.
    private final class Outcome: Sendable {
        let result = Mutex<Result?>(nil)
    }

    private init(outcome: Outcome, thread: UInt64) {
        self.outcome = outcome
        self.thread = thread
    }

    deinit {
        // Not joined: a thread that was not told to stop would hold up its owner for ever.
        if let thread {
            SystemCall.demand("pthread_detach") { clx_thread_detach(thread) }
        }
    }

    /// Starts `body` on a thread called `name` (the kernel keeps 15 bytes of it), on the processor
    /// of that index (see `Processors`) or, without one, wherever the kernel puts it.
    ///
    /// The thread's timer slack is 1 ns. The default lets the kernel wake it 50 µs late, which would
    /// be the greater part of a delivery over loopback.
    package static func start(
        name: String, processor: Int? = nil, _ body: @escaping @Sendable () -> Result
    ) throws(SystemError) -> WorkerThread {
        let outcome = Outcome()
        let work = ThreadBody {
            name.withCString { _ = clx_name_thread($0) }
            _ = clx_set_timer_slack(1)
            let result = body()
            outcome.result.withLock { $0 = result }
        }
        let number = try processor.map { index throws(SystemError) in
            try Processors.number(at: index)
        }
        var thread: UInt64 = 0
        let context = Unmanaged.passRetained(work)
        do {
            _ = try SystemCall.perform("start thread \(name)", arguments: .named) {
                clx_thread_start(ThreadBody.run, context.toOpaque(), number ?? -1, &thread)
            }
        } catch {
            context.release()
            throw error
        }
        return WorkerThread(outcome: outcome, thread: thread)
    }

    /// Waits for the thread's end and hands back its result.
    package consuming func join() -> Result {
        if let thread {
            SystemCall.demand("pthread_join") { clx_thread_join(thread) }
        }
        thread = nil
        guard let result = outcome.result.withLock({ $0.take() }) else {
            preconditionFailure("A thread ended without its result.")
        }
        return result
    }
}

/// What a thread runs, in a form that fits through a C pointer.
private final class ThreadBody: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    /// Runs and releases the body that `context` retains.
    static let run: @convention(c) @Sendable (UnsafeMutableRawPointer?) -> Void = { context in
        guard let context else { return }
        Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
    }
}
