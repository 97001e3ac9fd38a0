import Wire

/// What must hold of a decoder for any bytes whatever.
///
/// One function serves two masters: libFuzzer, which invents the bytes and follows the coverage, and
/// the test suite, which replays the corpus and mutates it by seed. A decoder that traps ends the
/// process; one that breaks its word throws a `Violation`.
package struct DecoderProperty: Sendable {
    /// The target's name, which is that of its corpus: `http-request`.
    package let name: String
    /// What is checked, in one line.
    package let summary: String
    /// Checks one input.
    private let body: @Sendable (PropertyInput) throws(Violation) -> Void

    init(
        _ name: String, _ summary: String,
        _ body: @escaping @Sendable (PropertyInput) throws(Violation) -> Void
    ) {
        self.name = name
        self.summary = summary
        self.body = body
    }

    /// Checks one input, whose first two bytes say how the rest is used.
    ///
    /// - Throws: what was found to be wrong.
    package func check(_ raw: [UInt8]) throws(Violation) {
        guard let input = PropertyInput(raw) else { return }
        try body(input)
    }

    /// Every decoder's property.
    package static let all: [DecoderProperty] = {
        var all: [DecoderProperty] = [
            .httpRequest, .httpResponse, .chunked, .query, .url, .json, .webSocket, .eventStream,
            .lines, .script, .jsonp, .engine, .client,
        ]
        #if Deflate
            all.append(.inflate)
        #endif
        return all
    }()

    /// The property of this name.
    package static func named(_ name: String) -> DecoderProperty? {
        all.first { $0.name == name }
    }
}

extension DecoderProperty: CustomStringConvertible {
    package var description: String { name }
}

/// A promise that a decoder broke.
package struct Violation: Error, CustomStringConvertible {
    /// What was expected and what came.
    package let description: String

    /// Nothing, if `condition` holds.
    static func unless(
        _ condition: Bool, _ text: @autoclosure () -> String
    ) throws(Violation) {
        guard !condition else { return }
        throw Violation(description: text())
    }

    /// Nothing, if both are equal.
    static func unlessEqual<Value: Equatable>(
        _ left: Value, _ right: Value, _ text: @autoclosure () -> String
    ) throws(Violation) {
        guard left != right else { return }
        throw Violation(description: "\(text()):\n  \(left)\n  \(right)")
    }
}
