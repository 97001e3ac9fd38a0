import Link
import Measurement

/// The events of an order, with due times that were fixed before the first, and how late each was
/// handed over.
struct PostSchedule {
    /// Events whose lateness is told one by one at most: 8 MB of numbers.
    private static let listedEvents = 1_000_000

    /// The length of an event's JSON.
    let payloadBytes: Int
    private let start: Instant
    private var arrivals: ArrivalSchedule
    private let events: Int
    private let firstID: UInt64
    private var handedOver = 0
    private var lateness = Histogram()
    private var wakeLateness = Histogram()
    private var latenessByEvent: [Int64] = []

    /// When the next event is due; `distantFuture` when there is none left.
    private(set) var nextDue = Instant.distantFuture
    /// The greatest id that the target has taken; nil before the first.
    private(set) var newestTaken: UInt64?
    /// Events that were answered with a success.
    private(set) var taken = 0
    /// What became of the others, in words, the first time.
    private(set) var refusal: String?

    /// The schedule of `order`, whose events are numbered from `firstID` on.
    init(_ order: PublishOrder, firstID: UInt64) {
        payloadBytes = order.payloadBytes
        start = order.start
        arrivals = ArrivalSchedule(
            order.arrivals, ratePerSecond: order.ratePerSecond, seed: order.seed)
        events = order.events
        self.firstID = firstID
        if events <= Self.listedEvents { latenessByEvent.reserveCapacity(events) }
        advance()
    }

    /// Whether every event was handed over.
    var isHandedOver: Bool { nextDue == .distantFuture }

    /// The next event, if it is due at `now`. `freeSince` is when a connection was last found that
    /// could take it.
    mutating func next(now: Instant, freeSince: Instant) -> PostedEvent? {
        guard nextDue <= now else { return nil }
        let event = PostedEvent(id: firstID &+ UInt64(handedOver), due: nextDue)
        let late = now.nanoseconds(since: event.due)
        lateness.record(late)
        wakeLateness.record(now.nanoseconds(since: max(event.due, freeSince)))
        if events <= Self.listedEvents { latenessByEvent.append(late) }
        handedOver += 1
        advance()
        return event
    }

    /// The target has taken the event.
    mutating func take(_ event: PostedEvent) {
        taken += 1
        newestTaken = max(newestTaken ?? 0, event.id)
    }

    /// The target has not taken an event, and will not.
    mutating func refuse(_ reason: String) {
        refusal = refusal ?? reason
    }

    /// How it went so far: an event without an answer counts as one that was not taken.
    var report: PublishReport {
        PublishReport(
            ids: newestTaken.map { firstID...$0 },
            lateness: SourceLateness(
                p50Nanoseconds: lateness.value(atPercentile: 50),
                p99Nanoseconds: lateness.value(atPercentile: 99),
                wakeP99Nanoseconds: wakeLateness.value(atPercentile: 99),
                refusedEvents: events - taken),
            latenessNanoseconds: latenessByEvent,
            refusal: taken < events ? refusal ?? "there was no answer in time" : nil)
    }

    private mutating func advance() {
        nextDue = handedOver >= events ? .distantFuture : start + arrivals.next()
    }
}
