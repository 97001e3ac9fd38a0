import Measurement

/// Warnings in words, wherever in a record they stand.
package enum WarningText {
    /// The run's warnings, then those of each technique and round, named.
    package static func all(in record: RunRecord, contenders: [Contender]) -> [String] {
        let run = record.warnings.map { "\($0.cause) \($0.remedy) [\($0.id)]" }
        let own = contenders.flatMap { contender in
            contender.rounds.flatMap { result in
                result.warnings.map { warning in
                    let round = contender.rounds.count > 1 ? ", round \(result.round)" : ""
                    return "\(contender.name)\(round): \(warning.cause) \(warning.remedy) "
                        + "[\(warning.id)]"
                }
            }
        }
        return run + own
    }
}
