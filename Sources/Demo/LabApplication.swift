import LabServer
import Link
import Measurement
import Transports

/// The page of the lab and the orders that it gives.
///
/// Reads are answered to whoever asks. An order must be JSON by its Content-Type, which makes a
/// browser ask first before another site's page may send one (a preflight, WHATWG Fetch §3.3.6), and
/// that is never answered: only the lab's own page gives orders.
struct LabApplication: HostedApplication {
    /// What the paths of orders begin with.
    static let path = "/lab/"

    /// Laws that are kept: all lanes in both ways to connect, of two pages.
    private static let lawLimit = 32

    /// What can be asked for under `path`.
    private enum Endpoint: String, CaseIterable {
        case state, time, observed, law
        case settings, burst, cut, freeze, reset, blackhole, record, echo

        /// Whether something is posted there.
        var takesOrders: Bool {
            switch self {
            case .state, .time, .observed, .law: false
            case .settings, .burst, .cut, .freeze, .reset, .blackhole, .record, .echo: true
            }
        }
    }

    private let configuration: LabConfiguration
    private let board: LabSiteBoard
    private var settings: LabSettings
    private var faults: [LaneFaults]
    private var observations = Observations()
    /// What was worked out already: a page asks again whenever it draws.
    private var laws: [LabLaw: LawAnswer] = [:]
    /// What the next schedule is drawn from: each its own, so that a slider which is moved again and
    /// again does not begin with the same pause again and again.
    private var seed: UInt64 = 1

    init(_ configuration: LabConfiguration, board: LabSiteBoard) {
        self.configuration = configuration
        self.board = board
        settings = configuration.settings
        faults = LabSite.transports.map { _ in LaneFaults() }
    }

    var observes: Bool { true }

    mutating func observe(_ message: ObservedMessage) {
        observations.take(message)
    }

    mutating func lost(
        session: String, technique: String, _ reason: DisconnectReason, at moment: Instant
    ) {
        observations.lost(session: session, technique: technique, reason, at: moment)
    }

    mutating func held(_ backlogs: [(session: String, bytes: Int)]) {
        observations.hold(backlogs)
    }

    // MARK: - Requests

    mutating func answer(_ request: PlainRequest, _ host: inout ApplicationHost) -> HostedAnswer? {
        guard request.path.hasPrefix(Self.path) else {
            let name = request.path == "/" ? "index.html" : String(request.path.dropFirst())
            return Asset.answer(to: name, from: configuration.assets, host: request.host)
        }
        do throws(LabRefusal) {
            return try answer(try endpoint(of: request), request, &host)
        } catch {
            return error.answer
        }
    }

    private func endpoint(of request: PlainRequest) throws(LabRefusal) -> Endpoint {
        guard let endpoint = Endpoint(rawValue: String(request.path.dropFirst(Self.path.count)))
        else {
            let known = Endpoint.allCases.map { Self.path + $0.rawValue }.joined(separator: ", ")
            throw LabRefusal(
                status: 404, "There is nothing at this path.", remedy: "There are \(known).")
        }
        guard endpoint.takesOrders == (request.content != nil) else {
            throw LabRefusal(
                status: 405, "\(request.path) is \(endpoint.takesOrders ? "posted to" : "read").",
                remedy: endpoint.takesOrders ? "POST it as JSON." : "GET it.")
        }
        let type = request.contentType.prefix { $0 != ";" && $0 != " " }
        guard !endpoint.takesOrders || type == "application/json" else {
            throw LabRefusal(
                status: 415, "The order's Content-Type is \"\(type.prefix(80))\".",
                remedy: "Content-Type: application/json")
        }
        return endpoint
    }

    private mutating func answer(
        _ endpoint: Endpoint, _ request: PlainRequest, _ host: inout ApplicationHost
    ) throws(LabRefusal) -> HostedAnswer {
        let content = request.content ?? []
        switch endpoint {
        case .state: return .json(try state(host))
        case .time: return .json(["ns": host.now.nanoseconds])
        case .observed: return .json(try observed(LabQuery(request.query), host.now))
        case .law: return .json(try law(LabQuery(request.query), host.now))
        case .record: return try record(try .read(content), host.now)
        case .echo:
            _ = try EchoOrder.read(content)
            return EchoOrder.answer(to: request)
        case .settings: try change(try .read(content), &host)
        case .burst:
            let order = try BurstOrder.read(content)
            try order.check(payloadBytes: settings.payloadBytes)
            host.publishBurst(of: order.count, payloadBytes: settings.payloadBytes)
        case .cut, .freeze, .reset, .blackhole: try fault(endpoint, content, host.now)
        }
        return .json(try state(host))
    }

    private func site() throws(LabRefusal) -> LabSite {
        guard let site = board.site else {
            throw LabRefusal(
                status: 503, "The lanes are not open yet.", remedy: "Ask again in a moment.")
        }
        return site
    }

    // MARK: - What is asked

