/// How theory and measurement agree.
///
/// In the record it is a readable text: `holds`, `off by 3.1 %`, `not applicable: …`.
package enum Verdict: Hashable, Sendable {
    /// The measurement is within the tolerance.
    case holds
    /// The measurement is that share of the prediction away from it, and the tolerance is less.
    case off(by: Double)
    /// Theory has nothing to say here, or there is nothing to compare it with.
    case notApplicable(reason: String)

    /// Nobody has compared yet.
    package static let notCompared = Verdict.notApplicable(reason: "not compared")

    /// What is said of several rows: the worst that was found, and that theory holds when something
    /// was compared and nothing was off.
    package static func overall(_ verdicts: [Verdict]) -> Verdict {
        var worst = 0.0
        var isCompared = false
        for verdict in verdicts {
            switch verdict {
            case .holds: isCompared = true
            case .off(let share): worst = max(worst, share)
            case .notApplicable: break
            }
        }
        if worst > 0 { return .off(by: worst) }
        return isCompared ? .holds : .notApplicable(reason: "nothing to compare")
    }
}

extension Verdict: CustomStringConvertible {
    package var description: String {
        switch self {
        case .holds: "holds"
        case .off(let share): "off by \(NumberText.significant(share * 100, digits: 2)) %"
        case .notApplicable(let reason): "not applicable: \(reason)"
        }
    }
}

extension Verdict: Codable {
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        let text = try value.decode(String.self)
        if text == "holds" {
            self = .holds
        } else if text.hasPrefix("off by "), text.hasSuffix(" %"),
            let percent = Double(text.dropFirst(7).dropLast(2))
        {
            self = .off(by: percent / 100)
        } else if text.hasPrefix("not applicable: ") {
            self = .notApplicable(reason: String(text.dropFirst(16)))
        } else {
            throw DecodingError.dataCorruptedError(
                in: value, debugDescription: "\"\(text)\" is no verdict")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}

/// How far a measurement may be from its prediction: a share of the prediction, and a part that
/// does not shrink with it.
package struct Tolerance: Hashable, Sendable {
    /// The share of the prediction.
    package let relative: Double
    /// What is allowed whatever the prediction is, in the row's unit.
    package let absolute: Double

    package init(relative: Double, absolute: Double) {
        self.relative = relative
        self.absolute = absolute
    }

    /// Around `prediction`, in the row's unit.
    package func around(_ prediction: Double) -> Double {
        relative * abs(prediction) + absolute
    }

    /// Gaps: emulation misses a round trip by up to 1 %, and each cycle wakes an idle processor
    /// four times, which takes 50 to 120 µs.
    package static let gap = Tolerance(relative: 0.01, absolute: 0.3e6)
    /// The mean latency by replay, which has no sampling error: emulation's 1 %, and that W is
    /// taken as a constant where the software's share of it is not.
    package static let meanLatency = Tolerance(relative: 0.02, absolute: 0.2e6)
    /// Percentiles by replay: one step of the kernel's clock in a hundred events moves them.
    package static let percentile = Tolerance(relative: 0.03, absolute: 0.5e6)
    /// Requests and answers an event: a stall of the machine merges the events of two answers.
    package static let requests = Tolerance(relative: 0.02, absolute: 0)
    /// Bytes of a technique: exact. What is left is the rounding of a sum of ten numbers.
    package static let bytes = Tolerance(relative: 1e-9, absolute: 1e-9)
}
