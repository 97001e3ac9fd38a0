import Glibc

/// Long polling with everything pending in one answer, under Poisson arrivals.
///
/// An answer leaves, and for W nobody can be reached. What comes in that time, on average x = λW
/// events, waits and goes with the next answer at once; if nothing came, the next event finds a
/// parked question and goes alone. One cycle therefore delivers all x events of the window, and
/// with probability e^-x one more, the next to come:
///
///     events an answer      B  = x + e^-x                    requests an event = 1/B
///     nobody waits          p0 = e^-x / B                    that one more event
///     wait                  P(w ≤ t) = p0 + (1 - p0)·t/W     Poisson times in a window are uniform
///     mean wait             W·x / (2B)                       x events wait W/2 each
///     latency               L = d + w, at most d + W
///     gap between answers   W with probability 1 - e^-x, else W and an exponential wait
///
/// (the renewal–reward theorem: a mean per event is what a cycle collects over what it delivers).
/// With a hold time H, the one more event comes in time only with probability 1 - e^-λH, and B is
/// `x + e^-x·(1 - e^-λH)` in all of these. For λR → ∞ the mean latency goes to d + W/2: one round
/// trip on a kept connection, one and a half on new ones.
package struct LongPollLaw: Hashable, Sendable {
    /// W, in nanoseconds.
    package var window: Double
    /// λ, events a second.
    package var ratePerSecond: Double
    /// H, in nanoseconds; infinite when a question is never answered empty.
    package var hold: Double

    package init(window: Double, ratePerSecond: Double, hold: Double = .infinity) {
        self.window = window
        self.ratePerSecond = ratePerSecond
        self.hold = hold
    }

    /// x = λW: events that come in one blind window.
    package var eventsInWindow: Double { ratePerSecond * window / 1e9 }

    /// The probability that an event comes to a parked question before the hold time has passed.
    private var caughtByHold: Double { 1 - exp(-ratePerSecond * hold / 1e9) }

    /// B: events delivered for each question, empty answers included.
    package var eventsPerRequest: Double {
        eventsInWindow + exp(-eventsInWindow) * caughtByHold
    }

    /// Questions for each event.
    package var requestsPerEvent: Double { 1 / eventsPerRequest }

    /// The share of answers without an event: nothing in the window and nothing in the hold time.
    package var emptyShare: Double { exp(-ratePerSecond * (window + hold) / 1e9) }

    /// p0: the share of events that find a parked question.
    package var unwaitedShare: Double {
        exp(-eventsInWindow) * caughtByHold / eventsPerRequest
    }

    /// The mean wait for a question, in nanoseconds.
    package var meanWait: Double { window * eventsInWindow / (2 * eventsPerRequest) }

    /// The probability of waiting at most `time` nanoseconds.
    package func cumulative(_ time: Double) -> Double {
        guard time >= 0 else { return 0 }
        guard window > 0, time < window else { return 1 }
        return unwaitedShare + (1 - unwaitedShare) * time / window
    }

    /// The wait, in nanoseconds, that the share `share` of the events does not exceed.
    package func quantile(_ share: Double) -> Double {
        guard share > unwaitedShare else { return 0 }
        return window * (share - unwaitedShare) / (1 - unwaitedShare)
    }

    /// The mean time between two answers with events, in nanoseconds, when no hold time ends.
    package var meanGap: Double { window + exp(-eventsInWindow) / ratePerSecond * 1e9 }
}

