import Wire

/// The parameters of a request that only reads.
struct LabQuery {
    private let bytes: [UInt8]

    init(_ query: String) {
        bytes = Array(query.utf8)
    }

    /// The value of a parameter, nil when it is not there.
    func text(_ name: StaticString) throws(LabRefusal) -> String? {
        let span = bytes.span
        guard let range = QueryString.value(of: name, in: span, query: 0..<bytes.count) else {
            return nil
        }
        guard let decoded = QueryString.decoded(span, in: range),
            let text = String(validating: decoded, as: UTF8.self)
        else {
            throw LabRefusal(
                "The query's \(name) is not percent-encoded UTF-8.", remedy: "Encode it as such.")
        }
        return text
    }

    /// The value of a parameter that must be there.
    func demand(_ name: StaticString) throws(LabRefusal) -> String {
        guard let text = try text(name), !text.isEmpty else {
            throw LabRefusal("The query has no \(name).", remedy: "Say ?\(name)=….")
        }
        return text
    }

    /// A number within `range`.
    func number(
        _ name: StaticString, _ range: ClosedRange<Double>, or standard: Double
    ) throws(LabRefusal) -> Double {
        guard let text = try text(name) else { return standard }
        guard let number = Double(text), range.contains(number) else {
            throw LabRefusal(
                "The query's \(name) is \"\(text.prefix(40))\".",
                remedy: "A number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
