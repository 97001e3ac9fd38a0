import Link
import Reactor
import Reporting
import Transports
import Wire

/// The rules about a proxy: from what was seen to what is said of it. None of them touches the system.
extension DoctorCheck {
    /// Everything that is to be said, in the order in which a request passes.
    static func proxy(_ seen: ProxyObservations, order: ProxyOrder) -> [DoctorCheck] {
        let reach = reach(seen.reach, at: order)
        guard seen.isReached else { return [reach] }
        let streams = seen.techniques.filter(\.isStream)
        let polls = seen.techniques.filter { !$0.isStream }
        return [reach, seen.host.map(host), version(seen.techniques)].compactMap(\.self)
            + seen.techniques.map(technique)
            + [
                compression(seen.techniques), chunks(streams), resumption(seen.techniques),
                seen.post.map(post), clientConnections(polls), serverConnections(polls),
            ].compactMap(\.self)
            + seen.silences.map(silence)
            + [seen.latency.map(latency)].compactMap(\.self)
    }

    // MARK: - The way there

    /// Whether the proxy is there and passes to the server's place.
    static func reach(_ answer: PlainAnswer, at order: ProxyOrder) -> DoctorCheck {
        func missing(_ found: String, _ remedy: String) -> DoctorCheck {
            DoctorCheck("reach", "reach", .missing, found, remedy: remedy)
        }
        switch answer {
        case .status(let code, arrived: true, let server):
            let name = server.map { ", by way of \($0)" } ?? ""
            return DoctorCheck(
                "reach", "reach", "GET /healthz came to \(order.place)\(name)",
                values: ["status": Double(code)])
        case .status(let code, arrived: false, let server):
            let who = server ?? "whoever listens there"
            return missing(
                "\(who) answers \(code) itself: nothing came to \(order.place)",
                remedy(forOwnAnswer: code, place: "\(order.place)"))
        case .silence(let arrived), .cut(let arrived):
            let how = if case .cut = answer { "it ends the connection" } else { "no answer in 5 s" }
            return missing(
                arrived
                    ? "the question came to \(order.place), but \(how)"
                    : "\(how), and nothing came to \(order.place)",
                arrived
                    ? "The proxy drops the answer: see its error log."
                    : "Let it pass to \(order.place), or say with --server where it does pass to. "
                        + ProxyAdvice.passing)
        case .broke(let reason):
            return missing(
                "what answers at \(order.url.authority) is not HTTP: \(reason)",
                "Give the port on which the proxy speaks plain HTTP.")
        case .unreachable(let error):
            return missing(
                "\(error)", "Start the proxy, or give the address and port that it listens on.")
        }
    }

    private static func remedy(forOwnAnswer code: Int, place: String) -> String {
        switch code {
        case 502, 503, 504:
            "It does not get through to the server, whose place the doctor takes at \(place): let it "
                + "pass there, or say with --server where it does pass to. A firewall, SELinux or a "
                + "container's own loopback may stand between. " + ProxyAdvice.passing
        case 300..<400:
            "It sends clients elsewhere: give the address that it sends them to, if that speaks plain "
                + "HTTP."
        case 421:
            "It does not know the name that it is asked by: give that with --host."
        case 200..<300:
            "It passes to another server, or answers from a cache: let it pass to \(place), or say "
                + "with --server where it does pass to. " + ProxyAdvice.passing
        default:
            "It does not pass this path on: check its rules for / and, if it serves several names, "
                + "--host. " + ProxyAdvice.passing
        }
    }

    /// Whether the server learns what host the client asked for.
    static func host(_ seen: HostObservation) -> DoctorCheck {
        let arrived = seen.arrived ?? "nothing"
        let isSame = seen.arrived == seen.asked
        let found = isSame ? "passed on: \(arrived)" : "\(seen.asked) arrives as \(arrived)"
        let origin = "http://\(seen.asked)"
        switch seen.answer {
        case .status(421, arrived: true, _):
            return DoctorCheck(
                "host", "Host", .missing,
                "\(found), a name that a server on loopback does not answer to (421)",
                remedy: isSame
                    ? "The server on loopback must be told its name: serve --allow-origin \(origin)."
                    : "\(ProxyAdvice.host) \(origin).")
        case .status(403, arrived: true, _):
            return DoctorCheck(
                "host", "Host", .missing,
                "\(found), so its own pages' WebSocket and POST are refused (403)",
                remedy: "\(ProxyAdvice.host) \(origin).")
        case .status(200..<400, arrived: true, _):
            guard !isSame else { return DoctorCheck("host", "Host", found) }
            return DoctorCheck(
                "host", "Host", "\(found); its pages are answered all the same")
        default:
            return DoctorCheck(
                "host", "Host", .missing, "a request with an Origin does not come through",
                remedy: "Let requests with an Origin field pass; the server judges them.")
        }
    }

