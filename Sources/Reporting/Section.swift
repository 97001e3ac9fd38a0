import Measurement

/// A part of a report that stands for itself: a heading, a table, and what it means in sentences.
///
/// It knows no format, so that each format draws it in its own way. A section exists only when the
/// record has its figures.
package struct Section: Sendable {
    /// The heading.
    package let title: String
    /// The figures.
    package let table: TextTable?
    /// What the figures mean, a sentence or a few each.
    package let notes: [String]
    /// How to read the columns, for those who do not know them.
    package let legend: String?

    package init(
        title: String, table: TextTable? = nil, notes: [String] = [], legend: String? = nil
    ) {
        self.title = title
        self.table = table
        self.notes = notes
        self.legend = legend
    }

    /// The sections of a record between the main table and the findings, in the order of reading.
    package static func all(for record: RunRecord, contenders: [Contender]) -> [Section] {
        if record.hasFaults {
            return [FaultSection.section(for: contenders), CheckSection.section(for: record)]
                .compactMap(\.self)
        }
        return [
            ComparisonSection.section(for: record),
            TheorySection.section(for: contenders),
            WireSection.section(for: contenders),
            GapSection.section(for: record),
            ExactSection.section(for: contenders),
            PairedSection.section(for: record),
            TimingSection.section(for: contenders),
            CheckSection.section(for: record),
        ].compactMap(\.self)
    }
}
