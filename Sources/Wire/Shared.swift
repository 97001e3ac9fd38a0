/// A value that does not change and that many hold: a pointer for each of them.
///
/// For what all clients of a run have in common, of which each would otherwise have a copy beside
/// what is its own.
package final class Shared<Value: Sendable>: Sendable {
    /// The value.
    package let value: Value

    package init(_ value: Value) {
        self.value = value
    }
}
