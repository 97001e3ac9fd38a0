import Link

/// What a load must not pass to count as carried, such as `p99=100ms` or `loss=0`.
package struct LoadLimit: Hashable, Sendable {
    /// What is looked at.
    package enum Figure: String, Hashable, Sendable, CaseIterable {
        /// The median latency.
        case p50
        /// The latency that 1 % of the deliveries exceeded.
        case p99
        /// The latency that 0.1 % exceeded.
        case p999
        /// The share of the deliveries that did not arrive.
        case loss
    }

    /// What is looked at.
    package let figure: Figure
    /// The most that it may be: nanoseconds of a latency, a share of the loss.
    package let most: Double

    package init(_ figure: Figure, most: Double) {
        self.figure = figure
        self.most = most
    }

    /// Reads `p99=100ms` or `loss=0.1%`.
    package init(parsing text: String) throws(ValueError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let names = Figure.allCases.map(\.rawValue)
        guard let figure = Figure(rawValue: String(parts[0])) else {
            throw ValueError(
                text, "does not begin with a figure",
                remedy: Suggestion.closest(to: String(parts[0]), among: names)
                    .map { "did you mean \($0)=?" } ?? "write p50=, p99=, p999= or loss=")
        }
        guard parts.count == 2, !parts[1].isEmpty else {
            throw ValueError(
                text, "has no value",
                remedy: figure == .loss
                    ? "write loss=0 or loss=0.1%" : "write \(figure.rawValue)=100ms")
        }
        if figure == .loss {
            let share = try Units.fraction(parts[1])
            guard share < 1 else {
                throw ValueError(text, "allows to lose everything", remedy: "write loss=0 or more")
            }
            self.init(figure, most: share)
        } else {
            let duration = try Units.duration(parts[1])
            guard duration > .zero else {
                throw ValueError(text, "leaves no time", remedy: "write \(figure.rawValue)=100ms")
            }
            self.init(figure, most: Double(duration.nanoseconds))
        }
    }

    /// As it is written on a command line.
    package var text: String {
        let value =
            figure == .loss
            ? (most == 0 ? "0" : Units.text(ofFraction: most))
            : Units.text(of: .nanoseconds(Int64(most)))
        return "\(figure.rawValue)=\(value)"
    }

    /// What it is of a result; nil where nothing was delivered, and there is no latency.
    package func value(of result: TransportResult) -> Double? {
        if figure == .loss {
            let expected = result.deliveries.expected
            return expected > 0
                ? Double(result.deliveries.undelivered) / Double(expected) : nil
        }
        guard result.latency.count > 0 else { return nil }
        switch figure {
        case .p50: return Double(result.latency.p50)
        case .p99: return Double(result.latency.p99)
        case .p999, .loss: return Double(result.latency.p99_9)
        }
    }

    /// Whether a result is beyond it; one that delivered nothing is.
    package func isBroken(by result: TransportResult) -> Bool {
        value(of: result).map { $0 > most } ?? true
    }
}

/// In a record a limit is its text.
extension LoadLimit: Codable {
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        do {
            try self.init(parsing: try value.decode(String.self))
        } catch let error as ValueError {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "\(error)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(text)
    }
}
