import Link
import Reactor
import Testing
import Transports
import Wire

@testable import pushbench

@Suite("The options of a proxy")
struct ProxyOptionTests {
    private func order(_ words: [String]) throws -> ProxyOrder? {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["doctor"] + words) else {
            throw UsageError(place: "test", problem: "no command", remedy: "none")
        }
        return try ProxyOrder.read(arguments)
    }

    @Test("say where it is, how it is asked, and where it passes to")
    func reads() throws {
        #expect(try order([]) == nil)
        let plain = try #require(try order(["--through", "http://localhost:8000/"]))
        #expect(plain.address == .loopback(port: 8000))
        #expect(plain.host == "localhost:8000")
        #expect(plain.place == .loopback(port: 8080))
        #expect(plain.idle == .seconds(26))
        #expect(ProxyOrder.defaultIdle == .seconds(26))
        #expect(plain.origins.believesOwnHostsOnly)
        let named = try #require(
            try order([
                "--through", "http://10.0.0.1", "--host", "push.example", "--server",
                "[::]:81", "--allow-origin", "http://push.example", "--allow-origin", "*",
                "--idle", "70s",
            ]))
        #expect(named.address.description == "10.0.0.1:80")
        #expect(named.host == "push.example")
        #expect(named.place.description == "[::]:81")
        #expect(!named.origins.believesOwnHostsOnly && named.origins.allowsAll)
    }

    @Test(
        "that cannot be had are refused with a remedy",
        arguments: [
            (["--server", "127.0.0.1:1"], "none is named"),
            (["--through", "127.0.0.1:8000"], "has no scheme"),
            (["--through", "https://127.0.0.1"], "asks for TLS"),
            (["--through", "http://push.example"], "--host push.example"),
            (["--through", "http://127.0.0.1/lab"], "have paths of their own"),
            (["--through", "http://127.0.0.1", "--server", "lab:80"], "--server lab:80 is not"),
            (["--through", "http://127.0.0.1", "--server", "127.0.0.1"], "and a port"),
            (["--through", "http://127.0.0.1", "--host", "a b"], "--host a b is not"),
            (["--through", "http://127.0.0.1", "--allow-origin", "a"], "is not an origin"),
        ])
    func refuses(words: [String], saying: String) throws {
        let error = try #require(throws: UsageError.self) { try order(words) }
        #expect("\(error)".contains(saying))
    }
}
