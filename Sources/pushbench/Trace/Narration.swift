import Link
import Measurement
import Reporting
import Wire

/// A recorded exchange told as a story: what happens, at its moment, in a few plain words.
///
/// Nothing here knows a technique. Who asks and who waits follows from the conversation, what a message
/// is for from the classes of its bytes, and what happens next from the recording itself, which a
/// narrator may look ahead in.
struct Narration {
    /// Something that happened.
    struct Step {
        /// When it happened.
        let moment: Instant
        /// How it is told.
        let lines: [StyledLine]
        /// What everybody waits for then.
        let waitingFor: String
    }

    /// Cells before the words: the moment, and who it is about.
    static let margin = 25
    private static let timeEnd = 11

    let exchange: RecordedExchange
    let width: Int

    private enum Happening {
        case due(Ladder.Event)
        case sent(RecordedExchange.Message)
        case arrived(RecordedExchange.Message)

        /// At one moment, what comes comes first, and what leaves last.
        var rank: Int {
            switch self {
            case .arrived: 0
            case .due: 1
            case .sent: 2
            }
        }
    }

    /// The steps in their order, up to the arrival of the last event.
    func steps() -> [Step] {
        let end = exchange.lastArrival ?? .distantFuture
        var happenings = exchange.events.map { (moment: $0.due, what: Happening.due($0)) }
        for message in exchange.messages where message.sent < end {
            happenings.append((message.sent, .sent(message)))
            if let arrived = message.arrived { happenings.append((arrived, .arrived(message))) }
        }
        happenings.sort { ($0.moment, $0.what.rank) < ($1.moment, $1.what.rank) }
        return happenings.filter { $0.moment <= end }.compactMap { moment, happening in
            // What TCP says by itself is told where the client notices it.
            guard let telling = telling(of: happening, at: moment) else { return nil }
            return Step(
                moment: moment, lines: lines(telling, at: moment),
                waitingFor: waiting(after: moment))
        }
    }

    // MARK: - Words

    /// A step in words: who it is about, what is seen, and what that means.
    private struct Telling {
        let who: String
        let style: TextStyle
        var quote = ""
        var words: [String] = []
    }

    private func telling(of happening: Happening, at moment: Instant) -> Telling? {
        switch happening {
        case .due(let event): due(event)
        case .sent(let message): sent(message)
        case .arrived(let message): arrived(message, at: moment)
        }
    }

    private func due(_ event: Ladder.Event) -> Telling {
        var telling = Telling(who: "●", style: .good, quote: "event \(event.id) is due")
        guard exchange.isPolling else {
            let isFirst = event.id == exchange.events.map(\.id).min()
            telling.words = [
                isFirst ? "The stream is open, so it leaves at once." : "It leaves at once."
            ]
            return telling
        }
        if exchange.isParked(at: event.due) {
            telling.words = ["A question is waiting for it: the answer leaves at once."]
            return telling
        }
        telling = Telling(
            who: "●", style: .waiting, quote: "event \(event.id) is due, and has to wait")
        guard let next = exchange.nextQuestion(after: event.due), let there = next.arrived else {
            telling.words = ["No question is at the server, which cannot speak without one."]
            return telling
        }
        let wait = duration(from: event.due, to: there)
        // The second time, it need not be explained.
        let explained = exchange.events.contains {
            $0.due < event.due && !exchange.isParked(at: $0.due)
        }
        telling.words = explained ? [] : ["No question is at the server: the blind window."]
        telling.words.append(
            next.sent > event.due
                ? "The client asks in \(duration(from: event.due, to: next.sent)), and its "
                    + "question is here in \(wait)."
                : "The next question is on its way, and here in \(wait).")
        return telling
    }

