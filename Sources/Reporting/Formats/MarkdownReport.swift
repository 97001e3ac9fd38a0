import Measurement

extension Report {
    /// What a pull request's comment or a job's summary shows.
    package static let markdown = Report(
        name: "markdown", summary: "tables, findings and warnings for a comment or a job summary",
        fileExtension: "md", render: { Array(MarkdownReport.render($0).utf8) })
}

/// The record as GitHub's Markdown: everything that the console shows, in the same order, and the
/// command that makes it again.
package enum MarkdownReport {
    /// The report on `record`.
    package static func render(_ record: RunRecord) -> String {
        let contenders = Contender.all(in: record)
        var blocks = [title(of: record)]
        if !contenders.isEmpty, !record.hasFaults {
            blocks.append(table(MainTable.table(of: contenders)))
            if let spread = MainTable.spread(of: contenders) {
                blocks.append(MarkdownText.escaped(MainTable.spreadCaption) + "\n")
                blocks.append(table(spread))
            }
        } else if contenders.isEmpty, record.checks == nil {
            blocks.append("Nothing was measured.\n")
        }
        for section in Section.all(for: record, contenders: contenders) {
            blocks += self.blocks(of: section)
        }
        blocks += list("Findings", Findings.sentences(for: record))
        blocks += list("Warnings", WarningText.all(in: record, contenders: contenders))
        blocks.append("### Command\n")
        blocks.append(MarkdownText.fenced(RecordTitle.command(record)))
        return blocks.joined(separator: "\n")
    }

    private static func title(of record: RunRecord) -> String {
        let lines =
            [RecordTitle.machine(record.machine), RecordTitle.scenario(record.scenario)]
            + RecordTitle.links(of: record)
        let state = RecordTitle.state(of: record).map { "\n**\(MarkdownText.escaped($0))**\n" }
        return "## \(MarkdownText.escaped(RecordTitle.tool(record)))\n\n"
            // Two spaces before its end break a line.
            + lines.map(MarkdownText.escaped).joined(separator: "  \n") + "\n" + (state ?? "")
    }

    static func blocks(of section: Section) -> [String] {
        var blocks = ["### \(MarkdownText.escaped(section.title))\n"]
        if let table = section.table { blocks.append(self.table(table)) }
        if !section.notes.isEmpty { blocks.append(items(section.notes)) }
        if let legend = section.legend {
            blocks.append("<sub>\(MarkdownText.escaped(legend))</sub>\n")
        }
        return blocks
    }

    static func list(_ title: String, _ sentences: [String]) -> [String] {
        sentences.isEmpty ? [] : ["### \(title)\n", items(sentences)]
    }

    private static func items(_ sentences: [String]) -> String {
        sentences.map { "- \(MarkdownText.escaped($0))\n" }.joined()
    }

    /// A table of GitHub's Markdown, its columns aligned for those who read the text itself. What is
    /// wrong stands out in bold.
    private static func table(_ table: TextTable) -> String {
        let header = table.columns.map { MarkdownText.escaped($0.title) }
        let rows = table.rows.map { row in
            row.map { cell in
                let text = MarkdownText.escaped(cell.text)
                return cell.tone == .bad ? "**\(text)**" : text
            }
        }
        let widths = header.indices.map { index in
            rows.reduce(max(header[index].count, 3)) { max($0, $1[index].count) }
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { index, cell in
                let filler = String(repeating: " ", count: widths[index] - cell.count)
                switch table.columns[index].alignment {
                case .left: return cell + filler
                case .right: return filler + cell
                }
            }
            return "| " + padded.joined(separator: " | ") + " |\n"
        }
        let rule = table.columns.enumerated().map { index, column in
            let dashes = String(repeating: "-", count: widths[index] - 1)
            return column.alignment == .left ? ":\(dashes)" : "\(dashes):"
        }
        return line(header) + line(rule) + rows.map(line).joined()
    }
}

/// Text in GitHub's Markdown.
package enum MarkdownText {
    /// Signs that mean something anywhere in a line.
    private static let marks: Set<Unicode.Scalar> = ["\\", "`", "*", "_", "[", "]", "|", "~", "#"]

    /// `text` as one line that shows as it is: no emphasis, links, tags or mentions, whatever is in it.
    package static func escaped(_ text: String) -> String {
        var isAfterAt = false
        let escaped = text.printable.escaped { scalar in
            // Nobody is to be notified of a name in a record: the comment ends the mention unseen.
            let isMention = isAfterAt && scalar.properties.isAlphabetic
            isAfterAt = scalar == "@"
            return isMention ? "<!-- -->\(scalar)" : replacement(for: scalar)
        }
        return escapedStart(of: escaped)
    }

    private static func replacement(for scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case _ where marks.contains(scalar): "\\\(scalar)"
        default: nil
        }
    }

    /// Signs that mean something at the beginning of a line: those of lists and underlined headings.
    private static func escapedStart(of text: String) -> String {
        if let first = text.first, "-+=".contains(first) { return "\\" + text }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let mark = text.dropFirst(digits.count).first, ".)".contains(mark)
        else { return text }
        let next = text.dropFirst(digits.count + 1).first
        return next == nil || next == " " ? digits + "\\" + text.dropFirst(digits.count) : text
    }

    /// `text` as a block of code: between fences that are longer than any in it.
    package static func fenced(_ text: String) -> String {
        var longest = 0
        var run = 0
        for scalar in text.unicodeScalars {
            run = scalar == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return "\(fence)sh\n\(text)\n\(fence)\n"
    }
}
