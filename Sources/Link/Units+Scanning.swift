// What `Units` is made of: the tables of units, and the scanning of numbers.

/// A name that may follow a number, and how many of the smallest unit it stands for.
struct Unit: Sendable {
    let name: String
    let factor: Int64
}

extension [Unit] {
    /// The unit of this name, in either spelling of the table.
    func first(named name: String) -> Unit? {
        first { $0.name == name } ?? first { $0.name.lowercased() == name }
    }

    /// The names as an error lists them.
    var known: String {
        map(\.name).filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

extension Units {
    /// Largest first, which is also the order in which parts may follow each other.
    static let durationUnits = [
        Unit(name: "d", factor: 86_400_000_000_000),
        Unit(name: "h", factor: 3_600_000_000_000),
        Unit(name: "m", factor: 60_000_000_000),
        Unit(name: "s", factor: 1_000_000_000),
        Unit(name: "ms", factor: 1_000_000),
        Unit(name: "us", factor: 1000),
        Unit(name: "ns", factor: 1),
    ]

    /// The names that are written come first; the bare prefixes are for the hurried.
    static let byteUnits = [
        Unit(name: "GiB", factor: 1 << 30), Unit(name: "GB", factor: 1_000_000_000),
        Unit(name: "MiB", factor: 1 << 20), Unit(name: "MB", factor: 1_000_000),
        Unit(name: "KiB", factor: 1 << 10), Unit(name: "kB", factor: 1000),
        Unit(name: "B", factor: 1),
        Unit(name: "Gi", factor: 1 << 30), Unit(name: "G", factor: 1_000_000_000),
        Unit(name: "Mi", factor: 1 << 20), Unit(name: "M", factor: 1_000_000),
        Unit(name: "Ki", factor: 1 << 10), Unit(name: "k", factor: 1000),
        Unit(name: "", factor: 1),
    ]

    static let countUnits = [
        Unit(name: "M", factor: 1_000_000), Unit(name: "k", factor: 1000),
        Unit(name: "", factor: 1),
    ]

    static let bandwidthUnits = [
        Unit(name: "Gbit", factor: 1_000_000_000), Unit(name: "Mbit", factor: 1_000_000),
        Unit(name: "kbit", factor: 1000), Unit(name: "bit", factor: 1),
    ]

    /// How one kind of number with one unit is read, and how its errors speak.
    struct Shape {
        let noun: String
        let examples: String
        let units: [Unit]
        var unitExamples: [String] = []

        func read(_ text: String, unit: (String) -> Unit?) throws(ValueError) -> Int64 {
            var rest = try unsigned(text, noun: noun)
            guard let number = DecimalNumber(scanning: &rest) else {
                throw ValueError(text, "is not a \(noun)", remedy: "write for example \(examples)")
            }
            guard let unit = unit(String(rest)) else {
                guard !rest.isEmpty else {
                    let remedy = unitExamples.map { text + $0 }.joined(separator: ", ")
                    throw ValueError(text, "needs a unit", remedy: remedy)
                }
                throw ValueError(
                    text, "has an unknown unit \"\(rest)\"", remedy: "known are \(units.known)")
            }
            return try number.whole(times: unit, in: text, noun: noun)
        }
    }

    static func durationNanoseconds(_ text: String) throws(ValueError) -> Int64 {
        var rest = try unsigned(text, noun: "duration")
        var total: Int64 = 0
        var allowed = durationUnits[...]
        guard rest != "0" else { return 0 }
        repeat {
            let number = DecimalNumber(scanning: &rest)
            let name = String(rest.prefix { !$0.isASCIIDigit && $0 != "." })
            if number != nil, rest.isEmpty {
                let isFirst = allowed.count == durationUnits.count
                let remedy = isFirst ? "\(text)s, \(text)ms" : "each part has one, as in 1m30s"
                throw ValueError(text, "needs a unit", remedy: remedy)
            }
            guard let number, !name.isEmpty else {
                throw ValueError(
                    text, "is not a duration", remedy: "write for example 10s, 50ms, 1m30s")
            }
            // The micro sign, the Greek letter, and the letter that keyboards have.
            let plain = name == "\u{B5}s" || name == "\u{3BC}s" ? "us" : name
            guard let unit = durationUnits.first(named: plain) else {
                throw ValueError(
                    text, "has an unknown unit \"\(name)\"",
                    remedy: "known are ns, us, ms, s, m, h, d")
            }
            guard let place = allowed.firstIndex(where: { $0.name == unit.name }) else {
                throw ValueError(
                    text, "has its units out of order",
                    remedy: "the largest comes first and each comes once, as in 1m30s")
            }
            allowed = allowed[(place + 1)...]
            rest.removeFirst(name.count)
            let part = try number.whole(times: unit, in: text, noun: "duration")
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { throw tooLarge(text, noun: "duration") }
            total = sum
        } while !rest.isEmpty
        return total
    }

    /// The text without what no value may begin with.
    static func unsigned(
        _ text: String, noun: String
    ) throws(ValueError) -> Substring {
        guard !text.isEmpty else {
            throw ValueError(text, "is empty", remedy: "write a \(noun) there")
        }
        guard !text.hasPrefix("-") else {
            throw ValueError(text, "is negative", remedy: "a \(noun) is zero or more")
        }
        return text[...]
    }

    static func tooLarge(_ text: String, noun: String) -> ValueError {
        let most = noun == "duration" ? "292 years" : "\(Int64.max)"
        return ValueError(text, "is too large", remedy: "the most is \(most)")
    }

    static func whole(_ amount: Int64, in units: [Unit]) -> String {
        for unit in units where unit.factor == 1 || (amount != 0 && amount % unit.factor == 0) {
            return "\(amount / unit.factor)\(unit.name)"
        }
        return "\(amount)"
    }

    /// A number without the ".0" that Swift gives whole ones.
    static func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
    }
}

/// A decimal number exactly as it was written: 1.50 is 150 with two places.
struct DecimalNumber {
    private var digits: Int64 = 0
    private var places = 0
    private var overflowed = false

