import Link
import Measurement
import Reactor
import Reporting
import Transports
import Wire

/// What a proxy does with each technique, found out by taking both ends: clients in front of it, the
/// server behind it.
struct ProxyCheckup: Encodable {
    /// What was looked with.
    let tool = ToolVersion.current
    /// The proxy.
    let through: String
    /// The server's place behind it.
    let server: String
    /// Whether every technique works through it.
    let ok: Bool
    /// The checks, in the order in which a request passes.
    let checks: [DoctorCheck]

    private enum CodingKeys: String, CodingKey {
        case tool
        case through
        case server
        case ok
        case checks
    }

    init(_ order: ProxyOrder, checks: [DoctorCheck]) {
        through = order.url.description
        server = order.place.description
        self.checks = checks
        ok = !checks.contains { $0.state == .missing }
    }

    /// Looks at the proxy; `progress` is told what is being done.
    ///
    /// - Throws: `LoadError` when the server's place is taken, `ProxyStand.Interrupted`.
    static func perform(
        _ order: ProxyOrder, isInterrupted: @escaping () -> Bool = { false },
        progress: (String) -> Void = { _ in }
    ) throws -> ProxyCheckup {
        let stand = try ProxyStand(order, isInterrupted: isInterrupted)
        let seen = try observe(stand, progress: progress)
        return ProxyCheckup(order, checks: DoctorCheck.proxy(seen, order: order))
    }

    private static func observe(
        _ stand: ProxyStand, progress: (String) -> Void
    ) throws -> ProxyObservations {
        progress("reach")
        var seen = ProxyObservations(reach: try stand.askForHealth())
        guard seen.isReached else { return seen }
        seen.host = try stand.askAsPage()
        if case .status(200..<400, arrived: true, _) = seen.host?.answer {
        } else {
            // Whoever hides the host may pass the rest on well.
            try stand.trustEverybody()
        }
        for transport in Transport.all where transport.isHTTP {
            progress(transport.title)
            seen.techniques.append(try stand.observe(transport))
        }
        progress("POST")
        seen.post = try stand.post()
        let working = seen.techniques.filter(\.works).map(\.transport)
        let silent = working.filter { ["long-polling", "sse", "websocket"].contains($0.id) }
        if !silent.isEmpty {
            seen.silences = try stand.keepSilent(silent) { left in
                progress("silence · \(Int(left.seconds.rounded(.up))) s left")
            }
        }
        if let measured = best(for: working) {
            seen.latency = try stand.measureLatency(of: measured) { count in
                progress("latency · \(count) events")
            }
        }
        return seen
    }

    /// What latency is measured with: a stream if one works.
    private static func best(for working: [Transport]) -> Transport? {
        let order = ["sse", "websocket", "http-streaming", "forever-iframe", "long-polling"]
        return order.lazy.compactMap { id in working.first { $0.id == id } }.first
    }

    /// The findings as a table, the remedies below it, and whether everything works.
    func text(color: Bool) -> String {
        let missing = checks.filter { $0.state == .missing }.map(\.title)
        let limited = checks.filter { $0.state == .limited }.count
        let verdict =
            !missing.isEmpty
            ? "Not everything works through \(through): see \(Readable.list(missing))."
            : limited == 0
                ? "Every technique works through \(through)."
                : "Every technique works through \(through); "
                    + "\(Readable.count(limited, "thing is", "things are")) not as good as could be."
        return DoctorCheck.text(of: checks, color: color) + verdict + "\n"
    }
}
