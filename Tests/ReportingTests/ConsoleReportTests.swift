import Measurement
import Reporting
import Testing
import Wire

@Suite("ConsoleReport")
struct ConsoleReportTests {
    private static var record: RunRecord {
        .crafted(
            .crafted("pear", p50: 500_000_000) {
                $0.bytesPerEvent.down[.responseHead] = 212.5
                $0.bytesPerEvent.up[.requestHead] = 320
                $0.requestsPerEvent = 1.5
                $0.answers = 75_000
                $0.emptyAnswers = 25_000
                $0.server = ServerCost(
                    cpuNanosecondsPerDelivery: 31_400, memoryBytesPerConnection: 9216)
                $0.deliveries = DeliveryCount(
                    expected: 50_000, received: 49_990, lost: 10, perSecond: 4999)
                $0.warnings = [MeasurementWarning.eventsLost(count: 10).recorded]
            },
            .crafted("apple") {
                $0.bytesPerEvent.down[.messageFraming] = 8
                $0.server = ServerCost(
                    cpuNanosecondsPerDelivery: 5210, memoryBytesPerConnection: 4096)
            })
    }

    @Test("shows the scenario, a row for each technique, findings and warnings")
    func showsEverything() {
        let expected = """
            pushbench 0.1.0, 2025-11-21T02:32:00Z
            Imaginary 9000, 2 cores, 8.00 GiB, Linux 6.18.0, Debian GNU/Linux 12
            1000 clients, 10 events/s (poisson), 100 B payload, 10 s after 2 s of warm-up, keep-alive
            connections, browser headers, seed 42

            transport      p50      p90      p99      max  B/event  overhead  req/event  CPU/event  mem/conn  lost
            ─────────  ───────  ───────  ───────  ───────  ───────  ────────  ─────────  ─────────  ────────  ────
            pear        500 ms   1.00 s   1.50 s   2.50 s    632.5     533 %       1.50    31.4 µs  9.00 KiB    10
            apple      1.00 ms  2.00 ms  3.00 ms  5.00 ms    108.0     8.0 %          0    5.21 µs  4.00 KiB     0

            Findings
            - apple was fastest: half of its events arrived within 1.00 ms; pear was slowest with 500 ms, 500
              times as long.
            - apple had the best tail: 99 % of its events arrived within 3.00 ms, those of pear within 1.50 s.
            - apple was cheapest in bytes: an event cost it 108 B, and pear 633 B, 5.86 times as much.
            - Heads of requests and responses were 84 % of the bytes of pear; with 1000 clients and 10 events/s,
              those of pear take 42.6 Mbit/s.
            - Each event cost pear 1.50 requests.
            - 33 % of pear's 75\u{202F}000 answers carried no event.
            - pear lost 10 of 50\u{202F}000 events, 0.02 %.
            - apple cost the server least: 5.21 µs of processor time a delivery; pear cost most, 31.4 µs, 6.03
              times as much.
            - A connection of apple took 4.00 KiB of the server's memory, one of pear 9.00 KiB.
            - The load generator was busiest with pear: 25 % of a processor, 2.00 µs a delivery, up to 40.0 µs a
              turn (p99).

            Warnings
            ! pear: 10 events did not arrive. Raise the event log's size or the backlog limit, or lower the
              rate; if the server is under test, this is the finding. [events-lost]

            """
        #expect(ConsoleReport.render(Self.record, color: false) == expected)
    }

    private static var repeated: RunRecord {
        func apple(_ connection: ConnectionPolicy, round: Int, p50: Int64) -> TransportResult {
            .crafted("apple", p50: p50, round: round) {
                $0.connection = connection
                $0.gap = GapResult(
                    minimumNanoseconds: p50, medianNanoseconds: p50,
                    inRoundTrips: connection == .close ? 2.01 : 1.0)
                $0.warnings =
                    round == 2 ? [MeasurementWarning.interrupted(phase: "measure").recorded] : []
            }
        }
        var record = RunRecord.crafted(
            apple(.keepAlive, round: 1, p50: 1_000_000), apple(.close, round: 1, p50: 2_000_000),
            .crafted("pear", round: 1) { $0.deliverNothing() },
            apple(.keepAlive, round: 2, p50: 1_500_000), apple(.close, round: 2, p50: 2_500_000),
            .crafted("pear", round: 2) { $0.deliverNothing() })
        record.scenario.repeats = 2
        record.scenario.connection = .close
        record.scenario.arrivals = .saturate
        record.scenario.target = "10.0.0.1:8080"
        record.partial = true
        record.warnings = [
            MeasurementWarning.roundFailed(transport: "sse", reason: "the server is gone").recorded
        ]
        return record
    }

