/// Text on its way into HTML or SVG.
package enum HTMLText {
    /// `text` as HTML, SVG and quoted attributes show it and never read it as markup.
    ///
    /// Besides the five signs of XML (XML 1.0 §2.4), control characters, which no XML may contain,
    /// and the signs that turn the direction of writing round, with which a name could pretend to be
    /// another (Unicode UAX #9), become U+FFFD.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { replacement(of: $0) != nil }) else {
            return text
        }
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            if let replacement = replacement(of: scalar) {
                escaped += replacement
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func replacement(of scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x26: "&amp;"
        case 0x3C: "&lt;"
        case 0x3E: "&gt;"
        case 0x22: "&quot;"
        case 0x27: "&#39;"
        case 0x09, 0x0A, 0x0D: nil
        case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE...0xFFFF: "\u{FFFD}"
        default: nil
        }
    }
}

/// HTML or SVG being written: elements whose text and attributes are escaped, so that no caller has
/// to think of it. Elements are closed by construction.
package struct Markup: Sendable {
    /// An element's attributes, in the order in which they are written.
    package typealias Attributes = KeyValuePairs<String, String>

    /// Elements that have no end tag (HTML §13.1.2). Of SVG, all empty elements are written `<x/>`.
    private static let void: Set<String> = ["meta", "br", "hr", "input", "col"]

    /// What was written.
    package private(set) var text = ""

    package init() {}

    /// Writes an element without content.
    package mutating func add(_ name: String, _ attributes: Attributes = [:]) {
        start(name, attributes)
        text += Self.void.contains(name) ? ">" : "/>"
    }

    /// Writes an element with text in it.
    package mutating func add(_ name: String, _ attributes: Attributes = [:], text content: String)
    {
        start(name, attributes)
        text += ">" + HTMLText.escaped(content) + "</" + name + ">"
    }

    /// Writes an element with others in it.
    package mutating func add<Failure: Error>(
        _ name: String, _ attributes: Attributes = [:],
        content: (inout Markup) throws(Failure) -> Void
    ) throws(Failure) {
        start(name, attributes)
        text += ">"
        try content(&self)
        text += "</" + name + ">"
    }

    /// Writes text between elements.
    package mutating func add(text content: String) {
        text += HTMLText.escaped(content)
    }

    /// Writes what is markup already and was made here.
    package mutating func add(markup: String) {
        text += markup
    }

    /// Ends the line: nobody sees it but who reads the source.
    package mutating func breakLine() {
        text += "\n"
    }

    private mutating func start(_ name: String, _ attributes: Attributes) {
        text += "<" + name
        for (key, value) in attributes where !value.isEmpty {
            text += " " + key + "=\"" + HTMLText.escaped(value) + "\""
        }
    }
}
