import Measurement
import Testing

@testable import Reporting

@Suite("Text from a record")
struct EscapingTests {
    @Test(
        "is text in XML, too",
        arguments: [
            ("a & b < c > d", "a &amp; b &lt; c &gt; d", "a &amp; b &lt; c &gt; d"),
            ("\"'", "\"'", "&quot;'"), ("]]>", "]]&gt;", "]]&gt;"),
            ("a\nb\tc", "a\nb\tc", "a&#10;b&#9;c"), ("a\r\nb", "a&#13;\nb", "a&#13;&#10;b"),
            (
                "\0\u{1}\u{1F}\u{FFFE}\u{FFFF}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}",
                "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
            ),
            ("<\u{301}\"\u{301}", "&lt;\u{301}\"\u{301}", "&lt;\u{301}&quot;\u{301}"),
            ("ü–😀", "ü–😀", "ü–😀"),
        ])
    func xml(text: String, content: String, attribute: String) {
        #expect(XMLText.content(text) == content)
        #expect(XMLText.attribute(text) == attribute)
    }

    @Test(
        "is one field of CSV",
        arguments: [
            ("", ""), ("plain text", "plain text"), ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""), ("\"\u{301}", "\"\"\"\u{301}\""),
            ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""), ("'a;b'", "'a;b'"),
        ])
    func csv(text: String, field: String) {
        #expect(CSVReport.field(text) == field)
    }

    @Test(
        "shows as it is in Markdown, and mentions nobody",
        arguments: [
            ("a *b* _c_ `d`", "a \\*b\\* \\_c\\_ \\`d\\`"), ("a|b", "a\\|b"),
            ("|\u{301}", "\\|\u{301}"), ("[a](b)", "\\[a\\](b)"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"), ("a\r\nb\u{2028}c", "a  b c"),
            ("# a", "\\# a"), ("- a", "\\- a"), ("+1", "\\+1"), ("=", "\\="),
            ("1. a", "1\\. a"), ("12) a", "12\\) a"), ("1.5 ms", "1.5 ms"), ("2", "2"),
            ("~~a~~", "\\~\\~a\\~\\~"), ("\\", "\\\\"),
            ("me@work @you", "me@<!-- -->work @<!-- -->you"),
            ("@ 2.80GHz", "@ 2.80GHz"), ("a\u{1B}[31m\tb", "a\u{FFFD}\\[31m b"), ("–", "–"),
        ])
    func markdown(text: String, expected: String) {
        #expect(MarkdownText.escaped(text) == expected)
    }

    @Test(
        "is code between fences that it cannot close",
        arguments: [
            ("a", "```sh\na\n```\n"), ("a `b`", "```sh\na `b`\n```\n"),
            ("````", "`````sh\n````\n`````\n"),
        ])
    func fences(text: String, expected: String) {
        #expect(MarkdownText.fenced(text) == expected)
    }

    @Test(
        "does not end a workflow command, nor a property of one",
        arguments: [
            ("a: b, c", "a: b, c", "a%3A b%2C c"), ("100 %", "100 %25", "100 %25"),
            ("a\nb", "a%0Ab", "a%0Ab"), ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
            ("::error::", "::error::", "%3A%3Aerror%3A%3A"), (":\u{301}", ":\u{301}", "%3A\u{301}"),
        ])
    func annotations(text: String, data: String, property: String) {
        #expect(GitHubReport.data(text) == data)
        #expect(GitHubReport.property(text) == property)
    }

    @Test(
        "is a label of OpenMetrics",
        arguments: [
            ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"),
            ("a\r\nb", "a \\nb"), ("\"\u{301}", "\\\"\u{301}"), ("{a=b,c}", "{a=b,c}"),
        ])
    func labels(text: String, expected: String) {
        #expect(OpenMetricsReport.escaped(text) == expected)
    }

    @Test(
        "is a tag of a histogram log, and a part of a Go benchmark's name",
        arguments: [
            ("sse", "sse", "sse"),
            (
                "sse (close) (mirror 50.0 ms)", "sse_(close)_(mirror_50.0_ms)",
                "sse_(close)_(mirror_50.0_ms)"
            ),
            ("a,b", "a_b", "a,b"), ("a\r\nb", "a__b", "a__b"), ("a/b=c", "a/b=c", "a_b_c"),
            ("a\u{202F}b", "a_b", "a_b"),
        ])
    func names(text: String, tag: String, word: String) {
        #expect(HistogramLogReport.tag(text) == tag)
        #expect(GoBenchmarkReport.word(text) == word)
    }

    @Test(
        "is a word of a command line that a shell reads back",
        arguments: [
            ("--rtt=50ms", "--rtt=50ms"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"),
            ("$(a)", "'$(a)'"), ("*", "'*'"), ("a\nb's\\", "$'a\\u000ab\\'s\\\\'"),
        ])
    func shellWords(word: String, expected: String) {
        var record = RunRecord.crafted()
        record.command = ["pushbench", word]
        #expect(RecordTitle.command(record) == "pushbench \(expected)")
    }

    @Test(
        "is a moment where it has the form of one",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2025-11-21T02:32:00Z", 1_763_692_320),
            ("2000-02-29T23:59:59Z", 951_868_799), ("2024-03-01T00:00:00Z", 1_709_251_200),
            ("1969-12-31T23:59:59Z", -1), ("yesterday", nil), ("2025-11-21T02:32:00+01:00", nil),
        ] as [(String, Double?)])
    func moments(text: String, seconds: Double?) {
        #expect(EpochSeconds.of(text) == seconds)
    }
}
