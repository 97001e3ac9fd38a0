import CLinux
import Glibc
import Reactor

/// Why a step towards an emulated link was refused: the step, the system's answer, and what that
/// answer means there.
///
/// A refusal is never a failure of a run: a worse tier takes over, and the record says why.
package struct LinkRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted: `unshare(CLONE_NEWUSER|CLONE_NEWNET)`.
    package let step: String
    /// The system's answer, as in `errno`; 0 when it was not asked.
    package let code: Int32
    /// What that means, as half a sentence.
    package let reason: String

    /// A step that was refused.
    package init(step: String, code: Int32 = 0, reason: String) {
        self.step = step
        self.code = code
        self.reason = reason
    }

    /// A call that the system refused, with what that means here.
    init(_ error: SystemError, reason: String) {
        self.init(step: error.call, code: error.code, reason: reason)
    }

    /// `unshare(CLONE_NEWNET): Operation not permitted (a seccomp filter …)`.
    package var description: String {
        guard code != 0 else { return "\(step): \(reason)" }
        return "\(step): \(String(cString: clx_error_text(code))) (\(reason))"
    }
}
