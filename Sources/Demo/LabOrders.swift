import FoundationEssentials
import Measurement
import Transports

/// What a page may post, as a value.
protocol LabOrder: Decodable {
    /// The fields that there are.
    static var fields: [String] { get }
}

extension LabOrder {
    /// Reads an order and refuses what is no JSON object, has a field that there is not, or another
    /// kind of value than the field takes.
    static func read(_ content: [UInt8]) throws(LabRefusal) -> Self {
        let known = fields.joined(separator: ", ")
        do {
            // An object without fields may be left out: `POST /lab/reset` means everything.
            let text = Data(content.isEmpty ? Array("{}".utf8) : content)
            let names = try JSONDecoder().decode([String: Ignored].self, from: text).keys
            if let unknown = names.filter({ !fields.contains($0) }).min() {
                throw LabRefusal(
                    "There is no \"\(unknown.prefix(40))\" to be set here.",
                    remedy: fields.isEmpty ? "Post {}." : "There are: \(known).")
            }
            return try JSONDecoder().decode(Self.self, from: text)
        } catch {
            throw refusal(of: error, known: known)
        }
    }

    private static func refusal(of error: any Error, known: String) -> LabRefusal {
        if let refusal = error as? LabRefusal { return refusal }
        guard let error = error as? DecodingError else {
            return LabRefusal("The order cannot be read.", remedy: "Post one JSON object.")
        }
        switch error {
        case .keyNotFound(let key, _):
            return LabRefusal("\"\(key.stringValue)\" is missing.", remedy: "There are: \(known).")
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            guard !context.codingPath.isEmpty else {
                // The decoder does not say where a number is too large, or not whole.
                return LabRefusal(
                    "The order is no JSON object, or has a number that its field cannot have.",
                    remedy: "Post one, with: \(known); counts are whole.")
            }
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            return LabRefusal(
                "\"\(place)\" has a value that it cannot have.",
                remedy: "Numbers stand without quotes, counts are whole, texts are in quotes.")
        @unknown default:
            return LabRefusal("The order cannot be read.", remedy: "Post one JSON object.")
        }
    }
}

/// A value of any kind.
private struct Ignored: Decodable {
    init(from decoder: any Decoder) throws {}
}

/// `{"count": 20}`: so many events at once.
struct BurstOrder: LabOrder {
    static let fields = ["count"]
    /// Enough for a batch to be long, and few enough for a page to draw.
    static let counts = 1...1000
    /// Bytes of events in a burst at most: they go to each lane, encoded for each technique.
    static let byteLimit = 4 << 20

    let count: Int

    /// Whether so many events of that size may be published at once.
    func check(payloadBytes: Int) throws(LabRefusal) {
        guard Self.counts.contains(count) else {
            throw LabRefusal(
                "A burst of \(count) events.",
                remedy: "From \(Self.counts.lowerBound) to \(Self.counts.upperBound).")
        }
        guard count * payloadBytes <= Self.byteLimit else {
            throw LabRefusal(
                "A burst of \(count) events of \(payloadBytes) bytes is more than 4 MiB.",
                remedy: "At most \(Self.byteLimit / payloadBytes) of them, or smaller ones.")
        }
    }
}

/// `{"seconds": 5, "lane": "sse"}`: pulls the cable of a lane, or of all without one.
struct CutOrder: LabOrder {
    static let fields = ["seconds", "lane"]
    /// A minute is longer than any patience here.
    static let seconds = 0.1...60.0

    let seconds: Double
    let lane: String?

    /// For how long.
    func duration() throws(LabRefusal) -> Duration {
        guard Self.seconds.contains(seconds) else {
            throw LabRefusal(
                "A cut of \(NumberText.exact(seconds)) seconds.",
                remedy: "From \(NumberText.exact(Self.seconds.lowerBound)) to "
                    + "\(NumberText.exact(Self.seconds.upperBound)).")
        }
        return .nanoseconds(Int64((seconds * 1e9).rounded()))
    }
}

/// `{"lane": "sse", "on": true}`: switches a fault of a lane, or of all without one.
struct SwitchOrder: LabOrder {
    static let fields = ["lane", "on"]
    let lane: String?
    let on: Bool
}

/// `{"lane": "sse"}`: resets the connections of a lane, or of all without one.
struct ResetOrder: LabOrder {
    static let fields = ["lane"]
    let lane: String?
}
