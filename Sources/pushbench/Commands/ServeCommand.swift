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
            options: listening + publishing + techniques + mistakes + limits + control,
            examples: [
                .init(
                    command: "pushbench serve --rate 2", note: "Two events a second on port 8080:"),
                .init(
                    command: "tail -f app.ndjson | pushbench serve --source -",
                    note: "The lines of another program, as they come:"),
            ]),
        run: { try ServeCommand($0).run() })

    private static let listening = [
        OptionSpec(
            "address", .text, default: "127.0.0.1", placeholder: "IP", group: "Listening",
            help: "The address to listen on. Anything but loopback lets others publish."),
        OptionSpec(
            "port", short: "p", .count(0...65_535), default: "8080", group: "Listening",
            help: "The port for HTTP; 0 takes any that is free."),
        OptionSpec(
            "raw-port", .count(0...65_535), default: "8081", group: "Listening",
            help: "The port for raw TCP; 0 takes any that is free."),
        OptionSpec(
            "loops", .count(1...64), default: "1", group: "Listening",
            help: "Threads, each with a listener of its own on the same port."),
        OptionSpec(
            "processor", .count(0...4095), group: "Listening",
            help: "The processor for the first thread; the next ones follow."),
    ]

    private static let publishing = [
        OptionSpec(
            "rate", short: "r", .rate(), default: "1", group: "Publishing",
            help: "Events a second."),
        OptionSpec(
            "arrivals", .choice(["poisson", "periodic"]), default: "periodic",
            group: "Publishing", help: "When events are due: at random or at equal intervals."),
        OptionSpec(
            "payload", .size(EventPayload.smallestSize...(16 << 20)), default: "100",
            group: "Publishing", help: "The length of an event's JSON."),
        OptionSpec(
            "seed", .count(0...Int.max), default: "1", group: "Publishing",
            help: "What random times are drawn from."),
        OptionSpec(
            "source", .path, group: "Publishing",
            help: "Publish the lines of this file, each one JSON value, at --rate; - publishes "
                + "lines of standard input as they come."),
        OptionSpec(
            "no-publish", .flag, group: "Publishing",
            help: "Publish nothing but what is posted."),
    ]

    private static let techniques = [
        OptionSpec(
            "hold", .duration(.milliseconds(10) ... .seconds(3600)), default: "25s",
            group: "Techniques", help: "How long a poll waits for an event."),
        OptionSpec(
            "batch", .count(0...1_000_000), default: "0", group: "Techniques",
            help: "Events in one answer to a poll at most; 0 for all that are pending."),
        OptionSpec(
            "heartbeat", .duration(.zero ... .seconds(3600)), default: "15s",
            group: "Techniques",
            help: "A stream that was silent for so long says it is there; 0s for never."),
        OptionSpec(
            "response-limit", .size(), default: "0", group: "Techniques",
            help: "Bytes after which a stream ends and the client resumes; 0 for never."),
    ]

    private static let mistakes = [
        OptionSpec(
            "nagle", .flag, group: "Mistakes worth teaching",
            help:
                "Leave TCP_NODELAY off: a stream becomes a long poll. While a small segment is not "
                + "acknowledged the next ones wait, so that with a round trip R everything that "
                + "comes within R leaves together, up to R late."),
        OptionSpec(
            "two-writes", .flag, group: "Mistakes worth teaching",
            help: "Send head and content of a poll's answer apart, with TCP_NODELAY off: the "
                + "content waits for an acknowledgement that the client delays, and a kept "
                + "connection's gap grows from R to 2R + 40 ms. Streams are not changed."),
        OptionSpec(
            "no-batch", .flag, group: "Mistakes worth teaching",
            help: "One event an answer, as --batch 1: polls become a queue that is served once a "
                + "round trip. With R and events at rate L the mean wait is R·LR/(2(1 - LR)), and "
                + "from LR = 1 on it grows without end."),
    ]

    private static let limits = [
        OptionSpec(
            "backlog", .size(1024...(1 << 32)), default: "1MiB", group: "Limits",
            help: "Bytes that a client may be behind."),
        OptionSpec(
            "slow-readers", .choice(["disconnect", "drop"]), default: "disconnect",
            group: "Limits", help: "What happens to a client that is further behind."),
        OptionSpec(
            "max-connections", .count(1...10_000_000), default: "100000", group: "Limits",
            help: "Connections of one thread; more are answered 503."),
        OptionSpec(
            "max-head", .size(256...(1 << 20)), default: "16KiB", group: "Limits",
            help: "Bytes of a request's head (431)."),
        OptionSpec(
            "max-body", .size(1...(1 << 30)), default: "1MiB", group: "Limits",
            help: "Bytes of a request's content (413)."),
        OptionSpec(
            "max-frame", .size(125...(1 << 30)), default: "64KiB", group: "Limits",
            help: "Bytes of a WebSocket message from a client (close code 1009)."),
        OptionSpec(
            "log-events", .count(1...100_000_000), default: "60000", group: "Limits",
            help: "Events kept for clients that resume."),
        OptionSpec(
            "log-bytes", .size(1024...(1 << 36)), default: "64MiB", group: "Limits",
            help: "Bytes of events kept for clients that resume."),
        OptionSpec(
            "request-timeout", .duration(.milliseconds(10) ... .seconds(3600)), default: "10s",
            group: "Limits", help: "How long a request may take to arrive (408)."),
        OptionSpec(
            "idle-timeout", .duration(.milliseconds(10) ... .seconds(86_400)), default: "75s",
            group: "Limits", help: "How long a connection may stay without a request."),
    ]

    private static let control = [
        OptionSpec(
            "control", .flag, group: "Control",
            help: "Take orders as JSON lines on standard input and answer on standard output, as "
                + "pushbench run does; the end of the input stops the server."),
        OptionSpec(
            "slow-delivery", .duration(.zero ... .milliseconds(1)), default: "0s",
            group: "Control", isHidden: true,
            help: "Waste so much processor time for each delivery: a slower server by a known "
                + "amount, for the test of pushbench compare (Benchmarks/compare.py)."),
    ]
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
    private let configuration: ServerConfiguration

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
        configuration.logLimits.events = arguments.count("log-events")
        configuration.logLimits.bytes = arguments.size("log-bytes")
        configuration.heartbeat = try heartbeat(arguments)
        configuration.responseLimit = arguments.size("response-limit")
        configuration.backlogLimit = arguments.size("backlog")
        configuration.slowReaderPolicy =
            SlowReaderPolicy(rawValue: arguments.choice("slow-readers")) ?? .disconnect
        configuration.connectionLimit = arguments.count("max-connections")
        configuration.requestTimeout = arguments.duration("request-timeout")
        configuration.idleTimeout = arguments.duration("idle-timeout")
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
        } else {
            throw ControlError.unknownOrder
        }
    }

    private enum ControlError: Error, CustomStringConvertible {
        case unknownOrder, badOrder

        var description: String {
            switch self {
            case .unknownOrder:
                "an order is {\"publish\":{…}}, {\"step\":{…}} or {\"snapshot\":{}}"
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
        if !server.address.isLoopback {
            Terminal.errors.write(
                "pushbench serve: \(server.address.host) is reachable from outside, and whoever "
                    + "reaches it can publish\n")
        }
    }

    private func tell(_ notice: LabServer.Notice) throws {
        guard arguments.flag("control") else { return }
        switch notice {
        case .published(let outcome): try answer(ControlLine.Answer(published: .init(outcome)))
        case .stepped(let id): try answer(ControlLine.Answer(stepped: .init(id: id)))
        case .snapshot(let snapshot): try answer(ControlLine.Answer(snapshot: snapshot))
        case .failed: break
        }
    }

    private func answer(_ answer: ControlLine.Answer) throws {
        Terminal.output.write(try ControlLine.encode(answer) + "\n")
    }
}
