import CLinux
import Glibc

/// A call that the system refused, and why.
///
/// One of three families of failure that are never mixed: the peer broke a rule (`ProtocolError`),
/// the system refused (this), we broke a rule (a precondition). Whatever a peer or the machine can
/// cause arrives here; a descriptor that is not ours does not.
package struct SystemError: Error, Hashable, Sendable {
    /// What was attempted: `send`, or with its object `bind 127.0.0.1:8080`.
    ///
    /// On the data path it is a literal of at most 15 bytes, which a `String` holds without memory
    /// of its own.
    package let call: String
    /// The system's reason, as in `errno`.
    package let code: Int32

    /// Makes the error that `call` failed with.
    package init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// Whether an established connection is gone: the peer reset it, closed it, or fell silent.
    package var isConnectionLoss: Bool {
        code == ECONNRESET || code == EPIPE || code == ETIMEDOUT
    }

    /// Whether the peer acknowledged nothing for as long as the kernel was told to wait.
    package var isTimeout: Bool {
        code == ETIMEDOUT
    }

    /// Whether no more files can be opened, by this process or by the whole system.
    package var isDescriptorLimit: Bool {
        code == EMFILE || code == ENFILE
    }

    /// Whether something else listens there already.
    package var isAddressInUse: Bool {
        code == EADDRINUSE
    }

    /// Whether the source address has no free port left towards this destination.
    package var isAddressExhausted: Bool {
        code == EADDRNOTAVAIL
    }
}

extension SystemError: CustomStringConvertible {
    /// `bind 127.0.0.1:8080: Address already in use`.
    package var description: String {
        "\(call): \(String(cString: clx_error_text(code)))"
    }
}
