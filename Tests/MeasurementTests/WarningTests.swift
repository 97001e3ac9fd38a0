import Foundation
import Measurement
import Testing

@Suite("MeasurementWarning")
struct WarningTests {
    static let all: [MeasurementWarning] = [
        .generatorSaturated(cpuShare: 0.97), .loopLag(p99ns: 4_664_000, p50ns: 1_000_000),
        .generatorStalled(longest: .milliseconds(3012)),
        .sourceLate(p99ns: 4_250_000, p50ns: 900_000), .eventsLost(count: 1),
        .tooFewSamples(count: 12), .interrupted(phase: "measure"), .drainTimedOut(missing: 2),
        .ledgerMismatch(socketBytes: 101, ledgerBytes: 100),
        .roundFailed(transport: "sse", reason: "the server is gone"), .reconnects(count: 3),
        .periodicLocked(eventInterval: .milliseconds(100), pollInterval: .milliseconds(500)),
        .steal(share: 0.07),
        .mirrorSaturated(overflowed: 12, cpuShare: 0.93, packetsPerSecond: 120_000),
        .clockJumped(by: .milliseconds(250)),
        .wireMismatch(difference: 52, reason: "a segment was sent again"),
        .measuredInBrowser(userAgent: "Mozilla/5.0", clockError: .microseconds(400)),
    ]

    @Test("says cause and remedy in whole sentences, and has its own id")
    func speaks() {
        for warning in Self.all {
            for text in [warning.cause, warning.remedy] {
                #expect(text.hasSuffix("."), "\(text)")
                #expect(text.first?.isLowercase == false)
            }
        }
        #expect(Set(Self.all.map(\.id)).count == Self.all.count)
    }

    @Test(
        "puts its numbers into the cause",
        arguments: [
            (.generatorSaturated(cpuShare: 0.97), "used 97 % of a processor"),
            (.sourceLate(p99ns: 4_250_000, p50ns: 900_000), "up to 4.25 ms late (p99)"),
            (.eventsLost(count: 1), "1 event did not arrive."),
            (.eventsLost(count: 2), "2 events did not arrive."),
            (.ledgerMismatch(socketBytes: 101, ledgerBytes: 100), "carried 101 bytes"),
            (.roundFailed(transport: "sse", reason: "the server is gone"), "of sse failed"),
        ] as [(MeasurementWarning, String)])
    func namesNumbers(warning: MeasurementWarning, part: String) {
        #expect(warning.cause.contains(part), "\(warning.cause)")
    }

    @Test("is read back as it was recorded", arguments: all)
    func roundTrips(warning: MeasurementWarning) throws {
        let text = try JSONEncoder().encode(warning)
        #expect(try JSONDecoder().decode(RecordedWarning.self, from: text) == warning.recorded)
    }
}
