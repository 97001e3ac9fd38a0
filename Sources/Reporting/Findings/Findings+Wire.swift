import Measurement

extension Findings {
    /// What the kernel's headers make of the bytes, and where that turns the order round.
    static func wire(_ contenders: [Contender]) -> [String] {
        let figures = contenders.figures(\.wireBytes)
        guard let (cheapest, dearest) = figures.extremes else { return [] }
        let ordering =
            "With the headers of TCP and IP, \(cheapest.name) was cheapest: "
            + "\(Readable.bytes(cheapest.value)) an event on the wire, and \(dearest.name) "
            + "\(Readable.bytes(dearest.value))"
            + "\(ratio(dearest, to: cheapest, "as much", isExact: true))."
        return [ordering] + crossover(contenders)
    }

    /// Batched answers can cost less than a stream, whose every small event is a packet of its own
    /// with an acknowledgement: who asks and is cheaper than who does not.
    private static func crossover(_ contenders: [Contender]) -> [String] {
        func asks(_ contender: Contender) -> Bool {
            contender.figure(\.requestsPerEvent).map { $0.median >= negligible } ?? false
        }
        func cheapest(_ contenders: [Contender]) -> (contender: Contender, bytes: Double)? {
            contenders.compactMap { contender in contender.wireBytes.map { (contender, $0.median) }
            }
            .min { $0.1 < $1.1 }
        }
        guard let polling = cheapest(contenders.filter(asks)),
            let stream = cheapest(contenders.filter { !asks($0) }), polling.bytes < stream.bytes,
            let events = polling.contender.figure(\.eventsPerAnswer), events.median > 1
        else { return [] }
        let packets = stream.contender.figure {
            $0.wirePerEvent.map { $0.upPackets + $0.downPackets }
        }
        let reason = packets.map {
            " (\(NumberText.fixed($0.median, places: 2)) packets an event)"
        }
        return [
            "On the wire asking was cheaper than streaming: an answer of \(polling.contender.name) "
                + "carried \(NumberText.significant(events.median)) events, "
                + "\(Readable.bytes(polling.bytes)) each, while the cheapest stream, "
                + "\(stream.contender.name), sent \(Readable.bytes(stream.bytes)) an "
                + "event\(reason ?? "").\(price(of: polling.contender, against: stream.contender))"
        ]
    }

    /// What the cheaper bytes cost in time.
    private static func price(of polling: Contender, against stream: Contender) -> String {
        guard let late = polling.latency(\.p50), let early = stream.latency(\.p50),
            late.median > early.median * establishedRatio
        else { return "" }
        return " It paid in time: a p50 of \(duration(late.median)) against "
            + "\(duration(early.median))."
    }
}
