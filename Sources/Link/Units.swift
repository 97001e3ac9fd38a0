/// Numbers with units as people type them, read and written as pure functions.
///
/// The rules, the same for every kind of value:
/// - A number is digits with an optional decimal point; it is never negative, and it is kept
///   exactly, so that `0.1s` is 100 000 000 ns and not a rounding of it.
/// - Reading is strict: what does not come out whole in the smallest unit, or does not fit, is an
///   error and never a guess.
/// - `text(of:)` writes what the reader of the same kind takes back to the same value.
package enum Units {
    /// Reads a duration: `10s`, `50ms`, `100us`, `1.5s`, `1m30s`; a bare `0` needs no unit.
    package static func duration(_ text: some StringProtocol) throws(ValueError) -> Duration {
        .nanoseconds(try durationNanoseconds(String(text)))
    }

    /// Reads a number of bytes: `100`, `100B`, `64KiB`, `2MB`. With an `i` the steps are 1024,
    /// without it 1000, as IEC 80000-13 has it; upper and lower case are the same.
    package static func bytes(_ text: some StringProtocol) throws(ValueError) -> Int {
        let text = String(text)
        let shape = Shape(noun: "size", examples: "100B, 64KiB, 2MB", units: byteUnits)
        return Int(try shape.read(text, unit: { byteUnits.first(named: $0.lowercased()) }))
    }

    /// Reads a plain count: `1000`, `10k`, `1.5M`. A small `m` is not a million.
    package static func count(_ text: some StringProtocol) throws(ValueError) -> Int {
        let text = String(text)
        let shape = Shape(noun: "count", examples: "1000, 10k, 1M", units: countUnits)
        return Int(
            try shape.read(text) { name in
                countUnits.first { $0.name == (name == "K" ? "k" : name) }
            })
    }

    /// Reads a bandwidth in bits a second: `2Mbit`, `768kbit`, `1Gbit`, or `unlimited`.
    ///
    /// `bps` is refused because it means bits to most people and bytes to `tc`.
    package static func bandwidth(_ text: some StringProtocol) throws(ValueError) -> Bandwidth {
        var text = String(text)
        guard text.lowercased() != "unlimited" else { return .unlimited }
        let asGiven = text
        if text.hasSuffix("/s") { text.removeLast(2) }
        let shape = Shape(
            noun: "bandwidth", examples: "2Mbit, 768kbit, unlimited", units: bandwidthUnits,
            unitExamples: ["Mbit", "kbit"])
        let bits: Int64
        do {
            bits = try shape.read(text, unit: { bandwidthUnits.first(named: $0.lowercased()) })
        } catch {
            throw ValueError(asGiven, error.problem, remedy: error.remedy)
        }
        guard bits > 0 else {
            throw ValueError(
                asGiven, "lets nothing through", remedy: "write 1kbit or more, or unlimited")
        }
        return Bandwidth(bitsPerSecond: bits)
    }

    /// Reads a rate in events a second: `100`, `100/s`, `30/m`, `2.5k/s`.
    package static func rate(_ text: some StringProtocol) throws(ValueError) -> Double {
        let text = String(text)
        let examples = "100, 100/s, 30/m, 2k/s"
        var rest = try unsigned(text, noun: "rate")
        guard let number = DecimalNumber(scanning: &rest) else {
            throw ValueError(text, "is not a rate", remedy: "write for example \(examples)")
        }
        var multiplier = 1.0
        if let unit = countUnits.first(where: { !$0.name.isEmpty && rest.hasPrefix($0.name) }) {
            multiplier = Double(unit.factor)
            rest.removeFirst()
        }
        let periods: [String: Double] = ["": 1, "/s": 1, "/m": 60, "/h": 3600]
        guard let period = periods[String(rest)] else {
            throw ValueError(
                text, "has an unknown unit \"\(rest)\"", remedy: "write for example \(examples)")
        }
        return number.value * multiplier / period
    }

    /// Reads a share from 0 to 1: `1%` or `0.01`.
    package static func fraction(_ text: some StringProtocol) throws(ValueError) -> Double {
        let text = String(text)
        var rest = try unsigned(text, noun: "share")
        guard let number = DecimalNumber(scanning: &rest), rest.isEmpty || rest == "%" else {
            throw ValueError(text, "is not a share", remedy: "write for example 1%, 0.5%, 0.01")
        }
        let share = number.value / (rest == "%" ? 100 : 1)
        guard share <= 1 else {
            throw ValueError(
                text, "is more than the whole",
                remedy: rest == "%" ? "the most is 100%" : "write \(text)%, or at most 1")
        }
        return share
    }

    /// Reads a number without a unit that need not be whole: `2`, `0.5`, `1.2k`.
    package static func number(_ text: some StringProtocol) throws(ValueError) -> Double {
        try average(text, noun: "number", examples: "2, 0.5, 10k") { name in
            countUnits.first { $0.name == (name == "K" ? "k" : name) }
        }
    }

    /// Reads an average number of bytes, which need not be whole: `4B`, `2.5B`, `1.2KiB`.
    package static func averageBytes(_ text: some StringProtocol) throws(ValueError) -> Double {
        try average(text, noun: "size", examples: "4B, 2.5B, 64KiB") { name in
            byteUnits.first(named: name.lowercased())
        }
    }

    private static func average(
        _ text: some StringProtocol, noun: String, examples: String, unit: (String) -> Unit?
    ) throws(ValueError) -> Double {
        let text = String(text)
        var rest = try unsigned(text, noun: noun)
        guard let number = DecimalNumber(scanning: &rest), let unit = unit(String(rest)) else {
            throw ValueError(text, "is not a \(noun)", remedy: "write for example \(examples)")
        }
        return number.value * Double(unit.factor)
    }

    /// Writes a duration as its whole parts, largest first: `1m30s`, `1s500ms`, `0s`.
    package static func text(of duration: Duration) -> String {
        var rest = duration.nanoseconds.magnitude
        var parts = duration < .zero ? "-" : ""
        for unit in durationUnits where rest >= UInt64(unit.factor) {
            parts += "\(rest / UInt64(unit.factor))\(unit.name)"
            rest %= UInt64(unit.factor)
        }
        return parts.isEmpty ? "0s" : parts
    }

    /// Writes a number of bytes in the largest unit that it is a whole number of: `64KiB`, `1500B`.
    package static func text(ofBytes bytes: Int) -> String {
        whole(Int64(bytes), in: byteUnits)
    }

    /// Writes a bandwidth in the largest unit that it is a whole number of: `2Mbit`.
    package static func text(of bandwidth: Bandwidth) -> String {
        guard let bits = bandwidth.bitsPerSecond else { return "unlimited" }
        return whole(bits, in: bandwidthUnits)
    }

    /// Writes a share in percent: `1%`, `0.5%`.
    package static func text(ofFraction share: Double) -> String {
        "\(plain((share * 1e10).rounded() / 1e8))%"
    }

    /// Writes a rate in events a second: `100/s`, `0.5/s`.
    package static func text(ofRate rate: Double) -> String {
        "\(plain(rate))/s"
    }
}

/// A text that does not say a value: the text, what is wrong with it, and what to write instead.
package struct ValueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text as it was given.
    package let value: String

    /// What is wrong, continuing the sentence that the value begins: "needs a unit".
    package let problem: String

    /// What to write instead: "10s, 10ms".
    package let remedy: String

    /// An error about `value`.
    package init(_ value: String, _ problem: String, remedy: String) {
        self.value = value
        self.problem = problem
        self.remedy = remedy
    }

    /// The value and what is wrong with it, without the remedy; the value stands in quotes where it
    /// would not be seen without them.
    package var subject: String {
        let hides = value.isEmpty || value.contains(where: \.isWhitespace)
        return "\(hides ? "\"\(value)\"" : value) \(problem)"
    }

    /// The whole sentence.
    package var description: String {
        "\(subject): \(remedy)"
    }
}
