/// What people type, made harmless before anybody else sees it.
///
/// A text is never markup here: it travels as a JSON string, and the page shows it by `textContent`.
/// What remains are characters that act on the text around them: controls, overrides of the reading
/// direction (UAX #9), invisible formatting, and marks piled on a letter until they cover the lines
/// above. These are taken out; everything that a script needs to be written stays.
enum RoomText {
    /// Characters of a name at most: enough for a full name, and for one line of a telephone.
    static let nameLimit = 32
    /// Characters of a message at most: a paragraph.
    static let textLimit = 1_000
    /// Code points of a character on average at most. A family of four is seven, and rare.
    private static let scalarsPerCharacter = 4
    /// Marks on one letter at most. Vietnamese needs two, Hebrew with cantillation three.
    private static let marksInARow = 4

    /// A name as it is shown: one line, without white space around it.
    ///
    /// - Throws: `name` when nothing visible is left of it, or too much.
    static func name(_ raw: String) throws(RoomRefusal) -> String {
        let words = clean(raw, keepsLines: false).split(whereSeparator: \.isWhitespace)
        let name = words.joined(separator: " ")
        guard isVisible(name), fits(name, nameLimit) else { throw .name }
        return name
    }

    /// A message as it is shown; its lines stay, but not more than one empty one in a row.
    ///
    /// - Throws: `text` when nothing visible is left of it, or too much.
    static func text(_ raw: String) throws(RoomRefusal) -> String {
        let text = trimmed(raw)
        guard isVisible(text), fits(text, textLimit) else { throw .text }
        return text
    }

    /// The words below a picture, which need none.
    ///
    /// - Throws: `text` when there are too many.
    static func caption(_ raw: String) throws(RoomRefusal) -> String {
        let text = trimmed(raw)
        guard fits(text, textLimit) else { throw .text }
        return isVisible(text) ? text : ""
    }

    private static func trimmed(_ raw: String) -> String {
        var lines: [Substring] = []
        for line in clean(raw, keepsLines: true).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            let isEmpty = line.allSatisfy(\.isWhitespace)
            if isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(isEmpty ? "" : line)
        }
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        let text = lines.joined(separator: "\n")
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }

    private static func clean(_ raw: String, keepsLines: Bool) -> String {
        var clean = String.UnicodeScalarView()
        var marks = 0
        for scalar in raw.unicodeScalars {
            var isMark = false
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                switch scalar {
                case "\n", "\u{85}", "\u{2028}", "\u{2029}":
                    clean.append(keepsLines ? "\n" : " ")
                case "\t":
                    clean.append(" ")
                default: break
                }
            case .format:
                // Persian needs the non-joiner between letters, and emoji the joiner.
                if scalar == "\u{200C}" || scalar == "\u{200D}" { clean.append(scalar) }
            case .nonspacingMark, .enclosingMark:
                isMark = true
                if marks < marksInARow { clean.append(scalar) }
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter, .spacingMark, .decimalNumber, .letterNumber, .otherNumber,
                .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
                .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol,
                .currencySymbol, .modifierSymbol, .otherSymbol, .spaceSeparator, .surrogate,
                .privateUse, .unassigned:
                clean.append(scalar)
            @unknown default:
                break
            }
            marks = isMark ? marks + 1 : 0
        }
        return String(clean)
    }

    private static func fits(_ text: String, _ characters: Int) -> Bool {
        text.unicodeScalars.count <= characters * scalarsPerCharacter && text.count <= characters
    }

    /// Whether there is anything to be seen: fillers and blanks that are letters by their category
    /// would make a name that is not there.
    private static func isVisible(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            let properties = scalar.properties
            // U+2800 is a braille cell without a dot.
            guard !properties.isWhitespace, !properties.isDefaultIgnorableCodePoint,
                scalar != "\u{2800}"
            else { return false }
            return switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: false
            default: true
            }
        }
    }
}
