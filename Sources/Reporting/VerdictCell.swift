import Measurement

extension TextTable.Cell {
    /// Off by more than this, a figure is wrong; below, it may be the machine.
    private static let gravelyOff = 0.1

    /// A verdict, in the colour of what it says.
    init(_ verdict: Verdict?) {
        switch verdict {
        case .holds: self.init("holds", .good)
        case .off(let share): self.init("\(Verdict.off(by: share))", Self.tone(ofMissing: share))
        case .notApplicable: self.init("n/a", .faint)
        case nil: self.init(Readable.nothing, .faint)
        }
    }

    /// The tone of a figure that misses its prediction by that share.
    private static func tone(ofMissing share: Double) -> TextTable.Tone {
        share > gravelyOff ? .bad : .doubtful
    }

    /// The tone of a figure that stands beside its prediction.
    static func tone(of verdict: Verdict?) -> TextTable.Tone {
        switch verdict {
        case .off(let share): tone(ofMissing: share)
        case .holds, nil: .plain
        case .notApplicable: .faint
        }
    }
}

extension Verdict {
    /// A verdict as a record keeps it in text; nil when it is none.
    init?(recorded text: String?) {
        guard let text else { return nil }
        let off = (prefix: "off by ", suffix: " %")
        if text == "\(Verdict.holds)" {
            self = .holds
        } else if text.hasPrefix(off.prefix), text.hasSuffix(off.suffix),
            let percent = Double(text.dropFirst(off.prefix.count).dropLast(off.suffix.count))
        {
            self = .off(by: percent / 100)
        } else {
            self = .notApplicable(reason: text)
        }
    }

    /// Why nothing was compared.
    var reason: String? {
        if case .notApplicable(let reason) = self { reason } else { nil }
    }

    /// By what share the measurement misses the prediction, where it does.
    var miss: Double? {
        if case .off(let share) = self { share } else { nil }
    }
}
