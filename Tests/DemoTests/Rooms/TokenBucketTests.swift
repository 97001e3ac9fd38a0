import Link
import Testing

@testable import Demo

@Suite("A token bucket")
struct TokenBucketTests {
    private static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test("gives its burst at once, and then one every interval")
    func burst() {
        var bucket = TokenBucket(capacity: 3, every: .seconds(1))
        for _ in 0..<3 {
            #expect(bucket.wait(at: Self.at(0)) == .zero)
            bucket.take(at: Self.at(0))
        }
        #expect(bucket.wait(at: Self.at(0)) == .seconds(1))
        #expect(bucket.wait(at: Self.at(400)) == .milliseconds(600))
        #expect(bucket.wait(at: Self.at(1_000)) == .zero)
        bucket.take(at: Self.at(1_000))
        #expect(bucket.wait(at: Self.at(1_500)) == .milliseconds(500))
    }

    @Test("is full again after a rest, and never fuller")
    func rest() {
        var bucket = TokenBucket(capacity: 2, every: .seconds(1))
        bucket.take(at: Self.at(0))
        bucket.take(at: Self.at(0))
        for _ in 0..<2 {
            #expect(bucket.wait(at: Self.at(60_000)) == .zero)
            bucket.take(at: Self.at(60_000))
        }
        #expect(bucket.wait(at: Self.at(60_000)) == .seconds(1))
    }
}
