import Foundation
import FoundationXML
import Testing

/// A page as a test looks at it: its elements, in order, with their attributes.
struct PageText {
    /// A start tag.
    struct Tag {
        let name: Substring
        let attributes: Substring
    }

    private static let void: Set<Substring> = ["meta", "input", "br", "hr", "!DOCTYPE"]

    let text: String
    let tags: [Tag]
    /// Tags that are not closed, or closed in another order.
    let problems: [String]

    init(_ text: String) {
        self.text = text
        var tags: [Tag] = []
        var open: [Substring] = []
        var problems: [String] = []
        for match in text.matches(
            of: #/<(/?)([A-Za-z!][\w]*)((?:\s+[\w:-]+(?:="[^"]*")?|\s+html)*)\s*(/?)>/#)
        {
            let (_, slash, name, attributes, end) = match.output
            if !slash.isEmpty {
                if open.popLast() != name { problems.append("</\(name)>") }
            } else {
                tags.append(Tag(name: name, attributes: attributes))
                if end.isEmpty, !Self.void.contains(name) { open.append(name) }
            }
        }
        self.tags = tags
        self.problems = problems + open.map { "<\($0)>" }
    }

    /// The values of an attribute, wherever it is.
    func values(of attribute: String) -> [String] {
        tags.flatMap { tag in
            tag.attributes.matches(of: #/([\w:-]+)="([^"]*)"/#)
                .filter { $0.1 == attribute }.map { String($0.2) }
        }
    }

    /// Whether `<` stands anywhere but at the beginning of a tag.
    var hasLooseMarkup: Bool {
        text.count { $0 == "<" } != text.matches(of: #/</?[A-Za-z!]/#).count
    }

    /// The names of all attributes.
    var attributeNames: Set<String> {
        Set(
            tags.flatMap { tag in
                tag.attributes.matches(of: #/([\w:-]+)="[^"]*"/#).map { String($0.1) }
            })
    }

    /// The text of each `<svg>`.
    var pictures: [Substring] {
        text.matches(of: #/(?s)<svg.*?</svg>/#).map { $0.0 }
    }

    /// The part of the page with that id.
    func part(_ id: String) -> Substring? {
        guard let place = text.range(of: " id=\"\(id)\">"),
            let start = text[..<place.lowerBound].range(of: "<section", options: .backwards),
            let end = text[place.upperBound...].range(of: "</section>")
        else { return nil }
        return text[start.lowerBound..<end.upperBound]
    }
}

/// Reads XML, and says what is wrong with it.
func expectWellFormed(
    _ xml: some StringProtocol, sourceLocation: SourceLocation = #_sourceLocation
) {
    let parser = XMLParser(data: Data(xml.utf8))
    let isGood = parser.parse()
    #expect(
        isGood, "line \(parser.lineNumber), column \(parser.columnNumber): \(xml.prefix(200))",
        sourceLocation: sourceLocation)
}
