import Measurement

/// A search for the greatest load as a report: the knee of each technique, how it was come by, and
/// who was the limit.
struct KneePage {
    let series: RecordSeries
    let findings: KneeFindings
    let words: KneeWords

    /// - Parameters:
    ///   - series: the tries.
    ///   - findings: what they came to.
    init(_ series: RecordSeries, _ findings: KneeFindings) {
        self.series = series
        self.findings = findings
        words = KneeWords(series, findings)
    }

    /// The report.
    var page: ReportPage {
        var lead: [String] = []
        if let run = series.runs.first {
            lead.append(RecordTitle.machine(run.machine))
            lead.append(
                "\(heading) with \(Readable.list(findings.limits.map(\.text))), within "
                    + "\(Readable.percent(findings.resolution)). "
                    + ScenarioText.words(for: run.scenario, leavingOut: series.parameter.name) + "."
            )
        } else {
            lead.append("\(heading): nothing was measured.")
        }
        return ReportPage(
            title: "\(series.tool.name) \(series.tool.version), \(series.started)", lead: lead,
            flaws: (series.partial ? ["Partial: it ended before its time."] : [])
                + series.failures.map { "\(series.parameter.name) \($0.value): \($0.reason)" },
            sections: [kneeSection].compactMap(\.self) + findings.knees.compactMap(curveSection),
            findings: findings.knees.map(words.sentence), warnings: warnings)
    }

    /// What was searched for, for a headline.
    var heading: String {
        series.parameter.name == "clients" ? "The most clients" : "The highest rate"
    }

    /// The result of a run of the series; a step has one technique.
    func result(_ run: Int) -> TransportResult? {
        series.runs[run].results.first
    }

    // MARK: - The knees

    /// A row for each technique.
    private var kneeSection: Section? {
        guard !series.runs.isEmpty else { return nil }
        var table = TextTable(columns: [
            .init("transport", .left), .init(words.unit), .init("searches"),
            .init("deliveries/s"), .init("p50"), .init("p99"), .init("CPU/ev"), .init("server"),
            .init("generator"), .init("what broke, and who was the limit", .left),
        ])
        for knee in findings.knees { table.append(row(of: knee)) }
        return Section(
            title: "\(heading) that \(words.isOfClients ? "were" : "was") carried", table: table,
            legend: "The median of the searches, and the least and greatest of them; figures are "
                + "those of the step that stands for it. server and generator: the share of their "
                + "processors.")
    }

    private func row(of knee: Knee) -> [TextTable.Cell] {
        let nothing = TextTable.Cell(Readable.nothing, .faint)
        let middle = knee.middle
        let load: TextTable.Cell =
            middle?.passed.map { .init((knee.isAtLeast ? "≥ " : "") + words.number($0), .good) }
            ?? .init("none", .bad)
        let spread: TextTable.Cell =
            knee.spread.map { spread in
                spread.lowerBound < spread.upperBound
                    ? .init(
                        "\(words.number(spread.lowerBound)) – \(words.number(spread.upperBound))")
                    : .init(words.number(spread.lowerBound))
            } ?? nothing
        let result = middle?.passedRun.flatMap(result)
        let search = middle ?? knee.searches.last
        return [.init(knee.transport), load, spread]
            + (result.map { Self.figures(of: $0, lossInstead: false) }
                ?? Array(repeating: nothing, count: 6))
            + [search.map(limit) ?? nothing]
    }

    /// Deliveries a second, latencies, cost, and the two shares; or, in a curve, what was lost too.
    private static func figures(
        of result: TransportResult, lossInstead hasLoss: Bool
    ) -> [TextTable.Cell] {
        let hasLatency = result.latency.count > 0
        func latency(_ value: Int64) -> TextTable.Cell {
            hasLatency ? .init(Readable.duration(nanoseconds: Double(value))) : .init("–", .faint)
        }
        func cell(_ value: Double?, _ text: (Double) -> String) -> TextTable.Cell {
            value.map { .init(text($0)) } ?? .init(Readable.nothing, .faint)
        }
        let lost = result.deliveries.undelivered
        return [
            .init(Readable.count(Int(result.readPerSecond))),
            latency(result.latency.p50), latency(result.latency.p99),
        ] + (hasLoss ? [.init(Readable.count(lost), lost > 0 ? .bad : .plain)] : []) + [
            cell(result.server.cpuNanosecondsPerDelivery, Readable.duration),
            cell(result.server.cpuShare, Readable.percent),
            .init(Readable.percent(result.generator.cpuShare)),
        ]
    }

    private func limit(of search: Knee.Search) -> TextTable.Cell {
        let broken = search.causes.filter(\.isLimit).map(\.rawValue).joined(separator: ", ")
        switch search.party {
        case .server: return .init("\(broken): the server")
        case .generator: return .init("\(broken): the generator, not the server", .bad)
        case .both: return .init("\(broken): server and generator", .doubtful)
        case .machine: return .init("\(broken): the machine", .doubtful)
        case .setUp: return .init("could not be measured", .doubtful)
        case .nobody: return .init("\(broken): nobody was busy", .doubtful)
        case nil: return .init(search.end == .interrupted ? "interrupted" : "nothing", .faint)
        }
    }

    // MARK: - Curves

    /// Every load of the first search, in the order of the loads.
    private func curveSection(of knee: Knee) -> Section? {
        guard let first = knee.searches.first, !first.runs.isEmpty else { return nil }
        var table = TextTable(columns: [
            .init(words.unit), .init("deliveries/s"), .init("p50"), .init("p99"), .init("lost"),
            .init("CPU/ev"), .init("server"), .init("generator"), .init("outcome", .left),
        ])
        let runs = first.runs.sorted { (load($0), $0) < (load($1), $1) }
        for run in runs {
            guard let result = result(run) else { continue }
            table.append(
                [.init(words.number(load(run)))] + Self.figures(of: result, lossInstead: true)
                    + [remark(on: result, run, isKnee: run == first.passedRun)])
        }
        let others = knee.searches.dropFirst().reduce(0) { $0 + $1.runs.count }
        return Section(
            title: "\(knee.transport), the first search", table: table,
            legend: others > 0
                ? "The other searches made \(Readable.count(others, "try", "tries")), which are in "
                    + "the record." : nil)
    }

    /// The load of a run.
    func load(_ run: Int) -> Double {
        series.parameter.values[run].number ?? 0
    }

    private func remark(
        on result: TransportResult, _ run: Int, isKnee: Bool
    ) -> TextTable.Cell {
        let causes = Knee.Cause.all(
            in: result, limits: findings.limits,
            serverLoops: series.runs[run].scenario.serverLoops)
        let names = causes.map(\.rawValue).joined(separator: ", ")
        if causes.contains(where: \.isLimit) { return .init(names, .bad) }
        if isKnee { return .init(names.isEmpty ? "the knee" : "the knee; \(names)", .good) }
        return .init(names, .doubtful)
    }

    // MARK: - Warnings

    /// The warnings of the runs that stand for knees; what breaks a limit has some by its nature.
    private var warnings: [String] {
        findings.knees.flatMap { knee -> [String] in
            guard let run = knee.middle?.passedRun else { return [] }
            let record = series.runs[run]
            let all = record.warnings + record.results.flatMap(\.warnings)
            return all.map { "\(knee.transport) at its knee: \($0.cause) \($0.remedy)" }
        }
    }
}
