import Demo
import LabServer
import Link
import Reactor

extension Command {
    /// `pushbench demo`.
    static let demo = Command(
        spec: CommandSpec(
            "demo", summary: "Show every technique live in a browser.",
            discussion: """
                Serves a page on which all techniques run side by side in your browser, by the
                browser's own means, from one event source: with a guided tour, controls for rate,
                round trip and faults, and two rooms that use the techniques, a chat and a live-text
                broadcast. Needs no network and nothing but a browser.
                """,
            options: [
                OptionSpec(
                    "address", .text, default: "127.0.0.1", placeholder: "IP", group: "Listening",
                    help: "The address to listen on. Anything but loopback lets others take part."),
                OptionSpec(
                    "port", short: "p", .count(0...65_535), default: "8080", group: "Listening",
                    help: "The page's port; lanes and rooms take those after it. 0 takes any."),
                OptionSpec(
                    "rate", short: "r", .rate(), default: "4", group: "Lesson",
                    help: "Events a second to begin with."),
                OptionSpec(
                    "rtt", .duration(.zero ... .seconds(10)), default: "0s", group: "Lesson",
                    help: "The lanes' round trip to begin with."),
                OptionSpec(
                    "half-dead", .flag, group: "Lesson",
                    help: "Begin with the lesson on peers that are gone and did not say so."),
                OptionSpec(
                    "assets", .path, isHidden: true,
                    help: "Read the page's files from this folder, to work on them."),
            ],
            examples: [
                .init(command: "pushbench demo", note: "Then open http://127.0.0.1:8080/:"),
                .init(
                    command: "pushbench demo --rtt 100ms", note: "With a round trip to be seen:"),
            ]),
        run: { try DemoCommand($0).run() })
}

/// `pushbench demo`: the teaching lab from its start to its end.
struct DemoCommand {
    private enum Token {
        static let signals: UInt64 = 0
        static let notices: UInt64 = 1
    }

    private let arguments: ParsedArguments
    private let configuration: LabConfiguration

    init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        var configuration = LabConfiguration()
        let host = arguments.text("address")
        guard let address = SocketAddress(host, port: UInt16(arguments.count("port"))) else {
            throw arguments.error(
                "--address \(host) is not an IP address", remedy: "127.0.0.1, 0.0.0.0 or [::1]")
        }
        configuration.address = address
        configuration.ratePerSecond = arguments.rate("rate")
        configuration.roundTripTime = arguments.duration("rtt")
        configuration.isHalfDead = arguments.flag("half-dead")
        configuration.assets = arguments.pathIfAny("assets")
        self.configuration = configuration
    }

    func run() throws -> ExitCode {
        let signals = try SignalWatch()
        _ = OpenFileLimit.raise()
        let lab = try TeachingLab(configuration)
        Terminal.output.write("pushbench demo: open http://\(lab.address)/   (Ctrl-C ends it)\n")
        var poller = try Poller(capacity: 8)
        try poller.add(signals.descriptor, .readable, token: Token.signals)
        try poller.add(lab.notices.descriptor, .readable, token: Token.notices)
        var failure: SystemError?
        while failure == nil {
            let ready = try poller.wait(until: nil)
            for index in 0..<ready where poller[index].token == Token.notices {
                for case .failed(let error) in lab.notices.drain() { failure = error }
            }
            if signals.take() != nil { break }
        }
        lab.stop()
        if let failure { throw failure }
        return .fine
    }
}
