import Measurement

/// What a search came to, in sentences.
struct KneeWords {
    private let series: RecordSeries
    private let findings: KneeFindings

    init(_ series: RecordSeries, _ findings: KneeFindings) {
        self.series = series
        self.findings = findings
    }

    /// Whether clients were raised, and not the rate.
    var isOfClients: Bool { series.parameter.name == "clients" }

    /// What the load is counted in.
    var unit: String { isOfClients ? "clients" : "events/s" }

    /// A load as a number in a table.
    func number(_ load: Double) -> String {
        Readable.number(load)
    }

    /// A load in words: "2310 events/s".
    private func words(_ load: Double) -> String {
        "\(number(load)) \(unit)"
    }

    /// What was found of one technique: the load, and who was the limit.
    func sentence(of knee: Knee) -> String {
        guard let middle = knee.middle, let passed = middle.passed else { return failure(of: knee) }
        var text = "\(knee.transport) carries "
        if knee.isAtLeast { text += "at least " }
        text += words(passed)
        let run = middle.passedRun.map { series.runs[$0] }
        if let scenario = run?.scenario {
            text +=
                isOfClients
                ? " at \(Readable.number(scenario.ratePerSecond)) events/s"
                : " for \(Readable.count(scenario.clients, "client"))"
        }
        if let result = run?.results.first {
            text += ", \(Readable.count(Int(result.readPerSecond))) deliveries/s"
        }
        if let spread = knee.spread, knee.searches.count > 1 {
            text +=
                " (\(number(spread.lowerBound)) to \(number(spread.upperBound)) in "
                + "\(Readable.count(knee.searches.count, "search", "searches")))"
        }
        return text + "." + limit(of: middle)
    }

    /// Of a technique whose searches found nothing that passed.
    private func failure(of knee: Knee) -> String {
        guard let search = knee.searches.last, let failed = search.failed else {
            return "\(knee.transport) was not searched to an end, and no load had passed by then."
        }
        return "\(knee.transport) does not keep within the limits at \(words(failed)), the least "
            + "that was tried." + limit(of: search)
    }

    /// What was broken beyond the knee, and who had no time left.
    private func limit(of search: Knee.Search) -> String {
        guard let failed = search.failed else {
            return search.end == .interrupted
                ? " The search was interrupted."
                : " It is the greatest load that is tried: nothing broke a limit."
        }
        guard let result = search.failedRun.flatMap({ series.runs[$0].results.first }) else {
            return " \(words(failed)) could not be measured."
        }
        let broken = findings.limits.filter { $0.isBroken(by: result) }.map { limit in
            let value = limit.value(of: result)
            return limit.figure == .loss
                ? "\(Readable.percent(value ?? 1)) are lost"
                : "the \(limit.figure.rawValue) is "
                    + (value.map(Readable.duration) ?? "unknown, since nothing arrived")
        }
        return " At \(words(failed)) \(Readable.list(broken))" + party(search, result)
    }

    private func party(_ search: Knee.Search, _ result: TransportResult) -> String {
        let server = result.server.cpuShare.map(Readable.percent)
        let generator = Readable.percent(result.generator.cpuShare)
        switch search.party {
        case .server:
            return ", and the server has no processor time left (\(server ?? Readable.nothing); "
                + "the generator uses \(generator))"
                + (search.causes.contains(.queuedInServer)
                    ? ": most of what was late had not been sent." : ".")
        case .generator:
            return ": the generator, not the server, was the limit. "
                + (search.causes.contains(.queuedInGenerator)
                    ? "Most of what was late had been sent and not been read (generator "
                        + "\(generator), server \(server ?? Readable.nothing))"
                    : "It had no processor time left (\(generator)), the server had "
                        + "(\(server ?? "unknown") in use)") + ", so that the server carries more."
        case .both:
            return ", and neither server (\(server ?? Readable.nothing)) nor generator "
                + "(\(generator)) has processor time left, so that the server may carry more."
        case .machine:
            return ": a server that was free was woken late. The machine was the limit."
        case .setUp, .nobody, nil:
            return ", though server (\(server ?? "unknown")) and generator (\(generator)) have "
                + "processor time left: either something else had the processors, or the technique "
                + "waits by itself."
        }
    }
}

extension TransportResult {
    /// Deliveries a second that the clients read in the window, without those of the drain.
    var readPerSecond: Double { flow?.readPerSecond ?? deliveries.perSecond }
}
