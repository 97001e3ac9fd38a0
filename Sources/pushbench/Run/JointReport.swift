import FoundationEssentials
import Measurement
import Reporting

/// The report on what is more than one run: a series, or several records side by side.
struct JointReport {
    /// What is shown.
    private enum Subject {
        case series(RecordSeries)
        case beside(SideBySide)
    }

    private let subject: Subject

    /// The report on the files at `paths`; nil when it is one record of one run, for which there are
    /// more formats.
    ///
    /// - Throws: what is wrong with a file, and a usage error for series among others.
    init?(_ files: [(path: String, stored: StoredRecord)], _ arguments: ParsedArguments) throws {
        if files.count == 1 {
            guard case .series(let series) = files[0].stored else { return nil }
            subject = .series(series)
            return
        }
        let labels = Self.labels(of: files.map(\.path))
        subject = .beside(
            SideBySide(
                try zip(labels, files).map { label, file in
                    guard case .run(let record) = file.stored else {
                        throw arguments.error(
                            "\(file.path) is a series, which cannot stand beside other records",
                            remedy: "give it alone")
                    }
                    return SideBySide.Entry(label: label, record: record)
                }))
    }

    /// Files by their names without ending, or by as much of their paths as tells them apart.
    static func labels(of paths: [String]) -> [String] {
        let names = paths.map { path in
            let file = URL(filePath: path)
            return file.deletingPathExtension().lastPathComponent
        }
        return zip(paths, names).map { path, name in
            names.count { $0 == name } > 1 ? path : name
        }
    }

    /// The names of the formats that show such reports; json and csv are for series.
    static let formats = SeriesReport.all.map(\.name)

    private var formats: [String] {
        switch subject {
        case .series: Self.formats
        case .beside: ["console", "markdown", "html"]
        }
    }

    private var words: String {
        switch subject {
        case .series: "a series"
        case .beside: "several records"
        }
    }

    /// The report in the format of this name, or a usage error that names those there are.
    func render(_ format: String, color: Bool, _ arguments: ParsedArguments) throws -> [UInt8] {
        switch (subject, format) {
        case (.series(let series), "console"):
            return Array(ReportPage(of: series).console(color: color).utf8)
        case (.beside(let beside), "console"):
            return Array(beside.page.console(color: color).utf8)
        case (.beside(let beside), "markdown"): return Array(beside.page.markdown.utf8)
        case (.beside(let beside), "html"): return Array(beside.page.html.utf8)
        case (.series(let series), _):
            if let report = SeriesReport.all.first(where: { $0.name == format }) {
                return try report.render(series)
            }
        default: break
        }
        throw arguments.error(
            "--format \(format) does not show \(words)",
            remedy: "there are \(formats.joined(separator: ", "))")
    }
}
