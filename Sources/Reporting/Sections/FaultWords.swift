import Measurement

/// What the rows of a fault say in sentences. No technique is known by its name: who noticed what
/// follows from the figures.
struct FaultWords {
    let rows: [FaultRow]

    var sentences: [String] {
        tier + unnoticed + noticed + oneSided + server + stalled + held + recovery + losses + theory
    }

    /// Under which name a row is spoken of.
    private func name(_ row: FaultRow) -> String {
        "\(row.transport) (\(row.hasHeartbeat ? "heartbeat \(row.heartbeat)" : "no heartbeat"))"
    }

    /// The techniques of some rows, each once; "everybody" when it is true of all.
    private func names(_ some: [FaultRow], among all: [FaultRow]) -> String {
        let names = unique(some.map(\.transport))
        return names.count == unique(all.map(\.transport)).count && names.count > 2
            ? "all techniques" : Readable.list(names)
    }

    private func unique(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// "10.0 s", or nothing for a fault that did not last.
    private var length: String {
        Readable.duration(nanoseconds: rows[0].lengthNanoseconds)
    }

    private var heartbeatless: [FaultRow] { rows.filter { !$0.hasHeartbeat } }

    // MARK: - Who noticed

    /// What the means of the fault take from the figures.
    private var tier: [String] {
        guard rows.contains(where: { !$0.isOnWire }) else { return [] }
        return [
            "On this link packets cannot be dropped, so the clients held back above TCP what was on "
                + "its way: the kernels went on acknowledging, and nothing can be said of what the "
                + "server would have noticed or held."
        ]
    }

    private var unnoticed: [String] {
        let all = heartbeatless
        let silent = all.filter { !$0.isNoticedInTime && !$0.isNoticedByServerInTime }
        guard rows[0].kind.lasts, !silent.isEmpty else { return [] }
        let both = silent.count == all.count ? "neither side of any technique" : nil
        let subject = both ?? "neither side of \(names(silent, among: all))"
        return [
            "Without heartbeats \(subject) noticed anything in \(length): whoever only listens "
                + "cannot tell silence from death, and TCP waits for as long as it is let."
        ]
    }

    private var noticed: [String] {
        guard rows[0].kind.lasts else {
            return [
                "A reset needs no heartbeat: it is told to either side as it happens, and who comes "
                    + "back with a cursor has what it missed."
            ]
        }
        let timely = rows.filter { $0.hasHeartbeat && $0.isNoticedInTime }
        let settings = unique(timely.map(\.heartbeat))
        return settings.compactMap { setting in
            let own = timely.filter { $0.heartbeat == setting }
            let times = own.compactMap { $0.clientNoticed?.median }
            guard let first = times.min(), let last = times.max() else { return nil }
            let span = [first, last].map(EventTimes.seconds)
            let patience = Int64(
                Double(own[0].heartbeatNanoseconds) * FaultOrder.missedHeartbeats)
            return "With a heartbeat of \(setting), clients of \(names(own, among: rows)) noticed "
                + "after \(span[0] == span[1] ? span[0] : "\(span[0]) to \(span[1])") (the median "
                + "client of each); 2.5 heartbeats are \(EventTimes.seconds(patience))."
        }
    }

    /// Where the server gave up and its clients went on waiting for what would never come.
    private var oneSided: [String] {
        let rows = rows.filter { row in
            row.hasHeartbeat && row.isNoticedByServerInTime && !row.isNoticedInTime
        }
        guard !rows.isEmpty, rows[0].kind != .stall else { return [] }
        let last = rows.compactMap { $0.clientNoticed?.last }.max()
        let wait = last.map { ", the last after \(EventTimes.seconds($0))" } ?? ""
        return [
            "The server gave up connections of \(names(rows, among: self.rows)) whose clients went on "
                + "waiting\(wait): who waits for the answer to a held poll may hear nothing for as long "
                + "as its hold time, unless the question was still on its way and is now answered with "
                + "a reset. A shorter --hold is a long poll's heartbeat."
        ]
    }

    private var server: [String] {
        guard rows[0].kind.lasts, rows[0].kind != .freezeServer else {
            return rows[0].kind.lasts
                ? [
                    "A process that is stopped looks alive to TCP: its kernel acknowledges and even "
                        + "accepts connections. Only something that the process itself has to say "
                        + "shows the difference."
                ] : []
        }
        let late = rows.filter {
            $0.isOnWire && $0.hasHeartbeat && !$0.isNoticedByServerInTime
        }
        guard !late.isEmpty, rows[0].kind == .blackhole else { return [] }
        return [
            "The server did not notice in time with \(Readable.list(late.map(name)))."
        ]
    }

    private var stalled: [String] {
        guard rows[0].kind == .stall else { return [] }
        let noticed = rows.filter(\.isNoticedByServerInTime)
        let reasons = noticed.reduce(into: [String: Int]()) {
            $0.merge($1.reasons, uniquingKeysWith: +)
        }
        var sentence =
            "A client that does not read goes on acknowledging until its kernel's buffer is full (2 KiB "
            + "here); after that its window stays closed"
        if reasons["dead"] != nil {
            sentence +=
                ", and TCP_USER_TIMEOUT counts the time for which probes into it were in vain"
        }
        if reasons["slow-reader"] != nil {
            sentence += "; the backlog limit ended what was too far behind"
        } else {
            sentence += "; the backlog limit was not reached"
        }
        let asleep = noticed.compactMap { $0.clientNoticed?.first }
        guard !noticed.isEmpty else { return [sentence + "."] }
        let awake =
            asleep.isEmpty ? "" : "; their clients found out when they read again"
        return [
            sentence + ".",
            "The server gave up connections of \(names(noticed, among: rows))\(awake).",
        ]
    }

    // MARK: - What piled up, and what came of it

    private var held: [String] {
        let figures = rows.compactMap { row in row.held.map { (row: row, held: $0) } }
        guard rows[0].kind.lasts, rows[0].isOnWire,
            let most = figures.max(by: { $0.held.mean < $1.held.mean }), most.held.mean >= 1
        else { return [] }
        let least = figures.filter { $0.row.hasHeartbeat }.min { $0.held.mean < $1.held.mean }
        var sentence =
            "The server held most for \(name(most.row)): \(Readable.bytes(most.held.mean.rounded())) a "
            + "connection as the fault ended"
        if let least, least.held.mean * 10 < most.held.mean {
            sentence +=
                "; a server that notices holds next to nothing "
                + "(\(name(least.row)): \(Readable.bytes(least.held.mean.rounded())))"
        }
        return [sentence + "."]
    }

    private var recovery: [String] {
        let back = rows.compactMap { row in row.recovered.map { (row: row, last: $0.last) } }
        guard let fastest = back.min(by: { $0.last < $1.last }),
            let slowest = back.max(by: { $0.last < $1.last })
        else { return [] }
        let end = rows[0].kind.lasts ? "end" : "reset"
        let (early, late) = (EventTimes.seconds(fastest.last), EventTimes.seconds(slowest.last))
        guard back.count > 1, Double(slowest.last) >= Double(fastest.last) * Self.notable else {
            return ["Everybody had everything again \(late) after the \(end) at the latest."]
        }
        return [
            "The last client of \(name(fastest.row)) had everything again \(early) after the \(end), "
                + "that of \(name(slowest.row)) \(late) after it."
        ] + backingOff
    }

    /// Times that differ by less are not told apart.
    private static let notable = 1.5

    /// Without heartbeats a connection lives on, and its sender is the one who tries again.
    private var backingOff: [String] {
        let waiting = rows.filter { row in
            !row.hasHeartbeat && row.kind == .blackhole && row.isOnWire && row.clientNoticed == nil
                && row.recovered.map { $0.last >= 1_000_000_000 } == true
        }
        guard !waiting.isEmpty else { return [] }
        return [
            "Without heartbeats \(names(waiting, among: heartbeatless)) came back only when TCP next "
                + "sent again, which it puts off twice as long each time: up to as long after the end "
                + "as the fault had lasted."
        ]
    }

    private var losses: [String] {
        let faulty = rows.filter { !$0.isWhole }
        guard !faulty.isEmpty else {
            return [
                "Nobody lost an event: each client came back with its cursor, or had never left, and "
                    + "was told what it had missed."
            ]
        }
        return faulty.map { row in
            let missing = row.clients - (row.recovered?.count ?? 0)
            let away =
                missing > 0
                ? ["\(Readable.count(missing, "client")) did not recover"] : []
            let lost =
                row.undelivered > 0
                ? ["\(Readable.count(row.undelivered, "event")) did not arrive"] : []
            return "\(name(row)): \(Readable.list(away + lost))."
        }
    }

    /// Why this section stands where theory usually does.
    private var theory: [String] {
        [
            "Theory is n/a for these rounds: connections failed on purpose, and what was due meanwhile "
                + "is late by nature."
        ]
    }
}
