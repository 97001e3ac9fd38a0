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
@@A@@
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
        record.warnings = [MeasurementWarning.clockJumped(nanoseconds: 2_000_000_000).recorded]
        return record
    }

    @Test("shows medians and spread of rounds, gaps, and what was not measured")
    func showsRounds() {
        let expected = """
@@B@@
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
        #expect(ConsoleReport.render(.crafted(), color: false).hasSuffix("\nNothing was measured.\n"))
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
