import LoadGen
import Measurement
import Reactor
import Transports
import Wire

/// Somebody else's server that is to be measured.
struct RunTarget: Sendable {
    /// How it is spoken to.
    let profile: TargetProfile
    /// Where clients subscribe.
    let url: HTTPURL
    /// The same as an address.
    let address: SocketAddress
    /// Where events are posted, and over how many connections.
    let publishing: PublishTarget
    /// The server's process, where the user has told which it is.
    let processID: Int32?

    /// The techniques of these ids as clients speak them to it.
    func transports(_ ids: [String]) -> [Transport] {
        ids.compactMap { profile.transport($0, at: url) }
    }
}

/// The options that measure somebody else's server, for `run` alone: a gate or a sweep is about the
/// lab's own.
extension RunRequest {
    /// All of them, in the order of help.
    static let targetOptions = [
        OptionSpec(
            "target", .text, placeholder: "URL", group: "Target",
            help: "Measure the server that listens there, and start none: "
                + "http://127.0.0.1:8080/sub."),
        OptionSpec(
            "profile", .choice(TargetProfile.all.map { Choice($0.id) }), group: "Target",
            help: "How it is spoken to: "
                + TargetProfile.all.map { "\($0.id), \($0.summary)" }.joined(separator: "; ")
                + "."),
        OptionSpec(
            "publish-url", .text, placeholder: "URL", group: "Target",
            help:
                "Where events are posted; by default /pub beside an nchan target, and /events on a "
                + "lab server."),
        OptionSpec(
            "publish-connections", .count(1...64), default: "1", group: "Target",
            help:
                "Connections that they are posted on; with more than one the server may take them "
                + "in another order."),
        OptionSpec(
            "publish-token-file", .path, group: "Target",
            help: "A file with the token that the server asks of who posts (Authorization: Bearer)."
        ),
        OptionSpec(
            "target-process", .count(1...Int(Int32.max)), placeholder: "PID", group: "Target",
            help: "The server's process on this machine, to read its processor time and memory."),
    ]

    /// What only makes sense with a server of the run's own.
    private static let ownServerOptions = [
        "lockstep", "fault", "hold", "batch", "no-batch", "loops", "server-processor", "backlog",
        "slow-readers", "nagle", "two-writes",
    ]

    /// The server that was asked for; nil when the run starts its own.
    static func target(_ arguments: ParsedArguments) throws -> RunTarget? {
        guard arguments.command.option(named: "target") != nil else { return nil }
        guard let text = arguments.textIfAny("target") else {
            try refuseStrayTarget(arguments)
            return nil
        }
        try refuseOwnServer(arguments)
        guard let name = arguments.choiceIfAny("profile"),
            let profile = TargetProfile.named(name)
        else {
            throw arguments.error(
                "--target needs a profile, which says how the server is spoken to",
                remedy: "give --profile with one of \(names(TargetProfile.all.map(\.id)))")
        }
        let (url, address) = try place("--target \(text)", text, arguments)
        guard profile.takesPath || url.target.isEmpty || url.target == "/" else {
            throw arguments.error(
                "--target \(text): the profile \(name) has a path for each technique",
                remedy: "leave out \(url.target)")
        }
        return RunTarget(
            profile: profile, url: url, address: address,
            publishing: try publishing(profile, beside: url, arguments),
            processID: try processID(arguments))
    }

    private static func publishing(
        _ profile: TargetProfile, beside url: HTTPURL, _ arguments: ParsedArguments
    ) throws -> PublishTarget {
        let connections = arguments.count("publish-connections")
        let text =
            arguments.textIfAny("publish-url") ?? profile.publishURL(beside: url)?.description
        guard let text else {
            throw arguments.error(
                "--profile \(profile.id) does not know where events are posted",
                remedy: "give --publish-url, such as http://\(url.authority)/publish")
        }
        let (publishURL, address) = try place("--publish-url \(text)", text, arguments)
        return PublishTarget(
            address: address, url: publishURL, connections: connections,
            token: try BearerToken.read("publish-token-file", arguments))
    }

    /// A URL and the address that it means.
    private static func place(
        _ option: String, _ text: String, _ arguments: ParsedArguments
    ) throws -> (HTTPURL, SocketAddress) {
        let url: HTTPURL
        do {
            url = try HTTPURL(parsing: text)
        } catch {
            throw arguments.error("\(option) \(error.cause)", remedy: error.remedy)
        }
        let host = url.host == "localhost" ? "127.0.0.1" : url.host
        guard let address = SocketAddress(host, port: url.port) else {
            throw arguments.error(
                "\(option): \(url.host) is a name, and names are not looked up",
                remedy: "write its address, so that it is clear what was measured; getent hosts "
                    + "\(url.host) says which it is")
        }
        return (url, address)
    }

    private static func processID(_ arguments: ParsedArguments) throws -> Int32? {
        guard let number = arguments.countIfAny("target-process") else { return nil }
        let processID = Int32(clamping: number)
        guard ProcessUsage.cpuNanoseconds(of: processID) != nil else {
            throw arguments.error(
                "--target-process \(number): there is no such process on this machine",
                remedy:
                    "give the server's own id, of a worker where there are several; or leave it "
                    + "out")
        }
        return processID
    }

    private static func refuseStrayTarget(_ arguments: ParsedArguments) throws {
        for option in targetOptions where arguments.isGiven(option.name) {
            throw arguments.error(
                "--\(option.name) says something about somebody else's server, and none is named",
                remedy: "name it with --target, or leave out --\(option.name)")
        }
    }

    private static func refuseOwnServer(_ arguments: ParsedArguments) throws {
        for name in ownServerOptions where arguments.isGiven(name) {
            throw arguments.error(
                "--\(name) is for the lab's own server, and --target names another",
                remedy: "leave out one of them")
        }
        if arguments.isGiven("gap-rtt"), arguments.duration("gap-rtt") > .zero {
            throw arguments.error(
                "--gap-rtt probes the lab's own server, and --target names another",
                remedy: "leave out --gap-rtt")
        }
        guard ["auto", "client"].contains(arguments.choice("link-tier")) else {
            throw arguments.error(
                "--link-tier \(arguments.choice("link-tier")) makes a private network, and the "
                    + "server of --target is outside of it",
                remedy: "use --link-tier client, which delays in the clients")
        }
    }

    /// Writes into the scenario what it is that is measured.
    static func note(
        _ target: RunTarget, in scenario: inout Scenario, _ arguments: ParsedArguments
    ) throws {
        scenario.target = target.url.description
        scenario.targetProfile = target.profile.id
        scenario.publishURL = target.publishing.url.description
        scenario.gapRoundTrip = nil
        let known = target.profile.techniques
        guard arguments.isGiven("transport"), scenario.transports != Transport.all.map(\.id) else {
            scenario.transports = known
            return
        }
        let missing = scenario.transports.filter { !known.contains($0) }
        guard missing.isEmpty else {
            throw arguments.error(
                "--profile \(target.profile.id) has no \(names(missing))",
                remedy: "there is \(names(known))")
        }
    }

    private static func names(_ names: [String]) -> String { names.joined(separator: ", ") }
}
