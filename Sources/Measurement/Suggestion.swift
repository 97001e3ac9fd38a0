/// "Did you mean": the known word that a mistyped one is closest to.
package enum Suggestion {
    /// The first of the closest candidates, or nil when none is close.
    ///
    /// Close is two edits or, in long words, a third of the letters; and always fewer edits than
    /// either word has letters, because otherwise every two-letter word resembles every other. A
    /// word that only one candidate begins with is taken for its abbreviation.
    package static func closest(to word: String, among candidates: [String]) -> String? {
        let extended = candidates.filter { word.count > 1 && $0.hasPrefix(word) }
        if extended.count == 1 { return extended[0] }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = editDistance(word, candidate)
            let limit = min(max(2, word.count / 3), min(word.count, candidate.count) - 1)
            guard distance <= limit, distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    /// The remedy for an unknown word: the closest candidate, or else all of them.
    package static func remedy(
        for word: String, among candidates: [String], prefix: String = ""
    ) -> String {
        if let closest = closest(to: word, among: candidates) {
            return "did you mean \(prefix)\(closest)?"
        }
        return "known are \(candidates.map { prefix + $0 }.joined(separator: ", "))"
    }

    /// How many letters must be inserted, deleted, replaced or swapped with their neighbour to make
    /// one word of the other: the Damerau–Levenshtein distance in its restricted form, in which no
    /// letter is edited twice.
    package static func editDistance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1..<(left.count + 1) {
            var current = [row]
            for column in 1..<(right.count + 1) {
                let differs = left[row - 1] == right[column - 1] ? 0 : 1
                var cost = min(
                    last[column] + 1, current[column - 1] + 1, last[column - 1] + differs)
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
