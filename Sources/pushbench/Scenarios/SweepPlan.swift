import Link
import Measurement

/// What a sweep changes, and to what: an option of `run` and the values it takes, one after another.
struct SweepPlan: Sendable {
    /// One of the values.
    struct Point: Sendable {
        /// As it was written.
        let text: String
        /// As the option reads it.
        let value: OptionValue
    }

    /// The option that is changed.
    let option: OptionSpec
    /// Its values in the order of measuring; at least two, no two the same.
    let points: [Point]

    /// A plan from the values' texts; each is read as the option's kind reads it.
    init(_ option: OptionSpec, _ texts: [String]) throws(ValueError) {
        if option.isFlag {
            throw ValueError(
                option.name, "has no values to sweep over",
                remedy: "run it once with --\(option.name) and once without")
        }
        if case .list = option.kind {
            throw ValueError(
                option.name, "cannot be swept over: all of them are measured at every point",
                remedy: "sweep over another option, such as rtt, rate or payload")
        }
        var points: [Point] = []
        for text in texts {
            let value: OptionValue
            do {
                value = try option.kind.read(text)
            } catch {
                throw ValueError(
                    "\(option.name)=\(error.value)", error.problem, remedy: error.remedy)
            }
            if let earlier = points.first(where: { $0.value == value }) {
                throw ValueError(
                    "\(option.name)=\(text)", "is the same as \(earlier.text)",
                    remedy: "give each value once")
            }
            points.append(Point(text: text, value: value))
        }
        guard points.count > 1 else {
            throw ValueError(
                "\(option.name)=\(texts.joined())", "is no sweep",
                remedy: "give two values or more, as in rtt=0,20ms,50ms")
        }
        self.option = option
        self.points = points
    }

    /// A plan as `--over` says it: `rtt=0,20ms,50ms`. Where a value has commas of its own, as links
    /// do, semicolons stand between them: `link=lan;4g,loss=1%`.
    init(parsing text: String, options: [OptionSpec]) throws(ValueError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        guard parts.count == 2 else {
            throw ValueError(text, "has no values", remedy: "write for example rtt=0,20ms,50ms")
        }
        guard let option = options.first(where: { $0.name == name }) else {
            throw ValueError(
                name, "is not an option of run",
                remedy: Suggestion.remedy(
                    for: name, among: options.filter(Self.canBeSwept).map(\.name)))
        }
        let separator: Character = parts[1].contains(";") ? ";" : ","
        try self.init(
            option,
            parts[1].split(separator: separator, omittingEmptySubsequences: false).map(String.init))
    }

    private static func canBeSwept(_ option: OptionSpec) -> Bool {
        if case .list = option.kind { return false }
        return !option.isFlag
    }

    /// The parameter as the series keeps it; `indices` are those of the points that were measured.
    func parameter(of indices: [Int]) -> RecordSeries.Parameter {
        RecordSeries.Parameter(
            name: option.name, unit: option.kind.unit,
            values: indices.map { index in
                RecordSeries.Parameter.Value(
                    text: points[index].text, number: points[index].value.number)
            })
    }
}

extension ValueKind {
    /// The unit of `OptionValue.number`, as records name units; nil for words.
    fileprivate var unit: String? {
        switch self {
        case .duration: "ns"
        case .size: "B"
        case .rate: "1/s"
        case .count, .fraction: "1"
        case .flag, .choice, .list, .link, .path, .text: nil
        }
    }
}

extension OptionValue {
    /// The value as a number, for an axis; nil for words. A link is words: it has several numbers.
    fileprivate var number: Double? {
        switch self {
        case .count(let count): Double(count)
        case .duration(let duration): Double(duration.nanoseconds)
        case .size(let bytes): Double(bytes)
        case .rate(let rate): rate
        case .fraction(let share): share
        case .flag, .choices, .link, .text: nil
        }
    }
}
