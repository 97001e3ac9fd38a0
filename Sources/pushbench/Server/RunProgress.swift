import Link
import LoadGen
import Measurement
import Reactor
import Reporting
import Transports

/// How far a run is: one live line on a terminal, and otherwise a plain line at each change.
struct RunProgress {
    /// The line itself; shared with the generator's callback while a round runs.
    final class Line {
        private var line = ProgressLine()
        private let isQuiet: Bool
        private var title = ""
        private var noted: Phase?

        init(isQuiet: Bool) {
            self.isQuiet = isQuiet
        }

        func begin(_ title: String) {
            self.title = title
            noted = nil
        }

        /// Shows how far the round is. Without a terminal, each phase is told once.
        func update(_ progress: LoadProgress) {
            guard !isQuiet else { return }
            guard line.isLive else {
                if noted != progress.phase {
                    noted = progress.phase
                    line.note("\(title) \(progress.phase.rawValue)")
                }
                return
            }
            line.update("\(title) \(describe(progress))")
        }

        func note(_ text: String) {
            if !isQuiet { line.note(text) }
        }

        func finish() {
            line.finish()
        }

        private func describe(_ progress: LoadProgress) -> String {
            var parts = [progress.phase.rawValue]
            switch progress.phase {
            case .connect:
                parts.append(
                    "\(Readable.count(progress.ready)) of "
                        + "\(Readable.count(progress.clients)) clients")
            case .warmUp, .measure, .fault, .drain:
                parts.append("\(Readable.count(progress.ready)) clients")
                parts.append("\(Readable.count(Int(progress.deliveriesPerSecond))) deliveries/s")
                if progress.latencyP99Nanoseconds > 0 {
                    let p99 = Readable.duration(
                        nanoseconds: Double(progress.latencyP99Nanoseconds))
                    parts.append("p99 \(p99)")
                }
            }
            if let left = progress.timeLeft, left > .zero {
                parts.append("\(Int(left.seconds.rounded(.up))) s left")
            }
            return parts.joined(separator: " · ")
        }
    }

    let line: Line
    private let label: String
    private let rounds: Int
    private var round = 0

    /// Shows a run of so many rounds: techniques to measure, or all of them at once, each counted as
    /// often as it is repeated. `label` says which of several runs it is.
    init(isQuiet: Bool, label: String = "", rounds: Int) {
        line = Line(isQuiet: isQuiet)
        self.label = label.isEmpty ? "" : label + " "
        self.rounds = rounds
    }

    private var place: String { "\(label)[\(round)/\(rounds)]" }

    /// `detail` is what tells the round from others of the same techniques.
    mutating func begin(_ transports: [Transport], _ detail: String = "") {
        round += 1
        let title = transports.count == 1 ? transports[0].id : "side by side"
        line.begin("\(place) \(title)\(detail)")
    }

    /// Says what is being done beside the rounds.
    func note(_ text: String) {
        line.note(text)
    }

    func end(_ result: TransportResult) {
        let p50 = Readable.duration(nanoseconds: Double(result.latency.p50))
        let p99 = Readable.duration(nanoseconds: Double(result.latency.p99))
        line.note(
            "\(place) \(result.transport): p50 \(p50), p99 \(p99), "
                + "\(Readable.count(result.deliveries.received)) deliveries, "
                + "\(Readable.count(result.deliveries.undelivered)) lost")
    }

    func finish() {
        line.finish()
    }
}
