import Link
import Measurement
import Transports

/// How long a client hears nothing before it takes its connection for dead, gives it up and asks
/// again with its cursor.
///
/// TCP alone does not tell: whoever only receives has nothing on its way that could fail to be
/// acknowledged. A stream is told that it lives by its heartbeats; a poll by its answer, which a
/// server that holds it may keep back for the hold time. Between two polls nobody owes anything.
package struct SilenceRule: Sendable {
    /// The longest silence while an answer, or anything on a stream, is awaited.
    let answer: Duration
    /// The longest wait for a connection to stand.
    let connection: Duration

    /// The rule for clients of `transport` on a server with this heartbeat and hold time; nil without
    /// a heartbeat: they wait for ever, and TCP is what tells.
    package init?(for transport: Transport, heartbeat: Duration, hold: Duration) {
        guard heartbeat > .zero else { return nil }
        connection = FaultOrder.patience(with: heartbeat)
        if case .polling(let server) = transport.server, server.hold == .untilEvent {
            answer = hold + connection
        } else {
            answer = connection
        }
    }

    /// When a client gives up that last heard something, or asked for something, at `lastSign`, on a
    /// connection that stands or does not. Until `owedFrom`, when it will next ask of itself, nobody
    /// owes it anything; that is never while it waits for the server.
    package func deadline(
        lastSign: Instant, isConnected: Bool, owedFrom: Instant = .distantFuture
    ) -> Instant {
        guard isConnected else { return lastSign + connection }
        guard owedFrom < .distantFuture else { return lastSign + answer }
        return max(owedFrom, lastSign) + answer
    }
}

/// What is known of one client while a fault is planned.
struct FaultWatch {
    /// When the client last heard something, or asked for something.
    var lastSign = Instant.distantPast
    /// The moment of the one timer that watches for silence.
    var timer = Instant.distantFuture
    /// Whether the client lost a connection in the fault, and whether it has everything again.
    var hasNoticed = false
    var hasRecovered = false
}
