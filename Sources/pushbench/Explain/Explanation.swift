import Link
import Measurement
import Reporting
import Simulation
import Transports
import Wire

/// The page that explains one technique over one link.
struct Explanation {
    let transport: Transport
    let roundTripTime: Duration
    let connection: ConnectionPolicy
    let ratePerSecond: Double
    let payloadBytes: Int
    let pollInterval: Duration
    let width: Int
    /// Events that the figures of the law are simulated with, at most; as many as come in
    /// `figuresTime`, since rare events would be mostly waiting, and no more than `figuresBytes`.
    var mostEvents = 2000
    private static let figuresTime = Duration.seconds(1000)
    private static let figuresBytes = 5 << 20

    /// Events in the log before the story begins, so that it is about event 17 as every example of
    /// the project is, and nearly a day that the machine has been up.
    private static let history = 16
    private static let start = Instant(nanoseconds: 81_234_000_000_000)

    /// The page, ending with one line break.
    func render(color: Bool) -> String {
        let story = SimulatedStory(transport: transport, story: Simulation.run(storyPlan))
        let lines =
            opening + wire(of: story) + ladder(of: story) + LawSection(self, story: story).lines()
        return lines.map { $0.render(color: color) + "\n" }.joined()
    }

    // MARK: - What it is

    private var opening: [StyledLine] {
        var title = StyledLine()
        title.add(transport.title, .bold)
        title.add(transport.reference, endingAt: width, .faint)
        let rule = StyledLine(String(repeating: "━", count: width), .faint)
        var summary = StyledLine(transport.id, .bold)
        summary.add(": \(transport.summary)")
        return [title, rule, summary, StyledLine()]
            + Self.wrap(transport.story, width: width).map { StyledLine($0) }
    }

    /// Breaks `text` between words.
    static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// A heading with a rule up to the right edge.
    static func heading(_ title: String, _ remark: String, width: Int) -> [StyledLine] {
        var line = StyledLine("── ", .faint)
        line.add(title, .bold)
        if !remark.isEmpty { line.add("  \(remark)", .faint) }
        line.add(" " + String(repeating: "─", count: max(width - line.width - 1, 0)), .faint)
        return [StyledLine(), line, StyledLine()]
    }

    // MARK: - The story

    /// A short story that shows what is peculiar to the technique.
    ///
    /// A held poll is answered with event 17; the next two events fall into its blind window and
    /// wait. A short poll finds nothing, and the next one finds the event that was due between them. A
    /// stream has two events under way at once.
    private var storyPlan: SimulationPlan {
        var plan = plan(.times(storyTimes))
        plan.history = Self.history
        plan.start = Self.start
        plan.leadIn = .zero
        plan.recordsMessages = true
        return plan
    }

    private var storyTimes: [Duration] {
        let round = roundTripTime
        guard case .polling(let server) = transport.server else {
            return [round, round + round * 3 / 10]
        }
        guard server.hold == .untilEvent else {
            // The first question came half a round trip before the schedule's start, the next one
            // finds nothing, and the one behind that finds the event.
            let window = round * roundTrips
            let vain = max(pollInterval + window - round, window) - round / 2
            return [vain + max(pollInterval, window) * 4 / 10]
        }
        // The first poll that waits is at the server half a round trip after the schedule's start.
        let parked = round * (2 * roundTrips - 1) / 2
        let first = parked + round * 4 / 10
        return [first, first + round * roundTrips * 4 / 10, first + round * roundTrips * 7 / 10]
    }

    /// κ: the round trips from an answer to the next question.
    private var roundTrips: Int { connection == .keepAlive ? 1 : 2 }

    func plan(_ schedule: SimulationPlan.Schedule) -> SimulationPlan {
        var plan = SimulationPlan(
            transport: transport, link: LinkProfile(roundTripTime: roundTripTime),
            schedule: schedule)
        plan.connection = connection
        plan.payloadBytes = payloadBytes
        plan.pollInterval = pollInterval
        // The page is about events; the law has none of these.
        plan.heartbeat = .seconds(365 * 86_400)
        return plan
    }

    // MARK: - The wire

    private func wire(of story: SimulatedStory) -> [StyledLine] {
        var transcript = WireTranscript(width: width)
        var columns: [ByteSums.Column] = []
        if !story.opening.isEmpty {
            for message in story.opening {
                transcript.add(message, note: "once, to subscribe")
            }
            columns.append(.init(title: "to subscribe", messages: story.opening))
        }
        for message in story.delivery { transcript.add(message, note: story.note(of: message)) }
        columns.append(.init(title: "a delivery", messages: story.delivery))
        if !story.vain.isEmpty {
            for message in story.vain where message.way == .down {
                transcript.add(message, note: "instead, when nothing is new")
            }
            columns.append(.init(title: "a poll in vain", messages: story.vain))
        }
        return Self.heading("On the wire", "one delivery, byte by byte", width: width)
            + transcript.lines + [StyledLine()] + ByteSums(columns: columns).lines()
    }

