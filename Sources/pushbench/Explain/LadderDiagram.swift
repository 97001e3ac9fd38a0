import Link
import Measurement
import Reporting

/// Who said what when, as the diagram that every networking book draws: time runs down, the client
/// is the left line and the server the right one, and a message slants because it takes time.
///
///            client                                      server
///      0.0 ms │────────╮                                   │
///             │        ╰── GET ?since=16 · 68 B ──╮        │
///             │                                   ╰───────▶│    25.0 ms
///
/// Rows are the moments at which something happens and one between each two, so that the diagram
/// keeps the order of things but not their distances: the times beside the lines have those, and a
/// `LadderChart` has both. Who answers at once does so a row below what it answers.
struct LadderDiagram {
    /// A remark beside a line, at a moment.
    private struct Note {
        let time: Instant
        let text: String
        let style: TextStyle
    }

    /// The pages that the diagram can do with: the least, and what gives it all of its words.
    private static let widths = 80...100

    let ladder: Ladder
    /// The shape of all times: milliseconds, or microseconds for a very short link.
    let showsMicroseconds: Bool
    private let isNarrow: Bool
    /// The two lines' columns, and the width of the times beside them.
    private let left: Int
    private let right: Int
    private let timeWidth: Int

    /// A diagram that is at most `width` cells wide, where that is 80 or more.
    init(_ ladder: Ladder, showsMicroseconds: Bool, width: Int) {
        self.ladder = ladder
        self.showsMicroseconds = showsMicroseconds
        let width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
        isNarrow = width < Self.widths.upperBound
        timeWidth = isNarrow ? 9 : 10
        left = isNarrow ? 25 : 28
        // Beside the time stands `event 17 is due`, on a narrow page `blind 50 ms`.
        right = width - (isNarrow ? 24 : 28)
    }

    private struct Cell {
        var character: Character = " "
        var style = TextStyle.plain
    }

    private var clientNotes: [Note] {
        ladder.events.compactMap { event in
            event.arrived.map { arrived in
                let took = Double(arrived.nanoseconds(since: event.due))
                return Note(
                    time: ladder.place(of: arrived),
                    text: "\(event.id) took \(Readable.duration(nanoseconds: took))",
                    style: ladder.isBlind(for: event) ? .waiting : .good)
            }
        }
    }

    private var serverNotes: [Note] {
        ladder.events.map { event in
            Note(
                time: ladder.place(of: event.due),
                text: (isNarrow ? "" : "event ") + "\(event.id) is due",
                style: ladder.isBlind(for: event) ? .waiting : .good)
        }
    }

    private func remark(on blind: Ladder.Blindness) -> String {
        guard isNarrow else { return "blind \(Readable.duration(nanoseconds: blind.nanoseconds))" }
        // Two digits say enough beside the times, and always fit.
        let size = blind.nanoseconds
        let (scaled, name) =
            size < 999.5e3
            ? (size / 1e3, "µs") : size < 999.5e6 ? (size / 1e6, "ms") : (size / 1e9, "s")
        return "blind \(NumberText.significant(scaled, digits: 2)) \(name)"
    }

    func lines() -> [StyledLine] {
        let arrows = ladder.messages
        let (clientNotes, serverNotes) = (clientNotes, serverNotes)
        let moments = Set(
            arrows.flatMap { [$0.sent, $0.arrived] } + clientNotes.map(\.time)
                + serverNotes.map(\.time) + ladder.blindness.flatMap { [$0.from, $0.to] })
        // The row of each moment: more than one note at a moment take a row each, and so does what
        // answers something at once.
        var rows: [Instant: Int] = [:]
        var next = 0
        for moment in moments.sorted() {
            rows[moment] = next
            let answers = arrows.contains {
                $0.sent == moment && delay(of: $0.way, at: moment, arrows) > 0
            }
            next +=
                1
                + max(
                    clientNotes.count { $0.time == moment },
                    serverNotes.count { $0.time == moment },
                    answers ? 2 : 1)
        }
        var canvas = Canvas(rows: next, left: left, right: right)
        for blind in ladder.blindness {
            guard let from = rows[blind.from], let to = rows[blind.to] else { continue }
            canvas.mark(from + delay(of: .down, at: blind.from, arrows)..<to)
        }
        for arrow in arrows {
            guard let sent = rows[arrow.sent], let to = rows[arrow.arrived] else { continue }
            let from = sent + delay(of: arrow.way, at: arrow.sent, arrows)
            if from < to { canvas.draw(arrow, from: from, to: to) }
        }
        return [heading] + text(canvas, rows, arrows)
    }

