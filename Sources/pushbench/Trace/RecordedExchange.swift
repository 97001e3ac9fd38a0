import Link
import Measurement
import Reporting
import Simulation
import Transports
import Wire

/// One real conversation between a client and the lab server: what crossed, and when each end wrote
/// it and read it, by one clock.
struct RecordedExchange {
    /// Something that one end wrote and the other read.
    struct Message {
        /// What it is to TCP.
        enum Kind {
            /// The client's part of opening a connection: SYN.
            case opening
            /// The server's part: SYN, ACK.
            case acceptance
            /// Bytes of the technique.
            case content
            /// The end of one half of the connection: FIN.
            case end
        }

        /// The connection, numbered in the order of opening.
        let connection: Int
        /// Towards the server, or from it.
        let way: LinkDirection.Way
        /// What it is to TCP.
        let kind: Kind
        /// What it says.
        var bytes: [UInt8] = []
        /// What its bytes are for.
        var ledger = ByteLedger()
        /// The events in it.
        var ids: ClosedRange<UInt64>?
        /// Where the stream stands after it, where it says so.
        var cursor: UInt64?
        /// When it was written; of what went in pieces, when the last of them was.
        var sent: Instant
        /// When the other end had read all of it; nil when it had not at the end.
        var arrived: Instant?
    }

    /// How it was arranged.
    let plan: TracePlan
    /// How the link was made, and its round trip as echoes measured it.
    let link: LinkResult
    /// Host and port, as the client's Host fields say them.
    let authority: String
    /// What was said, in the order in which it was.
    var messages: [Message] = []
    /// The events that arrived, in the order of arrival.
    var events: [Ladder.Event] = []
    /// When the schedule of events began; nil when the client never was subscribed.
    var scheduleStart: Instant?
    /// The rule that somebody broke, or why the conversation ended early; nil when all went well.
    var failure: String?

    /// Whether a question has to be there before an event can leave.
    var isPolling: Bool { plan.transport.theory.kind == .polling }

    /// What crossed of the technique, without what only TCP says.
    var content: [Message] { messages.filter { $0.kind == .content } }

    /// The first moment.
    var start: Instant { messages.first?.sent ?? Instant(nanoseconds: 0) }

    /// When the last event arrived; nil when none did.
    var lastArrival: Instant? { events.compactMap(\.arrived).max() }

    /// When the client first asked, from which a poll at intervals counts.
    var asked: Instant? { content.first { $0.way == .up }?.sent }

    /// From each answer's leaving the server to the next question's being there.
    var blindness: [Ladder.Blindness] {
        guard isPolling else { return [] }
        var blindness: [Ladder.Blindness] = []
        var from: Instant?
        let arrivals = content.compactMap { message in
            message.way == .up ? message.arrived.map { ($0, false) } : (message.sent, true)
        }
        for (moment, isAnswer) in arrivals.sorted(by: { $0.0 < $1.0 }) {
            if isAnswer {
                from = moment
            } else if let begun = from {
                blindness.append(.init(from: begun, to: moment))
                from = nil
            }
        }
        return blindness
    }

    /// The diagram of it, up to the message that brought the last event. What happens within a
    /// fiftieth of the round trip is one moment there.
    var ladder: Ladder {
        let end = lastArrival ?? .distantFuture
        let messages = messages.filter { $0.sent < end }
        return Ladder(
            start: start,
            messages: messages.compactMap { message in
                message.arrived.map { arrived in
                    Ladder.Message(
                        way: message.way, label: message.label, bytes: message.bytes.count,
                        ids: message.ids, sent: message.sent, arrived: arrived)
                }
            },
            events: events.sorted { $0.id < $1.id },
            blindness: blindness.filter { $0.from < end && $0.to <= end },
            grain: plan.roundTripTime / 50)
    }
}

extension RecordedExchange.Message {
    /// What it is in a few words: `GET ?since=16`, `200 with events 17–19`, `event 20`, `SYN`.
    var label: String {
        switch kind {
        case .opening: return "SYN"
        case .acceptance: return "SYN, ACK"
        case .end: return "FIN"
        case .content: break
        }
        let content = bytes
        guard way == .down else { return MessageLabel.ofClient(content.span) }
        if firstLine != nil {
            return MessageLabel.ofAnswer(content.span, ids: ids, cursor: cursor ?? 0)
        }
        if let ids { return Self.name(of: ids) }
        return cursor.map { "cursor \($0)" } ?? (ledger[.heartbeat] > 0 ? "heartbeat" : "the rest")
    }

    /// `event 17`, `events 17–19`.
    static func name(of ids: ClosedRange<UInt64>) -> String {
        ids.count == 1 ? "event \(ids.lowerBound)" : "events \(ids.lowerBound)–\(ids.upperBound)"
    }

    /// The first line of its HTTP head, where it has one.
    var firstLine: String? {
        let line = bytes.prefix { $0 != .carriageReturn && $0 != .lineFeed }
        let text = String(decoding: line.prefix(Self.longestLine), as: UTF8.self)
        return text.hasPrefix("HTTP/1.") || text.contains(" HTTP/1.") ? text : nil
    }

    /// What of a first line is shown at most.
    private static let longestLine = 200
}
