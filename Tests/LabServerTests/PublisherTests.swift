import Link
import Measurement
import Testing
import Transports

@testable import LabServer

@Suite("The publisher")
struct PublisherTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    private func plan(
        _ content: PublishPlan.Content = .padded(80), _ arrivals: Arrivals = .periodic,
        events: Int? = nil
    ) -> PublishPlan {
        PublishPlan(
            content: content, arrivals: arrivals, ratePerSecond: 1000, seed: 3, events: events,
            start: Self.start)
    }

    /// Everything that is due at `moment`, numbered from `id` on.
    private func take(
        _ publisher: inout Publisher, at moment: Instant, from id: UInt64 = 1
    ) -> [Event] {
        var events: [Event] = []
        while let event = publisher.next(now: moment, id: id + UInt64(events.count)) {
            events.append(event)
        }
        return events
    }

    @Test("publishes nothing before it is due, and what is due once")
    func schedule() {
        var publisher = Publisher(plan())
        #expect(publisher.nextDue == Self.start + .milliseconds(1))
        #expect(take(&publisher, at: Self.start).isEmpty)
        let events = take(&publisher, at: Self.start + .microseconds(3500))
        #expect(events.map(\.id) == [1, 2, 3])
        #expect(events.map(\.intendedTime) == (1...3).map { Self.start + .milliseconds($0) })
        #expect(publisher.nextDue == Self.start + .milliseconds(4))
        #expect(!publisher.isDone)
    }

    @Test("gives an event its due time, however late it is published", arguments: Arrivals.allCases)
    func keepsTheSchedule(arrivals: Arrivals) {
        var schedule = ArrivalSchedule(arrivals, ratePerSecond: 1000, seed: 3)
        var publisher = Publisher(plan(.padded(80), arrivals, events: 50))
        let late = Self.start + .seconds(5)
        let events = take(&publisher, at: late, from: 11)
        #expect(events.map(\.intendedTime) == (0..<50).map { _ in Self.start + schedule.next() })
        for event in events {
            #expect(event.payload.count == 80)
            let header = try? EventPayload.header(of: event.payload.span, in: 0..<80)
            #expect(header?.id == event.id)
            #expect(header?.intendedTime == event.intendedTime)
        }
        #expect(publisher.isDone)
        #expect(publisher.outcome.ids == 11...60)
    }

    @Test("ends after as many events as it was asked for", arguments: [0, 1, 7])
    func eventLimit(events: Int) {
        var publisher = Publisher(plan(events: events))
        #expect(take(&publisher, at: Self.start + .seconds(1)).count == events)
        #expect(publisher.isDone)
        #expect(publisher.nextDue == .distantFuture)
        #expect(publisher.outcome.ids == (events == 0 ? nil : 1...UInt64(events)))
    }

    @Test("publishes lines in their order and ends with the last or with the limit")
    func lines() {
        let lines = ["1", "{\"two\":2}", "\"drei\""].map { Array($0.utf8) }
        for (limit, count) in [(nil, 3), (9, 3), (2, 2)] as [(Int?, Int)] {
            var publisher = Publisher(plan(.lines(lines), events: limit))
            let events = take(&publisher, at: Self.start + .seconds(1))
            #expect(publisher.isDone)
            #expect(
                events.map { String(decoding: $0.payload, as: UTF8.self) }
                    == (0..<count).map { index in
                        let due = Self.start.nanoseconds + Int64(index + 1) * 1_000_000
                        let data = String(decoding: lines[index], as: UTF8.self)
                        return "{\"id\":\(index + 1),\"t\":\(due),\"data\":\(data)}"
                    })
        }
        #expect(Publisher(plan(.lines([]))).isDone)
    }

    @Test("tells how late events were published")
    func lateness() {
        var publisher = Publisher(plan(events: 10))
        for index in 1...10 {
            // Each by 2 µs later than the one before.
            let moment = Self.start + .microseconds(index * 1000 + index * 2)
            _ = publisher.next(now: moment, id: UInt64(index))
        }
        #expect(publisher.outcome.ids == 1...10)
        // Three digits: within one part in a thousand above the value.
        #expect((10_000...10_010).contains(publisher.outcome.latenessP50Nanoseconds))
        #expect((20_000...20_020).contains(publisher.outcome.latenessP99Nanoseconds))
        #expect((20_000...20_020).contains(publisher.outcome.wakeLatenessP99Nanoseconds))
    }

    @Test("tells each event's lateness, in the order of the ids")
    func latenessByEvent() {
        var publisher = Publisher(plan(events: 4))
        for (moment, count) in [(1000, 1), (1500, 0), (3250, 2), (4001, 1)] {
            #expect(take(&publisher, at: Self.start + .microseconds(moment)).count == count)
        }
        #expect(publisher.outcome.latenessNanoseconds == [0, 1_250_000, 250_000, 1000])
    }

    @Test(
        "tells no single lateness of a plan without an end, or with too many events",
        arguments: [nil, 1_000_001])
    func latenessOfMany(events: Int?) {
        var publisher = Publisher(plan(events: events))
        #expect(take(&publisher, at: Self.start + .milliseconds(5)).count == 5)
        #expect(publisher.outcome.latenessNanoseconds == [])
        #expect(publisher.outcome.latenessP99Nanoseconds > 0)
    }

    @Test("publishes everything at once when it is to saturate, and ends")
    func saturates() {
        var publisher = Publisher(plan(.padded(80), .saturate, events: 1000))
        #expect(publisher.nextDue == Self.start)
        let events = take(&publisher, at: Self.start)
        #expect(events.map(\.id) == Array(1...1000))
        #expect(events.allSatisfy { $0.intendedTime == Self.start })
        #expect(publisher.isDone)
        #expect(publisher.outcome.latenessNanoseconds == Array(repeating: 0, count: 1000))
    }

    @Test("charges the time until the loop was free to the loop, not to its waking")
    func wakeLateness() {
        var publisher = Publisher(plan(events: 3))
        // Due at 1 ms; the loop was busy until 5 ms, and woke up 10 µs after that.
        let free = Self.start + .milliseconds(5)
        let now = free + .microseconds(10)
        while publisher.next(now: now, id: 1, freeSince: free) != nil {}
        #expect((10_000...10_010).contains(publisher.outcome.wakeLatenessP99Nanoseconds))
        #expect((4_010_000...4_015_000).contains(publisher.outcome.latenessP99Nanoseconds))
    }
}
