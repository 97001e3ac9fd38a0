import LabServer
import Link
import LinkEmulation
import LoadGen
import Measurement
import Reactor
import Transports

/// A trace's real part: the server, the link, and one client whose conversation is recorded.
enum TraceRun {
    /// Records the exchange of `plan` over the best link there is: the packet mirror in a private
    /// network, or a delay behind the client's connection where no private network can be had.
    ///
    /// Enters the private network, which must happen before the process has a second thread.
    static func record(_ plan: TracePlan) throws -> RecordedExchange {
        let network = LabNetwork(tier: .mirror, seed: plan.seed)
        defer { network.close() }
        do {
            let lab = try network.link(LinkProfile(roundTripTime: plan.roundTripTime))
            return try record(
                plan, host: lab.serverHost, dialled: lab.dialled, delay: nil, link: lab.result)
        } catch {
            guard let refusal = error as? LinkRefusal else { throw error }
            return try recordDelayed(plan, note: refusal.description)
        }
    }

    /// Records it on loopback, with the delay behind the client's connection.
    static func recordDelayed(_ plan: TracePlan, note: String? = nil) throws -> RecordedExchange {
        let profile = LinkProfile(roundTripTime: plan.roundTripTime)
        var link = LinkResult(
            tier: LinkTier.client.rawValue, rttNanoseconds: plan.roundTripTime.nanoseconds,
            rttEffectiveNanoseconds: plan.roundTripTime.nanoseconds)
        link.note = note
        return try record(
            plan, host: "127.0.0.1", dialled: { $0 }, delay: profile, link: link)
    }

    private static func record(
        _ plan: TracePlan, host: String, dialled: @escaping (SocketAddress) -> SocketAddress,
        delay: LinkProfile?, link: LinkResult
    ) throws -> RecordedExchange {
        var configuration = ServerConfiguration()
        configuration.settings.hold = plan.hold
        let server = try LabServer(configuration)
        defer { _ = server.stop() }
        let recorder = try ExchangeRecorder(
            plan, server: server, host: host, dialled: dialled, delay: delay, link: link)
        return try recorder.record()
    }
}
