import Glibc

/// The one place that knows which error codes mean "again", "later" and "our bug".
///
/// The shim's functions return >= 0 or -errno. What becomes of a code:
///
/// - EINTR: the call is repeated;
/// - EAGAIN: `nil`, from the calls that may block;
/// - EBADF, EFAULT, EINVAL, ENOTSOCK: a trap, because only a wrong descriptor or argument of ours
///   causes them and going on would hide the bug;
/// - anything else: a `SystemError`.
package enum SystemCall {
    /// Whose values a call is given, and so whose fault EINVAL is.
    package enum Arguments {
        /// Ours alone: EINVAL is a bug.
        case ours
        /// An address or a processor that a person named: EINVAL is an answer to them.
        case named
    }

    /// The result of a call that does not block.
    package static func perform<Value: FixedWidthInteger & SignedInteger>(
        _ name: @autoclosure () -> String, arguments: Arguments = .ours, _ body: () -> Value
    ) throws(SystemError) -> Value {
        while true {
            let result = body()
            if result >= 0 { return result }
            if result == -Value(EINTR) { continue }
            throw error(name(), Int32(truncatingIfNeeded: -result), arguments)
        }
    }

    /// The result of a call on a non-blocking descriptor; `nil` when it would have to wait.
    package static func performUnlessBlocked<Value: FixedWidthInteger & SignedInteger>(
        _ name: @autoclosure () -> String, _ body: () -> Value
    ) throws(SystemError) -> Value? {
        while true {
            let result = body()
            if result >= 0 { return result }
            if result == -Value(EAGAIN) { return nil }
            if result == -Value(EINTR) { continue }
            throw error(name(), Int32(truncatingIfNeeded: -result), .ours)
        }
    }

    /// The result of a call that cannot fail on a descriptor and arguments that are right.
    @discardableResult
    package static func demand<Value: FixedWidthInteger & SignedInteger>(
        _ name: StaticString, _ body: () -> Value
    ) -> Value {
        while true {
            let result = body()
            if result == -Value(EINTR) { continue }
            precondition(result >= 0, "\(name) failed with code \(-result).")
            return result
        }
    }

    private static func error(_ name: String, _ code: Int32, _ arguments: Arguments) -> SystemError
    {
        switch code {
        case EBADF, EFAULT, ENOTSOCK:
            preconditionFailure("\(name) was given a wrong descriptor or pointer (code \(code)).")
        case EINVAL where arguments == .ours:
            preconditionFailure("\(name) was given a wrong argument.")
        default:
            return SystemError(call: name, code: code)
        }
    }
}
