import Testing
import Wire

/// Broken bytes by the thousand: nothing they cause may be worse than a thrown `ProtocolError`, and
/// what they cause may not depend on how they were cut into reads.
///
/// Each mutant is made from a good input by the dice of its seed, so that a failure can be repeated.
@Suite("Mutated bytes")
struct FuzzTests {
    /// Mutants a seed: enough to reach most branches, and well under a second in a debug build.
    private static let mutants = 400

    static let requests: [[UInt8]] = [
        "\r\nGET /events/sse?since=17&a=%20 HTTP/1.1\r\nHost: h\r\nConnection: a, close\r\n\r\n"
            .bytes,
        "POST http://h/events HTTP/1.0\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nabcde"
            .bytes,
        ("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;a=b\r\nabcde\r\n1f\r\n0123456789012345678901234567890\r\n0\r\nT: v\r\n\r\nGET /")
            .bytes,
        "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n".bytes,
    ]

    @Test("of a request are read or refused, the same however they are cut", arguments: 1...8)
    func request(seed: UInt64) {
        var limits = HTTPRequestParser.Limits()
        // Close limits, so that mutants break them too.
        (limits.headBytes, limits.targetBytes, limits.fields, limits.bodyBytes) = (120, 40, 3, 50)
        var dice = Dice(seed: seed)
        for round in 0..<Self.mutants {
            let mutant = dice.mutated(Self.requests[round % Self.requests.count])
            guard !mutant.isEmpty else { continue }
            let bounds = round.isMultiple(of: 3) ? limits : .init()
            let whole = ReceivedRequest([mutant], limits: bounds)
            let feeds = [mutant.map { [$0] }, Feed.random(mutant, seed: dice.next())]
            for pieces in feeds where ReceivedRequest(pieces, limits: bounds) != whole {
                Issue.record("\(String(decoding: mutant, as: UTF8.self).debugDescription)")
            }
        }
    }

    @Test(
        "of a chunked content are read or refused, the same however they are cut", arguments: 1...8)
    func chunked(seed: UInt64) {
        let codings =
            (ChunkedCodingTests.codings.map(\.bytes) + ChunkedCodingTests.foreign.map(\.bytes))
            .map(\.bytes).filter { $0.count < 400 }
        var dice = Dice(seed: seed)
        for round in 0..<Self.mutants {
            let mutant = dice.mutated(codings[round % codings.count])
            guard !mutant.isEmpty else { continue }
            let whole = ChunkedReading([mutant])
            #expect(whole.ledger.total + whole.content.count <= whole.consumed)
            let feeds = [mutant.map { [$0] }, Feed.random(mutant, seed: dice.next())]
            for pieces in feeds where ChunkedReading(pieces) != whole {
                Issue.record("\(String(decoding: mutant, as: UTF8.self).debugDescription)")
            }
        }
    }

    @Test("of an answer are read or refused, the same however they are cut", arguments: 1...8)
    func response(seed: UInt64) {
        let heads = HTTPResponseParserTests.framings + HTTPResponseParserTests.persistences
        var dice = Dice(seed: seed)
        for round in 0..<Self.mutants {
            let mutant = dice.mutated(heads[round % heads.count].head.bytes)
            guard !mutant.isEmpty else { continue }
            let whole = HTTPResponseParserTests.Reading([mutant])
            if HTTPResponseParserTests.Reading(mutant.map { [$0] }) != whole {
                Issue.record("\(String(decoding: mutant, as: UTF8.self).debugDescription)")
            }
        }
    }

    @Test(
        "of JSON are accepted or refused, and what is accepted stays so on one line",
        arguments: 1...8)
    func json(seed: UInt64) {
        let texts = JSONTextTests.valid.filter { $0.utf8.count > 1 }
        var dice = Dice(seed: seed)
        for round in 0..<Self.mutants * 4 {
            let mutant = dice.mutated(texts[round % texts.count].bytes)
            let length = mutant.count
            for start in 0...length {
                if let end = JSONText.endOfValue(in: mutant.span, at: start) {
                    #expect(start < end && end <= length)
                }
                if let end = JSONText.endOfTrustedObject(in: mutant.span, at: start, to: length) {
                    #expect(start < end && end <= length)
                }
            }
            guard let line = JSONText.singleLine(mutant.span) else { continue }
            #expect(!line.contains(.lineFeed) && !line.contains(.carriageReturn))
            #expect(JSONText.singleLine(line.span) == line)
        }
    }

    @Test("of a query are decoded or refused", arguments: 1...4)
    func query(seed: UInt64) {
        var dice = Dice(seed: seed)
        for _ in 0..<Self.mutants {
            let mutant = dice.mutated("since=17&callback=a%2Eb+c&x&=&&y=%C3%BC".bytes)
            let query = 0..<mutant.count
            guard let value = QueryString.value(of: "callback", in: mutant.span, query: query)
            else {
                continue
            }
            #expect(query.lowerBound <= value.lowerBound && value.upperBound <= query.upperBound)
            if let decoded = QueryString.decoded(mutant.span, in: value) {
                #expect(decoded.count <= value.count)
            }
        }
    }

    @Test("of a URL are one or say why not", arguments: 1...4)
    func url(seed: UInt64) {
        var dice = Dice(seed: seed)
        let urls = ["http://127.0.0.1:8080/sub?id=7", "ws://[::1]:9/", "HTTP://h?a=b://c"]
        for round in 0..<Self.mutants {
            let mutant = String(
                decoding: dice.mutated(urls[round % urls.count].bytes), as: UTF8.self)
            guard let url = try? HTTPURL(parsing: mutant) else { continue }
            #expect((try? HTTPURL(parsing: url.description)) == url)
            #expect(url.target.isEmpty || url.target.hasPrefix("/"))
        }
    }
}
