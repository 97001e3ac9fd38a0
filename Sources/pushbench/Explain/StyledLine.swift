import Wire

/// How a piece of text is shown on a terminal (ECMA-48 §8.3.117, SGR): the sixteen colours that
/// every theme makes readable on its own background.
struct TextStyle: Equatable, Sendable {
    private let code: String

    static let plain = TextStyle(code: "")
    static let bold = TextStyle(code: "1")
    static let faint = TextStyle(code: "2")
    static let alarming = TextStyle(code: "1;31")
    static let good = TextStyle(code: "1;32")
    static let waiting = TextStyle(code: "1;33")
    /// What the client sends, what the server sends, and what of it brings events.
    static let toServer = TextStyle(code: "36")
    static let toClient = TextStyle(code: "94")
    static let bearer = TextStyle(code: "32")

    /// The colour of a class of bytes: the event in green, what HTTP adds in blues, what the
    /// technique adds in yellows.
    static func of(_ byteClass: ByteClass) -> TextStyle {
        switch byteClass {
        case .payload: TextStyle(code: "1;32")
        case .requestHead: TextStyle(code: "36")
        case .responseHead: TextStyle(code: "94")
        case .handshake: TextStyle(code: "36")
        case .transferCoding: TextStyle(code: "35")
        case .messageFraming: TextStyle(code: "33")
        case .notice: TextStyle(code: "95")
        case .heartbeat, .padding: .faint
        case .closing: TextStyle(code: "31")
        }
    }

    /// `text` between the sequences that switch the style on and off.
    func paint(_ text: String, color: Bool) -> String {
        color && !code.isEmpty && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// A line of text whose pieces have styles; every character counts as one cell wide.
struct StyledLine: Sendable {
    private var pieces: [(text: String, style: TextStyle)] = []
    /// The cells that the line takes.
    private(set) var width = 0

    init() {}

    init(_ text: String, _ style: TextStyle = .plain) {
        add(text, style)
    }

    /// Adds text at the end.
    mutating func add(_ text: String, _ style: TextStyle = .plain) {
        guard !text.isEmpty else { return }
        width += text.count
        if let last = pieces.last, last.style == style {
            pieces[pieces.count - 1].text += text
        } else {
            pieces.append((text, style))
        }
    }

    /// Fills up with spaces to `column`.
    mutating func pad(to column: Int) {
        add(String(repeating: " ", count: max(column - width, 0)))
    }

    /// Adds text so that it ends at `column`.
    mutating func add(_ text: String, endingAt column: Int, _ style: TextStyle = .plain) {
        pad(to: column - text.count)
        add(text, style)
    }

    /// The line's text without spaces at its end, and without its end.
    func render(color: Bool) -> String {
        var kept = pieces
        while let last = kept.last {
            let trimmed = String(last.text.reversed().drop { $0 == " " }.reversed())
            kept.removeLast()
            guard trimmed.isEmpty else {
                kept.append((trimmed, last.style))
                break
            }
        }
        return kept.map { $0.style.paint($0.text, color: color) }.joined()
    }
}
