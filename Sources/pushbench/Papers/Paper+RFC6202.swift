import Link
import Measurement
import Reporting
import Transports

/// What the best practices for long polling say of its latency, in network transits.
///
/// §2.2 has it that long polling's average latency is close to one network transit and its maximum
/// over three (answer, request, answer), since after an answer the server must wait for the next
/// request; §3.2 that streaming's is one. The law behind it is in Docs/Theory.md: an event that falls
/// into the blind window W = κ·R + c waits for its end, and κ is 1 on a kept connection and 2 on new
/// ones, so that "over three" is exactly 3 or 5.
extension Paper {
    static let rfc6202 = Paper(
        name: "rfc6202",
        citation: "S. Loreto, P. Saint-Andre, S. Salsano, G. Wilkins: Known Issues and Best "
            + "Practices for the Use of Long Polling and Streaming in Bidirectional HTTP, RFC 6202, "
            + "2011",
        claim: "Long polling delivers after one network transit on average and over three at most; "
            + "streaming after one.",
        sections: { try RFC6202(try $0.run(for: "rfc6202")).sections },
        findings: { try RFC6202(try $0.run(for: "rfc6202")).findings })
}

private struct RFC6202 {
    private let record: RunRecord
    private let longPolling: TransportResult
    private let streaming: TransportResult
    /// One transit, in nanoseconds.
    private let transit: Double

    init(_ record: RunRecord) throws {
        self.record = record
        longPolling = try record.result(Transport.longPolling.id, for: "rfc6202")
        streaming = try record.result(Transport.httpStreaming.id, for: "rfc6202")
        transit = Double(longPolling.link.rttEffectiveNanoseconds) / 2
        guard longPolling.link.rttNanoseconds > 0 else {
            throw PaperError("emulated round trip", paper: "rfc6202")
        }
    }

    private func transits(_ nanoseconds: Double?) -> Double? {
        nanoseconds.map { $0 / transit }
    }

    /// The largest latency under saturation, in transits of the probe's own link.
    private func worst(_ transport: Transport, _ connection: ConnectionPolicy) -> Double? {
        record.gapProbe?.rows.first {
            $0.transport == transport.id && $0.connection == connection && $0.batchLimit != 1
        }?.worstLatencyInTransits
    }

    private struct Row {
        let name: String
        /// What the RFC says; nil where it says nothing.
        let printed: String?
        let law: Double?
        let measured: Double?

        var claim: String { printed ?? "says nothing" }

        var isLargest: Bool { name.contains("largest") }

        var cells: [String] {
            func text(_ value: Double?) -> String {
                value.map { NumberText.fixed($0, places: 2) } ?? Readable.nothing
            }
            return [name, printed ?? "not said", text(law), text(measured)]
        }
    }

    private var rows: [Row] {
        [
            Row(
                name: "long polling, mean", printed: "about 1",
                law: transits(longPolling.prediction?.latency?.mean),
                measured: transits(longPolling.latency.mean)),
            Row(
                name: "long polling, largest, kept connection", printed: "over 3", law: 3,
                measured: worst(.longPolling, .keepAlive)),
            Row(
                name: "long polling, largest, new connections", printed: nil, law: 5,
                measured: worst(.longPolling, .close)),
            Row(
                name: "HTTP streaming, mean", printed: "1",
                law: transits(streaming.prediction?.latency?.mean),
                measured: transits(streaming.latency.mean)),
            Row(
                name: "HTTP streaming, largest", printed: "1, over 3 with loss", law: 1,
                measured: worst(.httpStreaming, .keepAlive)),
        ]
    }

    var sections: [Section] {
        let roundTrip = transit * 2
        let rate = record.scenario.ratePerSecond
        // The blind window of a kept connection, and how often events fall into it.
        let window = roundTrip + Double(longPolling.link.turnaroundNanoseconds ?? 0)
        let pressure = rate * window / 1e9
        func milliseconds(_ nanoseconds: Double) -> String {
            NumberText.fixed(nanoseconds / 1e6, places: 1) + " ms"
        }
        return [
            Section(
                title: "Latency in network transits of \(milliseconds(transit))",
                table: TextTable(["", "RFC 6202", "law", "measured"], rows.map(\.cells)),
                notes: [
                    "R = \(milliseconds(roundTrip)), d = R ÷ 2 = \(milliseconds(transit)); the blind "
                        + "window W = R + c = \(milliseconds(window)); x = λ·W = "
                        + "\(Readable.number(rate))/s × \(milliseconds(window)) = "
                        + "\(NumberText.significant(pressure)) events fall into one.",
                    "Mean: d + W·x ÷ 2(x + e⁻ˣ) over all schedules of this rate, which is near one "
                        + "transit only while x is small; the law's column is for the very "
                        + "schedule of this run. Largest: d + W, three transits on a kept connection and five with a new "
                        + "one for each poll; the RFC counts the first.",
                    "Left out: packet loss, which the RFC names as what makes every technique on "
                        + "TCP exceed three transits, and TLS without reuse, which adds two or "
                        + "four more to the largest.",
                ])
        ]
    }

    var findings: [String] {
        rows.compactMap { row in
            guard let law = row.law, let measured = row.measured else { return nil }
            let off = abs(measured - law) / law
            let agreement =
                off < 0.05
                ? "they agree."
                : "off by \(Readable.percent(off))"
                    + (row.isLargest && measured > law
                        ? ", and the largest of many has the machine's own stalls in it." : ".")
            return
                "\(row.name): \(NumberText.fixed(measured, places: 2)) transits, where the law has "
                + "\(NumberText.fixed(law, places: 2)) and the RFC \(row.claim): \(agreement)"
        }
    }
}
