import Testing
import Wire

@testable import pushbench

@Suite("What is read off a proxy's bytes")
struct ProxySurveyTests {
    private static let answers = """
        HTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 3\r\n\r\nabc\
        HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n\
        3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n\
        HTTP/1.0 200 OK\r\nContent-Encoding: identity\r\n\r\nall the rest
        """

    @Test("is the same however the bytes are cut", arguments: [1, 2, 3, 7, 1000])
    func answers(step: Int) {
        var survey = AnswerSurvey()
        let bytes = Array(Self.answers.utf8)
        for start in stride(from: 0, to: bytes.count, by: step) {
            survey.receive(bytes[start..<min(start + step, bytes.count)])
        }
        #expect(survey.heads.map(\.status) == [200, 204, 200, 200])
        #expect(survey.heads.map(\.body) == [.length(3), .none, .chunked, .untilClose])
        #expect(survey.heads.map(\.isPersistent) == [true, false, true, false])
        #expect(survey.heads.map(\.encoding) == [nil, nil, "gzip", nil])
        #expect(survey.heads[0].server == "nginx/1.22.1")
        #expect(survey.chunks == 2)
    }

    @Test("ends with a handshake, and with what is no HTTP")
    func opaque() {
        var survey = AnswerSurvey()
        survey.receive(
            Array("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 ".utf8)[...])
        #expect(survey.heads.map(\.status) == [101])
        var other = AnswerSurvey()
        other.receive(Array("SSH-2.0-OpenSSH\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".utf8)[...])
        #expect(other.heads.isEmpty)
    }

    private static let requests = """
        GET /events/sse?since=1 HTTP/1.0\r\nHost: lab\r\nLAST-EVENT-ID:  7 \r\n\r\n\
        POST /events HTTP/1.1\r\nHost: a:1\r\nContent-Length: 4\r\n\r\nGET \
        GET /events/websocket HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\n\
        Upgrade: websocket\r\n\r\nGET / HTTP/1.1\r\n\r\n
        """

    @Test("finds the requests however they are cut", arguments: [1, 2, 5, 1000])
    func requests(step: Int) {
        var survey = RequestSurvey(connection: 3)
        let bytes = Array(Self.requests.utf8)
        var found: [SeenRequest] = []
        for start in stride(from: 0, to: bytes.count, by: step) {
            found += survey.receive(bytes[start..<min(start + step, bytes.count)])
        }
        #expect(found.map(\.path) == ["/events/sse", "/events", "/events/websocket"])
        #expect(found.map(\.method) == ["GET", "POST", "GET"])
        #expect(found.map(\.minorVersion) == [0, 1, 1])
        #expect(found.allSatisfy { $0.connection == 3 })
        #expect(found[0].target == "/events/sse?since=1")
        #expect(found[0].value(of: "last-event-id") == "7")
        #expect(found[0].value(of: "host") == "lab")
        #expect(found[2].lists("upgrade", in: "connection"))
        #expect(!found[2].lists("close", in: "connection"))
    }

    @Test(
        "takes nothing for a request that is none",
        arguments: ["\r\n\r\n", "GET /\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n", "a b c\r\n\r\n"])
    func strange(text: String) {
        var survey = RequestSurvey(connection: 0)
        #expect(survey.receive(Array(text.utf8)[...]).isEmpty)
        #expect(survey.receive(Array("GET / HTTP/1.1\r\n\r\n".utf8)[...]).isEmpty)
    }
}
