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
    /// Where the technique's server listens.
    package let server: SocketAddress
    /// The round of the run, from 1.
    package let round: Int
    /// The processor of the first worker, the next on the next; nil lets the kernel choose.
    package let processor: Int?

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

    var profile: ClientProfile {
        ClientProfile(
            authority: server.description, headers: headers,
            keepsAlive: scenario.connection == .keepAlive, pollInterval: scenario.pollInterval)
    }
}

/// The steps of a round.
package enum Phase: String, Sendable {
    case connect, warmUp = "warm-up", measure, drain
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
