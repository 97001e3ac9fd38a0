import FoundationEssentials
import LabServer
import Link
import LoadGen
import Measurement
import Reactor
import Transports
import Wire

extension Command {
    /// `pushbench serve`.
    static let serve = Command(
        spec: CommandSpec(
            "serve", summary: "Serve one event source through every technique.",
            discussion: """
                Events are published at --rate, or are lines of JSON from --source, or come from
                outside by POST /events. Each is delivered through every technique:

                  GET /events/TECHNIQUE   (see pushbench list), raw TCP on a port of its own
                  POST /events            publishes; the content is the event's data
                  GET / /healthz /metrics

                A client resumes with ?since=ID or Last-Event-ID. SIGINT and SIGTERM end every
                conversation properly.
                """,
            options: ServeCommand.options,
            examples: [
                .init(
                    command: "pushbench serve --rate 2", note: "Two events a second on port 8080:"),
                .init(
                    command: "tail -f app.ndjson | pushbench serve --source -",
                    note: "The lines of another program, as they come:"),
            ]),
        run: { try ServeCommand($0).run() })
}

/// One server from its start to its end: the loops do the work, this thread listens to signals,
/// orders and its source.
struct ServeCommand {
    private enum Token {
        static let signals: UInt64 = 0
        static let notices: UInt64 = 1
        static let input: UInt64 = 2
    }

