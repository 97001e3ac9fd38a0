import Link
import Reactor
import Transports

/// What a loop is told from outside its thread, and what it lets others see.
extension ServerLoop {
    /// How often the counters are laid down for others to read.
    private static let boardInterval = Duration.milliseconds(200)

    mutating func obey(_ command: LoopCommand) {
        switch command {
        case .start(let plan): publisher = Publisher(plan)
        case .publish(let data, let requester):
            let id = publish(data)
            if let requester {
                seed.siblings[requester.loop].post(.published(id: id, client: requester.client))
            }
        case .step(let payloadBytes):
            seed.notices.post(.stepped(id: publish(payloadBytes: payloadBytes)))
        case .snapshot(let sum): passOn(sum)
        case .inspect(let inspection): inspect(inspection)
        case .event(let event): take(event)
        case .published(let id, let client): confirm(id: id, to: client)
        case .stop: stop()
        }
    }

    private mutating func stop() {
        guard !isStopping else { return }
        isStopping = true
        publisher = nil
        stopBy = context.now + Self.closingTime
        shutDoors()
        flush()
        sayGoodbye()
    }

    // MARK: - Counters

    mutating func layDownCounters() {
        boardIsStale = context.now < nextBoard
        guard !boardIsStale else { return }
        nextBoard = context.now + Self.boardInterval
        updateBoard()
        if observes { tellBacklogs() }
    }

    /// Lays down this loop's counters.
    mutating func updateBoard() {
        lookAround()
        seed.board.set(counters, of: seed.index)
    }

    /// Adds this loop's counters to those of the loops before it, and hands them to the next.
    private mutating func passOn(_ before: ServerCounters?) {
        lookAround()
        var sum = counters
        if let before { sum.add(before) }
        let next = seed.index + 1
        guard next == seed.siblings.count else { return seed.siblings[next].post(.snapshot(sum)) }
        seed.notices.post(
            .snapshot(
                sum.snapshot(of: seed.transports, since: seed.started, at: context.now)))
    }

    /// Brings those counters up to date that are not kept, since they can be read off.
    private mutating func lookAround() {
        counters.backlogBytes = streams.reduce(privateBytes) { $0 + $1.backlogBytes }
        counters.heldBytes = heldBytes
        let codings = StreamCoding.allCases.count
        for technique in parked.indices {
            counters.techniques[technique].parked = parked[technique].count
            counters.techniques[technique].subscribers = streams[
                technique * codings..<(technique + 1) * codings
            ].reduce(0) { $0 + $1.subscribers.count }
        }
    }
}
