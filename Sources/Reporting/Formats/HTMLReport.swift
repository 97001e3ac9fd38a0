import Link
import Measurement

extension Report {
    /// A page for a browser or for paper.
    package static let html = Report(
        name: "html", summary: "a page of one file with charts, for a browser or for paper",
        fileExtension: "html", render: { Array(HTMLReport.render($0).utf8) })
}

/// The record as a page: what was run, the table and what it says, each figure as a chart with its
/// numbers, theory and whatever else was measured, and every warning with its cause and remedy.
///
/// Everything on it comes from the record, whose texts are somebody else's: they reach the page only
/// through `Markup`, which escapes them.
package enum HTMLReport {
    /// The page about `record`.
    package static func render(_ record: RunRecord) -> String {
        let contenders = Contender.all(in: record)
        let title = heading(of: record, contenders)
        let parts = Self.parts(of: record, contenders)
        return HTMLPage.document(title: "\(title) – \(record.tool.name)") { page in
            page.add("header") { page in
                page.add("p", ["class": "over"], text: RecordTitle.tool(record))
                page.add("h1", text: title)
                page.add("p", ["class": "lead"], text: subtitle(of: record))
                addNotices(on: record, to: &page)
                addFacts(of: record, to: &page)
                addContents(parts, to: &page)
            }
            page.breakLine()
            for part in parts { part.write(&page) }
        }
    }

    /// A part of the page, which its head links to.
    private struct Part {
        let id: String
        /// What the contents call it.
        let name: String
        let write: (inout Markup) -> Void
    }

    private static func parts(of record: RunRecord, _ contenders: [Contender]) -> [Part] {
        var parts: [Part] = []
        func add(_ id: String, _ name: String, _ write: @escaping (inout Markup) -> Void) {
            parts.append(Part(id: id, name: name, write: write))
        }
        if !record.hasFaults {
            add("results", "Results") { addResults(of: contenders, to: &$0) }
        }
        let findings = Findings.sentences(for: record)
        if !findings.isEmpty {
            add("findings", "Findings") { page in
                page.addPart("findings", "Findings") { $0.addWords(findings) }
            }
        }
        if let checks = record.checks, !checks.isEmpty {
            add("checks", "Checks") { addChecks(checks, to: &$0) }
        }
        let figures = [
            ("Latency", LatencyFigure.figure(for: contenders)),
            ("Timeline", TimelineFigure.figure(for: contenders)),
            ("Gap", GapFigure.figure(for: record, contenders: contenders)),
            ("Requests", RequestFigure.figure(for: contenders)),
            ("Bytes", ByteFigure.figure(for: contenders)),
            ("Wire", WireFigure.figure(for: contenders)),
        ]
        for case (let name, let figure?) in figures where !record.hasFaults {
            add(figure.id, name) { figure.write(to: &$0) }
        }
        let sections = Section.all(for: record, contenders: contenders)
        if !sections.isEmpty {
            add("details", "Details") { addSections(sections, to: &$0) }
        }
        if record.hasWarnings {
            add("warnings", "Warnings") { addWarnings(of: record, contenders, to: &$0) }
        }
        return parts
    }

    // MARK: - Head

    private static func heading(of record: RunRecord, _ contenders: [Contender]) -> String {
        var ids: [String] = []
        for result in record.results where !ids.contains(result.transport) {
            ids.append(result.transport)
        }
        switch ids.count {
        case 0: return "Nothing was measured"
        case 1...3: return Readable.list(ids)
        default: return "\(ids.count) push techniques compared"
        }
    }

    /// The scenario in the few words that everybody asks for first.
    private static func subtitle(of record: RunRecord) -> String {
        let scenario = record.scenario
        let rate =
            scenario.arrivals == .saturate
            ? "events as fast as possible"
            : "\(Readable.number(scenario.ratePerSecond)) events a second"
        let trip = scenario.link.map { link in
            link.roundTripTime > .zero
                ? ", over a round trip of "
                    + AxisText.duration(nanoseconds: link.roundTripTime.seconds * 1e9)
                : ""
        }
        return "\(Readable.count(scenario.clients, "client")) each, \(rate), "
            + "\(Readable.bytes(Double(scenario.payloadBytes))) an event\(trip ?? "")"
    }

    /// What one must know before anything else: that the run is not whole, or not to be trusted in all.
    private static func addNotices(on record: RunRecord, to page: inout Markup) {
        let warnings = record.warnings.count + record.results.reduce(0) { $0 + $1.warnings.count }
        let failed = (record.checks ?? []).count { $0.outcome == .failed }
        var notices: [(text: String, link: String, isBad: Bool)] = []
        if let state = RecordTitle.state(of: record) {
            notices.append((state, "", true))
        }
        if failed > 0 {
            notices.append(("\(Readable.count(failed, "check")) failed.", "checks", true))
        }
        if warnings > 0 {
            notices.append(
                (
                    "\(Readable.count(warnings, "warning")): not all of these numbers can be relied "
                        + "on.", "warnings", false
                ))
        }
        guard !notices.isEmpty else { return }
        let isBad = notices.contains { $0.isBad }
        page.add("div", ["class": isBad ? "notice grave" : "notice"]) { page in
            for notice in notices {
                page.add("p") { page in
                    page.add(text: notice.text + (notice.link.isEmpty ? "" : " "))
                    guard !notice.link.isEmpty else { return }
                    page.add("a", ["href": "#\(notice.link)"], text: "See which")
                }
            }
        }
    }

    private static func addFacts(of record: RunRecord, to page: inout Markup) {
        let isKnown = !["", "unknown"].contains(record.tool.commit)
        let commit = isKnown ? ", commit \(record.tool.commit)" : ""
        let length = Readable.duration(nanoseconds: Double(record.durationNanoseconds))
        page.add("dl", ["class": "facts"]) { page in
            func fact(_ name: String, _ text: String) {
                page.add("dt", text: name)
                page.add("dd", text: text)
            }
            fact("Scenario", RecordTitle.scenario(record.scenario))
            for sentence in RecordTitle.links(of: record) {
                // "Link: 50 ms …" has its name before the colon; what has none is the scenario's.
                let parts = sentence.split(separator: ": ", maxSplits: 1)
                let hasName = parts.count == 2 && parts[0].count < 12
                fact(hasName ? String(parts[0]) : "Mode", hasName ? String(parts[1]) : sentence)
            }
            fact("Machine", RecordTitle.machine(record.machine))
            fact("Run", "\(record.tool.name) \(record.tool.version)\(commit), in \(length)")
            page.add("dt", text: "Again with")
            page.add("dd") { $0.add("pre", text: RecordTitle.command(record)) }
        }
    }

    private static func addContents(_ parts: [Part], to page: inout Markup) {
        page.add("nav", ["aria-label": "Contents"]) { page in
            for part in parts {
                page.add("a", ["href": "#\(part.id)"], text: part.name)
                page.add(text: " ")
            }
        }
    }

    // MARK: - Parts

    private static func addResults(of contenders: [Contender], to page: inout Markup) {
        page.addPart("results", "Results") { page in
            guard !contenders.isEmpty else {
                page.add("p", text: "Nothing was measured.")
                return
            }
            let table = MainTable.table(of: contenders)
            page.addTable(table, class: "full")
            if let spread = MainTable.spread(of: contenders) {
                page.add("p", ["class": "note"], text: MainTable.spreadCaption)
                page.addTable(spread)
            }
            page.add("p", ["class": "note"], text: legend(of: table))
        }
    }

    /// The columns of the main table in words, as far as it has them.
    private static func legend(of table: TextTable) -> String {
        let words = [
            "p50":
                "p50 to max: latency, from the time an event was due to the event in the client's "
                + "hands.",
            "gap/RTT": "gap/RTT: the gap between deliveries in round trips.",
            "gap": "gap: the smallest between deliveries.",
            "wire B/ev": "wire B/ev: bytes an event on the wire, both ways, headers of TCP and IP "
                + "included.",
            "B/event": "B/event: bytes an event that the technique wrote, both ways.",
            "overhead": "overhead: of these, what is not the event, in relation to it.",
            "req/ev": "req/ev: requests an event.",
            "CPU/ev": "CPU/ev: the server's processor time for a delivery.",
            "mem/conn": "mem/conn: the server's memory for a connection.",
            "lost": "lost: events that did not arrive.",
        ]
        return table.columns.compactMap { words[$0.title] }.joined(separator: " ")
    }

    private static func addSections(_ sections: [Section], to page: inout Markup) {
        page.addPart("details", "In detail") { page in
            for section in sections {
                page.add("h3", text: section.title)
                if let table = section.table { page.addTable(table) }
                page.addWords(section.notes)
                if let legend = section.legend {
                    page.add("p", ["class": "note"], text: legend)
                }
            }
        }
    }

    private static func addWarnings(
        of record: RunRecord, _ contenders: [Contender], to page: inout Markup
    ) {
        page.addPart("warnings", "Warnings") { page in
            for warning in record.warnings {
                add(warning, of: nil, to: &page)
            }
            for contender in contenders {
                for result in contender.rounds {
                    let round = contender.rounds.count > 1 ? ", round \(result.round)" : ""
                    for warning in result.warnings {
                        add(warning, of: contender.name + round, to: &page)
                    }
                }
            }
        }
    }

    private static func add(
        _ warning: RecordedWarning, of name: String?, to page: inout Markup
    ) {
        page.add("div", ["class": "notice"]) { page in
            page.add("p") { page in
                page.add("strong", text: name ?? "The run")
                page.add(text: " ")
                page.add("code", text: warning.id)
            }
            page.add("p", text: warning.cause)
            page.add("p", ["class": "remedy"], text: warning.remedy)
        }
    }

    // MARK: - Checks

    private static func addChecks(_ checks: [CheckResult], to page: inout Markup) {
        let counts = CheckResult.Outcome.allCases.compactMap { outcome in
            let count = checks.count { $0.outcome == outcome }
            return count > 0 ? "\(Readable.count(count)) \(words(for: outcome).text)" : nil
        }
        var table = TextTable(columns: [
            .init("outcome", .left), .init("transport", .left), .init("metric", .left),
            .init("expected"), .init("actual"), .init("what came of it", .left),
        ])
        // What needs attention first.
        let order: [CheckResult.Outcome] = [.failed, .cannotTell, .better, .passed, .skipped]
        for outcome in order {
            for check in checks where check.outcome == outcome {
                table.append([
                    words(for: outcome), .init(check.transport.isEmpty ? "all" : check.transport),
                    .init(check.metric), value(check.expected, check.unit),
                    value(check.actual, check.unit), .init(check.message),
                ])
            }
        }
        page.addPart("checks", "Checks") { page in
            page.add("p", ["class": "caption"], text: Readable.list(counts) + ".")
            page.addTable(table, class: "prose")
        }
    }

    private static func words(for outcome: CheckResult.Outcome) -> TextTable.Cell {
        switch outcome {
        case .passed: .init("passed", .good)
        case .better: .init("better", .good)
        case .failed: .init("failed", .bad)
        case .cannotTell: .init("cannot tell", .doubtful)
        case .skipped: .init("skipped", .faint)
        }
    }

    private static func value(_ value: Double?, _ unit: String) -> TextTable.Cell {
        guard let value else { return .init(Readable.nothing, .faint) }
        switch unit {
        case "ns": return .init(Readable.duration(nanoseconds: value))
        case "1", "": return .init(Readable.number(value))
        default: return .init("\(Readable.number(value)) \(unit)")
        }
    }
}

extension Markup {
    /// Writes a part of a page that links can point to.
    package mutating func addPart(
        _ id: String, _ title: String, content: (inout Markup) -> Void
    ) {
        add("section", ["id": id]) { page in
            page.add("h2", text: title)
            content(&page)
        }
        breakLine()
    }

    /// Writes sentences, one below the other.
    package mutating func addWords(_ sentences: [String]) {
        guard !sentences.isEmpty else { return }
        add("ul", ["class": "words"]) { page in
            for sentence in sentences { page.add("li", text: sentence) }
        }
    }
}
