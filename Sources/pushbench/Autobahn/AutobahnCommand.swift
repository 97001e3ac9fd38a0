import Deflate
import LoadGen
import Measurement
import Reactor
import Transports
import Wire

extension Command {
    /// `pushbench autobahn`, which Scripts/autobahn.sh runs against Autobahn's fuzzingserver.
    static let autobahn = Command(
        spec: CommandSpec(
            "autobahn", summary: "Run the WebSocket client through Autobahn's fuzzingserver.",
            discussion: """
                Asks the server for its number of cases, takes part in each by sending every message
                back, and has it write its report. Handshake and frames are those of the load
                generator's client.
                """,
            options: [
                OptionSpec(
                    "server", .text, default: "ws://127.0.0.1:9001", placeholder: "URL",
                    help: "Where the fuzzingserver listens."),
                OptionSpec(
                    "agent", .text, default: "pushbench", placeholder: "NAME",
                    help: "What the report calls this client."),
                OptionSpec(
                    "deflate", .flag, help: "Offer permessage-deflate."),
            ],
            isHidden: true),
        run: { arguments in
            var suite = try AutobahnSuite(arguments)
            try suite.run()
            return .fine
        })
}

extension ParsedArguments {
    /// Whether `--deflate` was given, to a program that can.
    func deflates() throws -> Bool {
        guard flag("deflate") else { return false }
        guard Deflater.isAvailable else {
            throw error(
                "--deflate needs zlib, which this program was built without",
                remedy: "swift build --traits Deflate, with zlib1g-dev installed")
        }
        return true
    }
}

/// The cases of one fuzzingserver, one connection after the other.
private struct AutobahnSuite {
    private let url: HTTPURL
    private let address: SocketAddress
    private let agent: String
    private let profile: ClientProfile

    init(_ arguments: ParsedArguments) throws {
        let text = arguments.text("server")
        do throws(HTTPURL.Problem) {
            url = try HTTPURL(parsing: text)
        } catch {
            throw arguments.error("--server \(text) \(error.cause)", remedy: error.remedy)
        }
        agent = arguments.text("agent")
        guard agent.utf8.allSatisfy(\.isTokenCharacter), !agent.isEmpty else {
            throw arguments.error(
                "--agent \(agent) is not a word", remedy: "letters, digits, dots and dashes")
        }
        guard let address = SocketAddress(url.host, port: url.port) else {
            throw arguments.error(
                "--server \(text) does not name an IP address", remedy: "ws://127.0.0.1:9001")
        }
        self.address = address
        profile = ClientProfile(
            authority: url.authority, deflates: try arguments.deflates())
    }

    mutating func run() throws {
        var counting = try connect("/getCaseCount", echoes: false)
        try counting.run()
        guard let count = Int(String(decoding: counting.session.lastMessage, as: UTF8.self)),
            count > 0
        else { throw LoadError("\(url) does not say how many cases it has") }
        for number in 1...count {
            var one = try connect("/runCase?case=\(number)&agent=\(agent)", echoes: true)
            try one.run()
        }
        var reporting = try connect("/updateReports?agent=\(agent)", echoes: false)
        try reporting.run()
        Terminal.output.write("\(count) cases\n")
    }

    private func connect(_ target: String, echoes: Bool) throws -> AutobahnConnection {
        // Autobahn's longest message has 16 MiB.
        let session = WebSocketEchoClient(
            profile: profile, target: target, limit: 64 << 20, echoes: echoes)
        return try .open(address, for: session)
    }
}
