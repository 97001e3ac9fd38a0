import Glibc
import Link
import Reactor
import Testing
import Transports
import Wire

@testable import pushbench

/// What was seen of a proxy, and how it must be judged.
private struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let check: DoctorCheck?
    let state: DoctorCheck.State
    /// What the words or the remedy must have in them.
    let saying: String

    init(
        _ name: String, _ check: DoctorCheck?, is state: DoctorCheck.State, saying: String = ""
    ) {
        testDescription = name
        self.check = check
        self.state = state
        self.saying = saying
    }
}

@Suite("The doctor, of a proxy")
struct ProxyRuleTests {
    private static func order() -> ProxyOrder {
        guard let url = try? HTTPURL(parsing: "http://127.0.0.1:8000") else {
            preconditionFailure("a URL")
        }
        return ProxyOrder(
            url: url, address: .loopback(port: 8000), host: url.authority,
            place: .loopback(port: 8080), origins: .own, idle: .seconds(26))
    }

    private static func request(
        _ target: String, version: Int = 1, fields: String = ""
    ) -> SeenRequest? {
        SeenRequest(
            head: Array("GET \(target) HTTP/1.\(version)\r\nHost: a\r\n\(fields)\r\n".utf8),
            connection: 0)
    }

    /// A technique through which everything came, changed by `change`.
    private static func seen(
        _ transport: Transport, _ change: (inout TechniqueObservation) -> Void = { _ in }
    ) -> TechniqueObservation {
        var seen = TechniqueObservation(transport: transport)
        seen.published = 5
        seen.delivered = 5
        seen.slowest = 200_000
        seen.isResumed = true
        seen.framing = .chunked
        seen.burst = 20
        seen.burstChunks = 20
        seen.requests = 6
        seen.connections = 1
        seen.serverConnections = 1
        seen.cursor = 7
        seen.arrived =
            transport == .serverSentEvents
            ? request(transport.path, fields: "Last-Event-ID: 7\r\n")
            : request(
                "\(transport.path)?since=7",
                fields: transport == .webSocket
                    ? "Upgrade: websocket\r\nConnection: upgrade\r\n" : "")
        change(&seen)
        return seen
    }

    private static func handshake(_ version: Int, _ fields: String) -> TechniqueObservation {
        seen(.webSocket) {
            $0.delivered = 0
            $0.failure = .status(426)
            $0.arrived = request("/events/websocket?since=7", version: version, fields: fields)
        }
    }

    private static func reach(_ answer: PlainAnswer) -> DoctorCheck {
        .reach(answer, at: order())
    }

    private static func host(_ arrived: String?, _ answer: PlainAnswer) -> DoctorCheck {
        .host(HostObservation(asked: "127.0.0.1:8000", arrived: arrived, answer: answer))
    }

    private static let ways: [Case] = [
        Case(
            "a proxy that passes", reach(.status(200, arrived: true, server: "nginx")), is: .good,
            saying: "by way of nginx"),
        Case(
            "a bad gateway", reach(.status(502, arrived: false, server: nil)), is: .missing,
            saying: "does not get through to the server"),
        Case(
            "a redirection", reach(.status(301, arrived: false, server: nil)), is: .missing,
            saying: "sends clients elsewhere"),
        Case(
            "another server", reach(.status(200, arrived: false, server: nil)), is: .missing,
            saying: "another server"),
        Case(
            "an unknown path", reach(.status(404, arrived: false, server: nil)), is: .missing,
            saying: "does not pass this path on"),
        Case(
            "an unknown name", reach(.status(421, arrived: false, server: nil)), is: .missing,
            saying: "--host"),
        Case("silence", reach(.silence(arrived: false)), is: .missing, saying: "--server"),
        Case("a lost answer", reach(.cut(arrived: true)), is: .missing, saying: "error log"),
        Case("another protocol", reach(.broke("odd")), is: .missing, saying: "plain HTTP"),
        Case(
            "nobody", reach(.unreachable(SystemError(call: "connect", code: ECONNREFUSED))),
            is: .missing, saying: "Start the proxy"),
        Case(
            "the host, passed on",
            host("127.0.0.1:8000", .status(200, arrived: true, server: nil)), is: .good),
        Case(
            "another host that is allowed",
            host("lab", .status(200, arrived: true, server: nil)), is: .good,
            saying: "arrives as lab"),
        Case(
            "another host", host("127.0.0.1:8080", .status(403, arrived: true, server: nil)),
            is: .missing, saying: "proxy_set_header Host $http_host;"),
        Case(
            "an unknown host", host("lab", .status(421, arrived: true, server: nil)),
            is: .missing, saying: "serve --allow-origin http://127.0.0.1:8000"),
        Case(
            "a name that loopback does not know",
            host("127.0.0.1:8000", .status(421, arrived: true, server: nil)), is: .missing,
            saying: "must be told its name"),
        Case(
            "a request with an origin, refused",
            host(nil, .status(403, arrived: false, server: nil)), is: .missing),
        Case("HTTP/1.1", .version([seen(.longPolling)]), is: .good),
        Case(
            "HTTP/1.0",
            .version([seen(.longPolling) { $0.arrived = request("/", version: 0) }]),
            is: .limited, saying: "proxy_http_version 1.1;"),
        Case(
            "a post", .post(.status(201, arrived: true, server: nil)), is: .good),
        Case(
            "a refused post", .post(.status(413, arrived: false, server: nil)), is: .limited,
            saying: "client_max_body_size"),
        Case(
            "a redirected post", .post(.status(301, arrived: false, server: nil)), is: .limited,
            saying: "without a slash"),
    ]

