import Testing
import Wire

@Suite("QueryString")
struct QueryStringTests {
    private func value(_ name: StaticString, in query: String) -> String? {
        // The query stands between other bytes, as it does in a request.
        let bytes = "/p?\(query) since=9&".bytes
        let range = 3..<3 + query.utf8.count
        return QueryString.value(of: name, in: bytes.span, query: range).map { bytes.span.text($0) }
    }

    @Test(
        "gives the first value of a name",
        arguments: [
            ("since=17", "17"), ("a=b&since=17", "17"), ("since=17&a=b", "17"),
            ("since=1&since=2", "1"), ("since=", ""), ("since", ""), ("since&a", ""),
            ("a&since", ""),
            ("since==", "="), ("since=a=b", "a=b"), ("&&since=17&&", "17"), ("since=%20+", "%20+"),
            ("=&since=17", "17"), ("a=since=1&since=2", "2"),
        ])
    func found(query: String, value: String) {
        #expect(self.value("since", in: query) == value)
    }

    @Test(
        "gives nothing where the name is not there",
        arguments: [
            "", "&", "=", "=17", "Since=17", "sinc=1", "sincee=1", "xsince=1", "a=since", "a=b",
            "since%3D17", "s%69nce=17",
        ])
    func absent(query: String) {
        #expect(value("since", in: query) == nil)
    }

    private func decoded(_ text: String) -> [UInt8]? {
        let bytes = "%\(text)20".bytes
        return QueryString.decoded(bytes.span, in: 1..<bytes.count - 2)
    }

    @Test(
        "undoes percent-encoding",
        arguments: [
            ("", []), ("abc", "abc".bytes), ("%41%42", "AB".bytes), ("%c3%BC", "ü".bytes),
            ("a+b%2B", "a b+".bytes), ("%00%fF", [0, 255]), ("%2541", "%41".bytes),
            ("ü", "ü".bytes),
        ] as [(String, [UInt8])])
    func decodes(text: String, bytes: [UInt8]) {
        #expect(decoded(text) == bytes)
    }

    @Test(
        "refuses broken percent-encoding, even where digits follow behind the range",
        arguments: ["%", "%4", "a%", "%%41", "%g0", "%0g", "%-1", "% 1", "%u0041"])
    func broken(text: String) {
        #expect(decoded(text) == nil)
    }
}
