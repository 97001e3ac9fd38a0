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
    /// Which bytes are of which class, in order; nil unless the buffer was asked to keep this. The
    /// ledger is enough to count, so that only what explains a conversation asks. Everybody else pays
    /// for a comparison with nil, 3 ns a write: once an event and framing, never a delivery.
    package private(set) var runs: [ByteRun]?

    package init() {}

    /// A buffer that also keeps which of its bytes are of which class.
    package static func recordingRuns() -> WireBuffer {
        var buffer = WireBuffer()
        buffer.runs = []
        return buffer
    }

    /// An empty buffer for a part that `append` will add to this one; it keeps runs if this one does.
    package func makePart() -> WireBuffer {
        runs == nil ? WireBuffer() : .recordingRuns()
    }

    /// The number of bytes held.
    package var count: Int { bytes.count }

    /// Whether nothing was written.
    package var isEmpty: Bool { bytes.isEmpty }

    /// Appends the bytes of a literal; costs no allocation and no `String`.
    package mutating func write(_ text: StaticString, as byteClass: ByteClass) {
        text.withUTF8Buffer { buffer in unsafe bytes.append(contentsOf: buffer) }
        charge(text.utf8CodeUnitCount, as: byteClass)
    }

    /// Appends the UTF-8 bytes of `text`.
    package mutating func write(_ text: String, as byteClass: ByteClass) {
        let before = bytes.count
        bytes.append(contentsOf: text.utf8)
        charge(bytes.count - before, as: byteClass)
    }

    /// Appends `content`.
    package mutating func write(_ content: [UInt8], as byteClass: ByteClass) {
        bytes.append(contentsOf: content)
        charge(content.count, as: byteClass)
    }

    /// Appends `content`.
    package mutating func write(_ content: ArraySlice<UInt8>, as byteClass: ByteClass) {
        bytes.append(contentsOf: content)
        charge(content.count, as: byteClass)
    }

    /// Appends `content`.
    package mutating func write(_ content: Span<UInt8>, as byteClass: ByteClass) {
        unsafe content.withUnsafeBufferPointer { buffer in
            unsafe bytes.append(contentsOf: buffer)
        }
        charge(content.count, as: byteClass)
    }

    /// Appends one byte.
    package mutating func write(byte: UInt8, as byteClass: ByteClass) {
        bytes.append(byte)
        charge(1, as: byteClass)
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
    ///
    /// - Precondition: `other` keeps runs if this buffer does, as those of `makePart` do.
    package mutating func append(_ other: borrowing WireBuffer) {
        bytes.append(contentsOf: other.bytes)
        ledger += other.ledger
        guard runs != nil else { return }
        guard let others = other.runs else {
            preconditionFailure("a part of a buffer that keeps runs is made by makePart")
        }
        for run in others { note(run.count, as: run.byteClass) }
    }

    /// Appends bytes already encoded elsewhere, with the ledger that came with them.
    ///
    /// - Precondition: `ledger.total` is the number of bytes.
    package mutating func append(encoded content: ArraySlice<UInt8>, ledger other: ByteLedger) {
        precondition(other.total == content.count, "a ledger must close over its bytes")
        precondition(runs == nil, "a ledger does not say which bytes are of which class")
        bytes.append(contentsOf: content)
        ledger += other
    }

    /// Empties the buffer and its ledger, keeping the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ledger = ByteLedger()
        if runs != nil { runs = [] }
    }

    /// Hands over the bytes and leaves the buffer empty.
    package mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        ledger = ByteLedger()
        if runs != nil { runs = [] }
        return taken
    }

    /// Every write ends here: `added` bytes at the end are of this class.
    @inline(__always)
    private mutating func charge(_ added: Int, as byteClass: ByteClass) {
        ledger[byteClass] += added
        if runs != nil { note(added, as: byteClass) }
    }

    /// Lengthens the last run, or begins one.
    private mutating func note(_ added: Int, as byteClass: ByteClass) {
        guard added > 0, var kept = runs else { return }
        runs = nil
        if let last = kept.last, last.byteClass == byteClass {
            kept[kept.count - 1] = ByteRun(byteClass: byteClass, count: last.count + added)
        } else {
            kept.append(ByteRun(byteClass: byteClass, count: added))
        }
        runs = kept
    }

    private mutating func write(digitsOf number: UInt64, radix: UInt64, as byteClass: ByteClass) {
        // From the last to the first, aside: to turn round what stands in the buffer would copy it.
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = digits.count
        var rest = number
        repeat {
            let digit = UInt8(rest % radix)
            first -= 1
            digits[first] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest /= radix
        } while rest > 0
        write(digits.span.extracting(first...), as: byteClass)
    }
}

/// Neighbouring bytes of one class.
package struct ByteRun: Hashable, Sendable {
    /// What they are for.
    package let byteClass: ByteClass
    /// How many they are.
    package let count: Int

    package init(byteClass: ByteClass, count: Int) {
        self.byteClass = byteClass
        self.count = count
    }
}
