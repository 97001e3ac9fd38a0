import Link
import LoadGen
import Reactor

/// A running server that takes part in a comparison; it ends with this value unless somebody else
/// started it.
struct ComparedServer: ~Copyable {
    /// How long a server may take to listen, and to end when it is asked to.
    private static let patience = Duration.seconds(10)
    /// How long is waited before the next try to connect.
    private static let pause = Duration.milliseconds(5)

    private var lab: ServerProcess?
    private var child: ChildProcess?
    /// Where it listens, and the process it is.
    let server: PairedServer

    /// Starts `program` on the processor of that index, and waits until it listens.
    static func start(
        _ program: ComparedProgram, processor: Int?
    ) throws -> ComparedServer {
        switch program {
        case .pushbench(let path):
            // A heartbeat would come into one of two slices.
            let lab = try ServerProcess(
                executable: path,
                options: ["--port", "0", "--raw-port", "0", "--heartbeat", "0s"],
                processor: processor)
            let server = PairedServer(http: lab.http, raw: lab.raw, processID: lab.processID)
            return ComparedServer(lab: lab, child: nil, server: server)
        case .command(let executable, let words):
            return try start(executable, words, processor: processor)
        case .running(let address, let processID):
            let server = PairedServer(http: address, raw: nil, processID: processID)
            return ComparedServer(lab: nil, child: nil, server: server)
        }
    }

    private static func start(
        _ executable: String, _ words: [String], processor: Int?
    ) throws -> ComparedServer {
        let ports = try freePorts()
        let arguments = words.dropFirst().map { word in
            word.replacing(ComparedProgram.portMark, with: "\(ports.http)")
                .replacing(ComparedProgram.rawPortMark, with: "\(ports.raw)")
        }
        var child = try ChildProcess.spawn(
            executable: executable, arguments: arguments, processor: processor)
        let http = SocketAddress.loopback(port: ports.http)
        let deadline = MonotonicClock.now() + patience
        while try !isListening(http) {
            if let status = child.wait(until: .distantPast) {
                throw LoadError(
                    "\(words.joined(separator: " ")) ended at once: \(describe(status))")
            }
            guard MonotonicClock.now() < deadline else {
                throw LoadError(
                    "\(words.joined(separator: " ")) does not listen on \(http) after 10 s: "
                        + "\(ComparedProgram.portMark) stands for the port that it has to take")
            }
            MonotonicClock.sleep(until: MonotonicClock.now() + pause)
        }
        let hasRaw = words.contains { $0.contains(ComparedProgram.rawPortMark) }
        let server = PairedServer(
            http: http, raw: hasRaw ? .loopback(port: ports.raw) : nil,
            processID: child.processID)
        return ComparedServer(lab: nil, child: child, server: server)
    }

    /// Two ports that nobody listened on just now; somebody else could take them in between, and the
    /// server then says so.
    private static func freePorts() throws -> (http: UInt16, raw: UInt16) {
        let one = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
        let other = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
        return (one.localAddress.port, other.localAddress.port)
    }

    private static func isListening(_ address: SocketAddress) throws -> Bool {
        let socket = try Socket.connect(to: address)
        var poller = try Poller(capacity: 1)
        try poller.add(socket.descriptor, .writable, token: 0)
        _ = try poller.wait(until: MonotonicClock.now() + .milliseconds(100))
        return poller.count == 1 && socket.pendingError() == nil
    }

    private static func describe(_ status: ChildProcess.ExitStatus) -> String {
        switch status {
        case .exited(let code): "exit code \(code)"
        case .signaled(let number): "signal \(number)"
        }
    }

    /// Reads away what the program has said, since a full pipe would stop it.
    mutating func drain() {
        while (try? child?.readLine(until: .distantPast)) ?? nil != nil {}
    }

    /// Asks the program to end, and waits for it.
    consuming func stop() {
        if let lab = lab.take() { lab.stop() }
        guard var child = child.take() else { return }
        child.terminate()
        let deadline = MonotonicClock.now() + Self.patience
        while (try? child.readLine(until: deadline)) ?? nil != nil {}
        _ = child.wait(until: deadline)
    }
}
