import Link
import Measurement
import Wire

/// The bytes of a poll and its answer as formulas.
///
///     request   request head without its cursor  +  digits(cursor)
///     answer    answer head without its length   +  digits(length)
///               length = batch without its cursor + digits(cursor) + n·payload + n - 1 commas
///     empty     the head of a 204; or an answer whose batch has no event
///
/// The constant parts are taken from the technique's own halves, by letting them speak once.
struct PollingBytes {
    private let requestHead: Int
    private let answerHead: Int
    private let batch: Int
    private let emptyHead: Int
    /// Nil when an empty answer has no content.
    private let emptyBatch: Int?

    /// Nil when the technique does not poll.
    init?(of transport: Transport, profile: ClientProfile) {
        guard case .polling(let server) = transport.server else { return nil }
        var profile = profile
        profile.since = 0
        var client = transport.makeClient(profile)
        var said = ClientContext(seed: 0)
        client.connected(&said)
        requestHead = said.output.ledger[.requestHead] - 1

        var settings = ServerContext.Settings()
        // A client that names its origin asks a server that allows it: that is part of the answer.
        settings.origins = .sameHost
        var context = ServerContext(transports: [transport], settings: settings, log: EventLog())
        var connection = ServerConnection(door: .http)
        let request = said.output.bytes
        guard case .poll(_, let poll) = connection.receive(request.span, &context) else {
            return nil
        }
        context.writeAnswer(to: poll, of: server)
        let empty = context.output.ledger
        context.output.removeAll()

        let payload = EventPayload.padded(id: 1, intendedTime: context.now, size: 0)
        context.log.append(Event(id: 1, intendedTime: context.now, payload: payload))
        context.writeAnswer(to: poll, of: server)
        let answer = context.output.ledger
        let length = answer[.messageFraming] + payload.count
        answerHead = answer[.responseHead] - Digits.decimal(length)
        batch = answer[.messageFraming] - 1
        let emptyLength = empty[.messageFraming]
        emptyBatch = emptyLength > 0 ? emptyLength - 1 : nil
        emptyHead = empty[.responseHead] - (emptyLength > 0 ? Digits.decimal(emptyLength) : 0)
    }

    /// The bytes of a request with that cursor.
    func request(cursor: UInt64) -> ByteLedger {
        var ledger = ByteLedger()
        ledger[.requestHead] = requestHead + Digits.decimal(cursor)
        return ledger
    }

    /// The bytes of the answer with so many events of `payload` bytes, the last of which is
    /// `cursor`.
    func answer(events: Int, cursor: UInt64, payload: Int) -> ByteLedger {
        var ledger = ByteLedger()
        guard events > 0 else {
            guard let emptyBatch else {
                ledger[.responseHead] = emptyHead
                return ledger
            }
            ledger[.messageFraming] = emptyBatch + Digits.decimal(cursor)
            ledger[.responseHead] = emptyHead + Digits.decimal(ledger[.messageFraming])
            return ledger
        }
        ledger[.messageFraming] = batch + Digits.decimal(cursor) + events - 1
        ledger[.payload] = events * payload
        ledger[.responseHead] =
            answerHead + Digits.decimal(ledger[.messageFraming] + ledger[.payload])
        return ledger
    }
}

/// The bytes of all exchanges of a window, and what one of each kind costs.
struct PollingTraffic {
    private let bytes: PollingBytes
    private let conditions: Conditions
    private var request = Tally()
    private var answer = Tally()
    private var emptyAnswer = Tally()
    private var events = 0

    /// The ledgers of one kind of message, summed up.
    private struct Tally {
        var sum = ByteLedger()
        var count = 0
        var spread = LedgerSpread()

        /// Adds a message, in which `events` bytes of framing are the events' own.
        mutating func add(_ ledger: ByteLedger, events: Int = 0) {
            sum += ledger
            count += 1
            var message = ledger
            message[.payload] = 0
            message[.messageFraming] -= events
            spread.add(message)
        }
    }

    init(_ bytes: PollingBytes, _ conditions: Conditions) {
        self.bytes = bytes
        self.conditions = conditions
    }

    /// The id of the event before the one at that place in the schedule.
    private func cursor(before place: Int) -> UInt64 {
        conditions.firstID &- 1 &+ UInt64(place)
    }

    /// The bytes of the answer with the events at those places.
    func answer(_ places: Range<Int>) -> ByteLedger {
        bytes.answer(
            events: places.count, cursor: cursor(before: places.upperBound),
            payload: conditions.payloadBytes)
    }

    /// The bytes of the request that is answered with the events at those places.
    func request(_ places: Range<Int>) -> ByteLedger {
        bytes.request(cursor: cursor(before: places.lowerBound))
    }

    /// Takes an exchange into account, as far as it is within the window.
    mutating func add(_ exchange: Replay.Exchange) {
        if conditions.window.contains(exchange.asked) {
            request.add(request(exchange.events))
        }
        guard conditions.window.contains(exchange.delivered) else { return }
        let ledger = answer(exchange.events)
        events += exchange.events.count
        // Commas and payload are the events' own.
        if exchange.events.isEmpty {
            emptyAnswer.add(ledger)
        } else {
            answer.add(ledger, events: exchange.events.count)
        }
    }

    /// Bytes for each event; nil when none came.
    var perEvent: ByteTraffic? {
        guard events > 0 else { return nil }
        var down = answer.sum
        down += emptyAnswer.sum
        return ByteTraffic(down: down, up: request.sum, per: events)
    }

    /// What one message of each kind costs; of a kind that does not occur, what its first would.
    var costs: ByteCosts {
        let first = conditions.schedule.firstIndex { $0 >= conditions.window.lowerBound } ?? 0
        var costs = ByteCosts()
        costs.event.down[.payload] = Double(conditions.payloadBytes)
        costs.event.down[.messageFraming] = 1
        costs.request = ByteTraffic(
            down: ByteLedger(), up: request.count > 0 ? request.sum : request(first..<first),
            per: max(request.count, 1))
        costs.emptyAnswer = ByteTraffic(
            down: emptyAnswer.count > 0 ? emptyAnswer.sum : answer(first..<first), up: ByteLedger(),
            per: max(emptyAnswer.count, 1))
        var answers = answer.count > 0 ? answer.sum : answer(first..<first + 1)
        let inAnswers = answer.count > 0 ? events : 1
        answers[.payload] -= inAnswers * conditions.payloadBytes
        answers[.messageFraming] -= inAnswers
        costs.answer = ByteTraffic(down: answers, up: ByteLedger(), per: max(answer.count, 1))
        costs.digitSpread = ByteTraffic(
            down: answer.spread.ledger, up: request.spread.ledger, per: 1)
        return costs
    }
}

/// By how much messages of one kind differ, class by class.
struct LedgerSpread {
    private var least = ByteLedger()
    private var most = ByteLedger()
    private var isEmpty = true

    /// Takes a message into account.
    mutating func add(_ message: ByteLedger) {
        for byteClass in ByteClass.allCases {
            least[byteClass] =
                isEmpty ? message[byteClass] : min(least[byteClass], message[byteClass])
            most[byteClass] = max(most[byteClass], message[byteClass])
        }
        isEmpty = false
    }

    /// The greatest difference of each class.
    var ledger: ByteLedger { most - least }
}