/// Long polling with one event an answer, under Poisson arrivals: the queue M/D/1.
///
/// Each event keeps the client busy for W, so that events queue for it as for a server with a
/// constant service time. With ρ = λW < 1:
///
///     mean wait = W·ρ / (2(1 - ρ))              Pollaczek and Khinchine
///     P(w = 0)  = 1 - ρ
///     P(w ≤ t)  = (1 - ρ) Σ_{j=0..⌊t/W⌋} [-λ(t - jW)]^j / j! · e^{λ(t - jW)}
///
/// The signs of that sum (Erlang, 1909) alternate, and beyond ρ = 0.9 they eat every digit. Franx
/// (Operations Research Letters 29, 2001) writes it with positive terms only: for (k-1)W ≤ t < kW
///
///     P(w ≤ t) = e^-y Σ_{j=0..k-1} Q_{k-1-j} y^j / j!     with y = λ(kW - t)
///
/// where Q_m is the probability that at most m events queue behind the one that is under way. At ρ
/// ≥ 1 there is no steady state: the backlog grows by λ - 1/W events a second, and answers follow
/// each other every W.
package struct SingleAnswerLaw: Hashable, Sendable {
    /// W, in nanoseconds.
    package var window: Double
    /// λ, events a second.
    package var ratePerSecond: Double

    package init(window: Double, ratePerSecond: Double) {
        self.window = window
        self.ratePerSecond = ratePerSecond
    }

    /// ρ = λW: the share of the time in which the client cannot be reached.
    package var load: Double { ratePerSecond * window / 1e9 }

    /// Whether the backlog stays finite.
    package var isStable: Bool { load < 1 }

    /// The mean wait, in nanoseconds; nil without a steady state.
    package var meanWait: Double? {
        isStable ? window * load / (2 * (1 - load)) : nil
    }

    /// By how many events a second the backlog grows.
    package var backlogGrowth: Double {
        isStable || window <= 0 ? 0 : ratePerSecond - 1e9 / window
    }

    /// The probability of waiting at most `time` nanoseconds; nil without a steady state.
    package func cumulative(_ time: Double) -> Double? {
        guard isStable else { return nil }
        guard time >= 0 else { return 0 }
        guard window > 0, load > 0 else { return 1 }
        let windows = Int(time / window) + 1
        return cumulative(time, windows: windows, queue: queueDistribution(upTo: windows))
    }

    /// The wait, in nanoseconds, that the share `share` of the events does not exceed; nil without
    /// a steady state, and for the share 1, which has no bound.
    package func quantile(_ share: Double) -> Double? {
        guard isStable, share < 1 else { return nil }
        guard window > 0, share > 1 - load else { return 0 }
        var windows = 8
        var queue = queueDistribution(upTo: windows)
        while queue[windows - 1] < share {
            windows *= 2
            queue = queueDistribution(upTo: windows)
        }
        // P(w < kW) = Q_{k-1}: the first k that reaches the share holds the quantile.
        let index = queue.firstIndex { $0 >= share } ?? windows - 1
        var low = Double(index) * window
        var high = low + window
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if cumulative(middle, windows: index + 1, queue: queue) < share {
                low = middle
            } else {
                high = middle
            }
        }
        return high
    }

    private func cumulative(_ time: Double, windows: Int, queue: [Double]) -> Double {
        let rest = max(ratePerSecond * (Double(windows) * window - time) / 1e9, 0)
        var term = exp(-rest)
        var sum = 0.0
        for index in 0..<windows {
            sum += queue[windows - 1 - index] * term
            term *= rest / Double(index + 1)
        }
        return min(sum, 1)
    }

    /// Q_0 … Q_count: the probabilities of at most so many events behind the one under way.
    ///
    /// The number n in the system just after a departure moves up by the arrivals A of one service,
    /// Poisson with mean ρ, and down by one. As many steps go up across n as down:
    ///
    ///     p_{n+1}·P(A = 0) = p_0·P(A > n) + Σ_{k=1..n} p_k·P(A > n - k + 1),   p_0 = 1 - ρ
    private func queueDistribution(upTo count: Int) -> [Double] {
        var exceeds: [Double] = []
        var term = exp(-load)
        var below = 0.0
        for arrivals in 0...count + 1 {
            below += term
            exceeds.append(max(1 - below, 0))
            term *= load / Double(arrivals + 1)
        }
        var states = [1 - load]
        for number in 0...count {
            var sum = states[0] * exceeds[number]
            for state in stride(from: 1, through: number, by: 1) {
                sum += states[state] * exceeds[number - state + 1]
            }
            states.append(sum / exp(-load))
        }
        var cumulative: [Double] = []
        var sum = states[0]
        for number in 0...count {
            sum += states[number + 1]
            cumulative.append(sum)
        }
        return cumulative
    }
}
