import Measurement
import Reporting

/// Two stored records, side by side.
struct StoredComparison {
    init(base: String, change: String) throws {
    }
    func run(to outputs: RunOutputs, _ arguments: ParsedArguments) throws -> ExitCode {
        .fine
    }
}