    // MARK: - The ladder

    private func ladder(of story: SimulatedStory) -> [StyledLine] {
        let diagram = LadderDiagram(
            story.ladder, showsMicroseconds: roundTripTime < .milliseconds(2), width: width)
        return Self.heading("Who speaks when", ladderRemark, width: width) + diagram.lines()
    }

    private var ladderRemark: String {
        "simulated, \(Readable.duration(nanoseconds: Double(roundTripTime.nanoseconds))) round trip"
            + (transport.theory.kind == .polling ? ", \(connectionWords)" : "")
    }

    /// The ladder diagram to scale, as an SVG document.
    func picture() -> String {
        let story = SimulatedStory(transport: transport, story: Simulation.run(storyPlan))
        return LadderChart(
            story.ladder, title: transport.title, subtitle: ladderRemark
        ).document()
    }

    var connectionWords: String {
        connection == .keepAlive ? "the connection is kept" : "a new connection each poll"
    }

    /// The figures' schedule: so many events at random times.
    var figuresPlan: SimulationPlan {
        let timely = max(Int(ratePerSecond * Self.figuresTime.seconds), 10)
        let events = min(mostEvents, timely, Self.figuresBytes / payloadBytes)
        return plan(.arrivals(.poisson, ratePerSecond: ratePerSecond, events: events))
    }
}

/// The messages of the story, as far as each part of the page needs them.
struct SimulatedStory {
    let result: SimulationResult
    private let isPolling: Bool

    init(transport: Transport, story: SimulationResult) {
        result = story
        isPolling = transport.theory.kind == .polling
    }

    private var content: [SimulatedMessage] { result.messages.filter { $0.kind == .content } }

    /// What is said once, before the first event: that of a poll is like any other poll.
    var opening: [SimulatedMessage] {
        isPolling ? [] : Array(content.prefix { $0.ids == nil })
    }

    /// What brought the first event: its message, and the question that it answers.
    var delivery: [SimulatedMessage] {
        guard let index = content.firstIndex(where: { $0.ids != nil }) else { return [] }
        guard isPolling else { return [content[index]] }
        let question = content[..<index].last { $0.way == .up }
        return (question.map { [$0] } ?? []) + [content[index]]
    }

    /// A question that found nothing new, and what it got.
    var vain: [SimulatedMessage] {
        // The first answer tells the cursor and is no poll in vain.
        guard isPolling,
            let event = content.firstIndex(where: { $0.ids != nil }),
            let index = content[..<event].lastIndex(where: { $0.way == .down }), index > 1,
            let question = content[..<index].last(where: { $0.way == .up })
        else { return [] }
        return [question, content[index]]
    }

    /// What a message of the delivery is.
    func note(of message: SimulatedMessage) -> String {
        guard isPolling else { return "for each event" }
        return message.way == .up ? "the poll" : "its answer"
    }

    /// The diagram's first moment: the question before the first event or, of a stream, the first
    /// packet.
    var start: Instant {
        let first = isPolling ? firstOfLadder?.sent : result.messages.first?.sent
        return first ?? Instant(nanoseconds: 0)
    }

    /// The question that was out when the first event was due, or went out behind it; of short
    /// polling the one before, which found nothing.
    private var firstOfLadder: SimulatedMessage? {
        vain.first ?? delivery.first
    }

    /// The diagram: up to the message that brought the last event.
    var ladder: Ladder {
        let end = result.lastArrival ?? .distantFuture
        let messages = result.messages.filter { message in
            guard let sent = message.sent else { return false }
            return sent >= start && sent < end
        }
        return Ladder(
            start: start, messages: messages.compactMap(Ladder.Message.init),
            events: result.due.enumerated().map { index, due in
                let id = result.firstID + UInt64(index)
                return Ladder.Event(
                    id: id, due: due, arrived: result.deliveries.first { $0.id == id }?.arrived)
            },
            blindness: isPolling ? Self.blindness(of: messages) : [])
    }

    /// From each answer's leaving the server to the next question's being there.
    private static func blindness(of messages: [SimulatedMessage]) -> [Ladder.Blindness] {
        var blindness: [Ladder.Blindness] = []
        var from: Instant?
        for message in messages.filter({ $0.kind == .content }) {
            switch message.way {
            case .down: from = message.sent
            case .up:
                if let begun = from, let arrived = message.arrived {
                    blindness.append(.init(from: begun, to: arrived))
                }
                from = nil
            }
        }
        return blindness
    }
}

extension Ladder.Message {
    /// A simulated message; nil when it had not arrived at the end.
    init?(_ message: SimulatedMessage) {
        guard let sent = message.sent, let arrived = message.arrived else { return nil }
        self.init(
            way: message.way, label: message.label, bytes: message.bytes.count, ids: message.ids,
            sent: sent, arrived: arrived)
    }
}
