import Link
import Measurement
import Reporting
import Transports
import Wire

/// The article that everybody quotes: what polling every second costs in header bytes, against two
/// bytes a WebSocket frame.
///
/// Nothing was measured in it. Its numbers are clients × bytes × 8 bits, once a second, divided by
/// 1,048,576 and called Mbps; `Arithmetic` gives all six as printed. It leaves out the payload, TCP
/// and IP, TLS, and that a frame has two bytes of header only up to 125 bytes of payload and only
/// from server to client (RFC 6455 §5.2).
extension Paper {
    static let quantumLeap = Paper(
        name: "quantum-leap",
        citation: "P. Lubbers, F. Greco: HTML5 Web Sockets: A Quantum Leap in Scalability for the "
            + "Web, 2010",
        claim: "Each client polls once a second with 871 bytes of header fields, or has one "
            + "WebSocket frame with 2.",
        sections: { stored in
            let run = try stored.run(for: "quantum-leap")
            return QuantumLeap.printed + (try QuantumLeap(run).measured)
        },
        findings: { try QuantumLeap(try $0.run(for: "quantum-leap")).findings })
}

/// What the article computes.
enum QuantumLeapArithmetic {
    /// Header bytes of a poll and its answer, as the article adds them up.
    static let bytesPerPoll = 871.0
    /// Header bytes of a frame, as the article has it.
    static let bytesPerFrame = 2.0
    /// What the article divides bits a second by: its "Mbps" are 2²⁰ bits.
    static let divisor = 1_048_576.0

    /// A use case: clients, and the Mbps printed for polling and for WebSocket.
    typealias UseCase = (name: String, clients: Int, polling: String, webSocket: String)

    /// The three use cases as printed.
    static let useCases: [UseCase] = [
        ("A", 1000, "6.6", "0.015"),
        ("B", 10_000, "66", "0.153"),
        ("C", 100_000, "665", "1.526"),
    ]

    /// Mbps of the article's kind for so many bytes a client and second.
    static func megabits(clients: Int, bytes: Double) -> Double {
        Double(clients) * bytes * 8 / divisor
    }

    /// One line of arithmetic with every number in it.
    static func line(clients: Int, bytes: Double) -> String {
        let bits = Double(clients) * bytes * 8
        return "\(Readable.count(clients)) × \(Readable.number(bytes)) B × 8 = "
            + "\(Readable.number(bits.rounded())) bit/s, ÷ 1 048 576 = "
            + "\(NumberText.significant(megabits(clients: clients, bytes: bytes), digits: 4)) Mbps"
    }
}

/// The article's figures beside those of a run.
private struct QuantumLeap {
    private let record: RunRecord
    private let polling: TransportResult
    private let webSocket: TransportResult

    init(_ record: RunRecord) throws {
        self.record = record
        polling = try record.result(Transport.shortPolling.id, for: "quantum-leap")
        webSocket = try record.result(Transport.webSocket.id, for: "quantum-leap")
        guard polling.requestsPerEvent > 0 else {
            throw PaperError("polls of short-polling", paper: "quantum-leap")
        }
    }

    // MARK: - As printed

    static var printed: [Section] {
        let cases = QuantumLeapArithmetic.useCases
        func row(_ useCase: QuantumLeapArithmetic.UseCase) -> [String] {
            func computed(_ bytes: Double) -> String {
                NumberText.significant(
                    QuantumLeapArithmetic.megabits(clients: useCase.clients, bytes: bytes),
                    digits: 4)
            }
            return [
                useCase.name, Readable.count(useCase.clients), useCase.polling,
                computed(QuantumLeapArithmetic.bytesPerPoll), useCase.webSocket,
                computed(QuantumLeapArithmetic.bytesPerFrame),
            ]
        }
        return [
            Section(
                title: "As printed, and the arithmetic",
                table: TextTable(
                    [
                        "use case", "clients", "polling, Mbps", "computed", "WebSocket, Mbps",
                        "computed",
                    ], cases.map(row)),
                notes: cases.map { useCase in
                    "\(useCase.name): "
                        + QuantumLeapArithmetic.line(
                            clients: useCase.clients, bytes: QuantumLeapArithmetic.bytesPerPoll)
                        + "; "
                        + QuantumLeapArithmetic.line(
                            clients: useCase.clients, bytes: QuantumLeapArithmetic.bytesPerFrame)
                        + "."
                } + [
                    "Left out: the payload, the headers of TCP and IP with their acknowledgements, "
                        + "TLS; and that a frame's header has 2 bytes from server to client only, "
                        + "and up to 125 bytes of payload (RFC 6455 §5.2). It is arithmetic, not a "
                        + "measurement."
                ])
        ]
    }

    // MARK: - Measured

    /// Bytes of a poll and its answer, or of a message: everything but the payload.
    private struct Cost {
        let application: Double
        let wire: Double?
    }

    /// A poll's share: what an event cost, divided by the polls that it took.
    private var poll: Cost { cost(of: polling, per: polling.requestsPerEvent) }

    private var frame: Cost { cost(of: webSocket, per: 1) }

    private func cost(of result: TransportResult, per divisor: Double) -> Cost {
        let payload = result.bytesPerEvent.payload
        return Cost(
            application: result.bytesPerEvent.overhead / divisor,
            wire: result.wirePerEvent.map { ($0.upBytes + $0.downBytes - payload) / divisor })
    }

    /// How often a client really polled, a second.
    private var pollsPerSecond: Double {
        Double(polling.requests) / Double(polling.clients) / record.scenario.duration.seconds
    }

