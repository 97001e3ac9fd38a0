import Wire

extension Verdict {
    /// `prediction` with a row for each of its figures, held against `result`, and the verdict on
    /// all.
    package static func judge(
        _ prediction: Prediction, against result: TransportResult
    ) -> Prediction {
        var bench = Bench(prediction: prediction, result: result)
        bench.judgeLatency()
        bench.judgeGap()
        bench.judgeRequests()
        bench.judgeBytes()
        bench.judgeWire()
        var judged = prediction
        judged.rows = bench.rows
        judged.verdict = .overall(bench.rows.map(\.verdict))
        return judged
    }
}

/// Where a prediction and a result are compared, figure by figure.
private struct Bench {
    let prediction: Prediction
    let result: TransportResult
    var rows: [PredictionRow] = []

    // MARK: - Figures

    mutating func judgeLatency() {
        guard let predicted = prediction.latency else { return }
        let measured = result.latency.count > 0 ? result.latency : nil
        let slack = prediction.timeSlack
        compare(
            "latency_ns.mean", predicted.mean, measured?.mean, within: .meanLatency, slack: slack)
        compare(
            "latency_ns.p50", predicted.p50, measured.map { Double($0.p50) }, within: .percentile,
            slack: slack)
        compare(
            "latency_ns.p90", predicted.p90, measured.map { Double($0.p90) }, within: .percentile,
            slack: slack, exclusion: tooFewEvents(below: 44))
        compare(
            "latency_ns.p99", predicted.p99, measured.map { Double($0.p99) }, within: .percentile,
            slack: slack, exclusion: tooFewEvents(below: 459))
        compare(
            "latency_ns.max", predicted.max, measured.map { Double($0.max) }, within: .percentile,
            slack: slack, exclusion: "one stall of the machine sets it")
    }

    /// Why a percentile says more about the machine than about the technique. All clients get an event
    /// together, so that events are the sample and deliveries are not, and a percentile is bounded
    /// above with 99 % confidence by the largest of n only from n = ln 0.01 ÷ ln share on: 44 events
    /// for the 90th, 459 for the 99th.
    private func tooFewEvents(below needed: Int) -> String? {
        let events = result.clients > 0 ? result.deliveries.expected / result.clients : 0
        guard events < needed else { return nil }
        return "\(events) events do not bound it: one stall of the machine sets it"
    }

    mutating func judgeGap() {
        guard let predicted = prediction.gap else { return }
        compare(
            "gap.minimum_ns", Double(predicted.minimumNanoseconds),
            result.gap.map { Double($0.minimumNanoseconds) }, within: .gap,
            slack: prediction.timeSlack)
        // A stream's median gap is its source's.
        guard predicted.medianNanoseconds > 0 else { return }
        compare(
            "gap.median_ns", Double(predicted.medianNanoseconds),
            result.gap.map { Double($0.medianNanoseconds) }, within: .gap,
            slack: prediction.timeSlack)
    }

    mutating func judgeRequests() {
        compare(
            "requests_per_event", prediction.requestsPerEvent, result.requestsPerEvent,
            within: .requests)
        compare(
            "events_per_answer", prediction.eventsPerAnswer, result.eventsPerAnswer,
            within: .requests)
    }

    mutating func judgeBytes() {
        guard var predicted = prediction.bytesPerEvent else { return }
        var spread = prediction.byteCosts?.digitSpread ?? ByteTraffic()
        var messages = 1.0
        var note: String?
        if let costs = prediction.byteCosts, let events = eventsInWindow {
            if !isAsPredicted(events) {
                predicted = costs.traffic(
                    events: events, requests: Double(result.requests),
                    answers: Double(result.answers - result.emptyAnswers),
                    emptyAnswers: Double(result.emptyAnswers))
                note = "for the requests and answers that were measured"
                // With other batches, a Content-Length may have a digit more or less.
                spread.down[.responseHead] = max(spread.down[.responseHead], 1)
            }
            messages += Double(result.requests + result.answers) / events
        }
        let share = Self.digitShare * messages
        compareBytes("down", predicted.down, result.bytesPerEvent.down, spread.down, share, note)
        compareBytes("up", predicted.up, result.bytesPerEvent.up, spread.up, share, note)
    }

