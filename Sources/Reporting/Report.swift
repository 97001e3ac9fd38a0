import Measurement

/// One way to show a run record. A format is a file with one of these, and its line in `all`.
package struct Report: Sendable {
    /// The format's name on the command line.
    package let name: String
    /// What it is for, in a few words.
    package let summary: String
    /// How the names of its files end, without the dot.
    package let fileExtension: String
    /// The record in this format.
    package let render: @Sendable (RunRecord) throws -> [UInt8]

    package init(
        name: String, summary: String, fileExtension: String,
        render: @escaping @Sendable (RunRecord) throws -> [UInt8]
    ) {
        self.name = name
        self.summary = summary
        self.fileExtension = fileExtension
        self.render = render
    }

    /// Every format.
    package static let all: [Report] = [
        .console,
        .html,
        .json,
    ]
}
