import Measurement
import Testing
import Wire

@Suite("Metric")
struct MetricTests {
    @Test("has every name once, in snake_case with dots and without a unit")
    func names() {
        let names = Metric.all.map(\.name)
        #expect(Set(names).count == names.count)
        let shape = #/[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)*/#
        for name in names {
            #expect(name.wholeMatch(of: shape) != nil, "\(name)")
            #expect(!name.hasSuffix("_ns") && Metric.named(name)?.name == name)
        }
    }

    @Test("finds a figure of the complete record under every name")
    func resolves() throws {
        let result = try #require(RunRecord.complete.results.first)
        for metric in Metric.all {
            #expect(metric.value(result) != nil, "\(metric.name)")
            #expect(metric.summary.first?.isLowercase == true || metric.summary.hasPrefix("IP "))
            #expect(!metric.summary.hasSuffix("."), "\(metric.name)")
        }
    }

    @Test("has nothing to say where nothing was measured")
    func nothing() throws {
        let result = try #require(RunRecord.minimal.results.first)
        let silent = [
            "latency.p99", "connect.p50", "events_per_answer", "wire.up_bytes", "wire.difference",
            "gap.in_rtt", "rearm.share", "server.cpu_per_delivery", "exact.requests",
            "exact.bytes.down.payload",
        ]
        for name in silent {
            let metric = try #require(Metric.named(name), "\(name)")
            #expect(metric.value(result) == nil, "\(name)")
        }
    }

    private static let figures: [(name: String, value: Double, unit: MetricUnit)] = [
        ("latency.mean", 1234.567, .nanoseconds), ("latency.p99_9", 4000, .nanoseconds),
        ("lost", 10, .count), ("duplicate", 2, .count), ("reordered", 1, .count),
        ("requests_per_event", 0.5, .ratio), ("deliveries.per_second", 299.99, .perSecond),
        ("bytes.down.payload", Double(ByteClass.payload.rawValue * 100 + 7) / 3, .bytes),
        ("bytes.up.total", 4570.0 / 3, .bytes), ("wire.difference", 52, .bytes),
        ("gap.median", 51_000_000, .nanoseconds), ("rearm.share", 0.75, .share),
        ("server.memory_per_connection", 4096, .bytes), ("exact.server_sends", 100, .count),
        ("exact.bytes.down.request_head", 7, .bytes),
        ("exact.connect_bytes.up.closing", 907, .bytes),
    ]

    @Test("reads the figure that its name says", arguments: figures)
    func reads(name: String, value: Double, unit: MetricUnit) throws {
        let result = try #require(RunRecord.complete.results.first)
        let metric = try #require(Metric.named(name))
        let read = try #require(metric.value(result))
        #expect(abs(read - value) <= 1e-9 * value)
        #expect(metric.unit == unit)
    }

    private static let guesses: [(word: String, name: String?)] = [
        ("latency", "latency.mean"), ("latency.p95", "latency.p90"), ("latncy.p99", "latency.p99"),
        ("bytes.down", "bytes.down.total"), ("los", "lost"), ("colour", nil),
    ]

    @Test("suggests the name that was meant", arguments: guesses)
    func suggests(word: String, name: String?) {
        #expect(Metric.suggestion(for: word) == name)
    }
}