    private func state(_ host: ApplicationHost) throws(LabRefusal) -> LabState {
        let site = try site()
        let lanes = zip(site.lanes, faults).map { lane, faults in
            LabState.Lane(
                technique: lane.transport.id, title: lane.transport.title,
                summary: lane.transport.summary, port: lane.port, path: lane.transport.path,
                frozen: faults.isFrozen, blackholed: faults.isBlackholed,
                cutUntil: faults.cutUntil > host.now ? faults.cutUntil.nanoseconds : nil)
        }
        return LabState(
            version: configuration.tool.version, now: host.now.nanoseconds, newest: host.newest,
            settings: settings, lanes: lanes, rooms: site.rooms,
            isHalfDead: configuration.isHalfDead)
    }

    private mutating func observed(
        _ query: LabQuery, _ now: Instant
    ) throws(LabRefusal) -> ObservedAnswer {
        let page = try query.demand("page")
        let chosen = try query.text("lane")
        let site = try site()
        _ = try site.door(of: chosen)
        let account = observations.account(of: page, now: now)
        var lanes: [String: ObservedAnswer.Lane] = [:]
        for (lane, bytes) in zip(site.lanes, site.link.bytesOnTheirWay) {
            let transport = lane.transport
            lanes[transport.id] = ObservedAnswer.Lane(
                account: account.lanes[transport.id] ?? LaneAccount(), bytesOnTheirWay: bytes,
                showsExchange: transport.id == chosen)
        }
        return ObservedAnswer(now: now.nanoseconds, lanes: lanes)
    }

    private mutating func law(
        _ query: LabQuery, _ now: Instant
    ) throws(LabRefusal) -> LawAnswer {
        let name = try query.demand("technique")
        let door = try site().door(ofLane: name)
        let policy = try query.text("connection") ?? ConnectionPolicy.keepAlive.rawValue
        guard let connection = ConnectionPolicy(rawValue: policy) else {
            throw LabRefusal(
                "The query's connection is \"\(policy.prefix(40))\".", remedy: "keep-alive or close"
            )
        }
        let poll = try query.number("poll_ms", LabLaw.pollIntervals, or: 1000)
        let page = try query.text("page").map { observations.account(of: $0, now: now) }
        let law = LabLaw(
            transport: LabSite.transports[door], settings: settings, connection: connection,
            pollInterval: .nanoseconds(Int64(poll * 1e6)), shape: page?.lanes[name]?.shape)
        if let known = laws[law] { return known }
        if laws.count >= Self.lawLimit { laws = [:] }
        let answer = law.answer
        laws[law] = answer
        return answer
    }

    private mutating func record(
        _ order: RecordOrder, _ now: Instant
    ) throws(LabRefusal) -> HostedAnswer {
        try order.check()
        let record = try BrowserRecord(
            order: order, account: observations.account(of: order.page, now: now),
            settings: settings, configuration: configuration, now: now
        ).record()
        guard let text = try? record.encoded() else {
            throw LabRefusal(
                "The record cannot be written as JSON.", remedy: "Report it as a bug.")
        }
        return HostedAnswer(
            contentType: "application/json",
            fields: "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                + "Content-Disposition: attachment; filename=\"pushbench-lab.json\"\r\n",
            body: text)
    }

    // MARK: - Orders

    private mutating func change(
        _ change: LabSettings.Change, _ host: inout ApplicationHost
    ) throws(LabRefusal) {
        let site = try site()
        let (before, after) = (settings, try settings.with(change))
        settings = after
        if !after.publishesLike(before) {
            seed += 1
            host.follow(after.plan(start: host.now, seed: seed))
        }
        if after.hold != before.hold { host.setHold(after.hold) }
        if after.batchLimit != before.batchLimit { host.setBatchLimit(after.batchLimit) }
        if after.heartbeat != before.heartbeat { host.setHeartbeat(after.heartbeat) }
        if after.responseLimitBytes != before.responseLimitBytes {
            host.setResponseLimit(after.responseLimitBytes)
        }
        if after.link != before.link { site.link.set(after.link, door: nil) }
    }

    private mutating func fault(
        _ endpoint: Endpoint, _ content: [UInt8], _ now: Instant
    ) throws(LabRefusal) {
        let site = try site()
        switch endpoint {
        case .cut:
            let order = try CutOrder.read(content)
            let (door, duration) = (try site.door(of: order.lane), try order.duration())
            site.link.cut(door: door, for: duration)
            changeFaults(of: door) { $0.cutUntil = now + duration }
        case .freeze:
            let order = try SwitchOrder.read(content)
            let door = try site.door(of: order.lane)
            site.link.freeze(door: door, order.on)
            changeFaults(of: door) { $0.isFrozen = order.on }
        case .blackhole:
            let order = try SwitchOrder.read(content)
            let door = try site.door(of: order.lane)
            site.link.blackhole(door: door, order.on)
            changeFaults(of: door) { $0.isBlackholed = order.on }
        default:
            site.link.reset(door: try site.door(of: try ResetOrder.read(content).lane))
        }
    }

    private mutating func changeFaults(of door: Int?, _ body: (inout LaneFaults) -> Void) {
        for lane in faults.indices where door == nil || door == lane { body(&faults[lane]) }
    }
}