    private func sent(_ message: RecordedExchange.Message) -> Telling? {
        let isUp = message.way == .up
        var telling = Telling(
            who: isUp ? "client ──▶" : "◀── server",
            style: isUp ? .toServer : message.ids == nil ? .toClient : .bearer)
        switch message.kind {
        case .opening:
            telling.quote = "SYN"
            telling.words = [
                message.connection == 0
                    ? "The client opens a connection. It may not say a word before it has an answer."
                    : "Another connection, for another question."
            ]
        case .acceptance: return nil
        case .end:
            guard !isUp else { return nil }
            telling.quote = "FIN"
            telling.words = ["The server ends the connection: the next question needs a new one."]
        case .content:
            telling.quote = message.firstLine ?? message.label
            telling.words = [sizes(of: message), isUp ? asking(message) : answering(message)]
        }
        return telling
    }

    /// The bytes by class: `259 B: response head 134, message framing 25, payload 100.`
    private func sizes(of message: RecordedExchange.Message) -> String {
        let parts = ByteClass.allCases.filter { message.ledger[$0] > 0 }
            .map { "\(WireTranscript.name(of: $0)) \(message.ledger[$0])" }
        let total = "\(message.bytes.count) B"
        // The name of a single class says it all; its number is the total.
        guard parts.count > 1 else {
            let only = ByteClass.allCases.first { message.ledger[$0] > 0 }
            return total + (only.map { ", all of it \(WireTranscript.name(of: $0))" } ?? "") + "."
        }
        return "\(total): \(parts.joined(separator: ", "))."
    }

    private func asking(_ message: RecordedExchange.Message) -> String {
        if message.ledger[.handshake] > 0 {
            return "It asks to leave HTTP behind: on this connection both may speak at any time."
        }
        if message.ledger[.heartbeat] > 0 { return "It says that it is still there." }
        if message.ledger[.closing] > 0 { return "It says goodbye." }
        let known = exchange.cursor(knownAt: message.sent)
        guard exchange.isPolling else {
            return "The one thing it has to say: from here on it only listens."
        }
        return known.map { "What came after event \($0)?" } ?? "Where does the stream stand?"
    }

    private func answering(_ message: RecordedExchange.Message) -> String {
        let isHead = message.firstLine != nil
        if let ids = message.ids {
            let name = RecordedExchange.Message.name(of: ids)
            let many = ids.count > 1
            return isHead && exchange.isPolling
                ? "\(name.capitalizedFirst)\(many ? " together" : ""), in one answer."
                : "\(name.capitalizedFirst)\(many ? " together" : ""), on the open stream."
        }
        if message.ledger[.heartbeat] > 0 { return "The stream is silent, but it is alive." }
        if exchange.isPolling {
            return exchange.cursor(knownAt: message.sent) == nil
                ? "The first answer only says where the stream stands."
                : "Nothing is new, and a question has been spent on it."
        }
        return isHead
            ? "An answer that never ends: the stream is open." : "Where the stream stands."
    }

    // MARK: - Arrivals

    private func arrived(_ message: RecordedExchange.Message, at moment: Instant) -> Telling? {
        let crossing = duration(from: message.sent, to: moment)
        switch (message.kind, message.way) {
        case (.acceptance, _):
            let opening = exchange.messages.first {
                $0.kind == .opening && $0.connection == message.connection
            }
            let took = duration(from: opening?.sent ?? message.sent, to: moment)
            return Telling(
                who: "client", style: .faint, quote: "the connection stands",
                words: ["It took a round trip, \(took), and brought nothing yet."])
        case (.content, .up):
            return Telling(
                who: "server", style: .toServer, quote: "\(message.label) is there",
                words: ["It was on its way for \(crossing).", fate(of: message, at: moment)])
        case (.content, .down):
            return Telling(
                who: "client", style: isLate(message) ? .waiting : .good,
                quote: "\(message.label) is there",
                words: harvest(of: message, at: moment, crossing: crossing))
        default: return nil
        }
    }

