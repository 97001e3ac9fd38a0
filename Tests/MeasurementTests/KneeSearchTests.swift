import Link
import Measurement
import Testing

@Suite("A search for the knee")
struct KneeSearchTests {
    /// A server that is not there: whether a load passes, and what luck there is in it.
    struct Server: Sendable, CustomTestStringConvertible {
        let name: String
        /// The greatest load that it carries.
        let knee: Double
        /// The chance that a load fails which it carries.
        var falseAlarm = 0.0
        /// How far from the knee, as a share, a load's fate is a matter of chance.
        var softness = 0.0
        var settings = KneeSearch.Settings(start: 10, range: 1...1e6, resolution: 0.05)

        var testDescription: String { name }

        func carries(_ load: Double, _ random: inout SeededGenerator) -> Bool {
            let luck = random.nextUnit()
            if softness > 0, abs(load / knee - 1) < softness { return luck < 0.5 }
            return load <= knee && luck >= falseAlarm
        }
    }

    /// Searches to the end, and says how many tries it took.
    private func search(
        _ server: Server, seed: UInt64 = 1
    ) -> (finding: KneeSearch.Finding?, tries: [Double]) {
        var random = SeededGenerator(seed: seed)
        var search = KneeSearch(server.settings)
        var tries: [Double] = []
        while let load = search.next, tries.count < 1000 {
            #expect(server.settings.range.contains(load))
            #expect(search.finding == nil && search.triesLeft > 0)
            tries.append(load)
            search.take(hasPassed: server.carries(load, &random))
        }
        #expect(search.triesLeft == 0)
        return (search.finding, tries)
    }

    private static func settings(
        _ start: Double, _ range: ClosedRange<Double> = 1...1e6, resolution: Double = 0.05,
        isWhole: Bool = false
    ) -> KneeSearch.Settings {
        KneeSearch.Settings(
            start: start, range: range, resolution: resolution, isWhole: isWhole)
    }

    private static let exact: [(server: Server, most: Int)] = [
        (Server(name: "a cliff", knee: 730), 16),
        (Server(name: "a cliff just above the start", knee: 10.2), 11),
        (Server(name: "a cliff at a step", knee: 640), 17),
        (Server(name: "a cliff far up", knee: 123_456), 24),
        (Server(name: "below the start", knee: 730, settings: settings(100_000)), 24),
        (Server(name: "finely", knee: 730, settings: settings(500, resolution: 0.01)), 16),
        (Server(name: "whole numbers", knee: 17, settings: settings(4, isWhole: true)), 12),
        (Server(name: "one of them", knee: 1, settings: settings(1, isWhole: true)), 3),
        (Server(name: "down to one", knee: 1, settings: settings(1000, isWhole: true)), 26),
        (Server(name: "fractions", knee: 0.0217, settings: settings(0.5, 0.001...10)), 18),
    ]

    @Test("closes in on a cliff from both sides", arguments: exact)
    func cliff(server: Server, most: Int) throws {
        let (finding, tries) = search(server)
        guard case .between(let passed, let failed)? = finding else {
            Issue.record("found \(String(describing: finding))")
            return
        }
        #expect(passed <= server.knee && server.knee < failed)
        let isClose = failed <= passed * (1 + server.settings.resolution)
        #expect(isClose || (server.settings.isWhole && failed == passed + 1))
        #expect(tries.count <= most)
        #expect(!server.settings.isWhole || tries.allSatisfy { $0 == $0.rounded() })
    }

    @Test("tries a load again that failed, and believes the second try")
    func second() {
        var search = KneeSearch(Self.settings(100))
        search.take(hasPassed: false)
        #expect(search.next == 100 && search.isSecondTry)
        search.take(hasPassed: true)
        #expect(search.next == 200 && search.passed == 100 && !search.isSecondTry)
        search.take(hasPassed: false)
        search.take(hasPassed: false)
        #expect(search.next == 141 && search.failed == 200)
    }

    @Test("says at least where nothing fails, and that nothing passed where nothing does")
    func bounds() {
        let endless = search(
            Server(name: "", knee: .infinity, settings: Self.settings(300, 1...1000)))
        #expect(endless.finding == .atLeast(1000))
        #expect(endless.tries == [300, 600, 1000])
        let hopeless = search(Server(name: "", knee: 0, settings: Self.settings(8, 3...1000)))
        #expect(hopeless.finding == .below(3))
        #expect(hopeless.tries == [8, 8, 4, 4, 3, 3])
        // What is given beyond the bounds is brought within.
        #expect(KneeSearch(Self.settings(5000, 1...1000)).next == 1000)
    }

    private static let noisy = [
        Server(name: "a failure in seven is nobody's fault", knee: 730, falseAlarm: 1.0 / 7),
        Server(name: "a soft knee", knee: 730, softness: 0.1),
        Server(name: "both", knee: 730, falseAlarm: 1.0 / 7, softness: 0.1),
    ]

    @Test("is made several times because of noise, and their median is near", arguments: noisy)
    func noise(server: Server) throws {
        var far = 0
        for seed in 1...100 as ClosedRange<UInt64> {
            var server = server
            var knees: [Double] = []
            for number in 1...3 as ClosedRange<UInt64> {
                let (finding, tries) = search(server, seed: seed * 10 + number)
                #expect(tries.count < 40)
                guard case .between(let passed, _)? = finding else {
                    Issue.record("found \(String(describing: finding))")
                    return
                }
                knees.append(passed)
                server.settings = Self.settings(10).again(around: passed)
            }
            let median = try #require(Statistics.median(of: knees))
            if abs(median / server.knee - 1) > 0.15 { far += 1 }
        }
        // A load far below the knee that fails twice by chance is 1 in 49 tries.
        #expect(far <= 10)
    }