    /// By how many rows what leaves at `moment` stands below what arrives then at the same end.
    private func delay(
        of way: LinkDirection.Way, at moment: Instant, _ arrows: [Ladder.Message]
    ) -> Int {
        arrows.contains { $0.way != way && $0.arrived == moment } ? 1 : 0
    }

    private var heading: StyledLine {
        var line = StyledLine()
        line.add("client", endingAt: left + 3, .bold)
        line.add("server", endingAt: right + 3, .bold)
        return line
    }

    // MARK: - Margins

    private func text(
        _ canvas: Canvas, _ rows: [Instant: Int], _ arrows: [Ladder.Message]
    ) -> [StyledLine] {
        var leftTimes: [Int: Instant] = [:]
        var rightTimes: [Int: Instant] = [:]
        for arrow in arrows {
            guard let from = rows[arrow.sent], let to = rows[arrow.arrived] else { continue }
            // An answer's own row needs no time: it is that of what it answers.
            if arrow.way == .up {
                leftTimes[from] = arrow.sent
                rightTimes[to] = arrow.arrived
            } else {
                rightTimes[from] = arrow.sent
                leftTimes[to] = arrow.arrived
            }
        }
        for note in serverNotes {
            if let row = rows[note.time] { rightTimes[row] = note.time }
        }
        var leftTexts = placed(clientNotes, rows)
        var rightTexts = placed(serverNotes, rows)
        for blind in ladder.blindness {
            guard let from = rows[blind.from], let to = rows[blind.to] else { continue }
            // Between its ends, in the first row without a remark.
            let row = (from + 1..<max(to, from + 2)).first { rightTexts[$0] == nil }
            rightTexts[row ?? from + 1] = (remark(on: blind), .alarming)
        }
        return (0..<canvas.rows).map { row in
            var line = StyledLine()
            let note = leftTexts.removeValue(forKey: row)
            if let note {
                line.add(note.text, endingAt: left - timeWidth - 1, note.style)
            }
            if let time = leftTimes[row] {
                line.add(self.time(time), endingAt: left - 1, .faint)
            }
            line.pad(to: left)
            canvas.add(row, to: &line)
            if let time = rightTimes[row] {
                line.add(self.time(time), endingAt: right + 1 + timeWidth, .faint)
            }
            if let note = rightTexts.removeValue(forKey: row) {
                line.pad(to: right + 3 + timeWidth)
                line.add(note.text, note.style)
            }
            return line
        }
    }

    private func placed(
        _ notes: [Note], _ rows: [Instant: Int]
    ) -> [Int: (text: String, style: TextStyle)] {
        var placed: [Int: (text: String, style: TextStyle)] = [:]
        for note in notes {
            guard var row = rows[note.time] else { continue }
            while placed[row] != nil { row += 1 }
            placed[row] = (note.text, note.style)
        }
        return placed
    }

    private var unit: (nanoseconds: Double, name: String) {
        showsMicroseconds ? (1e3, "µs") : (1e6, "ms")
    }

    private func time(_ moment: Instant) -> String {
        let nanoseconds = Double(moment.nanoseconds(since: ladder.start))
        return NumberText.fixed(nanoseconds / unit.nanoseconds, places: 1) + " " + unit.name
    }