    @Test("shows medians and spread of rounds, gaps, and what was not measured")
    func showsRounds() {
        let expected = """
            pushbench 0.1.0, 2025-11-21T02:32:00Z
            Imaginary 9000, 2 cores, 8.00 GiB, Linux 6.18.0, Debian GNU/Linux 12
            1000 clients, events as fast as possible, 100 B payload, 10 s after 2 s of warm-up, a new connection
            for each request, browser headers, 2 rounds, seed 42, server: 10.0.0.1:8080
            Partial: the run ended before its time.

            transport               p50      p90      p99      max       gap  B/event  overhead  req/event  CPU/event  mem/conn  lost
            ──────────────────  ───────  ───────  ───────  ───────  ────────  ───────  ────────  ─────────  ─────────  ────────  ────
            apple (keep-alive)  1.25 ms  2.50 ms  3.75 ms  6.25 ms  1.00 RTT    100.0       0 %          0          –         –     0
            apple (close)       2.25 ms  4.50 ms  6.75 ms  11.3 ms  2.01 RTT    100.0       0 %          0          –         –     0
            pear                      –        –        –        –         –        –         –          0          –         –     0
            Medians over the rounds; lost is their sum.

            lowest – highest of 2 rounds                p50                p99        B/event
            ────────────────────────────  ─────────────────  ─────────────────  ─────────────
            apple (keep-alive)            1.00 ms – 1.50 ms  3.00 ms – 4.50 ms  100.0 – 100.0
            apple (close)                 2.00 ms – 2.50 ms  6.00 ms – 7.50 ms  100.0 – 100.0
            pear                                          –                  –              –

            Findings
            - apple (keep-alive) was fastest: half of its events arrived within 1.25 ms; apple (close) was
              slowest with 2.25 ms, 1.80 times as long.
            - apple (keep-alive) had the best tail: 99 % of its events arrived within 3.75 ms, those of apple
              (close) within 6.75 ms.
            - Between two deliveries lay at least 2.01 round trips for apple (close), and 1.00 round trips for
              apple (keep-alive).
            - An event cost apple (keep-alive) and apple (close) 100 B.
            - Nobody lost, repeated or reordered an event: all 200\u{202F}000 deliveries arrived once and in order.
            - The load generator was busiest with apple (keep-alive): 25 % of a processor, 2.00 µs a delivery,
              up to 40.0 µs a turn (p99).
            - Every difference in p50 is larger than the spread of the 2 rounds.

            Warnings
            ! The round of sse failed: the server is gone. The results are those of the rounds before it; mend
              the cause and run again. [round-failed]
            ! apple (keep-alive), round 2: The run was interrupted in the measure phase; the numbers cover what
              was measured until then. Run it again to the end before comparing. [interrupted]
            ! apple (close), round 2: The run was interrupted in the measure phase; the numbers cover what was
              measured until then. Run it again to the end before comparing. [interrupted]

            """
        #expect(ConsoleReport.render(Self.repeated, color: false) == expected)
    }

    @Test("only adds colour to the same text")
    func colours() {
        let colored = ConsoleReport.render(Self.record, color: true)
        #expect(colored.contains("\u{1B}[31m10\u{1B}[0m\n"))
        let plain = colored.replacing(/\u{1B}\[[0-9]+m/, with: "")
        #expect(plain == ConsoleReport.render(Self.record, color: false))
    }

    @Test("says so when nothing was measured")
    func survivesNothing() {
        #expect(
            ConsoleReport.render(.crafted(), color: false).hasSuffix("\nNothing was measured.\n"))
    }

    @Test("is one of the formats, which have names of their own")
    func isRegistered() throws {
        #expect(Set(Report.all.map(\.name)).count == Report.all.count)
        let console = try #require(Report.all.first { $0.name == "console" })
        #expect(
            try console.render(Self.record)
                == Array(ConsoleReport.render(Self.record, color: false).utf8))
        let json = try #require(Report.all.first { $0.name == "json" })
        #expect(try RunRecord(json: json.render(Self.record)) == Self.record)
    }
}
