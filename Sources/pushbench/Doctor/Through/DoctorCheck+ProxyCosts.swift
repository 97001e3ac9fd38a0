import Link
import Measurement
import Reporting
import Transports

/// The rules about what a proxy makes dearer: connections, silence, time.
extension DoctorCheck {
    // MARK: - Connections

    /// Whether polls of a client share a connection to the proxy.
    static func clientConnections(_ polls: [TechniqueObservation]) -> DoctorCheck? {
        connections(
            polls, "keep-alive-client", "connections to proxy", counting: \.connections,
            remedy: ProxyAdvice.clientConnections)
    }

    /// Whether polls share a connection from the proxy to the server.
    static func serverConnections(_ polls: [TechniqueObservation]) -> DoctorCheck? {
        connections(
            polls, "keep-alive-server", "connections to server", counting: \.serverConnections,
            remedy: ProxyAdvice.serverConnections)
    }

    /// Judges by techniques that worked: what failed says nothing about connections that are kept.
    private static func connections(
        _ polls: [TechniqueObservation], _ id: String, _ title: String,
        counting: KeyPath<TechniqueObservation, Int>, remedy: String
    ) -> DoctorCheck? {
        let working = polls.filter(\.works)
        guard !working.isEmpty else { return nil }
        let requests = working.reduce(0) { $0 + $1.requests }
        let connections = working.reduce(0) { $0 + $1[keyPath: counting] }
        let found =
            "\(Readable.count(requests, "poll")) on \(Readable.count(connections, "connection"))"
        let values = ["polls": Double(requests), "connections": Double(connections)]
        // One for each technique's client, and one more where a kept connection ran out.
        guard connections > 2 * working.count else {
            return DoctorCheck(id, title, found, values: values)
        }
        return DoctorCheck(
            id, title, .limited, "\(found): it costs a handshake for each",
            remedy: remedy, values: values)
    }

    // MARK: - Silence

    /// How long `serve` is silent at most by default: a poll is held for 25 s, a stream says after
    /// 15 s that it is there.
    private static func need(_ seen: SilenceObservation) -> Duration {
        seen.transport.server.stream == nil ? .seconds(25) : .seconds(15)
    }

    /// Who ends connections on which nothing is said.
    static func silence(_ seen: SilenceObservation) -> DoctorCheck {
        let id = "silence-\(seen.transport.id)"
        let title = "silence: \(seen.transport.title)"
        let idle = Readable.duration(nanoseconds: Double(seen.idle.nanoseconds))
        guard let cut = seen.cutAfter else {
            guard seen.cameAfter else {
                return DoctorCheck(
                    id, title, .missing,
                    "stands \(idle), but the event after it does not come",
                    remedy: ProxyAdvice.silence(after: seen.idle))
            }
            return DoctorCheck(
                id, title, "stands \(idle), and the event after it comes",
                values: ["idle_ns": Double(seen.idle.nanoseconds)])
        }
        let after = Readable.duration(nanoseconds: Double(cut.nanoseconds))
        let how = seen.status.map { "answered \($0)" } ?? "cut off"
        let isTooSoon = cut < need(seen)
        let reach =
            isTooSoon
            ? "sooner than serve speaks by default"
            : "later than serve speaks by default"
        return DoctorCheck(
            id, title, isTooSoon ? .missing : .limited, "\(how) after \(after), \(reach)",
            remedy: ProxyAdvice.silence(after: cut),
            values: [
                "idle_ns": Double(seen.idle.nanoseconds), "cut_after_ns": Double(cut.nanoseconds),
            ])
    }

    // MARK: - Latency

    /// What a proxy on the same machine or next door may add at the median; one hop through nginx
    /// takes some 50 µs.
    private static let bearableAddition = 5e6

    /// What the proxy adds to an event's latency.
    static func latency(_ seen: LatencyObservation) -> DoctorCheck {
        let direct = seen.direct.map(Double.init)
        let through = seen.through.map(Double.init)
        guard let d50 = Statistics.quantile(0.5, of: direct),
            let d99 = Statistics.quantile(0.99, of: direct),
            let t50 = Statistics.quantile(0.5, of: through),
            let t99 = Statistics.quantile(0.99, of: through)
        else {
            return DoctorCheck(
                "latency", "latency", .limited, "not measured: no event came",
                remedy: "See \(seen.transport.title) above.")
        }
        func pair(_ p50: Double, _ p99: Double) -> String {
            "\(Readable.duration(nanoseconds: p50)) (p99 \(Readable.duration(nanoseconds: p99)))"
        }
        let found =
            "\(pair(t50, t99)) through it, \(pair(d50, d99)) past it; "
            + "\(Readable.count(min(direct.count, through.count), "event")) each"
        let values = [
            "direct_p50_ns": d50, "direct_p99_ns": d99, "through_p50_ns": t50,
            "through_p99_ns": t99, "round_trip_ns": Double(seen.roundTrip ?? 0),
        ]
        guard t50 - d50 > bearableAddition else {
            return DoctorCheck("latency", "latency", found, values: values)
        }
        let way = seen.roundTrip.map {
            " The way to it and back takes \(Readable.duration(nanoseconds: Double($0)))."
        }
        return DoctorCheck(
            "latency", "latency", .limited, found, remedy: ProxyAdvice.latency + (way ?? ""),
            values: values)
    }
}
