import Measurement

/// Quantities as people read them: three significant digits and the unit that suits.
///
/// (`Link.Units` is the exact counterpart, for numbers that are typed and must survive the way back.)
package enum Readable {
    /// What stands in a table where there is no number.
    package static let nothing = "–"

    /// A duration: `850 ns`, `12.3 µs`, `1.50 ms`, `25.0 s`.
    package static func duration(nanoseconds: Double) -> String {
        let size = abs(nanoseconds)
        // The limits stand where rounding would carry: 999.6 µs is 1.00 ms, not 1000 µs.
        if size < 999.5 { return NumberText.fixed(nanoseconds, places: 0) + " ns" }
        if size < 999.5e3 { return NumberText.significant(nanoseconds / 1e3) + " µs" }
        if size < 999.5e6 { return NumberText.significant(nanoseconds / 1e6) + " ms" }
        return NumberText.significant(nanoseconds / 1e9) + " s"
    }

    /// A number of bytes in steps of 1024: `129 B`, `64.0 KiB`, `7.75 GiB`. Whole bytes stay whole.
    package static func bytes(_ bytes: Double) -> String {
        if abs(bytes) < 1023.5 {
            let isWhole = bytes == bytes.rounded()
            return (isWhole ? NumberText.fixed(bytes, places: 0) : NumberText.significant(bytes))
                + " B"
        }
        var size = bytes / 1024
        for unit in ["KiB", "MiB", "GiB"] {
            if abs(size) < 1023.5 { return NumberText.significant(size) + " " + unit }
            size /= 1024
        }
        return NumberText.significant(size) + " TiB"
    }

    /// Bits a second in steps of 1000, as links are sold: `768 kbit/s`, `33.1 Mbit/s`.
    package static func bandwidth(bitsPerSecond: Double) -> String {
        let size = abs(bitsPerSecond)
        if size < 999.5 { return NumberText.fixed(bitsPerSecond, places: 0) + " bit/s" }
        if size < 999.5e3 { return NumberText.significant(bitsPerSecond / 1e3) + " kbit/s" }
        if size < 999.5e6 { return NumberText.significant(bitsPerSecond / 1e6) + " Mbit/s" }
        return NumberText.significant(bitsPerSecond / 1e9) + " Gbit/s"
    }

    /// A count, in groups of three with narrow spaces from five digits on: `1000`, `60 000`.
    package static func count(_ count: Int) -> String {
        let digits = String(count.magnitude)
        let sign = count < 0 ? "-" : ""
        guard digits.count > 4 else { return sign + digits }
        var groups: [Substring] = []
        var rest = digits[...]
        while !rest.isEmpty {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        return sign + groups.joined(separator: "\u{202F}")
    }

    /// A count with its noun: `1 event`, `60 000 events`.
    package static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    /// A difference of durations with its sign: `+1.50 ms`, `−12.3 µs`, `0 ns`.
    package static func difference(nanoseconds: Double) -> String {
        let size = duration(nanoseconds: abs(nanoseconds))
        guard size != duration(nanoseconds: 0) else { return size }
        return (nanoseconds < 0 ? "−" : "+") + size
    }

    /// A whole difference with its sign: `+52`, `−1448`, `0`.
    package static func difference(_ count: Int) -> String {
        count == 0 ? "0" : (count < 0 ? "−" : "+") + Self.count(abs(count))
    }

    /// A rate or another number that is whole more often than not: `10`, `0.5`, `2.25`.
    package static func number(_ value: Double) -> String {
        guard value == value.rounded(), abs(value) < 1e15 else {
            return NumberText.significant(value)
        }
        return count(Int(value))
    }

    /// A share or a proportion: `0.40 %`, `8.4 %`, `84 %`, `1230 %`.
    package static func percent(_ share: Double) -> String {
        let percent = share * 100
        let places = abs(percent) >= 9.95 || percent == 0 ? 0 : abs(percent) >= 0.995 ? 1 : 2
        return NumberText.fixed(percent, places: places) + " %"
    }

    /// How many times: `1.03 times`, `12.3 times`, `492 times`.
    package static func times(_ ratio: Double) -> String {
        NumberText.significant(ratio) + " times"
    }

    /// Words as a sentence lists them: `a`, `a and b`, `a, b and c`.
    package static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