    /// Whether the proxy speaks HTTP/1.1 to the server.
    static func version(_ techniques: [TechniqueObservation]) -> DoctorCheck? {
        let versions = techniques.compactMap { $0.arrived?.minorVersion }
        guard !versions.isEmpty else { return nil }
        guard versions.contains(0) else {
            return DoctorCheck("version", "requests", "arrive as HTTP/1.1")
        }
        return DoctorCheck(
            "version", "requests", .limited,
            "arrive as HTTP/1.0: no chunks, no upgrade, a connection for each",
            remedy: ProxyAdvice.version)
    }

    // MARK: - Techniques

    /// Whether a technique works through the proxy.
    static func technique(_ seen: TechniqueObservation) -> DoctorCheck {
        let values = [
            "published": Double(seen.published), "delivered": Double(seen.delivered),
            "slowest_ns": Double(seen.slowest), "held_bytes": Double(seen.held?.bytes ?? 0),
        ]
        func check(_ state: State, _ found: String, _ remedy: String?) -> DoctorCheck {
            DoctorCheck(
                seen.transport.id, seen.transport.title, state, found, remedy: remedy,
                values: values)
        }
        if let failure = seen.failure {
            return check(.missing, words(for: failure, seen), remedy(for: failure, seen))
        }
        if let held = seen.held {
            let amount = Readable.bytes(Double(held.bytes))
            let found =
                held.wasReleased
                ? "events are kept back until \(amount) have gathered"
                : "events are kept back: not one of \(amount) came"
            return check(.missing, found, ProxyAdvice.buffering)
        }
        guard seen.delivered == seen.published else {
            return check(
                .missing, "\(seen.delivered) of \(seen.published) events came within a second",
                seen.isStream ? ProxyAdvice.buffering : ProxyAdvice.query)
        }
        let slowest = Readable.duration(nanoseconds: Double(seen.slowest))
        let count = Readable.count(seen.delivered, "event")
        return check(.good, "\(count), each at once, the slowest after \(slowest)", nil)
    }

    private static func words(
        for failure: TechniqueObservation.Failure, _ seen: TechniqueObservation
    ) -> String {
        let what = seen.transport.id == "websocket" ? "the handshake" : "the request"
        switch failure {
        case .unreachable(let error): return "no connection: \(error)"
        case .status(let code):
            let loss = upgradeLoss(seen).map { ": \($0)" } ?? ""
            return "\(what) is answered \(code)\(loss)"
        case .broke(let error): return "the answer breaks a rule: \(error.reason)"
        case .ended:
            return "the connection ends after \(seen.delivered) of \(seen.published) events"
        case .silent:
            return seen.arrived == nil
                ? "\(what) does not arrive at the server"
                : "\(seen.delivered) of \(seen.published) events came within a second"
        }
    }

    /// What a WebSocket handshake lacked when it arrived; nil for what is none.
    private static func upgradeLoss(_ seen: TechniqueObservation) -> String? {
        guard seen.transport.id == "websocket", let arrived = seen.arrived else { return nil }
        if !arrived.lists("websocket", in: "upgrade") { return "it arrives without Upgrade" }
        if !arrived.lists("upgrade", in: "connection") {
            return "it arrives without Connection: upgrade"
        }
        return arrived.minorVersion == 0 ? "it arrives as HTTP/1.0" : nil
    }

    private static func remedy(
        for failure: TechniqueObservation.Failure, _ seen: TechniqueObservation
    ) -> String {
        if upgradeLoss(seen) != nil { return ProxyAdvice.upgrade }
        if seen.arrived != nil, !isCursorThere(seen) { return ProxyAdvice.query }
        let isWebSocket = seen.transport.id == "websocket"
        switch failure {
        case .status where seen.arrived == nil, .silent where seen.arrived == nil:
            return "The proxy answers or drops it itself: let \(seen.transport.path) pass. "
                + ProxyAdvice.passing
        case .status, .broke, .ended, .unreachable:
            return isWebSocket
                ? ProxyAdvice.upgrade
                : "See the proxy's error log for GET \(seen.transport.path)."
        case .silent:
            return seen.isStream ? ProxyAdvice.buffering : ProxyAdvice.query
        }
    }

    // MARK: - What was changed on the way