    // MARK: - The picture

    /// The cells between and on the two lines.
    private struct Canvas {
        let rows: Int
        private let left: Int
        private let right: Int
        private var cells: [[Cell]]

        init(rows: Int, left: Int, right: Int) {
            self.rows = rows
            self.left = left
            self.right = right
            var row = Array(repeating: Cell(), count: right - left + 1)
            row[0] = Cell(character: "│", style: .plain)
            row[right - left] = Cell(character: "│", style: .plain)
            cells = Array(repeating: row, count: rows)
        }

        /// Marks the server's line in these rows: it is blind there.
        mutating func mark(_ blind: Range<Int>) {
            for row in blind {
                cells[row][right - left] = Cell(character: "▒", style: .alarming)
            }
        }

        /// Draws an arrow that leaves in one row and arrives in another, with its label on the way.
        mutating func draw(_ arrow: Ladder.Message, from: Int, to: Int) {
            let way = arrow.way
            let inner = right - left - 1
            let steps = to - from + 1
            // Each row goes on under the last cell of the one above, so that these count twice.
            let cells = inner + steps - 1
            let room = cells - 2 * (steps - 1)
            let text = " \(Self.words(of: arrow, room: max(room - 4, 0))) "
            let longest = max(min(text.count + 6, room), cells / steps)
            var lengths = Array(
                repeating: max((cells - longest) / (steps - 1), 1), count: steps)
            lengths[steps / 2] = longest
            lengths[steps - 1] += cells - lengths.reduce(0, +)
            var column = 1
            for (step, length) in lengths.enumerated() {
                draw(
                    row: from + step, at: column, length, step == 0, step == steps - 1, way,
                    Self.style(of: arrow))
                if step == steps / 2 {
                    write(text, row: from + step, at: column + (length - text.count) / 2, way)
                }
                column += length - 1
            }
        }

        /// Draws `length` cells from `column` on, counted from the side where the arrow begins.
        private mutating func draw(
            row: Int, at column: Int, _ length: Int, _ isFirst: Bool, _ isLast: Bool,
            _ way: LinkDirection.Way, _ style: TextStyle
        ) {
            for offset in 0..<length {
                var character: Character = "─"
                if offset == 0, !isFirst { character = way == .up ? "╰" : "╯" }
                if offset == length - 1 {
                    character = isLast ? (way == .up ? "▶" : "◀") : (way == .up ? "╮" : "╭")
                    if length == 1, !isFirst, !isLast { character = "│" }
                }
                set(Cell(character: character, style: style), row, column + offset, way)
            }
        }

        private mutating func write(
            _ text: String, row: Int, at column: Int, _ way: LinkDirection.Way
        ) {
            // Words run from left to right on either way.
            let start = way == .up ? column : right - left - column - text.count + 1
            for (offset, character) in text.enumerated() {
                cells[row][start + offset] = Cell(character: character, style: .bold)
            }
        }

        private mutating func set(
            _ cell: Cell, _ row: Int, _ column: Int, _ way: LinkDirection.Way
        ) {
            let place = way == .up ? column : right - left - column
            cells[row][place] = cell
        }

        /// As much of what an arrow says as there is room for: the size goes first.
        private static func words(of arrow: Ladder.Message, room: Int) -> Substring {
            arrow.caption.count <= room ? arrow.caption[...] : arrow.label.prefix(room)
        }

        /// The direction's colour; what brings events has theirs, and what only TCP says none.
        private static func style(of arrow: Ladder.Message) -> TextStyle {
            if arrow.bytes == 0 { return .faint }
            return arrow.way == .up ? .toServer : arrow.ids == nil ? .toClient : .bearer
        }

        func add(_ row: Int, to line: inout StyledLine) {
            for cell in cells[row] { line.add(String(cell.character), cell.style) }
        }
    }
}
