import Link
import Measurement
import Testing

@testable import Reporting

@Suite("HTMLReport")
struct HTMLReportTests {
    private static let techniques = ["long-pears", "stream-of-figs", "plum"]

    /// The pages of records of every kind, by name.
    private static let pages = [
        "pictured": RunRecord.pictured, "linked": .linked, "lockstep": .lockstep,
        "plain": .crafted(.crafted("apple")), "hostile": hostile, "empty": .crafted(),
    ].mapValues { PageText(HTMLReport.render($0)) }

    private static func page(_ name: String) throws -> PageText {
        try #require(pages[name])
    }

    private static let names = pages.keys.sorted()

    /// Text that would break out of elements, attributes, comments and styles.
    private static let attack =
        "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&lt;</style>-->\u{0}\u{202E}"

    private static var hostile: RunRecord {
        var record = RunRecord.pictured
        record.tool = ToolVersion(name: attack, version: attack, commit: attack)
        record.machine = Machine(
            cpu: attack, cores: 1, memoryBytes: 1, kernel: attack, os: attack)
        record.started = attack
        record.command = ["pushbench", attack]
        record.scenario.headers = attack
        record.scenario.target = attack
        record.scenario.transports = [attack]
        record.warnings = [RecordedWarning(id: attack, cause: attack, remedy: attack)]
        for index in record.results.indices {
            record.results[index].transport += attack
            record.results[index].link.note = attack
            record.results[index].link.tier = attack
            record.results[index].prediction?.law = attack
            record.results[index].warnings = [
                RecordedWarning(id: attack, cause: attack, remedy: attack)
            ]
        }
        for index in (record.gapProbe?.rows ?? []).indices {
            record.gapProbe?.rows[index].transport += attack
            record.gapProbe?.rows[index].verdict = attack
        }
        for index in (record.checks ?? []).indices {
            record.checks?[index].transport = attack
            record.checks?[index].metric = attack
            record.checks?[index].message = attack
            record.checks?[index].unit = attack
        }
        return record
    }

    @Test("closes every element, whatever the record says", arguments: names)
    func balance(name: String) throws {
        let page = try Self.page(name)
        #expect(page.problems == [])
        #expect(!page.hasLooseMarkup)
        #expect(page.tags.count > 30)
    }

    @Test("draws pictures that are XML, and has ids that are its own", arguments: names)
    func pictures(name: String) throws {
        let page = try Self.page(name)
        for picture in page.pictures { expectWellFormed(picture) }
        let ids = page.values(of: "id")
        #expect(Set(ids).count == ids.count)
        // Whatever refers to a place of the page finds it there.
        let links = page.values(of: "href").map { $0.dropFirst() }
        let fills = page.values(of: "fill").map { $0.dropFirst("url(#".count).dropLast() }
        #expect((links + fills).allSatisfy { ids.contains(String($0)) })
    }

