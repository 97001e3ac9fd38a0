import Link
import Reactor

/// Tells the steps of an exchange at a pace that can be followed.
struct TracePlayer {
    /// How the steps follow each other.
    enum Pace {
        /// As fast as they can be written.
        case none
        /// So many times as fast as it was, with a pause to read each.
        case speed(Double)
        /// One for each line that is entered.
        case step
    }

    /// What the whole takes by itself, of which the pauses to read are another half.
    private static let usualSeconds = 15.0
    /// A pause to read a step, and what all of them take together.
    private static let readingSeconds = 0.7
    private static let allReadingSeconds = 12.0
    /// How often the clock between two steps is drawn anew.
    private static let tick = Duration.milliseconds(50)

    let narration: Narration
    let pace: Pace
    let isColored: Bool

    /// The speed at which an exchange of that length takes a quarter of a minute.
    static func usualSpeed(for length: Duration) -> Double {
        length > .zero ? min(length.seconds / usualSeconds, 1) : 1
    }

    /// Tells all of it on `terminal`.
    func play(on terminal: Terminal) {
        let steps = narration.steps()
        var line = ProgressLine(
            isLive: terminal.canRedraw, width: { terminal.width }, write: { terminal.write($0) })
        let pause = min(
            Self.readingSeconds, Self.allReadingSeconds / Double(max(steps.count, 1)))
        for (index, step) in steps.enumerated() {
            if index > 0 {
                wait(from: steps[index - 1], to: step, pause: pause, &line)
                line.finish()
            }
            for words in step.lines { terminal.write(words.render(color: isColored) + "\n") }
        }
    }

    private func wait(
        from last: Narration.Step, to next: Narration.Step, pause: Double,
        _ line: inout ProgressLine
    ) {
        let length = next.moment.nanoseconds(since: last.moment)
        switch pace {
        case .none: return
        case .step:
            // At the end of the input there is nobody who could step on.
            _ = readLine()
        case .speed(let speed):
            let seconds = Double(length) / 1e9 / speed
            let start = MonotonicClock.now()
            let end = start + .seconds(max(seconds, pause))
            // Steps that follow at once wait for their reader only, which is nothing to tell.
            while seconds > pause, MonotonicClock.now() < end {
                let share = Double(MonotonicClock.now().nanoseconds(since: start)) / 1e9 / seconds
                let moment = last.moment + .nanoseconds(Int64(Double(length) * min(share, 1)))
                line.update(clock(moment, last.waitingFor))
                MonotonicClock.sleep(until: min(end, MonotonicClock.now() + Self.tick))
            }
            MonotonicClock.sleep(until: end)
        }
    }

    private func clock(_ moment: Instant, _ waitingFor: String) -> String {
        let time = narration.time(moment)
        return String(repeating: " ", count: max(11 - time.count, 0)) + time
            + "  … waiting for \(waitingFor)"
    }
}
