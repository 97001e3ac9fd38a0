import Glibc
import Link
import LoadGen
import Reactor

/// A server program that takes part in a comparison, as the command line names it.
enum ComparedProgram: Sendable {
    /// What stands in a command for the port for HTTP, and for that of raw TCP.
    static let portMark = "{port}"
    static let rawPortMark = "{raw-port}"

    /// How long a program may take to say its version.
    private static let patience = Duration.seconds(5)

    /// A build of pushbench, started with `serve`.
    case pushbench(path: String)
    /// Any other server, started by these words with its port in them.
    case command(executable: String, words: [String])
    /// A server that runs already, and its process if its processor time is to be read.
    case running(SocketAddress, processID: Int32?)

    /// What `--base` or `--change` names: a command when `{port}` stands in it, else a pushbench.
    init(_ text: String, option: String, _ arguments: ParsedArguments) throws {
        guard let words = ShellWords.split(text), let first = words.first else {
            throw arguments.error(
                "\(option) \(text) has an open quote, or no word", remedy: "close the quote")
        }
        if text.contains(Self.portMark) {
            guard let path = Self.executable(named: first) else {
                throw arguments.error(
                    "\(option): there is no program \(first)",
                    remedy: "check the path, or whether it is on PATH")
            }
            self = .command(executable: path, words: words)
            return
        }
        // A path may have blanks, which would make words of it.
        guard let path = Self.executable(named: text) ?? Self.executable(named: first) else {
            throw arguments.error(
                "\(option): there is no program \(first)",
                remedy: "check the path, or write a command with \(Self.portMark) in it")
        }
        guard Self.saysPushbench(path), words.count == 1 || access(text, X_OK) == 0 else {
            throw arguments.error(
                "\(option) \(text) does not answer `version` as pushbench does",
                remedy: "write a command with \(Self.portMark) where its port goes")
        }
        self = .pushbench(path: path)
    }

    /// What `--base-url` or `--change-url` names.
    init(url: String, processID: Int?, option: String, _ arguments: ParsedArguments) throws {
        guard let address = Self.address(of: url) else {
            throw arguments.error(
                "\(option) \(url) is not the address of a server",
                remedy: "write http://127.0.0.1:8080, with a number for the host")
        }
        self = .running(address, processID: processID.map { Int32(truncatingIfNeeded: $0) })
    }

    /// What reports call it.
    var name: String {
        switch self {
        case .pushbench(let path): path
        case .command(_, let words): words.joined(separator: " ")
        case .running(let address, _): "http://\(address)"
        }
    }

    /// Whether fresh processes of it can be started.
    var canRestart: Bool {
        if case .running = self { false } else { true }
    }

    /// Whether its processor time can be read.
    var hasProcessorTime: Bool {
        if case .running(_, let processID) = self { processID != nil } else { true }
    }

    /// Whether it is known where it speaks raw TCP.
    var speaksRaw: Bool {
        switch self {
        case .pushbench: true
        case .command(_, let words): words.contains { $0.contains(Self.rawPortMark) }
        case .running: false
        }
    }

    /// `http://127.0.0.1:8080`, with or without a slash behind it.
    private static func address(of url: String) -> SocketAddress? {
        guard url.hasPrefix("http://") else { return nil }
        var rest = url.dropFirst("http://".count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard let colon = rest.lastIndex(of: ":"),
            let port = UInt16(rest[rest.index(after: colon)...]),
            port > 0
        else { return nil }
        let host = String(rest[..<colon])
        return SocketAddress(host == "localhost" ? "127.0.0.1" : host, port: port)
    }

    /// The path of the program `name`: looked for in PATH when it has no slash, as execvp(3) does.
    private static func executable(named name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Whether the program answers `version` as this one does.
    private static func saysPushbench(_ path: String) -> Bool {
        guard var child = try? ChildProcess.spawn(executable: path, arguments: ["version"]) else {
            return false
        }
        let line = try? child.readLine(until: MonotonicClock.now() + patience)
        child.terminate()
        return line?.hasPrefix("pushbench ") ?? false
    }
}
