import Glibc
import Reactor
import Testing

@Suite("A system error")
struct SystemErrorTests {
    @Test(
        "says what was attempted and why it failed",
        arguments: [
            ("bind 127.0.0.1:8080", EADDRINUSE, "bind 127.0.0.1:8080: Address already in use"),
            ("send", ECONNRESET, "send: Connection reset by peer"),
            ("accept", EMFILE, "accept: Too many open files"),
            ("send", 99_999, "send: Unknown error"),
        ])
    func describes(call: String, code: Int32, description: String) {
        #expect(SystemError(call: call, code: code).description == description)
    }

    @Test(
        "knows what its code means to a caller",
        arguments: [
            (ECONNRESET, [true, false, false]), (EPIPE, [true, false, false]),
            (ETIMEDOUT, [true, false, false]), (EMFILE, [false, true, false]),
            (ENFILE, [false, true, false]), (EADDRNOTAVAIL, [false, false, true]),
            (ECONNREFUSED, [false, false, false]),
        ])
    func classifies(code: Int32, expected: [Bool]) {
        let error = SystemError(call: "test", code: code)
        #expect(
            [error.isConnectionLoss, error.isDescriptorLimit, error.isAddressExhausted] == expected)
    }
}
