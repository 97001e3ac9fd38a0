import Link

/// The assertions of a threshold file, all of which can be judged.
package struct ThresholdFile: Hashable, Sendable {
    /// The assertions in the order of the file; never empty.
    package let thresholds: [Threshold]

    /// Reads `text`, which errors call `file`, for a run of `subject`.
    ///
    /// - Throws: all that is wrong with it at once.
    package init(
        parsing text: String, file: String, for subject: ThresholdSubject
    ) throws(ThresholdErrors) {
        var thresholds: [Threshold] = []
        var problems: [ThresholdErrors.Problem] = []
        // In Swift CR LF is one character, and `isNewline` knows it.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            var reader = ThresholdReader(line, file: file, number: index + 1, subject: subject)
            switch reader.read() {
            case .success(let threshold?): thresholds.append(threshold)
            case .success(nil): break
            case .failure(let errors): problems += errors.problems
            }
        }
        if thresholds.isEmpty, problems.isEmpty {
            problems = [
                ThresholdErrors.Problem(
                    place: TextPlace(file: file, line: 1, column: 1),
                    cause: "there is no assertion in the file",
                    remedy: "write for example *.lost == 0")
            ]
        }
        guard problems.isEmpty else { throw ThresholdErrors(problems: problems) }
        self.thresholds = thresholds
    }
}

/// Reads one line. Each part that can be understood without the others is looked at, so that a line
/// with two mistakes has two errors.
private struct ThresholdReader {
    private let line: Substring
    private let file: String
    private let number: Int
    private let subject: ThresholdSubject
    private var rest: Substring
    private var problems: [ThresholdErrors.Problem] = []

    init(_ line: Substring, file: String, number: Int, subject: ThresholdSubject) {
        self.line = line.prefix { $0 != "#" }
        self.file = file
        self.number = number
        self.subject = subject
        rest = self.line
    }

    mutating func read() -> Result<Threshold?, ThresholdErrors> {
        skipSpaces()
        let start = rest
        guard !start.isEmpty else { return .success(nil) }
        let techniques = readTechniques()
        let metric = techniques.flatMap { _ in readMetric() }
        let comparison = techniques.flatMap { _ in readComparison() }
        let limit = comparison.flatMap { _ in readLimit(of: metric) }
        guard problems.isEmpty, let techniques, let metric, let comparison, let limit else {
            return .failure(ThresholdErrors(problems: problems))
        }
        var text = start
        while text.last?.isWhitespace == true { text.removeLast() }
        return .success(
            Threshold(
                text: String(text), place: place(of: start), techniques: techniques.ids,
                isExplicit: techniques.isExplicit, metric: metric.name, comparison: comparison,
                limit: limit))
    }

    // MARK: - Parts

    /// The techniques, which may be of no use; nil when it is not clear where the metric begins.
    private mutating func readTechniques() -> (ids: [String], isExplicit: Bool)? {
        var patterns: [Substring] = []
        if rest.first == "{" {
            guard let end = rest.firstIndex(of: "}") else {
                report("the brace is not closed", "write {sse,websocket}.lost == 0", at: rest)
                return nil
            }
            patterns = rest[..<end].dropFirst().split(
                separator: ",", omittingEmptySubsequences: false)
            rest = rest[end...].dropFirst()
        } else {
            let pattern = take { $0 != "." && !$0.isWhitespace && !Self.isOperator($0) }
            patterns = [pattern]
        }
        guard rest.first == "." else {
            report(
                "a technique, a point and a metric are expected",
                "write for example sse.latency.p99 < 20ms", at: rest)
            return nil
        }
        rest.removeFirst()
        var ids: [String] = []
        for pattern in patterns {
            let name = pattern.trimmed
            guard !name.isEmpty else {
                report("a technique is missing", "write for example sse, or * for all", at: pattern)
                continue
            }
            switch subject.techniques(matching: String(name)) {
            case .success(let found): ids += found.filter { !ids.contains($0) }
            case .failure(let error): report(error.cause, error.remedy, at: name)
            }
        }
        return (ids, !patterns.contains { $0.contains("*") })
    }

    private mutating func readMetric() -> Metric? {
        let name = take { !$0.isWhitespace && !Self.isOperator($0) }
        guard !name.isEmpty else {
            report("a metric is missing", "write for example latency.p99 or lost", at: name)
            return nil
        }
        guard let metric = Metric.named(String(name)) else {
            let suggestion = Metric.suggestion(for: String(name))
            report(
                "there is no metric \(name)",
                suggestion.map { "did you mean \($0)?" }
                    ?? "pushbench help check lists them", at: name)
            return nil
        }
        if let complaint = subject.complaint(about: metric) {
            report(complaint.cause, complaint.remedy, at: name)
        }
        return metric
    }

    private mutating func readComparison() -> Threshold.Comparison? {
        skipSpaces()
        let word = take(Self.isOperator)
        if let comparison = Threshold.Comparison(rawValue: String(word)) { return comparison }
        let known = Threshold.Comparison.allCases.map(\.rawValue).joined(separator: " ")
        if word.isEmpty {
            report("an operator is missing", "write one of \(known)", at: rest)
        } else {
            let remedy = word == "=" ? "write ==" : "write one of \(known)"
            report("there is no operator \(word)", remedy, at: word)
        }
        return nil
    }

    /// The limit; without a metric there is no telling what it should be.
    private mutating func readLimit(of metric: Metric?) -> Double? {
        skipSpaces()
        let word = take { !$0.isWhitespace }
        guard !word.isEmpty else {
            report("a value is missing", "write it behind the operator", at: word)
            return nil
        }
        skipSpaces()
        if !rest.isEmpty {
            report(
                "there is more behind the value: \(rest.trimmed)",
                "write number and unit together, and one assertion a line", at: rest)
        }
        guard let metric else { return nil }
        do {
            return try metric.unit.read(word)
        } catch {
            report(
                "\(metric.name) is \(metric.unit.noun), and \(error.subject)", error.remedy,
                at: word)
            return nil
        }
    }

    // MARK: - Characters

    private static func isOperator(_ character: Character) -> Bool {
        "<>=!".contains(character)
    }

    private mutating func skipSpaces() {
        _ = take { $0.isWhitespace }
    }

    private mutating func take(_ isPart: (Character) -> Bool) -> Substring {
        let part = rest.prefix(while: isPart)
        rest = rest[part.endIndex...]
        return part
    }

    private mutating func report(_ cause: String, _ remedy: String, at part: Substring) {
        problems.append(
            ThresholdErrors.Problem(place: place(of: part), cause: cause, remedy: remedy))
    }

    private func place(of part: Substring) -> TextPlace {
        let column = line.distance(from: line.startIndex, to: part.startIndex) + 1
        return TextPlace(file: file, line: number, column: column)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var trimmed = drop(while: \.isWhitespace)
        while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
        return trimmed
    }
}
