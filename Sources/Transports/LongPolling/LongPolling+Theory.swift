/// What long polling must measure.
///
/// An event finds either a question that waits for it, and is with the client after d, or nobody,
/// and waits for the next question. Nobody is there for one blind window after each answer
/// (`BlindWindow`):
///
///     the answer travels        d
///     a new connection, if any  u + d
///     the next question         u
///     the software              c          W = κ·R + c, κ = 1 on a kept connection, 2 on a new one
///
/// so that the best is one transit, the worst d + W, three or five transits, and the least gap
/// between two answers is W: one round trip, or two, which is where the articles' 2×RTT is right.
/// Events are not bound to answers: what came in the window goes with the next answer together
/// (`LongPollLaw`) unless the server answers with one event each (`SingleAnswerLaw`).
///
/// Bytes: a request and an answer for each B events (`PollingBytes`); a batch is
/// `{"cursor":N,"events":[…]}`, 23 bytes, the cursor's digits, and a comma between two events.
extension LongPolling {
    static let theory = Theory.heldPolling()
}
