import Link
import Reporting
import Testing

@Suite("A ladder")
struct LadderTests {
    private static func moment(_ milliseconds: Double) -> Instant {
        Instant(nanoseconds: Int64(milliseconds * 1e6))
    }

    private static func message(
        _ way: LinkDirection.Way, _ label: String, _ sent: Double, _ arrived: Double,
        bytes: Int = 10, ids: ClosedRange<UInt64>? = nil
    ) -> Ladder.Message {
        .init(
            way: way, label: label, bytes: bytes, ids: ids, sent: moment(sent),
            arrived: moment(arrived))
    }

    /// An answer with its end behind it, a question at once, and an event that is due between.
    private static func ladder(grain: Duration) -> Ladder {
        Ladder(
            start: moment(0),
            messages: [
                message(.down, "200 with event 1", 0.4, 50, bytes: 259, ids: 1...1),
                message(.down, "FIN", 0.5, 50.1, bytes: 0),
                message(.up, "GET ?since=1", 50.3, 100),
            ],
            events: [
                .init(id: 1, due: moment(0), arrived: moment(50)),
                .init(id: 2, due: moment(0.7), arrived: nil),
            ],
            blindness: [.init(from: moment(0.4), to: moment(100))], grain: grain)
    }

    @Test("draws what happens within its grain as one moment, and says it in one breath")
    func grain() {
        let fine = Self.ladder(grain: .zero)
        #expect(
            fine.messages.map(\.caption) == [
                "200 with event 1 · 259 B", "FIN", "GET ?since=1 · 10 B",
            ])
        let coarse = Self.ladder(grain: .milliseconds(1))
        #expect(
            coarse.messages.map(\.caption) == [
                "200 with event 1 + FIN · 259 B", "GET ?since=1 · 10 B",
            ])
        #expect(coarse.messages.map(\.sent) == [Self.moment(0), Self.moment(50)])
        #expect(coarse.place(of: Self.moment(0.7)) == Self.moment(0))
        #expect(coarse.end == Self.moment(100))
    }

    @Test("knows who brought an event, and which one nobody could be told of")
    func events() {
        let ladder = Self.ladder(grain: .milliseconds(1))
        #expect(ladder.carrier(of: ladder.events[0])?.bytes == 259)
        #expect(ladder.carrier(of: ladder.events[1]) == nil)
        #expect(ladder.events.map(ladder.isBlind) == [false, true])
    }

    @Test("is drawn alone: with words for who does not see it, and nothing from outside")
    func picture() {
        let picture = LadderChart(
            Self.ladder(grain: .milliseconds(1)), title: "<Long> & polling", subtitle: "50 ms"
        ).document()
        expectWellFormed(picture)
        #expect(picture.contains("role=\"img\" aria-labelledby=\"title summary\""))
        #expect(picture.contains("&lt;Long&gt; &amp; polling"))
        #expect(picture.contains("Event 2 is due at 700 µs and does not arrive."))
        #expect(picture.contains("blind for 100 ms"))
        #expect(picture.contains("prefers-color-scheme:dark"))
        #expect(!picture.contains("href") && !picture.contains("url(") && !picture.contains("NaN"))
    }

    @Test("of nothing is a picture all the same")
    func empty() {
        let ladder = Ladder(start: Self.moment(5), messages: [], events: [], blindness: [])
        let picture = LadderChart(ladder, title: "Nothing", subtitle: "").document()
        expectWellFormed(picture)
        #expect(picture.hasSuffix("</svg>\n") && !picture.contains("NaN"))
    }
}