    var measured: [Section] {
        func bytes(_ value: Double?) -> String {
            value.map { NumberText.fixed($0, places: 1) + " B" } ?? Readable.nothing
        }
        let heads = polling.bytesPerEvent
        let polls = polling.requestsPerEvent
        var sections = [
            Section(
                title: "Measured: bytes that are not the event",
                table: TextTable(
                    ["", "printed", "this run", "on the wire"],
                    [
                        [
                            "a poll and its answer", "871 B", bytes(poll.application),
                            bytes(poll.wire),
                        ],
                        [
                            "a WebSocket message", "2 B", bytes(frame.application),
                            bytes(frame.wire),
                        ],
                    ]),
                notes: [
                    "A poll: \(bytes(heads.up[.requestHead] / polls)) of request head, "
                        + "\(bytes(heads.down[.responseHead] / polls)) of answer head, and what is "
                        + "around the events; with the header fields \"\(record.scenario.headers)\", "
                        + "\(NumberText.fixed(pollsPerSecond, places: 2)) polls a second and client.",
                    "On the wire: with the headers of TCP and IP and all acknowledgements, by the "
                        + "kernel's own count; TLS is not in it.",
                ]),
            throughput,
        ]
        if let latency { sections.append(latency) }
        return sections
    }

    /// The use cases with the bytes of this run: A is what was measured, B and C are what follows.
    private var throughput: Section {
        func row(_ useCase: QuantumLeapArithmetic.UseCase) -> [String] {
            func megabits(_ bytes: Double?) -> String {
                bytes.map {
                    NumberText.significant(
                        QuantumLeapArithmetic.megabits(clients: useCase.clients, bytes: $0))
                } ?? Readable.nothing
            }
            return [
                useCase.name, Readable.count(useCase.clients), useCase.polling,
                megabits(poll.application), megabits(poll.wire), useCase.webSocket,
                megabits(frame.application), megabits(frame.wire),
            ]
        }
        let others = QuantumLeapArithmetic.useCases.filter { $0.clients != polling.clients }
        return Section(
            title: "The same arithmetic with measured bytes, in the article's Mbps",
            table: TextTable(
                [
                    "use case", "clients", "polling printed", "this run", "on the wire",
                    "WebSocket printed", "this run", "on the wire",
                ], QuantumLeapArithmetic.useCases.map(row)),
            notes: [
                "The bytes were measured with \(Readable.count(polling.clients, "client")); use cases "
                    + "\(Readable.list(others.map(\.name))) are those bytes times the clients, not a "
                    + "measurement. One poll, or one message, a second and client."
            ])
    }

    /// "150 ms against 50": what an event waits for when it just missed a long poll.
    private var latency: Section? {
        guard let probe = record.gapProbe else { return nil }
        func row(
            _ name: String, _ transport: Transport, _ connection: ConnectionPolicy,
            _ printed: String
        )
            -> [String]?
        {
            let row = probe.rows.first {
                $0.transport == transport.id && $0.connection == connection && $0.batchLimit != 1
            }
            guard let row, let worst = row.worstLatencyNanoseconds,
                let transits = row.worstLatencyInTransits
            else { return nil }
            return [
                name, printed, Readable.duration(nanoseconds: Double(worst)),
                NumberText.fixed(transits, places: 2),
            ]
        }
        let rows = [
            row("long polling, kept connection", .longPolling, .keepAlive, "150 ms"),
            row("long polling, new connections", .longPolling, .close, Readable.nothing),
            row("WebSocket", .webSocket, .keepAlive, "50 ms"),
        ].compactMap(\.self)
        guard !rows.isEmpty else { return nil }
        let transit = Double(probe.link.rttEffectiveNanoseconds) / 2
        return Section(
            title: "\"From 150 ms to 50 ms\"",
            table: TextTable(["", "printed", "largest latency", "in transits"], rows),
            notes: [
                "Over a transit of \(Readable.duration(nanoseconds: transit)) each way, with events "
                    + "all the time: who has just answered must wait for the answer's transit and "
                    + "the next request's before it may send again, three transits in all."
            ])
    }

    var findings: [String] {
        let printed = QuantumLeapArithmetic.bytesPerPoll / QuantumLeapArithmetic.bytesPerFrame
        func ratio(_ large: Double, _ small: Double) -> String {
            small > 0 ? "\(NumberText.significant(large / small)) to 1" : Readable.nothing
        }
        var sentences = [
            "The arithmetic gives all six printed numbers with a divisor of 1 048 576; in Mbit/s of "
                + "1 000 000 bits they are 4.9 % larger.",
            "A WebSocket message had \(NumberText.significant(frame.application)) B around it "
                + "where 2 are printed, at a payload of \(record.scenario.payloadBytes) B: "
                + (abs(frame.application - 2) < 0.05
                    ? "the claim holds." : "the claim does not hold for this payload."),
            "A poll took \(NumberText.fixed(poll.application, places: 0)) B where 871 are printed, "
                + "which were one browser's header fields of 2010: the order of magnitude "
                + (poll.application > 435 && poll.application < 1742
                    ? "agrees." : "depends on them (--headers)."),
        ]
        if let pollWire = poll.wire, let frameWire = frame.wire {
            sentences.append(
                "What is saved shrinks on the wire: \(ratio(printed, 1)) printed, "
                    + "\(ratio(poll.application, frame.application)) in this run, and "
                    + "\(ratio(pollWire, frameWire)) with TCP and IP, whose headers and "
                    + "acknowledgements the article leaves out and of which a small frame has as "
                    + "many as a small answer.")
        }
        return sentences
    }
}