    @Test("loads nothing and runs nothing", arguments: names)
    func loadsNothing(name: String) throws {
        let page = try Self.page(name)
        let names = Set(page.tags.map(\.name))
        #expect(
            names.isDisjoint(with: ["script", "link", "img", "iframe", "object", "base", "use"]))
        let loading: Set = ["src", "srcset", "style", "xlink:href", "action", "background"]
        #expect(page.attributeNames.isDisjoint(with: loading))
        #expect(page.attributeNames.allSatisfy { !$0.hasPrefix("on") })
        #expect(page.values(of: "href").allSatisfy { $0.hasPrefix("#") })
        let text = page.text.replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!text.contains("http:") && !text.contains("https:"))
        #expect(!text.contains("@import") && !text.contains(#/url\((?!#)/#))
        #expect(!page.text.contains("\u{202E}") && !page.text.contains("\u{0}"))
        #expect(page.values(of: "content").contains { $0.hasPrefix("default-src &#39;none&#39;") })
    }

    @Test(
        "names every technique in every picture, and gives its numbers",
        arguments: ["latency", "timeline", "gap", "requests", "bytes", "wire"])
    func figures(id: String) throws {
        let page = try Self.page("pictured")
        let part = PageText(String(try #require(page.part(id))))
        let wide = try #require(part.pictures.first { $0.contains("width=\"880\"") })
        let narrow = try #require(part.pictures.first { $0.contains("width=\"350\"") })
        let table = try #require(part.text.firstMatch(of: #/(?s)<table.*<\/table>/#)).0
        for name in Self.techniques {
            #expect(wide.contains(">\(name)</text>"))
            // Where curves have no room for their names, the legend has them.
            #expect(narrow.contains(">\(name)</text>") || part.text.contains("</svg>\(name)</li>"))
            #expect(table.contains(">\(name)</td>"))
        }
        #expect(wide.contains("<title>"))
    }

    @Test("has only the figures that the record has numbers for")
    func absence() throws {
        let plain = try Self.page("plain")
        #expect(plain.part("latency") != nil && plain.part("bytes") != nil)
        for id in ["timeline", "gap", "requests", "wire", "checks", "warnings", "details"] {
            #expect(plain.part(id) == nil)
        }
        let empty = try Self.page("empty").text
        #expect(empty.contains("<h1>Nothing was measured</h1>"))
        #expect(!empty.contains("<figure>"))
    }

    @Test("shows each warning with cause and remedy, and says at its head that there are some")
    func warnings() {
        var record = RunRecord.pictured
        record.partial = true
        record.warnings = [MeasurementWarning.interrupted(phase: "measure").recorded]
        record.results[3].warnings = [MeasurementWarning.eventsLost(count: 7).recorded]
        let page = HTMLReport.render(record)
        #expect(page.contains("Partial: the run ended before its time."))
        #expect(page.contains("2 warnings: not all of these numbers can be relied on."))
        #expect(page.contains("<strong>long-pears, round 2</strong> <code>events-lost</code>"))
        for warning in record.warnings + record.results[3].warnings {
            #expect(page.contains("<p>\(warning.cause)</p>"))
            #expect(page.contains(">\(HTMLText.escaped(warning.remedy))</p>"))
        }
    }

    @Test("shows checks, those that failed first")
    func checks() throws {
        let page = try Self.page("pictured")
        let part = String(try #require(page.part("checks")))
        let outcomes = part.matches(of: #/<tr><td class="l [a-z]+">([a-z ]+)</#).map { $0.1 }
        #expect(outcomes == ["failed", "cannot tell", "better", "passed", "skipped"])
        #expect(part.contains("<td>80.0 ms</td><td>74.6 ms</td>"))
        #expect(page.text.contains("<p>1 check failed. <a href=\"#checks\">See which</a></p>"))
    }

    @Test("has everything that the console has")
    func everything() {
        let page = HTMLReport.render(.pictured)
        let record = RunRecord.pictured
        for sentence in Findings.sentences(for: record) + RecordTitle.links(of: record) {
            // The head has a link's name apart.
            let text = sentence.replacing("Link: ", with: "", maxReplacements: 1)
            #expect(page.contains(HTMLText.escaped(text)))
        }
        for section in Section.all(for: record, contenders: Contender.all(in: record)) {
            #expect(page.contains(HTMLText.escaped(section.title)))
            for note in section.notes { #expect(page.contains(HTMLText.escaped(note))) }
        }
        #expect(page.contains("<pre>pushbench run</pre>"))
    }

    @Test("draws whole distributions where the record has them, and else the points it has")
    func histograms() throws {
        func curve(_ record: RunRecord) throws -> Int {
            let path = try #require(
                HTMLReport.render(record).firstMatch(of: #/class="curve" d="M([^"]+L[^"]+)"/#)
            )
            .1
            return path.count { $0 == "L" }
        }
        var record = RunRecord.pictured
        #expect(try curve(record) > 40)
        record.results[0].latencyHistogram = EncodedHistogram(text: "HISTFAAAnonsense")
        let page = HTMLReport.render(record)
        #expect(page.contains("Of long-pears the record has the marked points only."))
        for index in record.results.indices { record.results[index].latencyHistogram = nil }
        #expect(try curve(record) < 10)
        #expect(HTMLReport.render(record).contains("The record has the marked points only."))
    }

    @Test("marks no percentile that too few deliveries were measured for")
    func fewDeliveries() {
        var record = RunRecord.crafted(.crafted("apple"))
        record.results[0].latency.count = 150
        let page = HTMLReport.render(record)
        #expect(page.contains("99 % of the deliveries within"))
        #expect(!page.contains("99.9 % of the deliveries within"))
    }

    @Test("is one of the formats")
    func isRegistered() throws {
        let html = try #require(Report.all.first { $0.name == "html" })
        #expect(html.fileExtension == "html")
        #expect(try html.render(.linked) == Array(HTMLReport.render(.linked).utf8))
    }
}
