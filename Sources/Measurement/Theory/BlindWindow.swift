/// The time in which a polling client cannot be reached: from an answer's leaving the server to the
/// same client's next question being there.
///
///     W = κ·R + c
///
/// The answer takes d to the client, which asks at once, and on a kept connection the question
/// takes u back: κ = 1. A new TCP connection puts its own handshake in front, SYN and SYN-ACK,
/// another u + d: κ = 2. TLS adds the round trips of its handshake. c is the software's share,
/// measured.
///
/// The articles' "minimum interval of 2×RTT" is κ = 2; with a kept connection it is one round trip.
package struct BlindWindow: Hashable, Sendable {
    /// What stands between an answer and the next question.
    package enum Setup: String, CaseIterable, Sendable {
        /// The connection is kept: nothing.
        case keepAlive = "keep-alive"
        /// A new TCP connection each time.
        case newConnection = "new TCP connection"
        /// A new connection with TLS 1.3 and the question in the first flight (RFC 8446 §2.3).
        case tls13EarlyData = "new TLS 1.3 connection, 0-RTT"
        /// A new connection with TLS 1.3, full or resumed: one round trip more (RFC 8446 §2).
        case tls13 = "new TLS 1.3 connection"
        /// A new connection with TLS 1.2 and a resumed session: one round trip (RFC 5246 §7.3).
        case tls12Resumed = "new TLS 1.2 connection, resumed"
        /// A new connection with TLS 1.2 and a full handshake: two round trips (RFC 5246 §7.3).
        case tls12 = "new TLS 1.2 connection"

        /// κ: the round trips from an answer to the next question.
        package var roundTrips: Int {
            switch self {
            case .keepAlive: 1
            case .newConnection, .tls13EarlyData: 2
            case .tls13, .tls12Resumed: 3
            case .tls12: 4
            }
        }

        /// The one-way transits of the unluckiest event: two for each round trip of the window,
        /// which it just missed, and one to the client. RFC 6202 §2.2 counts three, for a kept
        /// connection.
        package var worstTransits: Int { 2 * roundTrips + 1 }
    }

    /// What stands between an answer and the next question.
    package var setup: Setup
    /// R, in nanoseconds.
    package var roundTrip: Double
    /// c, in nanoseconds.
    package var turnaround: Double

    package init(setup: Setup, roundTrip: Double, turnaround: Double = 0) {
        self.setup = setup
        self.roundTrip = roundTrip
        self.turnaround = turnaround
    }

    /// W, in nanoseconds: also the least time between two answers to one client.
    package var duration: Double { Double(setup.roundTrips) * roundTrip + turnaround }

    /// The longest that an event can take without loss, in nanoseconds: an event that is due just
    /// after an answer has left waits for all of W and then travels. `down` is d.
    package func worstLatency(down: Double) -> Double { down + duration }
}
