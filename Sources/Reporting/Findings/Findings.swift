import Measurement

/// What a teacher would say in front of the table, computed from the record.
///
/// Each finding is one function from the contenders to sentences, and says nothing when its
/// condition does not hold or its numbers are missing. No sentence knows a technique: a name comes
/// from a result, and a claim from comparing numbers.
package enum Findings {
    /// With fewer values than this, the 99th percentile is nothing but the largest of them.
    private static let samplesForP99 = 100

    /// Below this share, heads and requests come from connections that were made again and not from
    /// the way a technique works.
    static let negligible = 0.01

    /// The findings, the most telling first.
    package static func sentences(for record: RunRecord) -> [String] {
        // What there is to say of connections that failed stands below their table.
        guard !record.hasFaults else { return [] }
        let contenders = Contender.all(in: record)
        return theory(contenders) + gapVerdicts(of: record) + speed(contenders)
            + tail(contenders)
            // A probe is a section of its own, with its sentences below it.
            + (record.gapProbe == nil ? gaps(contenders) : [])
            + bytes(contenders) + wire(contenders) + heads(contenders, in: record.scenario)
            + requests(contenders) + deliveries(contenders) + server(contenders)
            + generator(contenders) + harness(contenders) + reconnects(contenders)
            + noise(contenders)
    }

    // MARK: - Latency

    private static func speed(_ contenders: [Contender]) -> [String] {
        let figures = contenders.figures { $0.latency(\.p50) }
        guard let first = figures.first else { return [] }
        guard figures.count > 1 else {
            return ["Half of \(first.name)'s events arrived within \(duration(first.value))."]
        }
        guard let (fastest, slowest) = figures.extremes else {
            return [
                "All were equally fast: half of the events arrived within \(duration(first.value))."
            ]
        }
        return [
            "\(fastest.name) was fastest: half of its events arrived within "
                + "\(duration(fastest.value)); \(slowest.name) was slowest with "
                + "\(duration(slowest.value))\(ratio(slowest, to: fastest, "as long"))."
        ]
    }

    private static func tail(_ contenders: [Contender]) -> [String] {
        let figures = contenders.figures { contender in
            contender.figure {
                $0.latency.count >= samplesForP99 ? Double($0.latency.p99) : nil
            }
        }
        guard let (best, worst) = figures.extremes else { return [] }
        return [
            "\(best.name) had the best tail: 99 % of its events arrived within "
                + "\(duration(best.value)), those of \(worst.name) within \(duration(worst.value))."
        ]
    }

    private static func gaps(_ contenders: [Contender]) -> [String] {
        let figures = contenders.figures { $0.figure { $0.gap?.inRoundTrips } }
        guard let first = figures.first else { return [] }
        let roundTrips = { (figure: NamedFigure) in
            NumberText.fixed(figure.value, places: 2) + " round trips"
        }
        guard let (shortest, longest) = figures.extremes else {
            return ["Between two deliveries lay at least \(roundTrips(first)) for \(first.name)."]
        }
        return [
            "Between two deliveries lay at least \(roundTrips(longest)) for \(longest.name), and "
                + "\(roundTrips(shortest)) for \(shortest.name)."
        ]
    }

    /// Which neighbours in the order of speed the rounds cannot tell apart.
    private static func noise(_ contenders: [Contender]) -> [String] {
        let repeated = contenders.filter { $0.rounds.count > 1 }
        let ordered = repeated.figures { $0.latency(\.p50) }.sorted { $0.value < $1.value }
        guard ordered.count > 1 else { return [] }
        let rounds = repeated.map(\.rounds.count).max() ?? 0
        let pairs = zip(ordered, ordered.dropFirst())
            .filter { $0.figure.overlaps($1.figure) }
            .map { "\($0.name) from \($1.name)" }
        guard !pairs.isEmpty else {
            return ["Every difference in p50 is larger than the spread of the \(rounds) rounds."]
        }
        return [
            "Within the noise of \(rounds) rounds, p50 does not tell "
                + "\(pairs.joined(separator: ", nor "))."
        ]
    }

    // MARK: - Bytes and requests

    private static func bytes(_ contenders: [Contender]) -> [String] {
        let figures = contenders.figures { $0.bytes(\.total) }
        guard let first = figures.first else { return [] }
        guard let (cheapest, dearest) = figures.extremes else {
            let names = Readable.list(figures.map(\.name))
            return ["An event cost \(names) \(Readable.bytes(first.value))."]
        }
        return [
            "\(cheapest.name) was cheapest in bytes: an event cost it "
                + "\(Readable.bytes(cheapest.value)), and \(dearest.name) "
                + "\(Readable.bytes(dearest.value))\(ratio(dearest, to: cheapest, "as much", isExact: true))."
        ]
    }

    private static func heads(_ contenders: [Contender], in scenario: Scenario) -> [String] {
        let shares = contenders.compactMap { contender -> (contender: Contender, share: Double)? in
            guard let heads = contender.bytes(\.heads), let total = contender.bytes(\.total),
                total.median > 0, heads.median / total.median >= negligible
            else { return nil }
            return (contender, heads.median / total.median)
        }
        let sorted = shares.sorted { $0.share > $1.share }
        guard let largest = sorted.first else { return [] }
        let list = sorted.enumerated().map { index, entry in
            "\(Readable.percent(entry.share)) of \(index == 0 ? "the bytes of" : "those of") "
                + entry.contender.name
        }
        var sentence = "Heads of requests and responses were \(Readable.list(list))"
        if let bandwidth = headBandwidth(of: largest.contender, in: scenario) {
            sentence += "; \(bandwidth)"
        }
        return [sentence + "."]
    }

    /// What the heads alone take of a link at the rate of the scenario, or at the measured one where
    /// the scenario asks for as much as possible.
    private static func headBandwidth(of contender: Contender, in scenario: Scenario) -> String? {
        guard let heads = contender.bytes(\.heads) else { return nil }
        let deliveries: Double
        let condition: String
        if scenario.arrivals == .saturate {
            guard let measured = contender.figure(\.deliveries.perSecond) else { return nil }
            deliveries = measured.median
            condition = "at the \(Readable.number(deliveries.rounded())) deliveries/s measured"
        } else {
            deliveries = Double(scenario.clients) * scenario.ratePerSecond
            condition =
                "with \(Readable.count(scenario.clients, "client")) and "
                + "\(Readable.number(scenario.ratePerSecond)) events/s"
        }
        guard deliveries > 0 else { return nil }
        let bandwidth = Readable.bandwidth(bitsPerSecond: heads.median * 8 * deliveries)
        return "\(condition), those of \(contender.name) take \(bandwidth)"
    }

    private static func requests(_ contenders: [Contender]) -> [String] {
        var sentences: [String] = []
        let asking = contenders.figures { $0.figure(\.requestsPerEvent) }
            .filter { $0.value >= negligible }
            .sorted { $0.value > $1.value }
        if !asking.isEmpty {
            let list = asking.enumerated().map { index, figure in
                "\(figure.name) \(NumberText.fixed(figure.value, places: 2))"
                    + (index == 0 ? " requests" : "")
            }
            sentences.append("Each event cost \(Readable.list(list)).")
        }
        let empty = contenders.compactMap { contender -> (text: String, share: Double)? in
            let answers = contender.sum(\.answers)
            let empty = contender.sum(\.emptyAnswers)
            guard answers > 0, empty > 0 else { return nil }
            let share = Double(empty) / Double(answers)
            let text =
                "\(Readable.percent(share)) of \(contender.name)'s "
                + Readable.count(answers, "answer")
            return (text, share)
        }
        if !empty.isEmpty {
            let list = empty.sorted { $0.share > $1.share }.map(\.text)
            sentences.append("\(Readable.list(list)) carried no event.")
        }
        return sentences
    }

    // MARK: - Deliveries

    private static func deliveries(_ contenders: [Contender]) -> [String] {
        let audited = contenders.filter { $0.sum(\.deliveries.expected) > 0 }
        guard !audited.isEmpty else { return [] }
        let unbalanced = audited.filter { !$0.rounds.allSatisfy(\.deliveries.isBalanced) }
        let accounts = unbalanced.map { contender in
            let expected = contender.sum(\.deliveries.expected)
            let found = contender.sum { $0.deliveries.received + $0.deliveries.undelivered }
            return "The audit of \(contender.name) does not add up: "
                + "\(Readable.count(expected, "event")) expected, \(Readable.count(found)) "
                + "accounted for."
        }
        let faulty = audited.compactMap { contender -> String? in
            let faults = faults(of: contender)
            return faults.isEmpty ? nil : "\(contender.name) \(Readable.list(faults))."
        }
        guard faulty.isEmpty, accounts.isEmpty else { return faulty + accounts }
        let total = Readable.count(audited.reduce(0) { $0 + $1.sum(\.deliveries.received) })
        let subject = audited.count == 1 ? audited[0].name : "Nobody"
        let verdict =
            audited.count == 1
            ? "lost, repeated and reordered nothing" : "lost, repeated or reordered an event"
        return ["\(subject) \(verdict): all \(total) deliveries arrived once and in order."]
    }

    private static func faults(of contender: Contender) -> [String] {
        var faults: [String] = []
        let expected = contender.sum(\.deliveries.expected)
        let lost = contender.sum(\.deliveries.undelivered)
        if lost > 0 {
            let missing = contender.sum(\.deliveries.missing)
            let silently = missing == 0 ? "" : " (\(Readable.count(missing)) without notice)"
            let share = Readable.percent(Double(lost) / Double(expected))
            faults.append(
                "lost \(Readable.count(lost)) of \(Readable.count(expected, "event")), "
                    + "\(share)\(silently)")
        }
        let duplicate = contender.sum(\.deliveries.duplicate)
        if duplicate > 0 {
            faults.append("delivered \(Readable.count(duplicate, "event")) again")
        }
        let reordered = contender.sum(\.deliveries.reordered)
        if reordered > 0 {
            faults.append("delivered \(Readable.count(reordered, "event")) out of order")
        }
        return faults
    }

    private static func reconnects(_ contenders: [Contender]) -> [String] {
        let broken = contenders.filter { $0.sum(\.reconnects) > 0 }
        guard !broken.isEmpty else { return [] }
        let list = broken.enumerated().map { index, contender in
            let count = contender.sum(\.reconnects)
            let counted = index == 0 ? Readable.count(count, "connection") : Readable.count(count)
            return "\(counted) of \(contender.name)"
        }
        return ["\(Readable.list(list)) had to be made again."]
    }

    // MARK: - Server and generator

    /// The generator's own share: what it takes to read a message is part of every latency.
    private static func generator(_ contenders: [Contender]) -> [String] {
        let shares = contenders.figures { contender in
            contender.figure { $0.latency.count > 0 ? $0.generator.cpuShare : nil }
        }
        // What a browser measured had no generator.
        guard let busiest = shares.max(by: { $0.value < $1.value }), busiest.value > 0,
            let contender = contenders.first(where: { $0.name == busiest.name }),
            let cost = contender.figure(\.generator.cpuNanosecondsPerDelivery),
            let lag = contender.figure({ Double($0.generator.loopLagP99Nanoseconds) })
        else { return [] }
        return [
            "The load generator was busiest with \(busiest.name): "
                + "\(Readable.percent(busiest.value)) of a processor, \(duration(cost.median)) a "
                + "delivery, up to \(duration(lag.median)) a turn (p99)."
        ]
    }

    private static func server(_ contenders: [Contender]) -> [String] {
        var sentences: [String] = []
        let times = contenders.figures { $0.figure(\.server.cpuNanosecondsPerDelivery) }
        if let (cheapest, dearest) = times.extremes {
            sentences.append(
                "\(cheapest.name) cost the server least: \(duration(cheapest.value)) of processor "
                    + "time a delivery; \(dearest.name) cost most, \(duration(dearest.value))"
                    + "\(ratio(dearest, to: cheapest, "as much")).")
        } else if let first = times.first {
            sentences.append(
                "A delivery of \(first.name) cost the server \(duration(first.value)) of processor "
                    + "time.")
        }
        let memory = contenders.figures { $0.figure(\.server.memoryBytesPerConnection) }
        if let (smallest, largest) = memory.extremes {
            sentences.append(
                "A connection of \(smallest.name) took \(Readable.bytes(smallest.value)) of the "
                    + "server's memory, one of \(largest.name) \(Readable.bytes(largest.value)).")
        } else if let first = memory.first {
            sentences.append(
                "A connection of \(first.name) took \(Readable.bytes(first.value)) of the server's "
                    + "memory.")
        }
        return sentences
    }

    // MARK: - Words

    static func duration(_ nanoseconds: Double) -> String {
        Readable.duration(nanoseconds: nanoseconds)
    }

    /// Times that are closer than this are not told apart by one run: on a shared machine the same
    /// server differs by as much from one minute to the next.
    static let establishedRatio = 1.15

    /// ", 12.3 times as long"; nothing where there is nothing to divide by. Bytes are exact; of times
    /// that lie close together it says that they do.
    static func ratio(
        _ larger: NamedFigure, to smaller: NamedFigure, _ measure: String, isExact: Bool = false
    ) -> String {
        guard smaller.value > 0 else { return "" }
        guard isExact || larger.value / smaller.value >= establishedRatio else {
            return ", too close to tell apart"
        }
        return ", \(Readable.times(larger.value / smaller.value)) \(measure)"
    }
}
