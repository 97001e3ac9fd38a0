extension String {
    /// The text with every scalar that `replacement` names replaced.
    ///
    /// By scalars, because that is what readers of formats look at: to Swift a quote with a combining
    /// accent is another character than a quote, and CR LF is one character, and neither is to
    /// them.
    func escaped(_ replacement: (Unicode.Scalar) -> String?) -> String {
        var escaped = ""
        for scalar in unicodeScalars {
            if let text = replacement(scalar) {
                escaped += text
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The text as one line: line breaks are spaces.
    var onOneLine: String {
        escaped { $0.isLineBreak ? " " : nil }
    }

    /// The text as one line without control characters, which could move a terminal's cursor or
    /// recolour what others wrote.
    var printable: String {
        escaped { scalar in
            if scalar.isLineBreak || scalar == "\t" { return " " }
            return scalar.properties.generalCategory == .control ? "\u{FFFD}" : nil
        }
    }
}

extension Unicode.Scalar {
    /// Whether some reader would begin a new line after it (Unicode §5.8).
    var isLineBreak: Bool {
        switch self {
        case "\n", "\r", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }
}