    private static let techniques: [Case] = [
        Case("a stream", .technique(seen(.serverSentEvents)), is: .good, saying: "200 µs"),
        Case("polls", .technique(seen(.longPolling)), is: .good),
        Case(
            "a stream that is kept back",
            .technique(
                seen(.serverSentEvents) {
                    $0.delivered = 0
                    $0.held = .init(bytes: 4096, wasReleased: true)
                }), is: .missing, saying: "until 4.00 KiB have gathered"),
        Case(
            "a stream that is kept for ever",
            .technique(
                seen(.httpStreaming) {
                    $0.delivered = 0
                    $0.held = .init(bytes: 262_144, wasReleased: false)
                }), is: .missing, saying: "proxy_buffering off;"),
        Case(
            "a handshake without Upgrade", .technique(handshake(1, "")), is: .missing,
            saying: "it arrives without Upgrade"),
        Case(
            "a handshake without Connection", .technique(handshake(1, "Upgrade: websocket\r\n")),
            is: .missing, saying: "it arrives without Connection: upgrade"),
        Case(
            "a handshake as HTTP/1.0",
            .technique(handshake(0, "Upgrade: websocket\r\nConnection: upgrade\r\n")),
            is: .missing, saying: "proxy_set_header Upgrade $http_upgrade;"),
        Case(
            "a poll that the proxy answers",
            .technique(
                seen(.longPolling) {
                    $0.delivered = 0
                    $0.failure = .status(404)
                    $0.arrived = nil
                }), is: .missing, saying: "let /events/long-polling pass"),
        Case(
            "polls without their query",
            .technique(
                seen(.jsonpPolling) {
                    $0.delivered = 0
                    $0.failure = .status(400)
                    $0.arrived = request("/events/jsonp-polling")
                }), is: .missing, saying: "rewrite the query"),
        Case(
            "a stream that ends",
            .technique(
                seen(.httpStreaming) {
                    $0.delivered = 2
                    $0.failure = .ended
                }), is: .missing, saying: "after 2 of 5 events"),
    ]

    private static let changes: [Case] = [
        Case("no coding", .compression([seen(.serverSentEvents)]), is: .good),
        Case(
            "compressed polls", .compression([seen(.longPolling) { $0.encoding = "gzip" }]),
            is: .good, saying: "no harm"),
        Case(
            "compressed streams", .compression([seen(.serverSentEvents) { $0.encoding = "br" }]),
            is: .limited, saying: "gzip off;"),
        Case(
            "compressed streams that are kept back",
            .compression([
                seen(.serverSentEvents) {
                    $0.encoding = "gzip"
                    $0.isFlushed = false
                }
            ]), is: .missing, saying: "keeps events back"),
        Case("chunks", .chunks([seen(.serverSentEvents)]), is: .good),
        Case(
            "merged chunks", .chunks([seen(.serverSentEvents) { $0.burstChunks = 2 }]), is: .good,
            saying: "merged, harmless"),
        Case(
            "no chunks", .chunks([seen(.serverSentEvents) { $0.framing = .untilClose }]),
            is: .limited, saying: "chunked_transfer_encoding"),
        Case(
            "cursors", .resumption([seen(.serverSentEvents), seen(.longPolling)]), is: .good),
        Case(
            "no Last-Event-ID",
            .resumption([seen(.serverSentEvents) { $0.arrived = request("/events/sse") }]),
            is: .missing, saying: "proxy_set_header Last-Event-ID"),
        Case(
            "no query",
            .resumption([seen(.webSocket) { $0.arrived = request("/events/websocket") }]),
            is: .missing, saying: "rewrite the query"),
        Case(
            "cursors that do not help",
            .resumption([seen(.serverSentEvents) { $0.isResumed = false }]), is: .missing),
        Case("kept connections", .clientConnections([seen(.longPolling)]), is: .good),
        Case(
            "a connection for each poll",
            .clientConnections([seen(.longPolling) { $0.connections = 6 }]), is: .limited,
            saying: "keepalive_timeout"),
        Case(
            "a connection to the server for each poll",
            .serverConnections([seen(.longPolling) { $0.serverConnections = 6 }]), is: .limited,
            saying: "keepalive 64;"),
    ]

