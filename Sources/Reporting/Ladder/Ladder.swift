import Link

/// A conversation between a client and a server as a ladder diagram shows it: who said what when,
/// when events were due and when they arrived, and when the server could not reach the client.
///
/// It may have been simulated or recorded; a diagram needs no more than moments and words.
package struct Ladder: Sendable {
    /// Something that one end said and the other heard.
    package struct Message: Sendable {
        /// Towards the server, or from it.
        package let way: LinkDirection.Way
        /// What it is in words: `GET ?since=16`, `200 with events 17–19`, `SYN`.
        package var label: String
        /// The bytes of the technique in it; none of what only TCP says.
        package var bytes: Int
        /// The events that it carries.
        package var ids: ClosedRange<UInt64>?
        /// When the last of it left.
        package let sent: Instant
        /// When the other end could read all of it.
        package let arrived: Instant

        package init(
            way: LinkDirection.Way, label: String, bytes: Int = 0,
            ids: ClosedRange<UInt64>? = nil, sent: Instant, arrived: Instant
        ) {
            self.way = way
            self.label = label
            self.bytes = bytes
            self.ids = ids
            self.sent = sent
            self.arrived = arrived
        }

        /// The words and the size.
        package var caption: String { bytes > 0 ? "\(label) · \(bytes) B" : label }
    }

    /// An event on its way to the client.
    package struct Event: Sendable {
        /// Its number.
        package let id: UInt64
        /// When it was due.
        package let due: Instant
        /// When the client had it; nil when it had not at the end.
        package let arrived: Instant?

        package init(id: UInt64, due: Instant, arrived: Instant?) {
            self.id = id
            self.due = due
            self.arrived = arrived
        }
    }

    /// A time in which the server cannot reach the client.
    package struct Blindness: Sendable {
        /// When the server had nothing left to answer.
        package let from: Instant
        /// When the next question was there.
        package let to: Instant

        package init(from: Instant, to: Instant) {
            self.from = from
            self.to = to
        }

        /// How long it lasted, in nanoseconds.
        package var nanoseconds: Double { Double(to.nanoseconds(since: from)) }
    }

    /// The moment that times are counted from.
    package let start: Instant
    /// What was said; messages that leave and arrive together are one.
    package let messages: [Message]
    /// The events, in the order of their numbers.
    package let events: [Event]
    /// When the server could not reach the client, in order.
    package let blindness: [Blindness]
    /// The moment that stands for each, where moments are taken together.
    private let places: [Instant: Instant]

    /// A ladder. What happens within `grain` is drawn as one moment, the first of them, since real
    /// software takes some microseconds for what a diagram calls at once; events keep their own.
    package init(
        start: Instant, messages: [Message], events: [Event], blindness: [Blindness],
        grain: Duration = .zero
    ) {
        let moments =
            [start] + messages.flatMap { [$0.sent, $0.arrived] } + events.map(\.due)
            + events.compactMap(\.arrived) + blindness.flatMap { [$0.from, $0.to] }
        var places: [Instant: Instant] = [:]
        var last: Instant?
        for moment in moments.sorted() {
            if let last, moment <= last + grain {
                places[moment] = last
            } else {
                places[moment] = moment
                last = moment
            }
        }
        func place(_ moment: Instant) -> Instant { places[moment] ?? moment }
        self.start = place(start)
        self.messages = Self.merged(
            messages.map { message in
                Message(
                    way: message.way, label: message.label, bytes: message.bytes,
                    ids: message.ids, sent: place(message.sent), arrived: place(message.arrived))
            })
        self.events = events
        self.blindness = blindness.map { .init(from: place($0.from), to: place($0.to)) }
        self.places = places
    }

    /// The moment at which something is drawn.
    package func place(of moment: Instant) -> Instant { places[moment] ?? moment }

    private static func merged(_ messages: [Message]) -> [Message] {
        var merged: [Message] = []
        for message in messages {
            let twin = merged.lastIndex {
                $0.way == message.way && $0.sent == message.sent && $0.arrived == message.arrived
            }
            guard let twin else {
                merged.append(message)
                continue
            }
            merged[twin].label += " + \(message.label)"
            merged[twin].bytes += message.bytes
            let ids = [merged[twin].ids, message.ids].compactMap(\.self)
            if let first = ids.map(\.lowerBound).min(), let last = ids.map(\.upperBound).max() {
                merged[twin].ids = first...last
            }
        }
        return merged
    }

    /// The last moment at which something happens.
    package var end: Instant {
        let moments =
            messages.map(\.arrived) + events.map { $0.arrived ?? $0.due } + blindness.map(\.to)
        return moments.max() ?? start
    }

    /// Whether the event was due when the server could not reach the client.
    package func isBlind(for event: Event) -> Bool {
        blindness.contains { $0.from < event.due && event.due < $0.to }
    }

    /// The message that brought the event: the first one with its number in it that left when it was
    /// due or later.
    package func carrier(of event: Event) -> Message? {
        messages.first { $0.ids?.contains(event.id) == true && $0.arrived >= event.due }
    }
}
