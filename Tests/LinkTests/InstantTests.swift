import Link
import Testing

@Suite("Instant")
struct InstantTests {
    private static let moments: [(start: Int64, step: Duration, end: Int64)] = [
        (0, .zero, 0),
        (1000, .nanoseconds(5), 1005),
        (1000, .nanoseconds(-5), 995),
        (-3, .seconds(1), 999_999_997),
        (.max - 1, .nanoseconds(1), .max),
        (.max, .nanoseconds(1), .max),
        (.max, .seconds(3600), .max),
        (.min, .nanoseconds(-1), .min),
        (.max, .nanoseconds(-1), .max - 1),
        (0, .seconds(Int64.max), .max),
        (0, .seconds(Int64.min), .min),
    ]

    @Test("moves by a duration and stays far where it would overflow", arguments: moments)
    func adds(start: Int64, step: Duration, end: Int64) {
        #expect(Instant(nanoseconds: start) + step == Instant(nanoseconds: end))
    }

    @Test("moves back by a duration and stays far where it would overflow")
    func subtracts() {
        #expect(Instant(nanoseconds: 10) - .nanoseconds(4) == Instant(nanoseconds: 6))
        #expect(Instant.distantPast - .seconds(1) == .distantPast)
        #expect(Instant.distantFuture - .seconds(-1) == .distantFuture)
    }

    @Test("tells the time since an earlier moment, negative when that lies ahead")
    func since() {
        let (early, late) = (Instant(nanoseconds: 250), Instant(nanoseconds: 1000))
        #expect(late.nanoseconds(since: early) == 750)
        #expect(early.nanoseconds(since: late) == -750)
        #expect(late - early == .nanoseconds(750))
        #expect(early < late)
        #expect(Instant.distantPast < early && late < .distantFuture)
    }

    private static let durations: [(duration: Duration, nanoseconds: Int64)] = [
        (.zero, 0),
        (.nanoseconds(1), 1),
        (.microseconds(100), 100_000),
        (.milliseconds(1500), 1_500_000_000),
        (.milliseconds(-1500), -1_500_000_000),
        (Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999), 1),
        (Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999), -1),
        (.seconds(9_223_372_036), 9_223_372_036_000_000_000),
        (.seconds(9_223_372_037), .max),
        (.seconds(-9_223_372_037), .min),
        (.seconds(Int64.max), .max),
        (.seconds(Int64.min), .min),
    ]

    @Test("counts a duration in nanoseconds, towards zero and within 64 bits", arguments: durations)
    func counts(duration: Duration, nanoseconds: Int64) {
        #expect(duration.nanoseconds == nanoseconds)
    }

    @Test("tells a duration in seconds")
    func seconds() {
        #expect(Duration.milliseconds(250).seconds == 0.25)
        #expect(Duration.seconds(-2).seconds == -2)
    }
}
