import Wire

/// The events that answer one poll.
package struct Batch: Sendable {
    /// The id of the last event in the batch, or the cursor asked with when there is none.
    package let cursor: UInt64
    /// Events that the poll asked for and that are no longer retained.
    package let lost: UInt64
    /// The ids of the events in the batch; empty when there is nothing new.
    package let ids: ClosedRange<UInt64>?
}

/// How a polling technique wraps a batch, and how its client unwraps it.
package protocol BatchFraming: Sendable {
    /// The answer's Content-Type.
    var contentType: StaticString { get }

    /// Whether an answer without events is `204 No Content`; where the client needs a body to run,
    /// it is an empty batch.
    var answersEmptyWithNoContent: Bool { get }

    /// Writes field lines that only this technique's answers have.
    func writeFields(into wire: inout WireBuffer)

    /// What the query asks of the framing, to be handed back to `write`.
    func parameters(
        in bytes: Span<UInt8>, query: Range<Int>
    ) throws(ProtocolError) -> [UInt8]

    /// Writes what the client's query says beside the cursor: `name=value`, or nothing.
    func writeQuery(into wire: inout WireBuffer)

    /// Writes `batch` as the content of an answer.
    func write(
        _ batch: Batch, of log: borrowing EventLog, parameters: [UInt8],
        into wire: inout WireBuffer)

    /// Reads the content of an answer.
    func read(_ content: Span<UInt8>, _ context: inout ClientContext) throws(ProtocolError)
}

extension BatchFraming {
    package var answersEmptyWithNoContent: Bool { true }
    package func writeFields(into wire: inout WireBuffer) {}
    package func parameters(
        in bytes: Span<UInt8>, query: Range<Int>
    ) throws(ProtocolError) -> [UInt8] { [] }
    package func writeQuery(into wire: inout WireBuffer) {}
}
