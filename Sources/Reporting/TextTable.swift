/// A table for a terminal: columns aligned by spaces, a rule under the header, no other lines.
///
/// Every character counts as one cell wide, which holds for ASCII and for the few signs that units
/// and rules need.
package struct TextTable: Sendable {
    /// To which side a column's cells are moved.
    package enum Alignment: Sendable {
        case left
        case right
    }

    /// One column's heading and side.
    package struct Column: Sendable {
        /// The heading.
        package let title: String
        /// The side to which the cells are moved.
        package let alignment: Alignment

        package init(_ title: String, _ alignment: Alignment = .right) {
            self.title = title
            self.alignment = alignment
        }
    }

    /// What a cell's content means to the reader, which colour makes visible.
    package enum Tone: Sendable {
        /// Nothing in particular.
        case plain
        /// As it should be.
        case good
        /// Not quite as it should be.
        case doubtful
        /// Wrong.
        case bad
        /// Beside the point: a comparison's other side, or nothing to say.
        case faint
    }

    /// A cell's text and its tone.
    package struct Cell: Sendable, ExpressibleByStringLiteral {
        /// What stands in the cell.
        package let text: String
        /// What it means to the reader.
        package let tone: Tone

        package init(_ text: String, _ tone: Tone = .plain) {
            self.text = text.printable
            self.tone = tone
        }

        package init(stringLiteral text: String) {
            self.init(text)
        }
    }

    /// The columns, from left to right.
    package let columns: [Column]
    /// The rows, each with a cell for each column.
    package private(set) var rows: [[Cell]] = []

    package init(columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row below the others.
    ///
    /// - Precondition: there is a cell for each column.
    package mutating func append(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row needs a cell for each column")
        rows.append(row)
    }

    /// The table's lines, each ended; without spaces at the end of a line.
    package func render(color: Bool) -> String {
        let widths = columns.indices.map { index in
            rows.reduce(columns[index].title.count) { max($0, $1[index].text.count) }
        }
        let header = columns.map { Cell($0.title) }
        var lines = [Ink.bold.paint(line(of: header, widths: widths, color: false), color: color)]
        lines.append(
            Ink.faint.paint(
                widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "),
                color: color))
        lines += rows.map { line(of: $0, widths: widths, color: color) }
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(of cells: [Cell], widths: [Int], color: Bool) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let filler = String(repeating: " ", count: widths[index] - cell.text.count)
            let text = Ink(cell.tone).paint(cell.text, color: color)
            line += index == 0 ? "" : "  "
            switch columns[index].alignment {
            case .left: line += index == cells.count - 1 ? text : text + filler
            case .right: line += filler + text
            }
        }
        return line
    }
}

/// The few ways in which a terminal shows text (ECMA-48 §8.3.117, SGR).
enum Ink: String {
    case plain = "0"
    case bold = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"

    /// The ink of a cell's tone.
    init(_ tone: TextTable.Tone) {
        switch tone {
        case .plain: self = .plain
        case .good: self = .green
        case .doubtful: self = .yellow
        case .bad: self = .red
        case .faint: self = .faint
        }
    }

    /// `text` between the sequences that switch the ink on and off; as it is without colour.
    func paint(_ text: String, color: Bool) -> String {
        color && self != .plain ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
