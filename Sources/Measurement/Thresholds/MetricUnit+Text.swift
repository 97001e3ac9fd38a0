import Link

/// Values of metrics as thresholds and messages write them.
extension MetricUnit {
    /// Reads a value of this unit.
    package func read(_ text: some StringProtocol) throws(ValueError) -> Double {
        switch self {
        case .nanoseconds: Double(try Units.duration(text).nanoseconds)
        case .bytes: try Units.averageBytes(text)
        case .count: Double(try Units.count(text))
        case .ratio: try Units.number(text)
        case .share: try Units.fraction(text)
        case .perSecond: try Units.rate(text)
        }
    }

    /// What a value of this unit is, continuing "is": "a duration".
    var noun: String {
        switch self {
        case .nanoseconds: "a duration"
        case .bytes: "a number of bytes"
        case .count: "a count"
        case .ratio: "a number without a unit"
        case .share: "a share"
        case .perSecond: "a rate"
        }
    }

    /// Writes a value of this unit for people: `19.8ms`, `4B`, `129.67B`, `5%`.
    package func text(of value: Double) -> String {
        switch self {
        case .nanoseconds: duration(value)
        case .bytes: number(value) + "B"
        case .count, .ratio: number(value)
        case .share: number(value * 100) + "%"
        case .perSecond: number(value) + "/s"
        }
    }

    /// In the unit that leaves one to three digits before the point.
    private func duration(_ nanoseconds: Double) -> String {
        let steps: [(size: Double, name: String)] = [(1e9, "s"), (1e6, "ms"), (1e3, "us")]
        for step in steps where abs(nanoseconds) >= step.size {
            return number(nanoseconds / step.size) + step.name
        }
        return number(nanoseconds) + "ns"
    }

    /// Whole numbers whole; others with four significant digits, without zeros at the end.
    private func number(_ value: Double) -> String {
        let nearest = value.rounded()
        guard abs(value - nearest) > 1e-9 * abs(value) else {
            return NumberText.fixed(nearest, places: 0)
        }
        var text = NumberText.significant(value, digits: 4)
        while text.contains("."), let last = text.last, last == "0" || last == "." {
            text.removeLast()
            if last == "." { break }
        }
        return text
    }
}
