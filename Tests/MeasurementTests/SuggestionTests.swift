import Measurement
import Testing

@Suite("Suggestion")
struct SuggestionTests {
    private static let distances: [(left: String, right: String, distance: Int)] = [
        ("", "", 0), ("sse", "sse", 0), ("", "sse", 3), ("sse", "", 3),
        ("clints", "clients", 1), ("clientss", "clients", 1), ("cliants", "clients", 1),
        ("cleints", "clients", 1), ("kitten", "sitting", 3), ("rnu", "run", 1),
        // The restricted form counts three here, the unrestricted one two.
        ("ca", "abc", 3),
    ]

    @Test("counts insertions, deletions, replacements and swaps", arguments: distances)
    func distance(left: String, right: String, distance: Int) {
        #expect(Suggestion.editDistance(left, right) == distance)
        #expect(Suggestion.editDistance(right, left) == distance)
    }

    private static let words = ["sse", "ws", "websocket", "short-polling", "long-polling"]

    private static let guesses: [(word: String, candidate: String?)] = [
        ("sze", "sse"), ("sse", "sse"), ("webscoket", "websocket"), ("wbsocet", "websocket"),
        ("web", "websocket"), ("short-poling", "short-polling"), ("lnogpollin", "long-polling"),
        ("s", nil), ("xy", nil), ("carrier-pigeon", nil), ("", nil),
    ]

    @Test("finds the closest word, or an abbreviation's only one, or none", arguments: guesses)
    func closest(word: String, candidate: String?) {
        #expect(Suggestion.closest(to: word, among: Self.words) == candidate)
    }

    @Test("lists what is known when nothing is close")
    func remedy() {
        #expect(Suggestion.remedy(for: "rnu", among: ["run", "list"]) == "did you mean run?")
        #expect(Suggestion.remedy(for: "paint", among: ["run", "list"]) == "known are run, list")
    }
}
