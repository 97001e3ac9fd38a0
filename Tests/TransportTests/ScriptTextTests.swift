import Link
import Testing
import Transports
import Wire

@Suite("JSON in a script")
struct ScriptTextTests {
    @Test(
        "has nothing in it that ends the script or its line",
        arguments: [
            (#""plain""#, #""plain""#), (#""</script>""#, #""\u003c/script>""#),
            (#""<!--<script""#, #""\u003c!--\u003cscript""#), (#""a<""#, #""a\u003c""#),
            ("\"\u{2028}\u{2029}\"", #""\u2028\u2029""#),
            // Neighbours of those two, in code and in bytes.
            ("\"\u{2027}\u{202A}\u{2068}\"", "\"\u{2027}\u{202A}\u{2068}\""),
            ("\"\u{2028}<\u{2028}\"", #""\u2028\u003c\u2028""#), ("", ""), ("<", #"\u003c"#),
        ])
    func escapes(json: String, script: String) {
        var wire = WireBuffer()
        ScriptText.write(Array(json.utf8), into: &wire)
        #expect(String(decoding: wire.bytes, as: UTF8.self) == script)
        #expect(wire.ledger[.payload] == wire.count)
    }

    @Test(
        "leaves broken text alone", arguments: [[0xE2], [0xE2, 0x80], [0xE2, 0xE2, 0x80, 0xA7]])
    func brokenText(bytes: [UInt8]) {
        var wire = WireBuffer()
        ScriptText.write(bytes, into: &wire)
        #expect(wire.bytes == bytes)
    }

    @Test(
        "is what script techniques send of a user's data",
        arguments: [Transport.jsonpPolling, .foreverIframe], SampleData.lines)
    func onTheWire(transport: Transport, line: [UInt8]) {
        let pair = TransportPair(transport)
        pair.connect()
        let before = pair.segments.count
        pair.publish(line)
        let text = pair.segments[before...].filter { !$0.isFromClient }
            .map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
        // The one element that the framing itself closes.
        let elements = transport == .foreverIframe ? 1 : 0
        #expect(text.ranges(of: "<").count == elements * 2)
        #expect(text.ranges(of: "</script>").count == elements)
        #expect(!text.unicodeScalars.contains("\u{2028}"))
        #expect(!text.unicodeScalars.contains("\u{2029}"))
    }
}
