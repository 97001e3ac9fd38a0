/// Bytes by class, for one direction of one connection (or the sum of many).
///
/// The ledger of a `WireBuffer` closes by construction: the buffer can only grow by a write that
/// names its class. A decoder keeps one for what it consumed; the two must agree to the byte.
package struct ByteLedger: Sendable {
    private var counts: InlineArray<10, Int>

    package init() {
        counts = InlineArray(repeating: 0)
    }

    /// The bytes counted as `byteClass`.
    package subscript(byteClass: ByteClass) -> Int {
        get { counts[byteClass.rawValue] }
        set { counts[byteClass.rawValue] = newValue }
    }

    /// All bytes.
    package var total: Int {
        var sum = 0
        for index in counts.indices { sum += counts[index] }
        return sum
    }

    /// Everything that is not the event itself.
    package var overhead: Int {
        total - self[.payload]
    }

    package static func += (left: inout ByteLedger, right: ByteLedger) {
        for index in left.counts.indices { left.counts[index] += right.counts[index] }
    }

    package static func - (left: ByteLedger, right: ByteLedger) -> ByteLedger {
        var difference = left
        for index in difference.counts.indices { difference.counts[index] -= right.counts[index] }
        return difference
    }
}

extension ByteLedger: Equatable {
    package static func == (left: ByteLedger, right: ByteLedger) -> Bool {
        ByteClass.allCases.allSatisfy { left[$0] == right[$0] }
    }
}

extension ByteLedger: CustomStringConvertible {
    /// The classes that occur, largest first: `payload 100, message_framing 8`.
    package var description: String {
        ByteClass.allCases
            .filter { self[$0] != 0 }
            .sorted { self[$0] > self[$1] }
            .map { "\($0.name) \(self[$0])" }
            .joined(separator: ", ")
    }
}
