import Glibc
import Link
import LoadGen
import Measurement
import Reactor

/// The lab server as a child process, so that its processor time, memory and descriptors are its
/// own. It ends when this value does.
struct ServerProcess: ServerControl, ~Copyable {
    /// How long a server may take to open its ports, or to end: both take milliseconds on an idle
    /// machine.
    private static let patience = Duration.seconds(10)

    private var child: ChildProcess
    /// How a schedule went whose end was told and not asked for yet.
    private var published: PublishReport?
    /// Where HTTP is spoken, and where raw TCP is.
    let http: SocketAddress
    let raw: SocketAddress

    /// Starts `pushbench serve --control` with `options`: this program, or another build of it.
    ///
    /// - Throws: when the server does not say where it listens; what it says instead goes to
    ///   standard error.
    init(
        executable: String = executablePath(), options: [String], processor: Int?
    ) throws {
        var started = try ChildProcess.spawn(
            executable: executable, arguments: ["serve", "--control"] + options,
            processor: processor)
        guard let line = try started.readLine(until: MonotonicClock.now() + Self.patience),
            let listening = try ControlLine.decode(ControlLine.Answer.self, from: line).listening,
            let http = Self.address(listening.http), let raw = Self.address(listening.raw)
        else { throw LoadError("the lab server did not say where it listens") }
        child = started
        self.http = http
        self.raw = raw
    }

    private static func address(_ text: String) -> SocketAddress? {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        return SocketAddress(String(text[..<colon]), port: port)
    }

    var processID: Int32? { child.processID }

    mutating func checkPresence() throws {
        guard let end = child.wait(until: .distantPast) else { return }
        throw LoadError("the lab server ended before it was asked to (\(end))")
    }

    mutating func publish(_ order: PublishOrder) throws {
        let publish = ControlLine.Order.Publish(
            rate: order.ratePerSecond, arrivals: order.arrivals, payloadBytes: order.payloadBytes,
            events: order.events, startNanoseconds: order.start.nanoseconds, seed: order.seed)
        try send(ControlLine.Order(publish: publish))
    }

    mutating func outcome(until deadline: Instant) throws -> PublishReport? {
        while published == nil {
            guard try readAnswer(until: deadline) != nil else { return nil }
        }
        defer { published = nil }
        return published
    }

    mutating func step(payloadBytes: Int) throws -> UInt64 {
        try send(ControlLine.Order(step: .init(payloadBytes: payloadBytes)))
        return try answer { $0.stepped?.id }
    }

    mutating func snapshot() throws -> ServerSnapshot? {
        try send(ControlLine.Order(snapshot: .init()))
        return try answer { $0.snapshot }
    }

    mutating func connections(since moment: Instant) throws -> ConnectionReport? {
        let order = ControlLine.Order.Connections(sinceNanoseconds: moment.nanoseconds)
        try send(ControlLine.Order(connections: order))
        return try answer { $0.connections }
    }

    mutating func suspend() {
        child.terminate(SIGSTOP)
    }

    mutating func resume() {
        child.terminate(SIGCONT)
    }

    private mutating func send(_ order: ControlLine.Order) throws {
        let line = try ControlLine.encode(order)
        do throws(SystemError) {
            try child.send(line: line)
        } catch {
            throw ended(error)
        }
    }

    /// What a broken pipe to or from the server means, and anything else as it is.
    private mutating func ended(_ error: SystemError) -> any Error {
        guard error.isConnectionLoss else { return error }
        // Its pipes are closed a moment before it can be collected.
        let end = child.wait(until: MonotonicClock.now() + .seconds(1))
        let how = end.map { " (\($0))" } ?? ""
        return LoadError("the lab server ended before it was asked to\(how)")
    }

    /// Reads on until an answer has what is looked for.
    private mutating func answer<Value>(
        with value: (ControlLine.Answer) -> Value?
    ) throws -> Value {
        let deadline = MonotonicClock.now() + Self.patience
        while let answer = try readAnswer(until: deadline) {
            if let value = value(answer) { return value }
        }
        throw LoadError("the lab server does not answer")
    }

    /// The next answer; a schedule's end, which comes when it comes, is kept for who asks for it.
    private mutating func readAnswer(until deadline: Instant) throws -> ControlLine.Answer? {
        guard let line = try readLine(until: deadline) else { return nil }
        let answer = try ControlLine.decode(ControlLine.Answer.self, from: line)
        if let error = answer.error { throw LoadError("the lab server: \(error)") }
        if let published = answer.published { self.published = PublishReport(published) }
        return answer
    }

    private mutating func readLine(until deadline: Instant) throws -> String? {
        do throws(SystemError) {
            return try child.readLine(until: deadline)
        } catch {
            throw ended(error)
        }
    }

    /// Asks the server to end, and waits for it. What it still says is read, since a full pipe would
    /// keep it from ending.
    consuming func stop() {
        child.terminate()
        let deadline = MonotonicClock.now() + Self.patience
        while (try? child.readLine(until: deadline)) != nil {}
        _ = child.wait(until: deadline)
    }
}
