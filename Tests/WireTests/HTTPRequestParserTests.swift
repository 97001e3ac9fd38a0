import Testing
import Wire

@Suite("HTTPRequestParser")
struct HTTPRequestParserTests {
    /// A request and what it says; what is not named is as in `GET / HTTP/1.1`.
    struct Request: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var method = HTTPMethod.get
        var path = "/"
        var query = ""
        var minorVersion = 1
        var fields = ["Host=h"]
        var body = HTTPBodyFraming.none
        var isPersistent = true
        var expectsContinue = false

        init(_ text: String, _ change: (inout Request) -> Void = { _ in }) {
            bytes = text.bytes
            change(&self)
        }

        var testDescription: String { String(decoding: bytes, as: UTF8.self).visible }
    }

    static let forms = [
        Request("GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Request("GET /events/sse?since=17&x=%20 HTTP/1.1\r\nHost: h\r\n\r\n") {
            ($0.path, $0.query) = ("/events/sse", "since=17&x=%20")
        },
        Request("GET /? HTTP/1.1\r\nHost: h\r\n\r\n"),
        Request("GET /a?b?c=/d HTTP/1.1\r\nHost: h\r\n\r\n") {
            ($0.path, $0.query) = ("/a", "b?c=/d")
        },
        Request("GET http://other:80/a/b?c HTTP/1.1\r\nHost: h\r\n\r\n") {
            ($0.path, $0.query) = ("/a/b", "c")
        },
        Request("GET HTTP://h/a HTTP/1.1\r\nHost: h\r\n\r\n") { $0.path = "/a" },
        Request("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n"),
        Request("GET http://h?a=/b HTTP/1.1\r\nHost: h\r\n\r\n") { $0.query = "a=/b" },
        Request("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n") {
            ($0.method, $0.path) = (.options, "*")
        },
        Request("GET /*?* HTTP/1.1\r\nHost: h\r\n\r\n") { ($0.path, $0.query) = ("/*", "*") },
        Request("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Request("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        Request("GET / HTTP/1.9\r\nHost: h\r\n\r\n"),
    ]

    static let methods = zip(
        ["HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"],
        [HTTPMethod.head, .post, .put, .delete, .connect, .options, .trace, .patch]
    ).map { name, method in
        Request("\(name) / HTTP/1.1\r\nHost: h\r\n\r\n") { $0.method = method }
    }

    static let fieldLines = [
        Request("GET / HTTP/1.0\r\n\r\n") {
            ($0.minorVersion, $0.fields, $0.isPersistent) = (0, [], false)
        },
        Request("GET / HTTP/1.0\r\nhOST: h\r\n\r\n") {
            ($0.minorVersion, $0.fields, $0.isPersistent) = (0, ["hOST=h"], false)
        },
        Request("GET / HTTP/1.1\r\nHost:\r\n\r\n") { $0.fields = ["Host="] },
        Request("GET / HTTP/1.1\r\nHost:h\r\nA: \t b  c \t\r\nB:\t\r\n\r\n") {
            $0.fields = ["Host=h", "A=b  c", "B="]
        },
        Request("GET / HTTP/1.1\r\nHost: h\r\n!#$%&'*+-.^_`|~09azAZ: ü \"\\\r\n\r\n") {
            $0.fields = ["Host=h", "!#$%&'*+-.^_`|~09azAZ=ü \"\\"]
        },
        Request("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\na: 2\r\nA: 1\r\n\r\n") {
            $0.fields = ["Host=h", "A=1", "a=2", "A=1"]
        },
    ]

    static let connections = [
        ("1.1", "", true), ("1.1", "close", false), ("1.1", "keep-alive", true),
        ("1.1", "ClOsE", false), ("1.1", "upgrade ,\tclose", false), ("1.1", ",,close,", false),
        ("1.1", "closed", true), ("1.1", "keep-alive, close", false), ("1.1", "Upgrade", true),
        ("1.0", "", false), ("1.0", "close", false), ("1.0", "keep-alive", true),
        ("1.0", "Keep-Alive", true), ("1.0", "te, keep-alive", true),
        ("1.0", "close, keep-alive", false), ("1.0", "keep-alives", false),
    ].map { version, value, isPersistent in
        Request("GET / HTTP/\(version)\r\nHost: h\r\nConnection: \(value)\r\n\r\n") {
            $0.minorVersion = version == "1.0" ? 0 : 1
            $0.fields = ["Host=h", "Connection=\(value)"]
            $0.isPersistent = isPersistent
        }
    }

    static let expectations = [
        Request("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n") {
            ($0.method, $0.expectsContinue) = (.put, true)
            $0.fields = ["Host=h", "Expect=100-Continue"]
        },
        // RFC 9110 §10.1.1: a server ignores the expectation of an HTTP/1.0 client.
        Request("GET / HTTP/1.0\r\nExpect: miracles\r\n\r\n") {
            ($0.minorVersion, $0.fields, $0.isPersistent) = (0, ["Expect=miracles"], false)
        },
    ]

    @Test(
        "reads a good request the same however it is cut",
        arguments: forms + methods + fieldLines + connections + expectations)
    func good(request: Request) {
        for pieces in Feed.all(of: request.bytes) {
            let received = ReceivedRequest(pieces)
            #expect(received.error == nil)
            #expect(received.isWhole)
            #expect(received.headLength == request.bytes.count)
            #expect(received.rest == [])
            guard let head = received.head else { continue }
            #expect(head.method == request.method)
            #expect(head.path == request.path)
            #expect(head.query == request.query)
            #expect(head.minorVersion == request.minorVersion)
            #expect(head.fields == request.fields)
            #expect(head.body == request.body)
            #expect(head.isPersistent == request.isPersistent)
            #expect(head.expectsContinue == request.expectsContinue)
        }
    }

    @Test("understands a field section that it has met before as it did the first time")
    func repeatedSections() throws {
        var parser = HTTPRequestParser()
        let requests = Self.forms + Self.fieldLines + Self.connections
        // Each twice in a row, and once more behind another.
        for request in requests + requests.flatMap({ [$0, $0] }) {
            // A longer first line, so that the same section stands elsewhere.
            for bytes in [request.bytes, "\r\n".bytes + request.bytes] {
                let span = bytes.span
                let outcome = try parser.parse(span, scanned: 0, limits: .init())
                #expect(outcome == .head(length: bytes.count))
                let fields = (0..<parser.fields.count).map { index in
                    let field = parser.fields[index]
                    return span.text(field.name) + "=" + span.text(field.value)
                }
                #expect(fields == request.fields)
                #expect(parser.isPersistent == request.isPersistent)
                #expect(parser.minorVersion == request.minorVersion)
                #expect(parser.body == request.body)
            }
        }
    }

    @Test("leaves the next request in the same read alone")
    func pipelined() {
        let first = "POST /events HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc".bytes
        let second = "\r\nGET / HTTP/1.1\r\n".bytes
        for pieces in Feed.all(of: first + second) {
            let received = ReceivedRequest(pieces)
            #expect(received.content == "abc".bytes)
            #expect(received.rest == second)
        }
    }

    @Test("hands a chunked request to the chunked coding")
    func chunked() {
        let head = "POST /events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
        let bytes = (head + "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: v\r\n\r\nGET ").bytes
        for pieces in Feed.all(of: bytes) {
            let received = ReceivedRequest(pieces)
            #expect(received.head?.body == .chunked)
            #expect(received.headLength == head.utf8.count)
            #expect(received.content == "abcde".bytes)
            #expect(received.rest == "GET ".bytes)
        }
    }

    @Test("waits for each missing byte of a head")
    func incomplete() {
        let whole = "\r\nGET /a?b HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n".bytes
        for length in 0..<whole.count {
            for pieces in Feed.all(of: Array(whole[..<length])) {
                let received = ReceivedRequest(pieces)
                #expect(received.head == nil)
                #expect(received.error == nil)
            }
        }
    }

    @Test("forgets the last request when it reads the next one")
    func reused() throws {
        let first = "POST /a?b HTTP/1.0\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\n"
            .bytes
        let second = "PUT /c HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n".bytes
        let third = "GET /d HTTP/1.1\r\nHost: h\r\n\r\n".bytes
        var parser = HTTPRequestParser()
        for bytes in [first, second, third] {
            #expect(
                try parser.parse(bytes.span, scanned: 0, limits: .init())
                    == .head(length: bytes.count))
        }
        let head = ReceivedRequest.Head(parser, third.span)
        #expect(head == ReceivedRequest([third]).head)
    }
}
