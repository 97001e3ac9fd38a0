import Link
import Testing

@testable import Measurement

@Suite("A snapshot of the server")
struct ServerSnapshotTests {
    private func snapshot(_ unit: Int, at nanoseconds: Int64) -> ServerSnapshot {
        ServerSnapshot(
            since: Instant(nanoseconds: 1), at: Instant(nanoseconds: nanoseconds), events: unit * 3,
            techniques: ["sse", "long-polling"].enumerated().map { index, id in
                let unit = unit * (index + 1)
                return ServerSnapshot.Technique(
                    id: id, subscribers: unit * 5, parked: unit * 7, requests: unit * 11,
                    answers: unit * 13, emptyAnswers: unit * 17, deliveries: unit * 19,
                    sends: unit * 23, receives: unit * 29, parkedNanoseconds: Int64(unit * 31),
                    parkedAtPublish: unit * 37)
            })
    }

    @Test("less an earlier one is what was done between, and what stands at the end")
    func difference() {
        let difference = snapshot(5, at: 900) - snapshot(2, at: 300)
        var expected = snapshot(3, at: 900)
        expected.since = Instant(nanoseconds: 300)
        for (index, technique) in snapshot(5, at: 900).techniques.enumerated() {
            expected.techniques[index].subscribers = technique.subscribers
            expected.techniques[index].parked = technique.parked
        }
        #expect(difference == expected)
        #expect(difference.technique("long-polling")?.answers == 3 * 2 * 13)
        #expect(difference.technique("pigeon") == nil)
    }
}
