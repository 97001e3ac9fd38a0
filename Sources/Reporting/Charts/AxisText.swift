import Measurement

/// Values as the marks of an axis say them: as short as they can be, because a mark is a round number.
package enum AxisText {
    /// A duration: `1 ms`, `0.5 ms`, `20 µs`.
    package static func duration(nanoseconds: Double) -> String {
        let size = abs(nanoseconds)
        if size == 0 { return "0" }
        if size < 999.5 { return number(nanoseconds) + " ns" }
        if size < 999.5e3 { return number(nanoseconds / 1e3) + " µs" }
        if size < 999.5e6 { return number(nanoseconds / 1e6) + " ms" }
        return number(nanoseconds / 1e9) + " s"
    }

    /// A number without needless digits: `0`, `0.5`, `2`, `12.5`, `1500`.
    package static func number(_ value: Double) -> String {
        let text = NumberText.significant(value)
        guard text.contains(".") else { return text }
        let trimmed = String(text.reversed().drop { $0 == "0" }.reversed())
        return trimmed.hasSuffix(".") ? String(trimmed.dropLast()) : trimmed
    }

    /// A percentile: `50 %`, `99.9 %`.
    package static func percentile(_ percentile: Double) -> String {
        // 99.99999 has more digits than a quantity is ever given here.
        var text = NumberText.fixed(percentile, places: 5)
        while text.hasSuffix("0") { text.removeLast() }
        return (text.hasSuffix(".") ? String(text.dropLast()) : text) + " %"
    }
}
