import Reactor
import Synchronization
import Wire

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
    /// The rule that the server broke before a client was subscribed, the last time.
    let brokenRule = Mutex<ProtocolError?>(nil)
}

/// What a worker is told from outside its thread.
enum WorkerCommand: Sendable {
    /// Take the totals: every client is subscribed.
    case subscribed
    /// Measure what is due from `start` and before `end`.
    case measure(start: Int64, end: Int64)
    /// The last event has this id: tell how many clients have had it.
    case expect(lastID: UInt64)
    /// Say `WorkerNotice.delivered` as soon as every client has had the event with this id, which
    /// may be before this command comes. In lockstep every client must be at rest as well: it has
    /// sent its next request, or waits to be told to.
    ///
    /// An event that everybody has had (0 to begin with) asks for the rest alone, and is thereby the
    /// way to know that the commands before were obeyed.
    case awaitEvent(id: UInt64)
    /// Lockstep: every client that waits for its interval to pass sends its next poll now.
    ///
    /// One step is: publish, hear from the server that it is published, `poll`, `awaitEvent`, and
    /// `WorkerNotice.delivered` of every worker. Then requests, answers, bytes and calls of a step
    /// are the same however slow the machine is:
    ///
    /// - A client of short polling asks once when it connects, which is answered at once with the
    ///   cursor and no event, and once a step, which is answered with the step's event.
    /// - A long poll is not touched by `poll`: it asks again as soon as it was answered, and the
    ///   next event cannot be there before this one's delivery, so that an answer is an event.
    /// - Streams have nothing to ask.
    ///
    /// Totals are told apart at rest: `measure(start: .min, end: .max)` begins a window at once and
    /// `measure(start: .min, end: .min)` ends it, each with an `awaitEvent` behind it before the
    /// next event is published. Packets are not part of the promise: acknowledgements go by time.
    case poll
    /// Do what a fault asks for, or stop doing it.
    case fault(FaultCommand)
    /// Leave politely and hand over what was measured.
    case finish
}

/// What a worker says of itself, to whoever gave it an inbox for that.
enum WorkerNotice: Hashable, Sendable {
    /// All of its clients have had the event that was awaited; one such notice a worker.
    case delivered(id: UInt64)
}
