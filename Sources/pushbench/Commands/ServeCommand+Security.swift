import LabServer
import Reactor
import Transports

/// Who may use the server: pages, publishers, addresses. Docs/Security.md has the threats behind it.
extension ServeCommand {
    static let security = [
        OptionSpec(
            "allow-origin", .text, repeatable: true, placeholder: "ORIGIN", group: "Security",
            help:
                "Answer pages of this origin too, such as https://app.example, or * for all. "
                + "Otherwise only the server's own pages are answered. Its host is also a "
                + "name by which a server on loopback may be asked."),
        OptionSpec(
            "publish-token-file", .path, group: "Security",
            help:
                "Take POST /events only with Authorization: Bearer and the token in this file, 16 "
                + "characters at least. Without one a server that is not on loopback takes none."),
        OptionSpec(
            "max-per-address", .count(0...10_000_000), group: "Security",
            help:
                "Connections of one address, an IPv6 network of 64 bits counting as one; more are "
                + "answered 429; 0 for any number. Any number on loopback, elsewhere a tenth of "
                + "--max-connections."),
    ]

    /// Sets who may use the server, as the options and its address have it.
    static func secure(
        _ configuration: inout ServerConfiguration, _ arguments: ParsedArguments
    ) throws {
        let isOpen = !configuration.address.isLoopback
        configuration.settings.origins.believesOwnHostsOnly = !isOpen
        for origin in arguments.texts("allow-origin") {
            guard configuration.settings.origins.allow(origin) else {
                throw arguments.error(
                    "--allow-origin \(origin) is not an origin",
                    remedy: "write scheme, host and perhaps a port, as in https://app.example, or *"
                )
            }
        }
        // A run's clients have one address.
        let isCrowdFeared = isOpen && !arguments.flag("control")
        configuration.addressLimit =
            arguments.countIfAny("max-per-address")
            ?? (isCrowdFeared ? max(1, configuration.connectionLimit / 10) : 0)
        if let token = try BearerToken.read("publish-token-file", arguments) {
            configuration.settings.publishing = .bearer(token)
        } else if isOpen {
            configuration.settings.publishing = .nobody
        }
    }

    /// What whoever started a server should know that others can reach; nil where none can.
    func warning(of server: LabServer) -> String? {
        guard !server.address.isLoopback else { return nil }
        let reach = "pushbench serve: \(server.address.host) is reachable from outside: whoever "
        switch configuration.settings.publishing {
        case .anybody: return reach + "reaches it can read and publish\n"
        case .bearer: return reach + "reaches it can read, and publish with the token\n"
        case .nobody:
            return reach + "reaches it can read; POST /events is closed "
                + "(--publish-token-file opens it)\n"
        }
    }
}
