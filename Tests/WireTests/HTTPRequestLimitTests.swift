import Testing
import Wire

@Suite("The limits of a request")
struct HTTPRequestLimitTests {
    private static func head(target: Int = 1, fields: Int = 0, padding: Int = 0) -> [UInt8] {
        let target = "/" + String(repeating: "a", count: target - 1)
        let fields = String(repeating: "A: b\r\n", count: fields)
        let padding = padding == 0 ? "" : "B: \(String(repeating: "c", count: padding))\r\n"
        return "GET \(target) HTTP/1.1\r\nHost: h\r\n\(fields)\(padding)\r\n".bytes
    }

    /// What is said of `bytes`, after asserting that it is the same for every feed.
    private func verdict(
        on bytes: [UInt8], limits: HTTPRequestParser.Limits = .init(),
        _ location: SourceLocation = #_sourceLocation
    ) -> ReceivedRequest {
        let whole = ReceivedRequest([bytes], limits: limits)
        for pieces in Feed.all(of: bytes) {
            #expect(
                ReceivedRequest(pieces, limits: limits) == whole, sourceLocation: location)
        }
        return whole
    }

    @Test("allow a target of exactly so many bytes")
    func target() {
        let limit = HTTPRequestParser.Limits().targetBytes
        #expect(verdict(on: Self.head(target: limit)).isWhole)
        for excess in [1, 18, 19, 20, 1000] {
            #expect(verdict(on: Self.head(target: limit + excess)).error == .httpTargetTooLong)
        }
    }

    @Test("answer 414 to a first line that never ends, before the head's limit")
    func endlessLine() {
        let limits = HTTPRequestParser.Limits()
        let longest = limits.targetBytes + 32
        for filler in [UInt8(ascii: "G"), .space, 0, 0xFF] {
            let line = "G".bytes + Array(repeating: filler, count: longest - 1)
            #expect(verdict(on: line).error == nil)
            #expect(verdict(on: line + [filler]).error == .httpTargetTooLong)
            #expect(verdict(on: line + [filler] + "\r\n\r\n".bytes).error == .httpTargetTooLong)
        }
    }

    @Test("answer 431 to the first byte too many, whole or not")
    func headBytes() {
        let limit = HTTPRequestParser.Limits().headBytes
        let fixed = Self.head(padding: 1).count - 1
        let exact = Self.head(padding: limit - fixed)
        #expect(exact.count == limit)
        #expect(verdict(on: exact).isWhole)
        let tooLong = Self.head(padding: limit - fixed + 1)
        #expect(verdict(on: tooLong).error == .httpHeadTooLarge)
        #expect(verdict(on: tooLong.dropLast()).error == nil)
        #expect(verdict(on: exact.dropLast(2) + "more".bytes).error == .httpHeadTooLarge)
    }

    @Test("count the empty lines before a request as part of its head")
    func emptyLines() {
        var limits = HTTPRequestParser.Limits()
        (limits.headBytes, limits.targetBytes) = (200, 50)
        let lines = Array(repeating: "\r\n".bytes, count: 100).flatMap { $0 }
        #expect(verdict(on: lines, limits: limits).error == nil)
        #expect(
            verdict(on: lines + [.carriageReturn], limits: limits).error == .httpHeadTooLarge)
        let head = Self.head(padding: 2)
        #expect(head.count.isMultiple(of: 2))
        #expect(verdict(on: lines.dropLast(head.count) + head, limits: limits).isWhole)
        #expect(
            verdict(on: lines.dropLast(head.count - 2) + head, limits: limits).error
                == .httpHeadTooLarge)
    }

    @Test("allow exactly so many fields")
    func fieldCount() {
        let limit = HTTPRequestParser.Limits().fields
        #expect(verdict(on: Self.head(fields: limit - 1)).head?.fields.count == limit)
        #expect(verdict(on: Self.head(fields: limit)).error == .httpTooManyFields)
    }

    @Test("answer 413 to a content that is declared one byte too long")
    func bodyBytes() {
        func verdict(_ length: Int) -> ReceivedRequest {
            ReceivedRequest([
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(length)\r\n\r\n".bytes
            ])
        }
        let limit = HTTPRequestParser.Limits().bodyBytes
        #expect(verdict(limit).head?.body == .length(limit))
        #expect(verdict(limit + 1).error == .httpBodyTooLarge)
    }

    @Test("can be set, and the head's limit goes before the target's where it is smaller")
    func custom() {
        var limits = HTTPRequestParser.Limits()
        (limits.headBytes, limits.targetBytes, limits.fields, limits.bodyBytes) = (80, 10, 2, 5)
        #expect(verdict(on: Self.head(target: 10, fields: 1), limits: limits).isWhole)
        #expect(verdict(on: Self.head(target: 11), limits: limits).error == .httpTargetTooLong)
        #expect(verdict(on: Self.head(fields: 2), limits: limits).error == .httpTooManyFields)
        #expect(verdict(on: Self.head(padding: 60), limits: limits).error == .httpHeadTooLarge)
        limits.headBytes = 30
        let long = Array(repeating: UInt8(ascii: "a"), count: 100)
        #expect(verdict(on: long, limits: limits).error == .httpHeadTooLarge)
    }
}
