/// A value that is seldom there: 8 bytes while it is not, however large it would be.
///
/// For the parts of a connection that only few connections have at a time, of which a server holds
/// tens of thousands: the content of a POST, the beginning of a frame.
package struct Seldom<Value: Sendable>: Sendable {
    /// Nothing, or one value: an empty array owns no memory.
    private var storage: [Value] = []

    package init() {}

    /// Whether there is none.
    package var isEmpty: Bool { storage.isEmpty }

    /// The value, where there is one; changed in place.
    package var value: Value? {
        get { storage.first }
        _modify {
            var value = storage.popLast()
            defer {
                if let value {
                    storage.append(value)
                } else {
                    storage = []
                }
            }
            yield &value
        }
    }
}
