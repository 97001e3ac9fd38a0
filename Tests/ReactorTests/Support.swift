import Link
import Reactor
import Testing

extension Tag {
    /// Touches real descriptors, threads or processes instead of values alone.
    @Tag static var live: Self
}

/// The suites that touch the system, one test after the other: they open, count and close real
/// descriptors.
@Suite("The system", .serialized, .tags(.live))
struct LiveTests {}

/// A moment that comes only if something hangs; no passing test waits for it.
func limit() -> Instant {
    MonotonicClock.now() + .seconds(20)
}

/// Waits until a descriptor is ready for `interest` and says how.
func waitUntil(_ descriptor: Int32, _ interest: Interest) throws -> Readiness {
    var poller = try Poller(capacity: 1)
    try poller.add(descriptor, interest, token: 7)
    let count = try poller.wait(until: limit())
    try #require(count == 1, "nothing happened")
    return poller[0].readiness
}

/// Both ends of one connection over loopback.
struct Connection: ~Copyable {
    let opener: Socket
    let acceptor: Socket

    init(from source: SocketAddress? = nil) throws {
        let listener = try Socket.listen(on: .loopback(port: 0), backlog: 8, sharingPort: false)
        let opener = try Socket.connect(to: listener.localAddress, from: source)
        _ = try waitUntil(listener.descriptor, .readable)
        guard let accepted = try listener.accept() else {
            throw SystemError(call: "accept", code: 0)
        }
        _ = try waitUntil(opener.descriptor, .writable)
        self.opener = opener
        acceptor = accepted
    }

    /// Ends the connection from the acceptor's side by a reset; what is left is the opener's end.
    consuming func reset() -> Socket {
        acceptor.setLinger(reset: true)
        return opener
    }
}

/// Receives exactly `count` bytes, or what there was until the peer's end.
func receive(_ count: Int, from descriptor: Int32) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < count {
        _ = try waitUntil(descriptor, .readable)
        let received = try buffer.withUnsafeMutableBytes {
            try Socket.receive(
                descriptor,
                into: UnsafeMutableRawBufferPointer(rebasing: $0[..<(count - bytes.count)]))
        }
        guard let received else { continue }
        if received == 0 { break }
        bytes += buffer[..<received]
    }
    return bytes
}
