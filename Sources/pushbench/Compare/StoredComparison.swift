import Measurement
import Reporting

/// Two stored records, side by side.
struct StoredComparison {
    private let change: RunRecord
    private let comparison: RecordComparison

    init(base: String, change: String) throws {
        self.change = try RunRecord(path: change)
        comparison = RecordComparison(
            base: try RunRecord(path: base), change: self.change, basePath: base,
            changePath: change)
    }

    /// Prints it; what is written as a record is the change's, with what was found as its checks.
    func run(to outputs: RunOutputs) throws -> ExitCode {
        var record = change
        record.checks = comparison.checks
        try outputs.write(
            record,
            console: { [comparison] _, color in ComparisonReport.render(comparison, color: color) })
        return Self.exitCode(of: comparison)
    }

    /// Only what is exact decides.
    static func exitCode(of comparison: RecordComparison) -> ExitCode {
        if comparison.exact.contains(where: { $0.outcome == .failed }) { return .regression }
        return comparison.isUndecided ? .cannotTell : .fine
    }
}
