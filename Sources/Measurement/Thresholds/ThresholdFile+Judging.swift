extension ThresholdFile {
    /// Holds a record against every assertion: one check for each technique of each.
    package func judge(_ record: RunRecord) -> [CheckResult] {
        thresholds.flatMap { threshold in
            threshold.techniques.compactMap { threshold.judge($0, in: record) }
        }
    }
}

extension Threshold {
    fileprivate func judge(_ technique: String, in record: RunRecord) -> CheckResult? {
        // A name that is not in the registry cannot have been read.
        guard let metric = Metric.named(metric) else { return nil }
        let results = record.results.filter { $0.transport == technique }
        let values = results.compactMap(metric.value)
        var check = CheckResult(
            kind: .threshold, transport: technique, metric: metric.name, outcome: .passed,
            message: "", unit: metric.unit.text, expected: limit)
        guard let value = decisive(values, of: metric) else {
            check.outcome = isExplicit ? .cannotTell : .skipped
            check.message = "\(place): \(text): \(technique) has no \(metric.name) in this run."
            return check
        }
        check.actual = value
        let figure = metric.unit.text(of: value)
        let holds = comparison.holds(value, against: limit)
        if let warning = Doubt.of(metric, in: results, of: record) {
            check.outcome = .cannotTell
            check.message =
                "\(place): \(text): \(technique) had \(figure), which decides nothing because of the "
                + "warning \(warning.id)."
        } else {
            check.outcome = holds ? .passed : .failed
            check.message = "\(place): \(text): \(technique) had \(figure)."
        }
        return check
    }

    /// The value to judge by: of an exact count the one that breaks the assertion, where one does;
    /// of any other figure the median.
    private func decisive(_ values: [Double], of metric: Metric) -> Double? {
        guard metric.isExact else { return Statistics.median(of: values) }
        return values.first { !comparison.holds($0, against: limit) } ?? values.first
    }
}
