import Measurement
import Wire

/// A small tree of JSON, for formats that are not the record.
enum JSONValue {
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Members in the order in which they are to be written.
    case object([(key: String, value: JSONValue)])

    /// The tree as text, two spaces a level, ended by a line break.
    var text: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: "")
        return bytes + [UInt8(ascii: "\n")]
    }

    private func write(to bytes: inout [UInt8], indent: String) {
        switch self {
        case .number(let number):
            bytes += NumberText.exact(number).utf8
        case .string(let text):
            Self.write(text, to: &bytes)
        case .array(let values):
            Self.write("[", "]", values, to: &bytes, indent: indent) { value, bytes, inner in
                value.write(to: &bytes, indent: inner)
            }
        case .object(let members):
            Self.write("{", "}", members, to: &bytes, indent: indent) { member, bytes, inner in
                Self.write(member.key, to: &bytes)
                bytes += ": ".utf8
                member.value.write(to: &bytes, indent: inner)
            }
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        let text = Array(text.utf8)
        JSONText.appendString(text.span, to: &bytes)
    }

    /// Elements between brackets, each on a line of its own.
    private static func write<Element>(
        _ opening: String, _ closing: String, _ elements: [Element], to bytes: inout [UInt8],
        indent: String, element write: (Element, inout [UInt8], String) -> Void
    ) {
        let inner = indent + "  "
        bytes += opening.utf8
        for (index, element) in elements.enumerated() {
            bytes += "\(index == 0 ? "" : ",")\n\(inner)".utf8
            write(element, &bytes, inner)
        }
        bytes += "\(elements.isEmpty ? "" : "\n\(indent)")\(closing)".utf8
    }
}
