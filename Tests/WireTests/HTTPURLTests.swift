import Testing
import Wire

@Suite("A URL")
struct HTTPURLTests {
    @Test(
        "says where to connect and what to ask for",
        arguments: [
            ("http://127.0.0.1:8080/sub?id=7", "127.0.0.1", 8080, "127.0.0.1:8080", "/sub?id=7"),
            ("ws://localhost", "localhost", 80, "localhost", ""),
            ("HTTP://[::1]:9/", "[::1]", 9, "[::1]:9", "/"),
            ("http://host?id=a/b", "host", 80, "host", "/?id=a/b"),
            ("http://10.0.0.1:65535/a%20b", "10.0.0.1", 65535, "10.0.0.1:65535", "/a%20b"),
        ])
    func parts(
        text: String, host: String, port: UInt16, authority: String, target: String
    ) throws {
        let url = try HTTPURL(parsing: text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.authority == authority)
        #expect(url.target == target)
        #expect(try HTTPURL(parsing: url.description) == url)
    }

    @Test(
        "that cannot be used is refused with the reason",
        arguments: [
            ("127.0.0.1:8080", "no scheme"), ("", "no scheme"),
            ("https://127.0.0.1", "asks for TLS"), ("wss://127.0.0.1", "asks for TLS"),
            ("ftp://127.0.0.1", "other than http and ws"),
            ("http://", "no host"), ("http://:80", "no host"), ("http:///sub", "no host"),
            ("http://[::1", "no host"),
            ("http://h:0", "a port"), ("http://h:65536", "a port"), ("http://h:", "a port"),
            ("http://h:8a", "a port"), ("http://h:-1", "a port"), ("http://[::1]x", "a port"),
            ("http://a@h/", "a user name"), ("http://h/#top", "a fragment"),
            ("http://h/a b", "a space"), ("http://h/\r\nX: y", "a space"),
            ("http://hé/", "beyond ASCII"),
        ])
    func refused(text: String, cause: String) throws {
        let problem = try #require(throws: HTTPURL.Problem.self) { try HTTPURL(parsing: text) }
        #expect(problem.cause.contains(cause))
        #expect(!problem.remedy.isEmpty)
    }

    @Test("leads to other places on the same server, with its query")
    func places() throws {
        let url = try HTTPURL(parsing: "http://h:8080/sub?id=7")
        #expect(url.query == "?id=7")
        #expect(url.at("/pub\(url.query)").description == "http://h:8080/pub?id=7")
        #expect(try HTTPURL(parsing: "http://h").query == "")
    }
}
