/// One assertion of a threshold file about a figure of some techniques.
///
/// A threshold file has one on a line, and comments from `#` to the end of the line:
///
/// ```
/// # Nobody loses anything, and nothing gets chattier.
/// *.lost == 0
/// sse.latency.p99 < 20ms
/// {websocket,raw-tcp}.bytes.overhead_per_event <= 4B
/// long-polling.requests_per_event <= 1.02
/// ```
///
/// The grammar is `Threshold.grammar`. Spaces may stand between the parts of an assertion and
/// nowhere else. With several rounds, an exact count must hold in each of them; any other figure is
/// judged by its median, which is what the tables show.
package struct Threshold: Hashable, Sendable {
    /// The grammar of a threshold file in BNF, as help prints it.
    package static let grammar = """
        <file>       ::= { [ <assertion> ] [ "#" <anything> ] <end of line> }
        <assertion>  ::= <techniques> "." <metric> <operator> <value>
        <techniques> ::= <pattern> | "{" <pattern> { "," <pattern> } "}"
        <pattern>    ::= a technique's id or alias, in which "*" stands for any letters
        <metric>     ::= a name such as latency.p99, lost, bytes.down.payload
        <operator>   ::= "<" | "<=" | "==" | "!=" | ">=" | ">"
        <value>      ::= a number with the metric's unit: 20ms, 4B, 1.5KiB, 100/s, 5%, 1.02
        """

    /// How a figure is held against its limit.
    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        case less = "<"
        case atMost = "<="
        case equal = "=="
        case different = "!="
        case atLeast = ">="
        case more = ">"

        /// Sums of quotients miss their value by the last bits of a `Double`; what is nearer than
        /// this share of it is equal.
        private static let rounding = 1e-9

        /// Whether `value` is as it should be.
        package func holds(_ value: Double, against limit: Double) -> Bool {
            let isEqual = abs(value - limit) <= Self.rounding * max(abs(value), abs(limit))
            return switch self {
            case .less: !isEqual && value < limit
            case .atMost: isEqual || value < limit
            case .equal: isEqual
            case .different: !isEqual
            case .atLeast: isEqual || value > limit
            case .more: !isEqual && value > limit
            }
        }
    }

    /// The assertion as it was written, without comment: `sse.latency.p99 < 20ms`.
    package let text: String
    /// Where it stands.
    package let place: TextPlace
    /// The ids of the techniques that it is about, in the order of the scenario; never empty.
    package let techniques: [String]
    /// Whether the techniques were named, and not found by a pattern.
    package let isExplicit: Bool
    /// The name of the figure.
    package let metric: String
    /// How the figure is held against the limit.
    package let comparison: Comparison
    /// The limit in the metric's own unit; a share is between 0 and 1.
    package let limit: Double
}

/// A place in a text file, as compilers write it.
package struct TextPlace: Hashable, Sendable, CustomStringConvertible {
    /// The file's path as it was given.
    package let file: String
    /// The line, from 1.
    package let line: Int
    /// The column, from 1, in characters.
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// What is wrong with a threshold file: everything at once, in the order of the file.
package struct ThresholdErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// One thing that is wrong.
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// Where.
        package let place: TextPlace
        /// What is wrong there.
        package let cause: String
        /// What to write instead.
        package let remedy: String

        package var description: String { "\(place): \(cause); \(remedy)" }
    }

    /// All that was found; never empty.
    package let problems: [Problem]

    package var description: String {
        let file = problems.first?.place.file ?? ""
        let count = problems.count == 1 ? "1 mistake" : "\(problems.count) mistakes"
        return (["\(count) in \(file):"] + problems.map(\.description)).joined(separator: "\n")
    }
}
