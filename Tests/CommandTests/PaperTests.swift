import Measurement
import Testing

@testable import pushbench

@Suite("A paper")
struct PaperTests {
    @Test(
        "of the quantum leap is reproduced by its own arithmetic",
        arguments: QuantumLeapArithmetic.useCases.map { $0 })
    func quantumLeap(useCase: QuantumLeapArithmetic.UseCase) throws {
        func rounded(_ bytes: Double, like printed: String) -> String {
            let places = printed.split(separator: ".").dropFirst().first?.count ?? 0
            let value = QuantumLeapArithmetic.megabits(clients: useCase.clients, bytes: bytes)
            return NumberText.fixed(value, places: places)
        }
        let polling = rounded(QuantumLeapArithmetic.bytesPerPoll, like: useCase.polling)
        #expect(polling == useCase.polling)
        let webSocket = rounded(QuantumLeapArithmetic.bytesPerFrame, like: useCase.webSocket)
        #expect(webSocket == useCase.webSocket)
    }

    @Test("shows every number of its arithmetic")
    func line() {
        #expect(
            QuantumLeapArithmetic.line(clients: 1000, bytes: 871)
                == "1000 × 871 B × 8 = 6\u{202F}968\u{202F}000 bit/s, ÷ 1 048 576 = 6.645 Mbps")
    }

    @Test("has a scenario of its name, and a name of its own")
    func scenarios() throws {
        #expect(Set(Paper.all.map(\.name)).count == Paper.all.count)
        for paper in Paper.all {
            _ = try ScenarioFile.named(paper.name, place: "pushbench paper")
        }
    }
}
