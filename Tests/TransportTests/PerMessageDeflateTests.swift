import Testing
import Wire

@testable import Transports

@Suite("The negotiation of permessage-deflate")
struct PerMessageDeflateTests {
    /// The extensions of a request with these values of the field.
    private static func list(_ values: [String]) throws -> [WebSocketExtension] {
        let lines = values.map { "SEC-WebSocket-Extensions: \($0)\r\n" }.joined()
        let bytes = Array(lines.utf8)
        var fields = HTTPFields()
        try fields.parse(bytes.span, in: 0..<bytes.count, limit: 10)
        return try WebSocketExtension.list(of: fields, in: bytes.span)
    }

    // MARK: - The list

    @Test(
        "reads lists as RFC 6455 §9.1 and RFC 9110 §5.6.1 have them",
        arguments: [
            ([], ""), ([""], ""), ([","], ""), (["a"], "a"), (["a,b"], "a|b"),
            (["a", "b"], "a|b"), ([" a ; x , ,b;y=1; z=\"2\""], "a x|b y=1 z=2"),
            (["A; X=Y"], "a x=Y"), (["a;x=\"\\1\\2\""], "a x=12"), (["a;x;x"], "a x x"),
        ])
    func lists(values: [String], meaning: String) throws {
        let read = try Self.list(values).map { element in
            let parameters = element.parameters.map {
                " " + $0.name + ($0.value.map { "=\($0)" } ?? "")
            }
            return element.name + parameters.joined()
        }
        #expect(read.joined(separator: "|") == meaning)
    }

    @Test(
        "refuses what is no list",
        arguments: [
            ";", "a b", "a;", "a; ;x", "a;x=", "a;x=\"\"", "a;x=\"1", "a;x=\"a b\"", "=", "a=1",
            "a;x=1 2", "\"a\"", "a;x=\"1\"2", "a;x=\"\\",
        ])
    func noLists(value: String) {
        #expect(throws: ProtocolError.webSocketExtensions) { try Self.list([value]) }
    }

    // MARK: - The server

    private static let forgetful =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    @Test(
        "takes the first offer that it can, and has both ends forget each message",
        arguments: [
            ("permessage-deflate", ""),
            ("permessage-deflate; client_max_window_bits", ""),
            ("permessage-deflate; client_max_window_bits=8", ""),
            ("permessage-deflate; server_no_context_takeover", ""),
            ("permessage-deflate; client_no_context_takeover", ""),
            ("permessage-deflate; server_max_window_bits=15", "; server_max_window_bits=15"),
            ("permessage-deflate; server_max_window_bits=14", "; server_max_window_bits=9"),
            ("permessage-deflate; server_max_window_bits=9", "; server_max_window_bits=9"),
            ("permessage-deflate; server_max_window_bits=\"10\"", "; server_max_window_bits=9"),
            ("x-webkit-deflate-frame, permessage-deflate", ""),
            ("permessage-deflate; server_max_window_bits=8, permessage-deflate", ""),
            (
                "permessage-deflate; mystery, permessage-deflate; server_max_window_bits=10",
                "; server_max_window_bits=9"
            ),
        ])
    func accepts(offers: String, tail: String) throws {
        let agreement = try DeflateAgreement.accepting(Self.list([offers]))
        #expect(agreement?.text == Self.forgetful + tail)
    }

    @Test(
        "takes none with a parameter that is unknown, repeated or ill-valued, or that it cannot have",
        arguments: [
            "", "permessage-bzip2", "permessage-deflate; x",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=09",
            "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; server_max_window_bits=99999999999999999999",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=0",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
        ])
    func declines(offers: String) throws {
        #expect(try DeflateAgreement.accepting(Self.list([offers])) == nil)
    }

    // MARK: - The client

    @Test("offers what it says")
    func offers() throws {
        let text = "permessage-deflate; client_no_context_takeover; client_max_window_bits"
        #expect(DeflateOffer.own.text == text)
        var offer = DeflateOffer()
        offer.serverForgets = true
        offer.serverWindowBits = 10
        offer.clientWindow = .bits(9)
        #expect(
            offer.text
                == "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; "
                + "client_max_window_bits=9")
        for offer in [offer, .own, .browser, DeflateOffer()] {
            #expect(DeflateOffer(try Self.list([offer.text])[0]) == offer)
        }
    }

    @Test(
        "lives with every answer that its offer allows",
        arguments: [
            "permessage-deflate", "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; client_max_window_bits=8",
            "permessage-deflate; client_max_window_bits=15; server_max_window_bits=15",
        ])
    func agrees(answer: String) throws {
        let agreement = DeflateAgreement(try Self.list([answer])[0], to: .own)
        #expect(
            agreement?.text.split(separator: "; ").sorted()
                == answer.split(separator: "; ").sorted())
    }

    @Test(
        "fails the connection over any other",
        arguments: [
            "permessage-bzip2", "permessage-deflate; x",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
        ])
    func disagrees(answer: String) throws {
        #expect(DeflateAgreement(try Self.list([answer])[0], to: .own) == nil)
    }

    @Test("holds a server to what it asked for")
    func holdsToOffer() throws {
        func isFine(_ offer: DeflateOffer, _ answer: String) throws -> Bool {
            DeflateAgreement(try Self.list(["permessage-deflate; \(answer)"])[0], to: offer) != nil
        }
        var strict = DeflateOffer()
        strict.serverForgets = true
        strict.serverWindowBits = 10
        #expect(try isFine(strict, "server_no_context_takeover; server_max_window_bits=9"))
        #expect(try !isFine(strict, "server_no_context_takeover; server_max_window_bits=11"))
        #expect(try !isFine(strict, "server_no_context_takeover"))
        #expect(try !isFine(strict, "server_max_window_bits=10"))
        // It never said that its window could be limited.
        #expect(
            try !isFine(
                strict,
                "server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=15"))
    }
}