    /// What becomes of what the client said, now that the server has it.
    private func fate(of message: RecordedExchange.Message, at moment: Instant) -> String {
        guard exchange.isPolling else { return "" }
        let waiting = exchange.waiting(at: moment)
        if !waiting.isEmpty {
            let words = waiting.map { event in
                "event \(event.id) for \(duration(from: event.due, to: moment))"
            }
            return "It has been waited for: \(Readable.list(words))."
        }
        guard let answer = exchange.answer(after: moment, on: message.connection) else { return "" }
        if answer.ids == nil, answer.sent < moment + exchange.plan.roundTripTime / 4 {
            return "It is answered at once."
        }
        return "Nothing is new, so the server keeps it and does not answer: the poll is parked."
    }

    private func isLate(_ message: RecordedExchange.Message) -> Bool {
        exchange.events(in: message).contains { exchange.wait(of: $0, in: message) != nil }
    }

    private func harvest(
        of message: RecordedExchange.Message, at moment: Instant, crossing: String
    ) -> [String] {
        let events = exchange.events(in: message)
        guard !events.isEmpty else {
            guard let cursor = message.cursor else {
                return ["There is nothing in it, so the client has to ask again."]
            }
            return ["The client is subscribed: whatever comes after event \(cursor) is its own."]
        }
        return events.map { event in
            let took = duration(from: event.due, to: moment)
            guard let wait = exchange.wait(of: event, in: message) else {
                return "Event \(event.id) took \(took): nothing but the way."
            }
            let waited = Readable.duration(nanoseconds: wait)
            let cause = exchange.isPolling ? "waiting for a question" : "until the server sent it"
            return "Event \(event.id) took \(took): \(waited) \(cause) and \(crossing) on its way."
        }
    }

    // MARK: - Waiting

    /// What is being waited for behind `moment`: whatever comes next.
    private func waiting(after moment: Instant) -> String {
        let crossing = exchange.messages.filter { message in
            message.sent <= moment && (message.arrived ?? .distantPast) > moment
        }
        if crossing.contains(where: { $0.kind == .opening || $0.kind == .acceptance }) {
            return "the handshake of a new connection"
        }
        if let message = crossing.last(where: { $0.kind == .content }) {
            return "\(message.label) on its way to the \(message.way == .up ? "server" : "client")"
        }
        guard exchange.isPolling else { return "the next event, on an open stream" }
        return exchange.isParked(at: moment)
            ? "the next event, with a poll parked at the server" : "the client, to ask again"
    }

    // MARK: - Lines

    private func duration(from: Instant, to: Instant) -> String {
        Readable.duration(nanoseconds: Double(to.nanoseconds(since: from)))
    }

    /// The moment as the margin says it, counted from the first one.
    func time(_ moment: Instant) -> String {
        let nanoseconds = Double(moment.nanoseconds(since: exchange.start))
        return exchange.plan.roundTripTime < .milliseconds(2)
            ? NumberText.fixed(nanoseconds / 1e3, places: 0) + " µs"
            : NumberText.fixed(nanoseconds / 1e6, places: 1) + " ms"
    }

    private func lines(_ telling: Telling, at moment: Instant) -> [StyledLine] {
        var first = StyledLine()
        first.add(time(moment), endingAt: Self.timeEnd, .faint)
        first.add("  ")
        first.add(telling.who, telling.style)
        first.pad(to: Self.margin)
        var lines = Explanation.wrap(telling.quote, width: width - Self.margin)
            .map { words in
                var line = StyledLine()
                line.pad(to: Self.margin)
                line.add(words, .bold)
                return line
            }
        first.add(Explanation.wrap(telling.quote, width: width - Self.margin).first ?? "", .bold)
        if lines.isEmpty { lines = [first] } else { lines[0] = first }
        for sentence in telling.words where !sentence.isEmpty {
            for words in Explanation.wrap(sentence, width: width - Self.margin) {
                var line = StyledLine()
                line.pad(to: Self.margin)
                line.add(words)
                lines.append(line)
            }
        }
        return lines
    }
}

extension String {
    /// With a capital at the beginning, for a sentence.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