    private let arguments: ParsedArguments
    let configuration: ServerConfiguration

    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        configuration = try Self.configuration(arguments)
    }

    private static func configuration(
        _ arguments: ParsedArguments
    ) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        let host = arguments.text("address")
        guard let address = SocketAddress(host, port: UInt16(arguments.count("port"))) else {
            throw arguments.error(
                "--address \(host) is not an IP address", remedy: "127.0.0.1, 0.0.0.0 or [::1]")
        }
        configuration.address = address
        configuration.rawPort = UInt16(arguments.count("raw-port"))
        configuration.loops = arguments.count("loops")
        configuration.processor = arguments.countIfAny("processor")
        configuration.settings.hold = arguments.duration("hold")
        configuration.settings.batchLimit = arguments.count("batch")
        if arguments.flag("no-batch") {
            guard !arguments.isGiven("batch") else {
                throw arguments.error(
                    "--no-batch and --batch exclude each other", remedy: "give one of them")
            }
            configuration.settings.batchLimit = 1
        }
        configuration.wasteOfDelivery = arguments.duration("slow-delivery")
        configuration.usesNagle = arguments.flag("nagle")
        configuration.splitsAnswers = arguments.flag("two-writes")
        configuration.settings.limits.headBytes = arguments.size("max-head")
        configuration.settings.limits.targetBytes = min(
            configuration.settings.limits.targetBytes, arguments.size("max-head"))
        configuration.settings.limits.bodyBytes = arguments.size("max-body")
        configuration.settings.inboundLimit = arguments.size("max-frame")
        configuration.settings.deflates = try arguments.deflates()
        configuration.settings.echoes = arguments.flag("echo")
        configuration.logLimits.events = arguments.count("log-events")
        configuration.logLimits.bytes = arguments.size("log-bytes")
        configuration.heartbeat = try heartbeat(arguments)
        configuration.deadAfter = try deadAfter(arguments)
        configuration.responseLimit = arguments.size("response-limit")
        configuration.backlogLimit = arguments.size("backlog")
        // Only who controls the server can ask for them.
        configuration.keepsLosses = arguments.flag("control")
        configuration.totalBacklogLimit = arguments.size("total-backlog")
        configuration.slowReaderPolicy =
            SlowReaderPolicy(rawValue: arguments.choice("slow-readers")) ?? .disconnect
        configuration.connectionLimit = arguments.count("max-connections")
        configuration.requestTimeout = arguments.duration("request-timeout")
        configuration.idleTimeout = arguments.duration("idle-timeout")
        try secure(&configuration, arguments)
        return configuration
    }

    /// How often silent streams say that they are there; more than a hundred times a second would be
    /// a load of its own.
    private static func heartbeat(_ arguments: ParsedArguments) throws -> Duration {
        let heartbeat = arguments.duration("heartbeat")
        guard heartbeat == .zero || heartbeat >= .milliseconds(10) else {
            throw arguments.error(
                "--heartbeat \(Units.text(of: heartbeat)) is out of range",
                remedy: "write 0s for never, or 10ms to 1h")
        }
        return heartbeat
    }

    /// How long a client may acknowledge nothing. Below 300 ms one lost segment, which
    /// the kernel sends again after 200 ms, would be taken for death.
    private static func deadAfter(_ arguments: ParsedArguments) throws -> Duration {
        let limit = arguments.duration("dead-after")
        guard limit == .zero || limit >= .milliseconds(300) else {
            throw arguments.error(
                "--dead-after \(Units.text(of: limit)) is out of range",
                remedy: "write 0s for never, or 300ms to 24h")
        }
        return limit
    }

    func run() throws -> ExitCode {
        let signals = try SignalWatch()
        _ = OpenFileLimit.raise()
        let lines = try sourceLines()
        let server = try open()
        try announce(server)
        startPublishing(on: server, lines)

        var poller = try Poller(capacity: 8)
        try poller.add(signals.descriptor, .readable, token: Token.signals)
        try poller.add(server.notices.descriptor, .readable, token: Token.notices)
        var input = LineReader(descriptor: 0)
        if readsInput {
            do {
                try poller.add(0, .readable, token: Token.input)
            } catch {
                throw arguments.error(
                    "standard input is neither a pipe nor a terminal",
                    remedy: "give the file to --source by name")
            }
        }
        var failure: SystemError?
        loop: while true {
            let ready = try poller.wait(until: nil)
            for index in 0..<ready {
                switch poller[index].token {
                case Token.signals:
                    if signals.take() != nil { break loop }
                case Token.notices:
                    for notice in server.notices.drain() {
                        if case .failed(let error) = notice { failure = error }
                        try tell(notice)
                    }
                    if failure != nil { break loop }
                default:
                    for line in input.read() { try take(line, server) }
                    if input.hasEnded {
                        if arguments.flag("control") { break loop }
                        poller.remove(0)
                    }
                }
            }
        }
        _ = server.stop()
        if let failure { throw failure }
        return .fine
    }

    private func open() throws -> LabServer {
        do throws(SystemError) {
            return try LabServer(configuration)
        } catch {
            guard error.isAddressInUse else { throw error }
            throw LoadError("\(error); stop what listens there, or give other ports (0 takes any)")
        }
    }

    private var readsInput: Bool {
        arguments.flag("control") || arguments.pathIfAny("source") == "-"
    }

    // MARK: - What is published

    /// The lines of a source file, checked before anything starts.
    private func sourceLines() throws -> [[UInt8]]? {
        guard let path = arguments.pathIfAny("source"), path != "-" else { return nil }
        guard let content = try? Data(contentsOf: URL(filePath: path)) else {
            throw arguments.error("--source \(path) cannot be read", remedy: "check the path")
        }
        var lines: [[UInt8]] = []
        for (index, line) in Array(content).split(separator: .lineFeed).enumerated() {
            let bytes = Array(line)
            guard let json = JSONText.singleLine(bytes.span) else {
                throw arguments.error(
                    "line \(index + 1) of --source \(path) is not JSON",
                    remedy: "write one JSON value a line")
            }
            lines.append(json)
        }
        guard !lines.isEmpty else {
            throw arguments.error(
                "--source \(path) is empty", remedy: "write one JSON value a line")
        }
        return lines
    }

    private func startPublishing(on server: LabServer, _ lines: [[UInt8]]?) {
        guard !arguments.flag("control"), !arguments.flag("no-publish"),
            arguments.pathIfAny("source") != "-"
        else { return }
        let arrivals = Arrivals(rawValue: arguments.choice("arrivals")) ?? .periodic
        server.publish(
            PublishPlan(
                content: lines.map { .lines($0) } ?? .padded(arguments.size("payload")),
                arrivals: arrivals, ratePerSecond: arguments.rate("rate"),
                seed: UInt64(arguments.count("seed")), events: nil, start: MonotonicClock.now()))
    }

    /// Takes a line of standard input: an order, or an event's data.
    private func take(_ line: [UInt8], _ server: LabServer) throws {
        guard arguments.flag("control") else {
            guard let json = JSONText.singleLine(line.span) else {
                Terminal.errors.write(
                    "pushbench serve: skipped a line of --source that is not JSON\n")
                return
            }
            return server.publish(data: json)
        }
        do {
            let text = String(decoding: line, as: UTF8.self)
            let order = try ControlLine.decode(ControlLine.Order.self, from: text)
            try obey(order, server)
        } catch {
            try answer(ControlLine.Answer(error: "\(error)"))
        }
    }

    /// Orders whose answer has to come from the loops are answered by `tell`.
    private func obey(_ order: ControlLine.Order, _ server: LabServer) throws {
        if let publish = order.publish {
            guard publish.rate > 0, publish.payloadBytes >= EventPayload.smallestSize,
                publish.events >= 0
            else { throw ControlError.badOrder }
            let plan = PublishPlan(publish, now: MonotonicClock.now())
            server.publish(plan)
            try answer(
                ControlLine.Answer(
                    publishing: .init(startNanoseconds: plan.start.nanoseconds)))
        } else if let step = order.step {
            guard step.payloadBytes >= EventPayload.smallestSize else {
                throw ControlError.badOrder
            }
            server.step(payloadBytes: step.payloadBytes)
        } else if order.snapshot != nil {
            server.takeSnapshot()
        } else if let connections = order.connections {
            server.inspectConnections(since: Instant(nanoseconds: connections.sinceNanoseconds))
        } else {
            throw ControlError.unknownOrder
        }
    }

    private enum ControlError: Error, CustomStringConvertible {
        case unknownOrder, badOrder

        var description: String {
            switch self {
            case .unknownOrder:
                "an order is {\"publish\":{…}}, {\"step\":{…}}, {\"snapshot\":{}} or "
                    + "{\"connections\":{…}}"
            case .badOrder:
                "rate must be positive, events not negative, payload_bytes at least "
                    + "\(EventPayload.smallestSize)"
            }
        }
    }

    // MARK: - What is said

    private func announce(_ server: LabServer) throws {
        guard let raw = server.bareAddresses.first?.address else { return }
        if arguments.flag("control") {
            return try answer(
                ControlLine.Answer(
                    listening: .init(http: "\(server.address)", raw: "\(raw)"),
                    pid: ProcessInfo.processInfo.processIdentifier))
        }
        Terminal.errors.write(
            """
            pushbench serves http://\(server.address)/ and raw TCP on \(raw)
            Try: curl -N http://\(server.address)/events/sse        (Ctrl-C ends the server)

            """)
        if let warning = warning(of: server) { Terminal.errors.write(warning) }
    }

    private func tell(_ notice: LabServer.Notice) throws {
        guard arguments.flag("control") else { return }
        switch notice {
        case .published(let outcome): try answer(ControlLine.Answer(published: .init(outcome)))
        case .stepped(let id): try answer(ControlLine.Answer(stepped: .init(id: id)))
        case .snapshot(let snapshot): try answer(ControlLine.Answer(snapshot: snapshot))
        case .connections(let report): try answer(ControlLine.Answer(connections: report))
        case .failed: break
        }
    }

    private func answer(_ answer: ControlLine.Answer) throws {
        Terminal.output.write(try ControlLine.encode(answer) + "\n")
    }
}
