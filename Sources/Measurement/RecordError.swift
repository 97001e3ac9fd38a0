/// A record that could not be read or written.
package struct RecordError: Error, Hashable, Sendable {
    /// The place: a key path such as `results[2].latency_ns.p50`, or a file's path.
    package let place: String
    /// What is wrong there.
    package let cause: String
    /// What to do about it.
    package let remedy: String

    package init(place: String, cause: String, remedy: String) {
        self.place = place
        self.cause = cause
        self.remedy = remedy
    }

    static func unknownSchema(_ number: Int) -> RecordError {
        let known = RunRecord.readableSchemas.map { "\($0)" }.joined(separator: ", ")
        return RecordError(
            place: "schema",
            cause: "this version reads schema \(known), and the record has \(number)",
            remedy: "use the version of pushbench that wrote the record")
    }
}

extension RecordError: CustomStringConvertible {
    package var description: String {
        "\(place): \(cause); \(remedy)"
    }
}