    @Test("is shorter once it is known about where the knee lies")
    func again() {
        var server = Server(name: "a cliff", knee: 730)
        let first = search(server).tries.count
        server.settings = server.settings.again(around: 720)
        let (finding, tries) = search(server)
        #expect(tries.count <= 8 && tries.count < first)
        #expect(finding != nil && tries[0] == 609)
    }

    // MARK: - Limits

    private static let limits: [(text: String, figure: LoadLimit.Figure, most: Double)] = [
        ("p99=100ms", .p99, 1e8), ("p50=1ms", .p50, 1e6), ("p999=1s", .p999, 1e9),
        ("loss=0", .loss, 0), ("loss=0.1%", .loss, 0.001),
    ]

    @Test("has limits that are read as they are written", arguments: limits)
    func limit(text: String, figure: LoadLimit.Figure, most: Double) throws {
        let limit = try LoadLimit(parsing: text)
        #expect(limit == LoadLimit(figure, most: most))
        #expect(limit.text == text)
    }

    @Test(
        "refuses limits that say nothing",
        arguments: [
            ("p99", "has no value"), ("p99=", "has no value"), ("p98=1ms", "did you mean p99=?"),
            ("latency=1ms", "write p50="), ("p99=5", "needs a unit"), ("p99=0ms", "leaves no time"),
            ("loss=100%", "allows to lose everything"), ("loss=much", "much"),
        ])
    func badLimit(text: String, remark: String) throws {
        let error = try #require(throws: ValueError.self) { _ = try LoadLimit(parsing: text) }
        #expect("\(error)".contains(remark), "\(error)")
    }

    // MARK: - Who was the limit

    /// The processor shares of server and generator, and a warning beside that of the generator.
    private static let parties: [(server: Double?, generator: Double, late: Bool, Knee.Party)] = [
        (0.97, 0.5, false, .server), (0.5, 0.97, false, .generator), (0.97, 0.97, false, .both),
        (0.5, 0.5, true, .machine), (0.5, 0.5, false, .nobody), (nil, 0.97, true, .generator),
        (0.97, 0.5, true, .server),
    ]

    @Test("names who had no time left", arguments: parties)
    func party(server: Double?, generator: Double, late: Bool, party: Knee.Party) throws {
        var result = try #require(
            RunRecord.minimal.results.first ?? RunRecord.complete.results.first)
        result.latency = LatencySummary(
            count: 1000, mean: 2e8, p50: 200_000_000, p90: 200_000_000, p99: 200_000_000,
            p99_9: 200_000_000, max: 200_000_000)
        result.deliveries = DeliveryCount(expected: 1000, received: 1000)
        result.server.cpuShare = server
        result.flow = nil
        result.warnings = []
        if generator > 0.9 {
            result.warnings.append(MeasurementWarning.generatorSaturated(cpuShare: 0.97).recorded)
        }
        if late {
            result.warnings.append(MeasurementWarning.sourceLate(p99ns: 1, p50ns: 1).recorded)
        }
        let limits = [LoadLimit(.p99, most: 1e8), LoadLimit(.loss, most: 0)]
        let causes = Knee.Cause.all(in: result, limits: limits, serverLoops: 1)
        #expect(causes.filter(\.isLimit) == [.p99])
        let search = Knee.Search(end: .found, passed: 1, failed: 2, causes: causes)
        #expect(search.party == party)
        // Of several loops, one that is busy is no end.
        let loops = Knee.Cause.all(in: result, limits: limits, serverLoops: 2)
        #expect(!loops.contains(.serverSaturated))
        result.latency = .none
        result.deliveries = DeliveryCount(expected: 10, received: 0, missing: 10)
        let nothing = Knee.Cause.all(in: result, limits: limits, serverLoops: 2)
        #expect(nothing.filter(\.isLimit) == [.p99, .loss])
    }

    /// Deliveries that came due, were sent and were read a second, and who was the limit of two that
    /// were both busy.
    private static let flows: [(due: Double, sent: Double?, read: Double, Knee.Party)] = [
        (100, 99, 50, .generator), (100, 60, 50, .server), (100, 75, 50, .generator),
        (100, 100, 99.5, .both), (100, nil, 50, .both), (100, 103, 101, .both),
    ]

    @Test("tells by where the queue grew, where both were busy", arguments: flows)
    func queue(due: Double, sent: Double?, read: Double, party: Knee.Party) {
        var result = RunRecord.complete.results[0]
        result.flow = DeliveryFlow(duePerSecond: due, sentPerSecond: sent, readPerSecond: read)
        result.server.cpuShare = 1
        result.warnings = [MeasurementWarning.generatorSaturated(cpuShare: 1).recorded]
        let causes = Knee.Cause.all(in: result, limits: [], serverLoops: 1)
        #expect(Knee.Search(passed: 1, failed: 2, causes: causes).party == party)
    }

    @Test("is represented by the search in the middle, and by interrupted ones only without others")
    func middle() {
        func search(_ passed: Double?, _ end: Knee.End = .found) -> Knee.Search {
            Knee.Search(end: end, passed: passed, failed: passed.map { $0 + 1 })
        }
        let knee = Knee(
            transport: "figs",
            searches: [search(30), search(10), search(20), search(90, .interrupted)])
        #expect(knee.middle?.passed == 20 && knee.spread == 10...30 && !knee.isAtLeast)
        let two = Knee(transport: "figs", searches: [search(30), search(10)])
        #expect(two.middle?.passed == 10)
        let cut = Knee(transport: "figs", searches: [search(90, .interrupted)])
        #expect(cut.middle?.passed == 90 && cut.spread == nil)
        let none = Knee(transport: "figs", searches: [search(nil, .below)])
        #expect(none.middle == nil && none.spread == nil)
    }
}
