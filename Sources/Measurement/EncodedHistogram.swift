/// All latencies of a result in the compressed text form of HdrHistogram, V2, with which any tool of
/// that family can read the distribution that the summary is made from.
package struct EncodedHistogram: Hashable, Sendable, Codable {
    /// The base64 text; it begins with `HISTFAAA`.
    package var text: String

    package init(text: String) {
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(text)
    }
}
