import Link
import Measurement
import Transports

/// What a run publishes.
package struct PublishPlan: Sendable {
    /// What events carry.
    package enum Content: Sendable {
        /// A filler that brings the payload to this many bytes.
        case padded(Int)
        /// Lines of JSON, one an event; publishing ends with the last.
        case lines([[UInt8]])
    }

    /// What the events carry.
    package var content: Content
    /// When they are due.
    package var arrivals: Arrivals
    /// Events a second on average.
    package var ratePerSecond: Double
    /// What random due times are drawn from.
    package var seed: UInt64
    /// Events at most; nil goes on until the server stops.
    package var events: Int?
    /// When the schedule starts.
    package var start: Instant

    /// A plan.
    ///
    /// - Precondition: one that saturates has a number of events.
    package init(
        content: Content, arrivals: Arrivals, ratePerSecond: Double, seed: UInt64, events: Int?,
        start: Instant
    ) {
        precondition(arrivals != .saturate || events != nil, "everything at once must be bounded")
        self.content = content
        self.arrivals = arrivals
        self.ratePerSecond = ratePerSecond
        self.seed = seed
        self.events = events
        self.start = start
    }
}

/// How a plan went.
package struct PublishOutcome: Sendable {
    /// The ids published, nil when there were none.
    package let ids: ClosedRange<UInt64>?
    /// How late events were published, in nanoseconds after they were due.
    package let latenessP50Nanoseconds: Int64
    package let latenessP99Nanoseconds: Int64
    /// The same, counted from when the loop was free if that was later than an event was due.
    package let wakeLatenessP99Nanoseconds: Int64
    /// The lateness of every event, in the order of their ids; empty when the plan had no number of
    /// events, or more than a million.
    package let latenessNanoseconds: [Int64]
}

/// Publishes on a schedule that was fixed before it began: an event that is late keeps its due time.
struct Publisher {
    /// The events of a plan whose lateness is told one by one at most: 8 MB of numbers, and as many
    /// on the line that tells them.
    private static let listedEvents = 1_000_000

    private let plan: PublishPlan
    private var schedule: ArrivalSchedule
    private var published = 0
    private var firstID: UInt64?
    private var lastID: UInt64 = 0
    private var lateness = Histogram()
    private var wakeLateness = Histogram()
    /// How late each event was; kept while the plan is one of `listedEvents` at most.
    private var latenessByEvent: [Int64] = []
    private let listsLateness: Bool

    /// When the next event is due; `distantFuture` when there is none left.
    private(set) var nextDue = Instant.distantFuture

    init(_ plan: PublishPlan) {
        self.plan = plan
        schedule = ArrivalSchedule(
            plan.arrivals, ratePerSecond: plan.ratePerSecond, seed: plan.seed)
        listsLateness = (plan.events ?? .max) <= Self.listedEvents
        if listsLateness { latenessByEvent.reserveCapacity(plan.events ?? 0) }
        advance()
    }

    /// The next event, if it is due at `now`; it gets the number `id`. `freeSince` is when the loop
    /// last had nothing to do.
    mutating func next(
        now: Instant, id: UInt64, freeSince: Instant = .distantPast
    ) -> Event? {
        guard nextDue <= now else { return nil }
        let due = nextDue
        let payload: [UInt8]
        switch plan.content {
        case .padded(let size):
            payload = EventPayload.padded(id: id, intendedTime: due, size: size)
        case .lines(let lines):
            payload = EventPayload.carrying(lines[published], id: id, intendedTime: due)
        }
        let late = now.nanoseconds(since: due)
        lateness.record(late)
        if listsLateness { latenessByEvent.append(late) }
        wakeLateness.record(now.nanoseconds(since: max(due, freeSince)))
        if firstID == nil { firstID = id }
        lastID = id
        published += 1
        advance()
        return Event(id: id, intendedTime: due, payload: payload)
    }

    /// Whether everything was published.
    var isDone: Bool { nextDue == .distantFuture }

    var outcome: PublishOutcome {
        PublishOutcome(
            ids: firstID.map { $0...lastID },
            latenessP50Nanoseconds: lateness.value(atPercentile: 50),
            latenessP99Nanoseconds: lateness.value(atPercentile: 99),
            wakeLatenessP99Nanoseconds: wakeLateness.value(atPercentile: 99),
            latenessNanoseconds: latenessByEvent)
    }

    private mutating func advance() {
        let isOver = plan.events.map { published >= $0 } ?? false
        if case .lines(let lines) = plan.content, published >= lines.count {
            nextDue = .distantFuture
        } else {
            nextDue = isOver ? .distantFuture : plan.start + schedule.next()
        }
    }
}