    mutating func judgeWire() {
        guard let predicted = prediction.wirePerEvent else { return }
        let tolerance = prediction.wireTolerance
        let measured = result.wirePerEvent
        let figures: [(String, KeyPath<WireCount, Double>)] = [
            ("up_bytes", \.upBytes), ("down_bytes", \.downBytes), ("up_packets", \.upPackets),
            ("down_packets", \.downPackets),
        ]
        for (name, figure) in figures {
            compare(
                "wire_per_event.\(name)", predicted[keyPath: figure], measured?[keyPath: figure],
                within: Tolerance(relative: 0, absolute: tolerance?[keyPath: figure] ?? 0),
                exclusion: disturbance)
        }
    }

    // MARK: - Comparing

    /// The share of the messages of a window whose ids may have another number of digits than
    /// replay gives them: those at the window's ends, and those that a stall moved.
    private static let digitShare = 0.05

    /// The deliveries that requests and bytes were divided by; nil where there are no requests to
    /// know it from, and no need.
    private var eventsInWindow: Double? {
        result.requestsPerEvent > 0 ? Double(result.requests) / result.requestsPerEvent : nil
    }

    /// Whether there were as many requests and answers as replay says.
    private func isAsPredicted(_ events: Double) -> Bool {
        let answers = Double(result.answers - result.emptyAnswers)
        let requestsMissed = result.requestsPerEvent - (prediction.requestsPerEvent ?? 0)
        let answersMissed = answers / events - (prediction.eventsPerAnswer.map { 1 / $0 } ?? 0)
        let emptyMissed = Double(result.emptyAnswers) - (prediction.emptyAnswers ?? 0)
        return abs(requestsMissed) <= 1e-9 && abs(answersMissed) <= 1e-9 && abs(emptyMissed) <= 1e-9
    }

    /// Why the bytes of this result are not those of events alone.
    private var disturbance: String? {
        result.reconnects > 0 ? "connections were made again" : nil
    }

    private mutating func compareBytes(
        _ direction: String, _ predicted: ByteCount, _ measured: ByteCount, _ spread: ByteCount,
        _ share: Double, _ note: String?
    ) {
        // A heartbeat follows a long silence, whenever the clients came: theory of deliveries has
        // nothing to say on it.
        for byteClass in ByteClass.allCases
        where byteClass != .heartbeat && (predicted[byteClass] != 0 || measured[byteClass] != 0) {
            let tolerance = Tolerance(
                relative: Tolerance.bytes.relative,
                absolute: Tolerance.bytes.absolute + spread[byteClass] * share)
            compare(
                "bytes_per_event.\(direction).\(byteClass.name)", predicted[byteClass],
                measured[byteClass], within: tolerance, exclusion: disturbance, note: note)
        }
    }

    private mutating func compare(
        _ metric: String, _ predicted: Double?, _ measured: Double?, within tolerance: Tolerance,
        slack: Double = 0, exclusion: String? = nil, note: String? = nil
    ) {
        guard let predicted else { return }
        let allowed = tolerance.around(predicted) + slack
        let group = metric.split(separator: ".").first.map(String.init) ?? metric
        let verdict: Verdict
        if result.partial {
            verdict = .notApplicable(reason: "the round ended before its time")
        } else if let reason = prediction.exclusions[group] ?? exclusion {
            verdict = .notApplicable(reason: reason)
        } else if let measured {
            let difference = abs(measured - predicted)
            let scale = predicted == 0 ? abs(measured) : abs(predicted)
            verdict = difference <= allowed ? .holds : .off(by: difference / scale)
        } else {
            verdict = .notApplicable(reason: "not measured")
        }
        rows.append(
            PredictionRow(
                metric: metric, predicted: predicted, measured: measured, tolerance: allowed,
                verdict: verdict, note: note))
    }
}
