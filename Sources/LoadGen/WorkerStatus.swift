import Reactor
import Synchronization

/// What a worker lets others see while it runs: a few numbers, stored once a turn.
final class WorkerStatus: Sendable {
    /// Clients that have had their first message.
    let ready = Atomic<Int>(0)
    /// Clients that could not connect so far.
    let failed = Atomic<Int>(0)
    /// Events that arrived, whenever they were due.
    let events = Atomic<Int>(0)
    /// Clients that have had the last event expected.
    let caughtUp = Atomic<Int>(0)
    /// The 99th percentile of the latency so far, in nanoseconds; renewed about once a second.
    let latencyP99 = Atomic<Int64>(0)
    /// Why a connection could not be made, the last time.
    let failure = Mutex<SystemError?>(nil)
}

/// What a worker is told from outside its thread.
enum WorkerCommand: Sendable {
    /// Take the totals: every client is subscribed.
    case subscribed
    /// Measure what is due from `start` and before `end`.
    case measure(start: Int64, end: Int64)
    /// The last event has this id: tell how many clients have had it.
    case expect(lastID: UInt64)
    /// Leave politely and hand over what was measured.
    case finish
}
