import Measurement
import Reactor
import Transports

/// How a lab server is set up.
package struct ServerConfiguration: Sendable {
    /// Where HTTP is spoken. Loopback unless the user says otherwise: the lab has no passwords.
    package var address = SocketAddress.loopback(port: 0)
    /// The port of the bare techniques; each further one takes the next.
    package var rawPort: UInt16 = 0
    /// Threads, each with a loop and a listener of its own.
    package var loops = 1
    /// The processor that the first loop runs on, the next loop on the next; nil lets the kernel
    /// choose.
    package var processor: Int?
    /// What the techniques need to know.
    package var settings = ServerContext.Settings()
    /// Bounds on the event log.
    package var logLimits = EventLog.Limits()
    /// A stream that has said nothing for so long says that it is still there.
    package var heartbeat = Duration.seconds(15)
    /// Bytes after which a stream ends and the client asks again, since a page that reads it can
    /// only grow; 0 for never.
    package var responseLimit = 0
    /// Bytes that a client may be behind.
    package var backlogLimit = 1 << 20
    /// What happens to a client that is further behind.
    package var slowReaderPolicy = SlowReaderPolicy.disconnect
    /// Connections that one loop holds at most.
    package var connectionLimit = 100_000
    /// How long a request may take to arrive once it has begun (408 after that).
    package var requestTimeout = Duration.seconds(10)
    /// How long a connection may stay without a request; browsers close theirs after a minute or
    /// more, nginx after 75 s.
    package var idleTimeout = Duration.seconds(75)

    package init() {}
}
