import Foundation
import Testing

@testable import Reporting

@Suite("Charts")
struct ChartTests {
    private static let charts: [(String, any Chart)] = [
        ("line-chart", lines), ("stacked-bars", bars), ("dot-lanes", lanes),
    ]

    private static let lines = LineChart(
        summary: "two curves",
        x: Axis(title: "percentile", scale: .percentiles(count: 1000), label: AxisText.percentile),
        y: Axis(
            title: "latency", scale: .logarithmic([2e5, 3e7]),
            label: AxisText.duration(nanoseconds:)),
        series: [
            .init(
                name: "apple", style: SeriesStyle(0),
                points: [
                    .init(x: 0, y: 2e5), .init(x: 50, y: 1e6, range: 9e5...1.2e6, note: "half"),
                    .init(x: 99.9, y: 3e7, note: "the slowest"),
                ]),
            .init(
                name: "pear & plum", style: SeriesStyle(1),
                points: [.init(x: 0, y: 3e5), .init(x: 99.9, y: 2.9e7, note: "<nearly>")]),
        ], rules: [.init(.y, at: 2e7, label: "limit")])

    private static let bars = StackedBars(
        summary: "two bars",
        axis: Axis(title: "bytes", scale: .linear([300]), label: AxisText.number),
        parts: [
            .init(name: "payload", style: .neutral), .init(name: "head", style: SeriesStyle(1)),
        ],
        groups: [
            .init(
                name: "apple",
                bars: [
                    .init(
                        name: "down",
                        segments: [
                            .init(part: 0, value: 100, note: "payload 100"),
                            .init(part: 1, value: 50, note: "head 50"),
                        ], text: "150 B", expected: 160, range: 140...155)
                ]),
            .init(
                name: "pear",
                bars: [
                    .init(
                        name: "down", segments: [.init(part: 1, value: 900, note: "head 900")],
                        text: "900 B")
                ]),
        ], rules: [.init(at: 200, label: "2×")])

    private static let lanes = DotLanes(
        summary: "one lane",
        axis: Axis(
            title: "time", scale: .linear([0, 1e9], isTight: true),
            label: AxisText.duration(nanoseconds:)),
        lanes: [
            .init(
                name: "apple", style: SeriesStyle(2),
                marks: [
                    .init(start: 1e8, end: 4e8, note: "1"), .init(start: 3e8, end: 4e8, note: "2"),
                    .init(start: 8e8, end: 1.2e9, note: "3"),
                    .init(start: 2e9, end: 2e9, note: "4"),
                ])
        ])

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens")

    /// With PUSHBENCH_RECORD=1 in the environment the pictures are written anew instead of compared.
    @Test("are the ones on file", arguments: charts.map(\.0))
    func golden(name: String) throws {
        let chart = try #require(Self.charts.first { $0.0 == name }).1
        // A line an element, so that a difference can be read.
        let svg = chart.svg(width: SVG.wide, id: "x").replacing("><", with: ">\n<") + "\n"
        let file = Self.folder.appending(path: "\(name).svg")
        guard ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] == nil else {
            return try Data(svg.utf8).write(to: file)
        }
        let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(svg.split(separator: "\n") == recorded.split(separator: "\n"))
    }

    @Test(
        "are XML at any width, and stay inside their frame", arguments: charts.map(\.0),
        [SVG.phone, 500, SVG.wide, 1200])
    func frame(name: String, width: Double) throws {
        let chart = try #require(Self.charts.first { $0.0 == name }).1
        let svg = chart.svg(width: width, id: "x")
        expectWellFormed(svg)
        for match in svg.matches(of: #/ (x|x1|x2|cx)="([-\d.]+)"/#) {
            let place = try #require(Double(match.2))
            #expect(place >= 0 && place <= width, "\(match.0)")
        }
    }

    @Test("tell sixteen series apart without colour")
    func styles() {
        let styles = (0..<16).map { SeriesStyle($0) }
        let looks = styles.map { $0.dashes + "/" + $0.marker(x: 0, y: 0) }
        #expect(Set(looks).count == 16)
        // Those of one colour differ in both.
        for (first, second) in zip(styles, styles.dropFirst(8)) {
            #expect(first.colorClass == second.colorClass)
            #expect(first.dashes != second.dashes)
            #expect(first.marker(x: 0, y: 0) != second.marker(x: 0, y: 0))
        }
    }

    @Test("keep labels apart, near their places, and within bounds")
    func spread() {
        func places(_ wanted: [Double]) -> [Double] {
            LabelSpread.places(wanted, distance: 10, within: 0...100)
        }
        #expect(places([10, 50, 90]) == [10, 50, 90])
        #expect(places([50, 50]) == [45, 55])
        #expect(places([52, 50, 51]) == [61, 41, 51])
        #expect(places([0, 1, 2]) == [0, 10, 20])
        #expect(places([99, 100]) == [90, 100])
        // A block that is pushed against the bound pushes the next one.
        #expect(places([0, 0, 0, 25]) == [0, 10, 20, 30])
        #expect(places([]) == [])
    }
}

