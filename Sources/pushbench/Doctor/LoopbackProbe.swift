import Glibc
import Link
import Reactor

/// A connection from this thread to itself over loopback.
struct LoopbackProbe: ~Copyable {
    private let opener: Socket
    private let acceptor: Socket

    /// The longest that anything over loopback may take before it counts as not working.
    private static let patience = Duration.seconds(2)

    private init(opener: consuming Socket, acceptor: consuming Socket) {
        self.opener = opener
        self.acceptor = acceptor
    }

    /// Connects.
    static func connect() throws(SystemError) -> LoopbackProbe {
        let listener = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
        let opener = try Socket.connect(to: listener.localAddress)
        try wait(listener.descriptor)
        guard let accepted = try listener.accept() else {
            throw SystemError(call: "accept", code: EAGAIN)
        }
        return LoopbackProbe(opener: opener, acceptor: accepted)
    }

    /// The median time of `count` echoes of one byte, in nanoseconds.
    func echo(count: Int) throws(SystemError) -> Int64 {
        var times: [Int64] = []
        for _ in 0..<count {
            let start = MonotonicClock.now()
            try pass(from: opener, to: acceptor)
            try pass(from: acceptor, to: opener)
            times.append(MonotonicClock.now().nanoseconds(since: start))
        }
        return times.sorted()[count / 2]
    }

    /// Whether a byte that arrives bears the kernel's stamp.
    func isStamped() throws(SystemError) -> Bool {
        try opener.stampReceived()
        // Stamping begins a moment after it was asked for; the first bytes may be without.
        for _ in 0..<10 {
            _ = try Self.send(1, on: acceptor)
            try Self.wait(opener.descriptor)
            var byte: UInt8 = 0
            let stamp = try withUnsafeMutableBytes(of: &byte) { (raw) throws(SystemError) in
                try Socket.receiveStamped(opener.descriptor, into: raw)?.wallNanoseconds
            }
            if let stamp, stamp != 0 { return true }
        }
        return false
    }

    private func pass(from: borrowing Socket, to: borrowing Socket) throws(SystemError) {
        _ = try Self.send(1, on: from)
        try Self.wait(to.descriptor)
        var byte: UInt8 = 0
        _ = try withUnsafeMutableBytes(of: &byte) { (raw) throws(SystemError) in
            try to.receive(into: raw)
        }
    }

    private static func send(_ byte: UInt8, on socket: borrowing Socket) throws(SystemError) -> Int?
    {
        try withUnsafeBytes(of: byte) { (raw) throws(SystemError) in try socket.send(raw) }
    }

    private static func wait(_ descriptor: Int32) throws(SystemError) {
        var poller = try Poller(capacity: 1)
        try poller.add(descriptor, .readable, token: 0)
        guard try poller.wait(until: MonotonicClock.now() + patience) > 0 else {
            throw SystemError(call: "wait for loopback", code: ETIMEDOUT)
        }
    }
}
