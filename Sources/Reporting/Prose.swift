/// Sentences broken into lines.
package enum Prose {
    /// Lines are broken here; the widest table is about as wide.
    package static let lineWidth = 100

    /// Signs that stay with the number before them.
    private static let units: Set<Substring> = [
        "ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB", "%", "RTT",
    ]

    /// `text` broken at spaces, the first line after `mark` and the others as far in; each line
    /// ended.
    package static func wrapped(_ text: String, after mark: String = "") -> String {
        let indent = String(repeating: " ", count: mark.count)
        var lines = ""
        var line = mark
        var isEmpty = true
        for word in words(of: text) {
            if !isEmpty, line.count + 1 + word.count > lineWidth {
                lines += line + "\n"
                line = indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + line + "\n"
    }

    /// The words of `text`, a number and its unit being one.
    private static func words(of text: String) -> [String] {
        text.printable.split(separator: " ").reduce(into: []) { words, word in
            let bare = word.prefix { !".,;:)".contains($0) }
            if units.contains(bare), let last = words.last, last.last?.isNumber ?? false {
                words[words.count - 1] = last + " " + word
            } else {
                words.append(String(word))
            }
        }
    }
}
