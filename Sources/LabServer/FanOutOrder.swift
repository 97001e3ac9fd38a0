/// In which order a walk serves the techniques.
///
/// Whoever is served first gets an event earlier, by what all the others cost. So that techniques can
/// be compared by the same events, the order turns by one from event to event, and runs backwards in
/// every second round: of twice as many events as there are techniques, each technique has every
/// place twice, and of any two either one comes first in half of them.
///
///     event  0    A B C      event  3    A C B
///     event  1    B C A      event  4    B A C
///     event  2    C A B      event  5    C B A
struct FanOutOrder {
    private let count: Int
    private let first: Int
    private let isReversed: Bool

    /// The order of `count` techniques when `event` is the newest.
    init(of count: Int, event: UInt64) {
        let (round, first) = event.quotientAndRemainder(dividingBy: UInt64(count))
        self.count = count
        self.first = Int(first)
        isReversed = !round.isMultiple(of: 2)
    }

    /// The technique that is served at `place`.
    func technique(at place: Int) -> Int {
        let technique = isReversed ? first - place : first + place
        if technique < 0 { return technique + count }
        return technique < count ? technique : technique - count
    }
}
