import Measurement

/// One way to show a run record. A format is a file with one of these, and its line in `all`.
package struct Report: Sendable {
    /// One file of a format.
    package struct Part: Sendable {
        /// What tells it from the others, as it stands in the file's name; empty for the only one.
        package let name: String
        /// The record in this file.
        package let render: @Sendable (RunRecord) throws -> [UInt8]

        package init(name: String, render: @escaping @Sendable (RunRecord) throws -> [UInt8]) {
            self.name = name
            self.render = render
        }
    }

    /// A file that was made, and where it belongs.
    package struct File: Sendable {
        /// Its path.
        package let path: String
        /// What is in it.
        package let content: [UInt8]
    }

    /// The format's name on the command line.
    package let name: String
    /// What it is for, in a few words.
    package let summary: String
    /// How the names of its files end, without the dot.
    package let fileExtension: String
    /// Its files: mostly one.
    package let parts: [Part]
    /// Whether it is to be read while it is printed, and not to be kept: no command then has an
    /// option that names a file for it.
    package let isForTerminal: Bool

    package init(
        name: String, summary: String, fileExtension: String, parts: [Part],
        isForTerminal: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.fileExtension = fileExtension
        self.parts = parts
        self.isForTerminal = isForTerminal
    }

    /// A format of one file.
    package init(
        name: String, summary: String, fileExtension: String, isForTerminal: Bool = false,
        render: @escaping @Sendable (RunRecord) throws -> [UInt8]
    ) {
        self.init(
            name: name, summary: summary, fileExtension: fileExtension,
            parts: [Part(name: "", render: render)], isForTerminal: isForTerminal)
    }

    /// Every format.
    package static let all: [Report] = [
        .console,
        .html,
        .json,
        .markdown,
        .csv,
        .junit,
        .hlog,
        .githubActionBenchmark,
        .bencher,
        .goBenchmark,
        .openMetrics,
        .github,
    ]

    /// The format of this name.
    package static func named(_ name: String) -> Report? {
        all.first { $0.name == name }
    }
}

extension Report {
    /// The record in this format.
    ///
    /// - Precondition: the format has one file.
    package func render(_ record: RunRecord) throws -> [UInt8] {
        precondition(parts.count == 1, "\(name) has several files")
        return try parts[0].render(record)
    }

    /// The files of this format when the path asked for is `path`. Of several, each has the part's
    /// name before the ending of the path: `out.json` is `out-smaller.json` and `out-bigger.json`.
    package func paths(for path: String) -> [String] {
        guard parts.count > 1 else { return [path] }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        let file = path.dropFirst(folder.count)
        // The dot of a hidden file begins its name, and not its ending.
        let dot = file.lastIndex(of: ".").flatMap { $0 > file.startIndex ? $0 : nil }
        let stem = dot.map { file[..<$0] } ?? file
        let ending = dot.map { file[$0...] } ?? ""
        return parts.map { "\(folder)\(stem)-\($0.name)\(ending)" }
    }

    /// The record in this format, as the files that belong at `path`.
    package func files(of record: RunRecord, at path: String) throws -> [File] {
        try zip(paths(for: path), parts).map { path, part in
            File(path: path, content: try part.render(record))
        }
    }
}