    /// Takes the number that `text` begins with, or nothing when it begins with none.
    init?(scanning text: inout Substring) {
        var rest = text
        var sawDigit = false
        var sawPoint = false
        while let next = rest.first {
            if let digit = next.isASCIIDigit ? next.wholeNumberValue : nil {
                sawDigit = true
                let (tens, overflow) = digits.multipliedReportingOverflow(by: 10)
                let (sum, carried) = tens.addingReportingOverflow(Int64(digit))
                overflowed = overflowed || overflow || carried
                digits = sum
                places += sawPoint ? 1 : 0
            } else if next == ".", !sawPoint {
                sawPoint = true
            } else {
                break
            }
            rest.removeFirst()
        }
        guard sawDigit, text.prefix(upTo: rest.startIndex).last != "." else { return nil }
        text = rest
    }

    /// The nearest floating-point number, for values that are not counted.
    var value: Double {
        guard !overflowed else { return .greatestFiniteMagnitude }
        return Double(digits) / scale
    }

    private var scale: Double {
        (0..<places).reduce(1.0) { product, _ in product * 10 }
    }

    /// This many of a unit, which must come out whole.
    func whole(times unit: Unit, in text: String, noun: String) throws(ValueError) -> Int64 {
        guard !overflowed else { throw Units.tooLarge(text, noun: noun) }
        // 19 digits times the largest unit is below 2^127, so only the result can be too large.
        var product = Int128(digits) * Int128(unit.factor)
        for _ in 0..<places {
            guard product.isMultiple(of: 10) else {
                throw ValueError(
                    text, "is not whole in the smallest unit", remedy: "write fewer decimal places")
            }
            product /= 10
        }
        guard let result = Int64(exactly: product) else {
            throw Units.tooLarge(text, noun: noun)
        }
        return result
    }
}

extension Character {
    /// Whether this is one of 0…9; `isNumber` also takes other scripts' digits.
    var isASCIIDigit: Bool {
        isASCII && isNumber
    }
}
