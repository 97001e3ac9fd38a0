import Link
import Measurement
import Transports

/// What theory needs to predict the very schedule that was simulated.
extension SimulationResult {
    /// The conditions of this simulation of `plan`, every moment counted from the schedule's start.
    /// The window is the simulation's: from there to the arrival of the last event.
    package func conditions(of plan: SimulationPlan) -> Conditions {
        let start = scheduleStart ?? plan.start
        func moment(_ instant: Instant) -> Double { Double(instant.nanoseconds(since: start)) }
        return Conditions(
            roundTrip: Double(plan.link.roundTripTime.nanoseconds),
            turnaround: Double((plan.serverTurnaround + plan.clientTurnaround).nanoseconds),
            connection: plan.connection, schedule: due.map(moment),
            // Half-open: what happens at the last moment is still within.
            window: 0..<moment(lastArrival ?? start) + 1, payloadBytes: plan.payloadBytes,
            pollInterval: Double(plan.pollInterval.nanoseconds),
            // What the server does with a question is done a turnaround after it came.
            phases: firstAsked.map { moment($0 + plan.serverTurnaround) },
            hold: Double(plan.settings.hold.nanoseconds), batchLimit: plan.settings.batchLimit,
            clients: plan.clients, firstID: firstID, nagle: plan.mistakes.usesNagle,
            twoWrites: plan.mistakes.usesNagle && plan.mistakes.writesHeadApart,
            bandwidth: plan.link.down.bitsPerSecond.map(Double.init),
            lossRate: plan.link.lossRate, jitter: Double(plan.link.jitter.nanoseconds))
    }
}

extension SimulationPlan {
    /// The profile of the plan's clients.
    package var profile: ClientProfile {
        ClientProfile(
            authority: "127.0.0.1:8080", headers: headers,
            keepsAlive: connection == .keepAlive, pollInterval: pollInterval)
    }
}
