import Link
import Measurement
import Reactor
import Transports

/// What one round of one technique is to do.
package struct LoadPlan: Sendable {
    /// The technique.
    package let transport: Transport
    /// The run's scenario.
    package let scenario: Scenario
    /// The field lines of the clients.
    package let headers: HeaderProfile
    /// Where the technique's server listens, as clients reach it.
    package let server: SocketAddress
    /// The round of the run, from 1.
    package let round: Int
    /// The processor of the first worker, the next on the next; nil lets the kernel choose.
    package let processor: Int?
    /// The link as it was calibrated.
    package var link = LinkResult.loopback
    /// The delay that clients add themselves, where nothing below them does.
    package var delay: LinkProfile?
    /// What is done to the connections within the measured window; nil for nothing.
    package var fault: FaultPlan?
    /// Whether the time between a client's deliveries is recorded.
    package var recordsGaps = false
    /// The id before the first event that is posted to somebody else's server, of which theory
    /// knows nothing; nil for a lab server, which counts from where it is.
    package var foreignSince: UInt64?

    package init(
        transport: Transport, scenario: Scenario, headers: HeaderProfile, server: SocketAddress,
        round: Int = 1, processor: Int? = nil
    ) {
        self.transport = transport
        self.scenario = scenario
        self.headers = headers
        self.server = server
        self.round = round
        self.processor = processor
    }

    /// Clients that one source address serves: Linux gives out 28,232 ephemeral ports each.
    static let clientsPerSource = 20_000

    /// What all clients of the plan have in common.
    package var profile: ClientProfile {
        ClientProfile(
            authority: server.description, headers: headers,
            keepsAlive: scenario.connection == .keepAlive, pollInterval: scenario.pollInterval,
            since: foreignSince, deflates: scenario.deflates)
    }

    /// The round trip that was asked for.
    var roundTripTime: Duration { .nanoseconds(link.rttNanoseconds) }

    /// The seed of the arrival times: each round has a schedule of its own, the same for every
    /// technique, so that they are measured by the same events.
    var scheduleSeed: UInt64 { scenario.seed &+ UInt64(round) &* 0x9E37 }

    /// The number of events that are due between two moments of the schedule. Under saturation all
    /// are due at its start, as many as the rate would bring in the time.
    func events(from start: Duration, to end: Duration) -> Int {
        switch scenario.arrivals {
        case .saturate:
            start > .zero ? 0 : Int((scenario.ratePerSecond * end.seconds).rounded(.up))
        case .periodic, .poisson:
            ArrivalSchedule.count(
                scenario.arrivals, ratePerSecond: scenario.ratePerSecond, seed: scheduleSeed,
                from: start, to: end)
        }
    }
}

/// The steps of a round.
package enum Phase: String, Sendable {
    case connect, warmUp = "warm-up", measure, fault, drain
}

/// How far a round is.
package struct LoadProgress: Sendable {
    /// The phase it is in.
    package let phase: Phase
    /// Clients that are subscribed.
    package let ready: Int
    /// Clients that shall be.
    package let clients: Int
    /// Deliveries a second since the last report.
    package let deliveriesPerSecond: Double
    /// The 99th percentile of the latency so far.
    package let latencyP99Nanoseconds: Int64
    /// What is left of the phase, where that is known.
    package let timeLeft: Duration?
}

/// Why a round could not be run.
package struct LoadError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
