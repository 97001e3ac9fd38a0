import Measurement

/// Half-dead peers: what a fault did to each technique, a row for each setting of the heartbeat.
enum FaultSection {
    static func section(for contenders: [Contender]) -> Section? {
        let rows = contenders.compactMap { FaultRow($0) }
        guard let first = rows.first else { return nil }
        var table = TextTable(columns: [
            .init("transport", .left), .init("heartbeat"), .init("clients noticed"),
            .init("server noticed"), .init("why", .left),
            .init("held/conn"), .init("recovered"), .init("reconnects"), .init("lost"),
        ])
        for row in rows {
            table.append(row.cells)
        }
        return Section(
            title: "Half-dead peers: \(first.kind.words)\(lasting(first))", table: table,
            notes: FaultWords(rows: rows).sentences, legend: legend)
    }

    private static func lasting(_ row: FaultRow) -> String {
        guard row.kind.lasts, row.lengthNanoseconds > 0 else { return "" }
        return " for \(Readable.duration(nanoseconds: row.lengthNanoseconds))"
    }

    private static let legend =
        "Noticed: the median client or connection, and the last; from the beginning of the fault. "
        + "Recovered: from its end until a client had heard again and had everything; the median "
        + "and the last. Held: by server and kernel as it ended, on average and at most. Why: dead, "
        + "nothing acknowledged for 2.5 heartbeats; lost, reset; slow-reader, too far behind."
}

extension RunRecord {
    /// Whether connections failed on purpose. Latency, bytes and packets then say only that they did,
    /// and reports leave them to the record.
    var hasFaults: Bool { results.contains { $0.fault != nil } }
}

/// One technique under one heartbeat: its rounds, worst where they differ.
struct FaultRow {
    /// The technique, without the heartbeat.
    let transport: String
    let kind: FaultKind
    let means: String
    let lengthNanoseconds: Double
    let heartbeatNanoseconds: Int64
    let clients: Int
    let clientNoticed: EventTimes?
    let serverNoticed: EventTimes?
    let reasons: [String: Int]
    let held: HeldBytes?
    let recovered: EventTimes?
    let reconnects: Int
    let undelivered: Int
    let duplicate: Int

    /// nil for a technique that nothing was done to.
    init?(_ contender: Contender) {
        let results = contender.rounds
        let faults = results.compactMap(\.fault)
        guard let first = faults.first else { return nil }
        transport = results[0].transport
        kind = first.kind
        means = first.means
        lengthNanoseconds = Double(first.lengthNanoseconds)
        heartbeatNanoseconds = first.heartbeatNanoseconds
        clients = faults.reduce(0) { $0 + $1.clients }
        clientNoticed = EventTimes(merging: faults.compactMap(\.clientNoticed))
        serverNoticed = EventTimes(merging: faults.compactMap(\.serverNoticed))
        reasons = faults.reduce(into: [:]) { $0.merge($1.serverReasons, uniquingKeysWith: +) }
        let helds = faults.compactMap(\.held)
        held = helds.max { $0.most < $1.most }
        recovered = EventTimes(merging: faults.compactMap(\.recovered))
        reconnects = contender.sum(\.reconnects)
        undelivered = contender.sum(\.deliveries.undelivered)
        duplicate = contender.sum(\.deliveries.duplicate)
    }

    /// Whether a link below TCP did it, so that both kernels had to do with it.
    var isOnWire: Bool { kind != .blackhole || means != "client" }

    var hasHeartbeat: Bool { heartbeatNanoseconds > 0 }

    /// Whether every client is back.
    var isWhole: Bool { recovered?.count == clients && undelivered == 0 }

    /// Whether some client noticed while the fault lasted.
    var isNoticedInTime: Bool {
        clientNoticed.map { Double($0.first) <= max(lengthNanoseconds, 1e9) } ?? false
    }

    /// Whether the server noticed while the fault lasted.
    var isNoticedByServerInTime: Bool {
        serverNoticed.map { Double($0.first) <= max(lengthNanoseconds, 1e9) } ?? false
    }

    var heartbeat: String {
        hasHeartbeat ? Readable.duration(nanoseconds: Double(heartbeatNanoseconds)) : "none"
    }

    var cells: [TextTable.Cell] {
        let why = reasons.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let isBack = recovered?.count == clients
        return [
            .init(transport), .init(heartbeat),
            client,
            server, .init(why.isEmpty ? Readable.nothing : why.joined(separator: ", ")),
            isOnWire
                ? .init(held.map(\.text) ?? Readable.nothing) : .init("n/a", .faint),
            recovered.map { .init($0.text, isBack ? .plain : .bad) } ?? .init("nobody", .bad),
            .init(Readable.count(reconnects)),
            .init(Readable.count(undelivered), undelivered > 0 ? .bad : .good),
        ]
    }

    private var client: TextTable.Cell {
        guard let clientNoticed else { return .init("nobody", .doubtful) }
        guard clientNoticed.count < clients else { return .init(clientNoticed.text) }
        return .init(
            "\(clientNoticed.text) (\(Readable.count(clientNoticed.count)) of "
                + "\(Readable.count(clients)))")
    }

    private var server: TextTable.Cell {
        if let serverNoticed { return .init(serverNoticed.text) }
        // What the clients hold back above TCP, the kernels have exchanged; and who is stopped does
        // not notice anything.
        if !isOnWire || kind == .freezeServer { return .init("n/a", .faint) }
        return .init("did not", .doubtful)
    }
}

extension EventTimes {
    /// The worst of several rounds: the median of the slowest, the last of all.
    fileprivate init?(merging times: [EventTimes]) {
        guard let slowest = times.max(by: { $0.median < $1.median }) else { return nil }
        self.init(
            count: times.reduce(0) { $0 + $1.count }, first: times.map(\.first).min() ?? 0,
            median: slowest.median, last: times.map(\.last).max() ?? 0)
    }

    /// `2.51 s, last 2.62 s`; one figure where both are the same.
    fileprivate var text: String {
        let (middle, end) = (Self.seconds(median), Self.seconds(last))
        return middle == end ? middle : "\(middle), last \(end)"
    }

    /// From a second on, hundredths suffice: what is below is the machine.
    static func seconds(_ nanoseconds: Int64) -> String {
        nanoseconds >= 1_000_000_000
            ? NumberText.fixed(Double(nanoseconds) / 1e9, places: 2) + " s"
            : Readable.duration(nanoseconds: Double(nanoseconds))
    }
}

extension HeldBytes {
    fileprivate var text: String {
        let (middle, end) = (Readable.bytes(mean.rounded()), Readable.bytes(Double(most)))
        return middle == end ? middle : "\(middle), most \(end)"
    }
}

extension FaultKind {
    /// What was done, as a heading says it.
    fileprivate var words: String {
        switch self {
        case .blackhole: "every packet dropped"
        case .stall: "clients that did not read"
        case .reset: "every connection reset"
        case .freezeServer: "the server's process stopped"
        }
    }
}