    /// Whether the proxy compresses what it passes on.
    static func compression(_ techniques: [TechniqueObservation]) -> DoctorCheck? {
        guard !techniques.isEmpty else { return nil }
        let compressed = techniques.filter { $0.encoding != nil }
        guard let coding = compressed.first?.encoding else {
            return DoctorCheck("compression", "compression", "none, though clients offer gzip")
        }
        let late = compressed.filter { !$0.isFlushed }.map(\.transport.title)
        guard late.isEmpty else {
            return DoctorCheck(
                "compression", "compression", .missing,
                "\(coding) of \(Readable.list(late)) keeps events back until a block is full",
                remedy: ProxyAdvice.compression)
        }
        let streams = compressed.filter(\.isStream).map(\.transport.title)
        guard !streams.isEmpty else {
            return DoctorCheck(
                "compression", "compression",
                "\(coding) of answers to polls, which does no harm but to byte counts")
        }
        return DoctorCheck(
            "compression", "compression", .limited,
            "\(coding) of \(Readable.list(streams)): at once, but with its state for each connection",
            remedy: ProxyAdvice.compression)
    }

    /// How streams are cut up for clients.
    static func chunks(_ streams: [TechniqueObservation]) -> DoctorCheck? {
        let answered = streams.filter { $0.works && $0.transport.id != "websocket" }
        guard !answered.isEmpty else { return nil }
        let bare = answered.filter { $0.framing != .chunked }.map(\.transport.title)
        guard bare.isEmpty else {
            return DoctorCheck(
                "chunks", "chunks", .limited,
                "\(Readable.list(bare)): no chunks but bytes until the connection ends",
                remedy: ProxyAdvice.closing)
        }
        let events = answered.reduce(0) { $0 + $1.burst }
        let chunks = answered.reduce(0) { $0 + $1.burstChunks }
        let values = ["events": Double(events), "chunks": Double(chunks)]
        let found =
            switch chunks {
            case events: "one for each of \(events) events published at once, as the server has it"
            case ..<events: "\(events) events published at once came in \(chunks): merged, harmless"
            default: "\(events) events published at once came in \(chunks): cut up, harmless"
            }
        return DoctorCheck("chunks", "chunks", found, values: values)
    }

    /// Whether clients can resume.
    static func resumption(_ techniques: [TechniqueObservation]) -> DoctorCheck? {
        let asked = techniques.filter { $0.arrived != nil }
        guard !asked.isEmpty else { return nil }
        let lost = asked.filter { !isCursorThere($0) || ($0.works && !$0.isResumed) }
        guard !lost.isEmpty else {
            return DoctorCheck(
                "resumption", "resumption", "the query and Last-Event-ID are passed on")
        }
        let fieldIsLost = lost.contains { $0.transport.id == "sse" }
        let queryIsLost = lost.contains { $0.transport.id != "sse" }
        let what =
            fieldIsLost
            ? queryIsLost ? "the query and Last-Event-ID" : "Last-Event-ID"
            : "the query"
        return DoctorCheck(
            "resumption", "resumption", .missing,
            "\(what) does not arrive: what happens between two requests is lost for "
                + Readable.list(lost.map(\.transport.title)),
            remedy: [
                queryIsLost ? ProxyAdvice.query : nil, fieldIsLost ? ProxyAdvice.lastEventID : nil,
            ].compactMap(\.self).joined(separator: " "))
    }

    private static func isCursorThere(_ seen: TechniqueObservation) -> Bool {
        guard let arrived = seen.arrived else { return false }
        if seen.transport.id == "sse" {
            return arrived.value(of: "last-event-id") == "\(seen.cursor)"
        }
        let query = arrived.target.dropFirst(arrived.path.count + 1)
        return query.split(separator: "&").contains("since=\(seen.cursor)")
    }

    /// Whether events can be published through it.
    static func post(_ answer: PlainAnswer) -> DoctorCheck {
        if case .status(200..<300, arrived: true, _) = answer {
            return DoctorCheck("post", "POST", "POST /events is passed on, with its content")
        }
        if case .status(300..<400, arrived: false, _) = answer {
            return DoctorCheck(
                "post", "POST", .limited, "POST /events is sent elsewhere by the proxy",
                remedy: ProxyAdvice.redirect)
        }
        let found =
            switch answer {
            case .status(let code, let arrived, _):
                "POST /events is answered \(code)\(arrived ? "" : " and does not arrive")"
            case .silence, .cut, .broke, .unreachable: "POST /events is not answered"
            }
        return DoctorCheck("post", "POST", .limited, found, remedy: ProxyAdvice.post)
    }
}
