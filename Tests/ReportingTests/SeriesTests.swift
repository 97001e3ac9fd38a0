import Foundation
import Measurement
import Testing

@testable import Reporting

@Suite("A series")
struct SeriesTests {
    private static let goldens: [(name: String, text: String)] = [
        ("series", ReportPage(of: .orchard).console(color: false)),
        ("series-markdown", ReportPage(of: .orchard).markdown),
        ("search", ReportPage(of: .harvest).console(color: false)),
        ("search-markdown", ReportPage(of: .harvest).markdown),
        ("side-by-side", beside.page.console(color: false)),
    ]

    private static var beside: SideBySide {
        var after = RunRecord.linked
        after.tool.commit = "4567def"
        after.scenario.clients = 300
        after.results[0].latency.p50 += 2_000_000
        after.results[1].deliveries = DeliveryCount(expected: 50_000, received: 49_998, lost: 2)
        after.results.remove(at: 2)
        return SideBySide([
            .init(label: "before", record: .linked), .init(label: "after", record: after),
        ])
    }

    @Test("reads as it did", arguments: goldens)
    func golden(name: String, text: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Goldens/\(name).txt")
        if ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: file, encoding: .utf8)))
    }

    // MARK: - Crossovers

    /// A figure of two techniques at each value of a parameter, and what is found.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let apples: [Double]
        let pears: [Double]
        var numbers: [Double?] = [0, 10, 20, 30]
        var crossings: [Crossovers.Crossing] = []
        var partings: [Crossovers.Parting] = []

        var testDescription: String { name }
    }

    private static let cases = [
        Case(name: "never", apples: [1, 2, 3, 4], pears: [5, 6, 7, 8]),
        Case(
            name: "never, and as far apart as noise", apples: [10, 12, 10, 9],
            pears: [9, 10, 12, 10]),
        Case(
            name: "between two neighbours", apples: [1, 1, 4, 4], pears: [2, 2, 2, 2],
            crossings: [
                .init(before: "apples", after: "pears", points: 1...2, number: 10 + 10.0 / 3)
            ]),
        Case(
            name: "over a point within noise", apples: [1, 2, 2.2, 4], pears: [2, 2.1, 2.1, 2],
            crossings: [.init(before: "apples", after: "pears", points: 0...3, number: 15)]),
        Case(
            name: "there and back", apples: [1, 4, 4, 1], pears: [2, 2, 2, 2],
            crossings: [
                .init(before: "apples", after: "pears", points: 0...1, number: 10.0 / 3),
                .init(before: "pears", after: "apples", points: 2...3, number: 20 + 20.0 / 3),
            ]),
        Case(
            name: "between words, which have nothing between them", apples: [1, 1, 4, 4],
            pears: [2, 2, 2, 2], numbers: [nil, nil, nil, nil],
            crossings: [.init(before: "apples", after: "pears", points: 1...2, number: nil)]),
        Case(
            name: "by number and not by place", apples: [4, 1, 4, 1], pears: [2, 2, 2, 2],
            numbers: [30, 0, 20, 10],
            crossings: [
                .init(before: "apples", after: "pears", points: 2...3, number: 10 + 10.0 / 3)
            ]),
        Case(
            name: "a parting", apples: [10, 11, 20, 40], pears: [10, 10, 10, 10],
            partings: [.init(behind: "apples", ahead: "pears", point: 2)]),
        Case(
            name: "a parting that does not last is none", apples: [10, 20, 10, 40],
            pears: [10, 10, 10, 10]),
    ]

    @Test("names where the order of two techniques turns round", arguments: cases)
    func crossovers(of example: Case) throws {
        let series = RecordSeries.crafted(
            over: "rtt", example.numbers.map { ("\($0, default: "word")", $0) }
        ) { point in
            [
                .crafted("apples", p50: Int64(example.apples[point] * 1e6)),
                .crafted("pears", p50: Int64(example.pears[point] * 1e6)),
            ]
        }
        let metric = try #require(SeriesMetric.all.first { $0.name == "latency.p50" })
        let found = Crossovers(of: metric, in: SeriesTable(series))
        #expect(found.partings == example.partings)
        #expect(found.crossings.count == example.crossings.count)
        for (crossing, expected) in zip(found.crossings, example.crossings) {
            #expect(crossing.before == expected.before && crossing.after == expected.after)
            #expect(crossing.points == expected.points)
            #expect((crossing.number == nil) == (expected.number == nil))
            #expect(abs((crossing.number ?? 0) - (expected.number ?? 0)) < 1e-6)
        }
    }

    private static let orders: [(first: [Double], second: [Double], isTime: Bool, order: Int)] = [
        ([100], [140], true, 0), ([100], [160], true, -1), ([160], [100], true, 1),
        ([100], [101], false, 0), ([100], [103], false, -1),
        // Three rounds say themselves how far they differ.
        ([99, 100, 101], [119, 120, 121], true, -1), ([90, 100, 120], [119, 120, 121], true, 0),
        ([100, 100, 100], [110, 110, 110], true, 0),
    ]

    @Test("tells two figures apart only beyond noise", arguments: orders)
    func noise(first: [Double], second: [Double], isTime: Bool, order: Int) throws {
        let name = isTime ? "latency.p50" : "bytes.total_per_event"
        let metric = try #require(SeriesMetric.all.first { $0.name == name })
        let figures = (try #require(Figure(first)), try #require(Figure(second)))
        #expect(metric.order(figures.0, figures.1, rounds: first.count) == order)
    }

    // MARK: - Formats

    @Test("has names that the registry of metrics knows, but for the sum of the wire")
    func names() {
        let unknown = SeriesMetric.all.map(\.name).filter { Metric.named($0) == nil }
        #expect(unknown == ["wire.total_bytes"])
    }

    @Test("has a row in CSV for each run, technique and metric")
    func csv() throws {
        let text = String(decoding: CSVReport.render(.orchard), as: UTF8.self)
        let lines = text.split(separator: "\r\n")
        #expect(
            lines[0]
                == "parameter,value_of_parameter,transport,connection,link,rtt_ns,round,metric,value,"
                + "unit,better,warnings")
        #expect(lines.contains { $0.hasPrefix("rtt,100ms,plums,keep-alive,loopback,0,1,lost,0,") })
    }

    @Test(
        "is a page with a chart for each figure, whose ids are its own and whose names are escaped")
    func html() throws {
        var series = RecordSeries.orchard
        for index in series.runs.indices { series.runs[index].results[0].transport = "<b>&pears" }
        let page = SeriesHTML.page(of: series)
        let metrics = SeriesTable(series).metrics
        #expect(page.matches(of: #/<figure>/#).count == metrics.count)
        let ids = page.matches(of: #/ id="([^"]+)"/#).map { String($0.1) }
        #expect(Set(ids).count == ids.count)
        #expect(!page.contains("<b>&pears") && page.contains("&lt;b&gt;&amp;pears"))
        #expect(!page.contains(#/(src|href)="/#))
    }

    @Test("that is a search has one chart, with a marker at each knee and the limit")
    func searchPage() {
        let page = SeriesHTML.page(of: .harvest)
        #expect(page.matches(of: #/<figure>/#).count == 1)
        #expect(page.contains("<h1>The highest rate</h1>"))
        #expect(page.contains("stream-of-figs: 283 events/s, p99 9.00 ms"))
        #expect(page.contains("p99=100ms"))
        // A chart for wide pages and one for narrow ones, with a marker for each of two knees.
        #expect(page.matches(of: #/class="hover"/#).count == 4)
    }

    @Test("that is a search can lack everything, too")
    func searchOfNothing() throws {
        for knees in [[], [Knee(transport: "figs")]] {
            var series = RecordSeries.crafted(over: "clients", unit: "1", []) { _ in [] }
            series.findings = KneeFindings(
                limits: [LoadLimit(.p99, most: 1e8)], resolution: 0.05, knees: knees)
            for format in SeriesReport.all {
                #expect(try !format.render(series).isEmpty)
            }
        }
    }

    @Test("shows words as tables, since there is nothing to draw them over")
    func words() {
        let series = RecordSeries.crafted(
            over: "headers", unit: nil, [("minimal", nil), ("browser", nil)]
        ) { _ in [.crafted("apples"), .crafted("pears")] }
        let page = SeriesHTML.page(of: series)
        #expect(!page.contains("<figure>") && page.contains("<table"))
    }

    @Test("can lack everything")
    func survivesNothing() throws {
        let series = RecordSeries.crafted(over: "rtt", []) { _ in [] }
        for format in SeriesReport.all {
            #expect(try !format.render(series).isEmpty)
        }
        #expect(ReportPage(of: series).console(color: false).contains("nothing was measured"))
    }

    // MARK: - Side by side

    @Test("says of lock-step runs exactly what differs")
    func exact() {
        var after = RunRecord.lockstep
        func page(_ after: RunRecord) -> String {
            SideBySide([
                .init(label: "a", record: .lockstep), .init(label: "b", record: after),
            ]).page.console(color: false)
        }
        #expect(page(after).contains("exact figures are the same for every technique"))
        after.results[0].exact?.requests += 1
        let text = page(after)
        #expect(text.contains("1 exact figure of lock-step differ"))
        #expect(text.contains(#/apple +exact\.requests +500 +501 +\+1\n/#))
    }
}
