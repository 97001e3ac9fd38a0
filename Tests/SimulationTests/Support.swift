import Link
import Measurement
import Simulation
import Transports

/// Shorthand for the plans of these tests.
enum Plans {
    /// So many events at random times, `perRoundTrip` of them in a round trip on average.
    static func poisson(
        _ transport: Transport, roundTrip: Duration, perRoundTrip: Double,
        _ connection: ConnectionPolicy = .keepAlive, events: Int = 200, seed: UInt64 = 1
    ) -> SimulationPlan {
        var plan = SimulationPlan(
            transport: transport, link: LinkProfile(roundTripTime: roundTrip),
            schedule: .arrivals(
                .poisson, ratePerSecond: perRoundTrip / roundTrip.seconds, events: events))
        plan.connection = connection
        plan.seed = seed
        return plan
    }

    /// Everything is due at once, and answers carry one event each.
    static func saturated(
        _ transport: Transport, roundTrip: Duration, _ connection: ConnectionPolicy = .keepAlive,
        batchLimit: Int = 1, events: Int = 20
    ) -> SimulationPlan {
        var plan = SimulationPlan(
            transport: transport, link: LinkProfile(roundTripTime: roundTrip),
            schedule: .arrivals(.saturate, ratePerSecond: 1, events: events))
        plan.connection = connection
        plan.settings.batchLimit = batchLimit
        return plan
    }
}

extension Transport {
    /// Whether questions are kept until there is an event.
    var isHeld: Bool {
        if case .polling(let server) = server { server.hold == .untilEvent } else { false }
    }

    /// Whether it asks and is answered.
    var isPolling: Bool {
        if case .polling = server { true } else { false }
    }
}

extension SimulationResult {
    /// Whether every client got every event once and in order, and nobody broke a rule.
    var isFaultless: Bool {
        missing == 0 && duplicates == 0 && reordered == 0 && brokenRules.isEmpty
            && !deliveries.isEmpty
    }
}
