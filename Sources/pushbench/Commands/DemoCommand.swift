import Demo
import LabServer
import Link
import LoadGen
import Measurement
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
                    "rate", short: "r", .rate(0.01...1000), default: "4", group: "Lesson",
                    help: "Events a second to begin with."),
                OptionSpec(
                    "rtt", .duration(.zero ... .seconds(5)), default: "0s", group: "Lesson",
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
        guard address.port == 0 || Int(address.port) + LabConfiguration.furtherPorts < 1 << 16
        else {
            throw arguments.error(
                "--port \(address.port) leaves no room for the \(LabConfiguration.furtherPorts) "
                    + "ports of the lanes and rooms after it",
                remedy: "a smaller port, or 0 for any")
        }
        configuration.tool = .current
        configuration.command = CommandLine.arguments
        configuration.ratePerSecond = arguments.rate("rate")
        configuration.roundTripTime = arguments.duration("rtt")
        configuration.isHalfDead = arguments.flag("half-dead")
        configuration.assets = arguments.pathIfAny("assets")
        self.configuration = configuration
    }

    func run() throws -> ExitCode {
        let signals = try SignalWatch()
        _ = OpenFileLimit.raise()
        let lab = try open()
        Terminal.output.write(Self.welcome(to: lab))
        var poller = try Poller(capacity: 8)
        try poller.add(signals.descriptor, .readable, token: Token.signals)
        for notices in lab.notices {
            try poller.add(notices.descriptor, .readable, token: Token.notices)
        }
        var failure: SystemError?
        while failure == nil {
            _ = try poller.wait(until: nil)
            for notices in lab.notices {
                for case .failed(let error) in notices.drain() { failure = error }
            }
            if signals.take() != nil { break }
        }
        lab.stop()
        if let failure { throw failure }
        return .fine
    }

    /// Where everything is. A lab that listens on every address of the machine is on loopback, too.
    private static func welcome(to lab: TeachingLab) -> String {
        let isEverywhere = ["0.0.0.0", "::"].contains(lab.address.host)
        func page(_ address: SocketAddress) -> String {
            let reached = isEverywhere ? SocketAddress.loopback(port: address.port) : address
            return "http://\(reached)/"
        }
        var text = """
            pushbench demo: open \(page(lab.address))   (Ctrl-C ends it)
            pushbench demo: the chat is at \(page(lab.chatAddress))
            pushbench demo: the live text is at \(page(lab.liveAddress)), its host's token \(lab.hostToken)

            """
        if isEverywhere {
            text +=
                "pushbench demo: from other machines, at this machine's address and the same ports\n"
        }
        if !lab.address.isLoopback {
            text +=
                "pushbench demo: whoever reaches \(lab.address.host) can change what everybody sees\n"
        }
        return text
    }

    private func open() throws -> TeachingLab {
        do throws(SystemError) {
            return try TeachingLab(configuration)
        } catch {
            guard error.isAddressInUse else { throw error }
            throw LoadError(
                "\(error); stop what listens there, or give another --port (the lab takes "
                    + "\(LabConfiguration.furtherPorts) after it, and 0 takes any)")
        }
    }
}
