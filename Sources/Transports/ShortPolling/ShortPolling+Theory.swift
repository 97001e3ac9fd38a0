/// What short polling must measure.
///
/// Questions reach the server every Pe = max(P, W): the timer sets the pace while the answer is
/// back before the next question is due, the blind window W does when it is not. An event falls
/// anywhere between two questions, so that it waits for anything from nothing to Pe with the same
/// probability (`ShortPollLaw`), and then travels for d.
///
///     mean = d + Pe/2     p99 = d + 0.99·Pe     requests an event = 1/(λ·Pe)
///
/// A new connection for each poll changes no latency while W ≤ P: its handshake puts every question
/// off by the same time. The clients' phases decide which events wait how long, and where they are
/// known, replay takes them.
///
/// Bytes: as of any poll (`PollingBytes`), and the head of a 204 for every question in vain.
extension ShortPolling {
    static let theory = Theory.fixedRatePolling()
}
