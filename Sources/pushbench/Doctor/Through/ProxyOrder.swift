import LabServer
import Link
import Reactor
import Transports
import Wire

/// What `doctor --through` was asked to look at.
struct ProxyOrder: Sendable {
    /// The proxy.
    let url: HTTPURL
    /// The same as an address.
    let address: SocketAddress
    /// What the Host field says: the URL's host and port, or the name that the proxy is asked by.
    let host: String
    /// Where the proxy passes to, and the doctor listens.
    let place: SocketAddress
    /// Whose pages the server answers, as `serve` would with the same options.
    let origins: OriginPolicy
    /// How long the connections are kept silent.
    let idle: Duration

    /// Just over the 25 s for which `serve` holds a poll, the longest silence that it asks for
    /// (streams say after 15 s that they are there).
    static let defaultIdle = Duration.seconds(26)

    /// The options, in the order of help.
    static let options = [
        OptionSpec(
            "through", .text, placeholder: "URL", group: "Proxy",
            help: "Look at the proxy that listens there instead of at this machine: "
                + "http://127.0.0.1:8000."),
        OptionSpec(
            "server", .text, default: "127.0.0.1:8080", placeholder: "ADDRESS:PORT", group: "Proxy",
            help: "Where the proxy passes to. The doctor listens there in the server's place, so "
                + "that it knows what was sent when; stop the server for the checkup."),
        OptionSpec(
            "host", .text, placeholder: "NAME", group: "Proxy",
            help: "The name, with its port if any, that the proxy is asked by: what the Host field "
                + "says. That of the URL by default."),
        OptionSpec(
            "allow-origin", .text, repeatable: true, placeholder: "ORIGIN", group: "Proxy",
            help: "An origin whose pages are answered, as given to serve."),
        OptionSpec(
            "idle", .duration(.milliseconds(100) ... .seconds(3600)),
            default: Units.text(of: defaultIdle),
            group: "Proxy",
            help: "How long connections are kept silent to see who ends them; the default is just "
                + "over the 25 s for which serve holds a poll."),
    ]

    /// Reads the options; nil when no proxy is named.
    static func read(_ arguments: ParsedArguments) throws -> ProxyOrder? {
        guard let text = arguments.textIfAny("through") else {
            for option in options where arguments.isGiven(option.name) {
                throw arguments.error(
                    "--\(option.name) says something about a proxy, and none is named",
                    remedy: "name it with --through, or leave out --\(option.name)")
            }
            return nil
        }
        let (url, address) = try proxy(text, arguments)
        let place = try place(arguments)
        var origins = OriginPolicy.own
        origins.believesOwnHostsOnly = place.isLoopback
        for origin in arguments.texts("allow-origin") {
            guard origins.allow(origin) else {
                throw arguments.error(
                    "--allow-origin \(origin) is not an origin",
                    remedy: "write scheme, host and perhaps a port, as in https://app.example, or *"
                )
            }
        }
        return ProxyOrder(
            url: url, address: address, host: try host(arguments) ?? url.authority, place: place,
            origins: origins, idle: arguments.duration("idle"))
    }

    private static func proxy(
        _ text: String, _ arguments: ParsedArguments
    ) throws -> (HTTPURL, SocketAddress) {
        let url: HTTPURL
        do {
            url = try HTTPURL(parsing: text)
        } catch {
            throw arguments.error("--through \(text) \(error.cause)", remedy: error.remedy)
        }
        guard url.target.isEmpty || url.target == "/" else {
            throw arguments.error(
                "--through \(text): the techniques have paths of their own, from /events/ on",
                remedy: "leave out \(url.target), and let the proxy pass the paths as they are")
        }
        let host = url.host == "localhost" ? "127.0.0.1" : url.host
        guard let address = SocketAddress(host, port: url.port) else {
            throw arguments.error(
                "--through \(text): \(url.host) is a name, and names are not looked up",
                remedy: "write its address, and the name in --host \(url.authority); getent hosts "
                    + "\(url.host) says which it is")
        }
        return (url, address)
    }

    private static func place(_ arguments: ParsedArguments) throws -> SocketAddress {
        let text = arguments.text("server")
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]), port > 0,
            let place = SocketAddress(String(text[..<colon]), port: port)
        else {
            throw arguments.error(
                "--server \(text) is not an IP address and a port",
                remedy: "write for example 127.0.0.1:8080 or [::1]:8080")
        }
        return place
    }

    private static func host(_ arguments: ParsedArguments) throws -> String? {
        guard let text = arguments.textIfAny("host") else { return nil }
        let bytes = Array(text.utf8)
        guard HTTPAuthority.isValid(bytes.span, in: 0..<bytes.count), !bytes.isEmpty else {
            throw arguments.error(
                "--host \(text) is not a host name",
                remedy: "write a name or an address, and perhaps a port: push.example:8080")
        }
        return text
    }

    /// The server behind the doctor: it says nothing but what it is asked for, so that a silence is
    /// one; and when it is trusting, it answers every page and by every name.
    func configuration(isTrusting: Bool) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.heartbeat = .zero
        // Longer than the silence, so that whoever ends it, it is not the server.
        configuration.settings.hold = idle + .seconds(60)
        configuration.idleTimeout = idle + .seconds(120)
        configuration.settings.origins = origins
        if isTrusting {
            configuration.settings.origins.allowsAll = true
            configuration.settings.origins.believesOwnHostsOnly = false
        }
        return configuration
    }
}