@Suite("Scales")
struct ScaleTests {
    @Test(
        "end at round numbers, and mark round numbers",
        arguments: [
            ([0, 92], [0, 20, 40, 60, 80, 100]), ([0.92], [0, 0.2, 0.4, 0.6, 0.8, 1]),
            ([299], [0, 100, 200, 300]), ([5000], [0, 1000, 2000, 3000, 4000, 5000]),
            ([], [0, 0.2, 0.4, 0.6, 0.8, 1]), ([.nan, 0], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ] as [([Double], [Double])])
    func linear(values: [Double], ticks: [Double]) {
        let scale = Scale.linear(values)
        #expect(scale.ticks.count == ticks.count)
        #expect(zip(scale.ticks, ticks).allSatisfy { abs($0.value - $1) < 1e-9 })
        #expect(scale.share(of: scale.lowest) == 0 && scale.share(of: scale.highest) == 1)
    }

    @Test(
        "of ratios reach from one round number to another",
        arguments: [
            ([26.7e6, 1.02e9], 20e6, 2e9), ([1000], 1000, 2000), ([3, 4], 2, 5),
            ([1e-3, 1e3], 1e-3, 1e3), ([0, -1], 1, 10),
        ] as [([Double], Double, Double)])
    func logarithmic(values: [Double], lowest: Double, highest: Double) {
        let scale = Scale.logarithmic(values)
        #expect(abs(scale.lowest / lowest - 1) < 1e-9 && abs(scale.highest / highest - 1) < 1e-9)
        #expect(scale.ticks.count > 1 && scale.ticks.contains { $0.isMajor })
        let middle = (lowest * highest).squareRoot()
        #expect(abs(scale.share(of: middle) - 0.5) < 1e-9)
    }

    @Test("of percentiles give each nine the same room, as far as there are values")
    func percentiles() {
        let scale = Scale.percentiles(count: 10_000)
        let shares = [0, 90, 99, 99.9, 99.99].map { scale.share(of: $0) }
        #expect(zip(shares, [0, 0.25, 0.5, 0.75, 1]).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(scale.share(of: 100) == 1)
        #expect(scale.ticks.map(\.value) == [0, 50, 90, 99, 99.9, 99.99])
        #expect(Scale.percentiles(count: 1).share(of: 0) == 0)
    }

    @Test(
        "are marked in as few digits as it takes",
        arguments: [
            (0.0, "0"), (5e5, "500 µs"), (1e6, "1 ms"), (1.5e6, "1.5 ms"), (2e9, "2 s"),
            (20, "20 ns"),
        ])
    func durations(nanoseconds: Double, text: String) {
        #expect(AxisText.duration(nanoseconds: nanoseconds) == text)
    }

    @Test(
        "say numbers and percentiles the same way",
        arguments: [
            (AxisText.number(0), "0"), (AxisText.number(0.2), "0.2"), (AxisText.number(2.5), "2.5"),
            (AxisText.number(1500), "1500"), (AxisText.percentile(50), "50 %"),
            (AxisText.percentile(99.9), "99.9 %"), (AxisText.percentile(99.99999), "99.99999 %"),
        ])
    func numbers(text: String, expected: String) {
        #expect(text == expected)
    }
}

@Suite("Markup")
struct MarkupTests {
    @Test(
        "escapes what would be read as markup, and drops what no XML may contain",
        arguments: [
            ("plain µs – ×", "plain µs – ×"), ("a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&#39;"),
            ("\u{0}\u{1B}[31m", "\u{FFFD}\u{FFFD}[31m"), ("tab\tline\n", "tab\tline\n"),
            ("\u{202E}gnp.exe\u{2066}", "\u{FFFD}gnp.exe\u{FFFD}"), ("&amp;", "&amp;amp;"),
            ("", ""),
        ])
    func escaping(text: String, escaped: String) {
        #expect(HTMLText.escaped(text) == escaped)
    }

    @Test("writes elements with what is in them, and leaves out empty attributes")
    func elements() {
        var markup = Markup()
        markup.add("p", ["class": "x\"y", "id": ""]) { markup in
            markup.add(text: "a < b")
            markup.add("br")
            markup.add("line", ["x1": "0"])
            markup.add("td", text: "")
        }
        #expect(
            markup.text == "<p class=\"x&quot;y\">a &lt; b<br><line x1=\"0\"/><td></td></p>")
    }
}

@Suite("The page's colours")
struct PageColorTests {
    private static let themes = [("light", HTMLPage.light), ("dark", HTMLPage.dark)]

    @Test("are readable on their grounds: WCAG 2.2 §1.4.3", arguments: themes.map(\.0))
    func text(name: String) throws {
        let theme = try #require(Self.themes.first { $0.0 == name }).1
        let colors = [
            theme.ink, theme.muted, theme.accent, theme.good, theme.doubtful, theme.bad,
        ]
        for color in colors {
            #expect(contrast(color, theme.ground) >= 4.5 && contrast(color, theme.panel) >= 4.5)
        }
    }

    @Test("can be seen on their ground, and told apart by shape", arguments: themes.map(\.0))
    func graphics(name: String) throws {
        let theme = try #require(Self.themes.first { $0.0 == name }).1
        #expect(theme.series.count == 8)
        for color in theme.series + [theme.neutral] {
            #expect(contrast(color, theme.ground) >= 2.75, "\(color)")
        }
    }

    /// The ratio of relative luminances (WCAG 2.2, "contrast ratio").
    private func contrast(_ first: String, _ second: String) -> Double {
        let pair = [luminance(first), luminance(second)].sorted()
        return (pair[1] + 0.05) / (pair[0] + 0.05)
    }

    private func luminance(_ color: String) -> Double {
        let digits = Array(color.dropFirst())
        let channels = stride(from: 0, to: 6, by: 2).map { index in
            let value = Double(Int(String(digits[index...index + 1]), radix: 16) ?? 0) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
}
