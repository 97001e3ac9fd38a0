import Glibc

/// Short polling at a fixed rate.
///
/// A question is at the server every Pe = max(P, W): nobody can ask again before the answer is
/// there. An event falls anywhere between two questions and waits for the second:
///
///     L uniform in (d, d + Pe):   mean d + Pe/2,  p99 = d + 0.99·Pe,  max = d + Pe
///     polls an event = 1/(λ·Pe),  empty share (Poisson) = e^-λPe,      least gap = Pe
///
/// A new connection for each poll does not change the latency while W ≤ P, because the timer and
/// not the handshake sets the spacing; it changes bytes. With one event an answer the slots are a
/// queue of service time Pe behind the wait for the slot itself: mean wait = Pe/2 + ρPe / (2(1 -
/// ρ)), ρ = λPe.
package struct ShortPollLaw: Hashable, Sendable {
    /// Pe, in nanoseconds.
    package let interval: Double
    /// λ, events a second.
    package let ratePerSecond: Double

    /// The law of a client that asks every `pollInterval` and is blind for `window` after each
    /// answer, both in nanoseconds.
    package init(pollInterval: Double, window: Double, ratePerSecond: Double) {
        interval = max(pollInterval, window)
        self.ratePerSecond = ratePerSecond
    }

    /// The mean wait for a question, in nanoseconds.
    package var meanWait: Double { interval / 2 }

    /// The wait, in nanoseconds, that the share `share` of the events does not exceed.
    package func quantile(_ share: Double) -> Double { share * interval }

    /// Questions for each event.
    package var requestsPerEvent: Double { 1e9 / (ratePerSecond * interval) }

    /// The share of answers without an event, under Poisson arrivals.
    package var emptyShare: Double { exp(-ratePerSecond * interval / 1e9) }

    /// The mean wait with one event an answer, in nanoseconds; nil when the backlog grows.
    package var meanWaitOneEach: Double? {
        let load = ratePerSecond * interval / 1e9
        return load < 1 ? interval / 2 + load * interval / (2 * (1 - load)) : nil
    }
}
