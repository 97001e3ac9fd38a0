import Wire

/// Bytes by class in one direction, divided by something: by deliveries, or by clients.
///
/// In the record it is an object from class names to numbers. Classes that do not occur are left
/// out, except the payload, and the total stands beside them.
package struct ByteCount: Hashable, Sendable {
    /// One number for each class, in the order of `ByteClass.allCases`.
    private var counts: [Double]

    /// No bytes.
    package init() {
        counts = ByteClass.allCases.map { _ in 0 }
    }

    /// The bytes of `ledger`, divided by `divisor`; nothing when there is nothing to divide by.
    package init(_ ledger: ByteLedger, per divisor: Int) {
        self.init()
        guard divisor > 0 else { return }
        for byteClass in ByteClass.allCases {
            self[byteClass] = Double(ledger[byteClass]) / Double(divisor)
        }
    }

    /// The bytes of one class.
    package subscript(byteClass: ByteClass) -> Double {
        get { counts[byteClass.rawValue] }
        set { counts[byteClass.rawValue] = newValue }
    }

    /// All bytes.
    package var total: Double { counts.reduce(0, +) }

    /// Everything that is not the event itself.
    package var overhead: Double { total - self[.payload] }

    /// The heads of requests and responses, which every exchange repeats.
    package var heads: Double { self[.requestHead] + self[.responseHead] }
}

extension ByteCount: Codable {
    /// A class's name, or "total".
    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) { nil }

        static let total = Key(stringValue: "total")
    }

    package init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: Key.self)
        for key in values.allKeys where key.stringValue != Key.total.stringValue {
            guard let byteClass = ByteClass.allCases.first(where: { $0.name == key.stringValue })
            else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: values, debugDescription: "there is no such class of bytes")
            }
            self[byteClass] = try values.decode(Double.self, forKey: key)
        }
        // Text keeps every digit of a number, so only an edited record can miss by more than the
        // rounding of a sum.
        let total = try values.decode(Double.self, forKey: .total)
        guard abs(total - self.total) <= 1e-9 * Swift.max(1, abs(total)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .total, in: values,
                debugDescription: "\(total) is not the sum of the classes, \(self.total)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        for byteClass in ByteClass.allCases where byteClass == .payload || self[byteClass] != 0 {
            try values.encode(self[byteClass], forKey: Key(stringValue: byteClass.name))
        }
        try values.encode(total, forKey: .total)
    }
}

/// Bytes in both directions, as the client sees them.
package struct ByteTraffic: Hashable, Sendable, Codable {
    /// From the server.
    package var down: ByteCount
    /// To the server.
    package var up: ByteCount

    package init(down: ByteCount = ByteCount(), up: ByteCount = ByteCount()) {
        self.down = down
        self.up = up
    }

    /// Both directions' bytes, divided by `divisor`.
    package init(down: ByteLedger, up: ByteLedger, per divisor: Int) {
        self.init(down: ByteCount(down, per: divisor), up: ByteCount(up, per: divisor))
    }

    /// All bytes, both ways.
    package var total: Double { down.total + up.total }

    /// Everything that is not the event itself, both ways.
    package var overhead: Double { down.overhead + up.overhead }

    /// The event itself.
    package var payload: Double { total - overhead }

    /// The heads of requests and responses, both ways.
    package var heads: Double { down.heads + up.heads }

    private enum CodingKeys: String, CodingKey {
        case down
        case up
    }
}
