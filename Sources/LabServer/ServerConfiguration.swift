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
    /// Leaves TCP_NODELAY off, so that Nagle's algorithm holds a small segment back until the one
    /// before is acknowledged. A mistake worth teaching: a stream then delivers like a long poll,
    /// once a round trip, with everything that came meanwhile.
    package var usesNagle = false
    /// Sends an answer to a poll as two segments, head and content, with Nagle's algorithm on. A
    /// mistake worth teaching: the content waits until the client acknowledges the head, which it
    /// puts off for 40 ms (delayed acknowledgements, RFC 1122 §4.2.3.2), since it has nothing to say
    /// before it has the content. A kept connection's gap grows from R to 2R and those 40 ms.
    ///
    /// Streams are as they are: their messages leave whole.
    package var splitsAnswers = false
    /// Processor time that each delivery costs beside what it needs. Only the test of what a
    /// comparison of two programs can find sets it; a walk spends it before its first send.
    package var wasteOfDelivery = Duration.zero
    /// A stream that has said nothing for so long says that it is still there; 0 for never.
    package var heartbeat = Duration.seconds(15)
    /// A connection whose peer has acknowledged nothing for so long is given up; 0 leaves that to
    /// TCP, which goes on sending for a quarter of an hour and asks a silent peer after two hours.
    package var deadAfter = Duration.zero
    /// Bytes after which a stream ends and the client asks again, since a page that reads it can
    /// only grow; 0 for never.
    package var responseLimit = 0
    /// Bytes that a client may be behind.
    package var backlogLimit = 1 << 20
    /// Bytes that one loop holds for single clients that do not take them: answers, pieces of what
    /// they missed, pongs. Who would need more is disconnected. What a stream's subscribers have in
    /// common is not among them, since it is held once and `backlogLimit` bounds it.
    package var totalBacklogLimit = 256 << 20
    /// What happens to a client that is further behind.
    package var slowReaderPolicy = SlowReaderPolicy.disconnect
    /// Connections that one loop holds at most.
    package var connectionLimit = 100_000
    /// Connections that one address has at most, over all loops (429 beyond that); 0 for any number.
    package var addressLimit = 0
    /// How long a request may take to arrive once it has begun (408 after that).
    package var requestTimeout = Duration.seconds(10)
    /// Whether it is kept when and why connections were lost, for `inspectConnections`: up to 0.6 MB a
    /// loop.
    package var keepsLosses = true
    /// Makes what the server hosts beside the techniques, on the thread of the loop that will own it;
    /// nil for nothing. It asks for one loop, since it is one value.
    package var makeApplication: (@Sendable () -> any HostedApplication)?
    /// How long a connection may stay without a request, or with bytes waiting of which it takes
    /// none; browsers close theirs after a minute or more, nginx after 75 s.
    package var idleTimeout = Duration.seconds(75)

    /// The settings, with bounds on what is written for one client at a time.
    ///
    /// A stream's client gets what it missed in pieces of `backlogLimit`; below 64 KiB, what a socket's
    /// buffer takes in any case, pieces would only cost calls. A client that polls seldom must get
    /// what came since in one answer, or it would fall behind for ever: eight times as much.
    var boundedSettings: ServerContext.Settings {
        var bounded = settings
        bounded.pieceLimit = max(backlogLimit, 64 * 1024)
        bounded.answerLimit = 8 * bounded.pieceLimit
        return bounded
    }

    package init() {}
}