    private static func silence(
        _ transport: Transport, cut: Duration? = nil, status: Int? = nil, came: Bool = true
    ) -> DoctorCheck {
        var seen = SilenceObservation(transport: transport, idle: .seconds(26))
        seen.cutAfter = cut
        seen.status = status
        seen.cameAfter = came
        return .silence(seen)
    }

    private static func latency(_ direct: Int64, _ through: Int64, count: Int = 60) -> DoctorCheck {
        var seen = LatencyObservation(transport: .serverSentEvents)
        seen.direct = Array(repeating: direct, count: count)
        seen.through = Array(repeating: through, count: count)
        seen.roundTrip = 80_000
        return .latency(seen)
    }

    private static let costs: [Case] = [
        Case("a silence that is borne", silence(.serverSentEvents), is: .good),
        Case(
            "a stream that heartbeats save",
            silence(.serverSentEvents, cut: .seconds(20), came: false), is: .limited,
            saying: "serve --heartbeat 10s"),
        Case(
            "a stream cut before its heartbeat",
            silence(.webSocket, cut: .seconds(3), came: false), is: .missing,
            saying: "proxy_read_timeout 1h;"),
        Case(
            "a held poll that is answered by the proxy",
            silence(.longPolling, cut: .seconds(20), status: 504, came: false), is: .missing,
            saying: "answered 504 after 20.0 s"),
        Case(
            "a stream that has died without a word", silence(.serverSentEvents, came: false),
            is: .missing, saying: "does not come"),
        Case("a hop", latency(100_000, 160_000), is: .good),
        Case("a long way", latency(100_000, 40_100_000), is: .limited, saying: "http-no-delay"),
        Case("nothing measured", latency(0, 0, count: 0), is: .limited),
    ]

    @Test("judges", arguments: ways + techniques + changes + costs)
    fileprivate func judges(one: Case) throws {
        let check = try #require(one.check)
        #expect(check.state == one.state)
        #expect((check.remedy == nil) == (one.state == .good))
        #expect("\(check.found) \(check.remedy ?? "")".contains(one.saying))
    }

    @Test("says nothing of what was not looked at")
    func silentRules() {
        #expect(DoctorCheck.version([]) == nil)
        #expect(DoctorCheck.compression([]) == nil)
        #expect(DoctorCheck.chunks([]) == nil)
        #expect(DoctorCheck.resumption([]) == nil)
        let failed = Self.seen(.longPolling) { $0.failure = .ended }
        #expect(DoctorCheck.clientConnections([failed]) == nil)
        let unreached = ProxyObservations(reach: .silence(arrived: false))
        #expect(DoctorCheck.proxy(unreached, order: Self.order()).map(\.id) == ["reach"])
    }

    @Test("gives advice once that several rows ask for")
    func groups() {
        let held = TechniqueObservation.Held(bytes: 4096, wasReleased: true)
        let checks = [Transport.httpStreaming, .serverSentEvents].map { transport in
            DoctorCheck.technique(
                Self.seen(transport) {
                    $0.delivered = 0
                    $0.held = held
                })
        }
        let text = ProxyCheckup(Self.order(), checks: checks).text(color: false)
        #expect(text.matches(of: #/proxy_buffering off;/#).count == 1)
        #expect(text.contains("✗ HTTP streaming and Server-sent events: nginx: proxy_buffering"))
        #expect(text.hasSuffix("see HTTP streaming and Server-sent events.\n"))
    }
}
