/// Bytes on their way out, and what each of them is for.
///
/// Accounting is an argument: the only way to add a byte is to name its class, so the ledger's sum
/// is the buffer's length by construction. Reading the `as:` column of an encoder tells where a
/// technique's overhead comes from.
package struct WireBuffer: Sendable {
    /// The bytes written since the last `removeAll`.
    package private(set) var bytes: [UInt8] = []
    /// What those bytes are for.
    package private(set) var ledger = ByteLedger()

    package init() {}

    /// The number of bytes held.
    package var count: Int { bytes.count }

    /// Whether nothing was written.
    package var isEmpty: Bool { bytes.isEmpty }

    /// Appends the bytes of a literal; costs no allocation and no `String`.
    package mutating func write(_ text: StaticString, as byteClass: ByteClass) {
        text.withUTF8Buffer { buffer in unsafe bytes.append(contentsOf: buffer) }
        ledger[byteClass] += text.utf8CodeUnitCount
    }

    /// Appends the UTF-8 bytes of `text`.
    package mutating func write(_ text: String, as byteClass: ByteClass) {
        let before = bytes.count
        bytes.append(contentsOf: text.utf8)
        ledger[byteClass] += bytes.count - before
    }

    /// Appends `content`.
    package mutating func write(_ content: [UInt8], as byteClass: ByteClass) {
        bytes.append(contentsOf: content)
        ledger[byteClass] += content.count
    }

    /// Appends `content`.
    package mutating func write(_ content: ArraySlice<UInt8>, as byteClass: ByteClass) {
        bytes.append(contentsOf: content)
        ledger[byteClass] += content.count
    }

    /// Appends `content`.
    package mutating func write(_ content: Span<UInt8>, as byteClass: ByteClass) {
        unsafe content.withUnsafeBufferPointer { buffer in
            unsafe bytes.append(contentsOf: buffer)
        }
        ledger[byteClass] += content.count
    }

    /// Appends one byte.
    package mutating func write(byte: UInt8, as byteClass: ByteClass) {
        bytes.append(byte)
        ledger[byteClass] += 1
    }

    /// Appends `number` in decimal.
    package mutating func write(decimal number: some BinaryInteger, as byteClass: ByteClass) {
        write(digitsOf: UInt64(clamping: number), radix: 10, as: byteClass)
    }

    /// Appends `number` in lower-case hexadecimal, as chunk sizes are written.
    package mutating func write(hexadecimal number: some BinaryInteger, as byteClass: ByteClass) {
        write(digitsOf: UInt64(clamping: number), radix: 16, as: byteClass)
    }

    /// Appends everything `other` holds, each byte keeping its class.
    package mutating func append(_ other: borrowing WireBuffer) {
        bytes.append(contentsOf: other.bytes)
        ledger += other.ledger
    }

    /// Appends bytes already encoded elsewhere, with the ledger that came with them.
    ///
    /// - Precondition: `ledger.total` is the number of bytes.
    package mutating func append(encoded content: ArraySlice<UInt8>, ledger other: ByteLedger) {
        precondition(other.total == content.count, "a ledger must close over its bytes")
        bytes.append(contentsOf: content)
        ledger += other
    }

    /// Empties the buffer and its ledger, keeping the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ledger = ByteLedger()
    }

    /// Hands over the bytes and leaves the buffer empty.
    package mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        ledger = ByteLedger()
        return taken
    }

    private mutating func write(digitsOf number: UInt64, radix: UInt64, as byteClass: ByteClass) {
        let start = bytes.count
        var rest = number
        repeat {
            let digit = UInt8(rest % radix)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            rest /= radix
        } while rest > 0
        bytes[start...].reverse()
        ledger[byteClass] += bytes.count - start
    }
}
