import Link
import Reactor
import Transports

/// How connections end.
extension Worker {
    /// Set in the tokens of departures; a slab's generations do not come near it.
    static let departureBit: UInt64 = 1 << 63
    /// Reads of one departure a turn, so that a server which goes on sending does not hold up the
    /// clients.
    private static let readsAtOnce = 16
    /// How long a missing acknowledgement is waited for at least before looking again.
    private static let shortestWait = Duration.milliseconds(1)

    /// Takes the client's connection, which served its time, out of its hands.
    ///
    /// - Parameters:
    ///   - slot: the client's place.
    ///   - hasSeenEnd: whether the server's end was read.
    ///   - isWatched: whether the poller still looks at the socket.
    mutating func depart(_ slot: Int, hasSeenEnd: Bool, isWatched: Bool) {
        guard let socket = clients[slot].socket.take() else { return }
        socket.shutdownWriting()
        let descriptor = socket.descriptor
        let key = departures.insert(
            Departure(
                socket: socket, hasSeenEnd: hasSeenEnd,
                deadline: context.now + seed.farewellLimit))
        let place = Int(key.slot)
        if hasSeenEnd {
            if isWatched { poller.remove(descriptor) }
            return settle(place)
        }
        // Over loopback the server's end has often come already.
        guard readAway(place) else { return }
        poller.modify(descriptor, .readable, token: key.token | Self.departureBit)
        timers.schedule(key.token | Self.departureBit, at: departures[place].deadline)
    }

    /// Takes the client's connection, which an error ended, and closes it.
    mutating func abandon(_ slot: Int) {
        guard let socket = clients[slot].socket.take() else { return }
        tally(socket, unread: clients[slot].state == .connecting ? .neverStood : .reset)
    }

    /// A departing connection has something to read.
    mutating func departureIsReady(_ key: SlabKey) {
        guard let place = departures.slot(of: key) else { return }
        _ = readAway(place)
    }

    /// A departing connection's time is over, or it is time to look for the acknowledgement.
    mutating func departureIsDue(_ key: SlabKey, now: Instant) {
        guard let place = departures.slot(of: key) else { return }
        if departures[place].deadline <= now { return close(place, unread: .timedOut) }
        if departures[place].hasSeenEnd { settle(place) }
    }

    /// Closes the departing connection that is nearest at hand, for the sake of its descriptor; false
    /// when there is none.
    mutating func makeRoom() -> Bool {
        guard let place = departures.nextOccupied(after: -1) else { return false }
        close(place, unread: .crowdedOut)
        return true
    }

    /// Reads what still comes; true while the end has not come.
    private mutating func readAway(_ place: Int) -> Bool {
        let descriptor = departures[place].socket.descriptor
        do throws(SystemError) {
            for _ in 0..<Self.readsAtOnce {
                guard let count = try fillBin(from: descriptor) else { return true }
                recorder.totals.discardedBytesDown += count
                guard count > 0 else {
                    departures[place].hasSeenEnd = true
                    // Its hang-up is reported for ever, and an acknowledgement is not.
                    poller.remove(descriptor)
                    settle(place)
                    return false
                }
            }
            return true
        } catch {
            close(place, unread: .reset)
            return false
        }
    }

    /// Both ends are sent: closes the connection if both are acknowledged, and looks again later if
    /// not. Over loopback the acknowledgement is there at once, unless the server was just at it.
    private mutating func settle(_ place: Int) {
        guard let info = try? departures[place].socket.tcpInfo() else {
            return close(place, unread: .reset)
        }
        guard info.isClosed else {
            let wait = max(Self.shortestWait, info.roundTripTime / 2)
            let moment = min(context.now + wait, departures[place].deadline)
            timers.schedule(departures.key(at: place).token | Self.departureBit, at: moment)
            return
        }
        recorder.totals.wire.add(info, isIPv6: seed.server.isIPv6, endReceived: true)
        _ = departures.remove(departures.key(at: place))
    }

    private mutating func close(_ place: Int, unread reason: UnreadReason) {
        guard let departure = departures.remove(departures.key(at: place)) else { return }
        tally(departure.socket, unread: reason)
    }

    /// Counts a connection as it stands, and that this was not the right moment.
    private mutating func tally(_ socket: borrowing Socket, unread reason: UnreadReason) {
        recorder.unread[reason, default: 0] += 1
        guard reason != .neverStood, let info = try? socket.tcpInfo() else { return }
        recorder.totals.wire.add(
            info, isIPv6: seed.server.isIPv6, endReceived: reason == .reset ? false : nil)
    }

    /// What the connections that stand, and those that depart, put on the wire so far.
    func openWire() -> WireTotals {
        var wire = WireTotals()
        let isIPv6 = seed.server.isIPv6
        var next = clients.nextOccupied(after: -1)
        while let slot = next {
            if clients[slot].state != .connecting, let descriptor = clients[slot].descriptor,
                let info = try? Socket.tcpInfo(descriptor)
            {
                wire.add(info, isIPv6: isIPv6)
            }
            next = clients.nextOccupied(after: slot)
        }
        next = departures.nextOccupied(after: -1)
        while let place = next {
            if let info = try? departures[place].socket.tcpInfo() {
                wire.add(info, isIPv6: isIPv6)
            }
            next = departures.nextOccupied(after: place)
        }
        return wire
    }
}
