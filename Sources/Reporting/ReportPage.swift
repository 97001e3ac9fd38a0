/// A report that is more than one run: a headline, sections, findings, warnings. A value, so that each
/// format draws it in its own way.
package struct ReportPage: Sendable {
    /// The headline.
    package let title: String
    /// What was run, where and when: a paragraph each.
    package let lead: [String]
    /// What is wrong with the whole of it, such as an early end; a sentence each.
    package let flaws: [String]
    /// Tables and what they mean.
    package let sections: [Section]
    /// What follows from the figures, in sentences.
    package let findings: [String]
    /// Reasons for doubt, in sentences.
    package let warnings: [String]

    package init(
        title: String, lead: [String] = [], flaws: [String] = [], sections: [Section],
        findings: [String] = [], warnings: [String] = []
    ) {
        self.title = title
        self.lead = lead
        self.flaws = flaws
        self.sections = sections
        self.findings = findings
        self.warnings = warnings
    }

    /// The page for a terminal, in its colours if it has them.
    package func console(color: Bool) -> String {
        var parts = [
            Ink.bold.paint(title, color: color) + "\n" + lead.map { Prose.wrapped($0) }.joined()
                + flaws.map { Ink.yellow.paint(Prose.wrapped($0), color: color) }.joined()
        ]
        parts += sections.map { ConsoleReport.text(of: $0, color: color) }
        if !findings.isEmpty {
            parts.append(
                Ink.bold.paint("Findings", color: color) + "\n"
                    + findings.map { Prose.wrapped($0, after: "- ") }.joined())
        }
        if !warnings.isEmpty {
            parts.append(
                Ink.yellow.paint("Warnings", color: color) + "\n"
                    + warnings.map { Prose.wrapped($0, after: "! ") }.joined())
        }
        return parts.joined(separator: "\n")
    }

    /// The page as GitHub's Markdown.
    package var markdown: String {
        var blocks = [
            "## \(MarkdownText.escaped(title))\n",
            // Two spaces before its end break a line.
            lead.map(MarkdownText.escaped).joined(separator: "  \n") + "\n",
        ]
        blocks += flaws.map { "**\(MarkdownText.escaped($0))**\n" }
        blocks += sections.flatMap(MarkdownReport.blocks)
        blocks += MarkdownReport.list("Findings", findings)
        blocks += MarkdownReport.list("Warnings", warnings)
        return blocks.joined(separator: "\n")
    }
}
