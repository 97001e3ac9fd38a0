/// Numbers as decimal text, the same on every machine and in every locale.
package enum NumberText {
    /// `value` with `digits` significant digits, and all digits before the point: 0.123, 12.3, 1234.
    /// Below one billionth it is "0": no quantity here is that fine.
    package static func significant(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite, abs(value) >= 1e-9 else { return fixed(value, places: 0) }
        var places = digits - 1
        var bound = 10.0
        while abs(value) >= bound, places > 0 {
            places -= 1
            bound *= 10
        }
        bound = 1
        while abs(value) < bound {
            places += 1
            bound /= 10
        }
        // 9.996 rounds to four digits, 10.00; one place fewer makes it 10.0.
        let rounded = (abs(value) * powerOfTen(places)).rounded()
        if places > 0, rounded >= powerOfTen(digits) {
            places -= 1
        }
        return fixed(value, places: places)
    }

    /// `value` with exactly `places` digits after the point. What is not a number is "–", and what is
    /// too large for 18 digits is written with an exponent.
    package static func fixed(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return "–" }
        let scaled = (abs(value) * powerOfTen(places)).rounded()
        guard scaled < 1e18 else { return "\(value)" }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let digits = String(UInt64(scaled))
        guard places > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }

    /// `value` with as many digits as it takes to read the same number again, and never an exponent,
    /// which not every reader of numbers knows: 1234567, 0.00001. What is not a number is "–".
    package static func exact(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let text = "\(value.magnitude)"
        let sign = value < 0 ? "-" : ""
        let parts = text.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else {
            return sign + (text.hasSuffix(".0") ? text.dropLast(2) : text[...])
        }
        // One digit stands before the point, and `exponent` says by how many places it moves.
        let digits = parts[0].filter { $0 != "." }
        guard exponent >= 0 else {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        // Without a fraction: the type writes an exponent only where there is none.
        return sign + digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
    }

    private static func powerOfTen(_ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
