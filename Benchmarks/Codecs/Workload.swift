import Wire

/// One operation of one technique, with everything that it needs prepared.
///
/// State is in the value, so that nothing but the operation is on the path that is measured: a
/// property of an object would add the run time's checks for exclusive access.
protocol Workload: ~Copyable {
    /// Does the operation `times` times.
    ///
    /// - Throws: the rule that the other half broke, which a workload must never see.
    mutating func run(times: Int) throws(ProtocolError)
}

/// A workload with its name and what one operation of it carries.
struct CodecCase {
    /// The technique's id.
    let technique: String
    /// What is done: `encode-chunked`, `decode-64k`, `read-browser`.
    let operation: String
    /// Bytes of an event's payload; 0 where no event is concerned.
    let payloadBytes: Int
    /// Events that one operation writes or reads; 0 where no event is concerned.
    let events: Int
    /// Bytes on the wire of one operation.
    let wireBytes: Int
    /// Makes the workload and gives it to a stopwatch.
    let measure: (Stopwatch) throws(ProtocolError) -> Stopwatch.Reading

    /// `sse/decode-64k/100`: technique, operation and, where there is one, the payload.
    var name: String {
        payloadBytes == 0
            ? "\(technique)/\(operation)" : "\(technique)/\(operation)/\(payloadBytes)"
    }

    init<Work: Workload & ~Copyable>(
        _ technique: String, _ operation: String, payloadBytes: Int = 0, events: Int = 0,
        wireBytes: Int, _ make: @escaping () throws(ProtocolError) -> Work
    ) {
        self.technique = technique
        self.operation = operation
        self.payloadBytes = payloadBytes
        self.events = events
        self.wireBytes = wireBytes
        measure = { (stopwatch) throws(ProtocolError) in
            var work = try make()
            return try stopwatch.measure(&work)
        }
    }
}
