import Link
import Reactor
import Transports
import Wire

/// Who is let in.
extension ServerLoop {
    /// How long a door stays shut when there are no descriptors left, instead of spinning on it.
    private static let acceptPause = Duration.milliseconds(100)
    /// Clients that are being turned away at once, beyond the limit of connections; more are cut
    /// off, so that a crowd at the door does not cost what the limit was to save.
    private static let refusalsAtOnce = 64

    /// Takes every connection that waits at this door.
    mutating func accept(through door: Int) {
        let listener = Socket(adopting: listeners[door])
        do throws(SystemError) {
            try acceptAll(listener, seed.doors[door].door)
        } catch {
            // No descriptors left (or no memory): existing clients go on, new ones wait in the
            // kernel's queue until some have left.
            shutDoors()
            listenAgainAt = context.now + Self.acceptPause
        }
        _ = listener.release()
    }

    mutating func shutDoors() {
        guard listening else { return }
        listening = false
        for descriptor in listeners { poller.remove(descriptor) }
    }

    private mutating func acceptAll(
        _ listener: borrowing Socket, _ door: ServerConnection.Door
    ) throws(SystemError) {
        let nagle = configuration.usesNagle || configuration.splitsAnswers
        while let socket = try listener.accept(nagle: nagle) {
            counters.accepted += 1
            // A kernel that refuses leaves the connection as patient as TCP is.
            if configuration.deadAfter > .zero {
                try? socket.giveUp(after: configuration.deadAfter)
            }
            guard peers.count < configuration.connectionLimit else {
                try refuse(socket, door: door, .refused)
                continue
            }
            guard let addresses = seed.addresses, let address = socket.remoteAddress else {
                try admit(socket, door: door)
                continue
            }
            guard let place = addresses.enter(address) else {
                try refuse(socket, door: door, .addressLimit)
                continue
            }
            do throws(SystemError) {
                let slot = try admit(socket, door: door)
                notePlace(place, at: slot)
            } catch {
                addresses.leave(place)
                throw error
            }
        }
    }

    @discardableResult
    private mutating func admit(
        _ socket: consuming Socket, door: ServerConnection.Door
    ) throws(SystemError) -> Int {
        let descriptor = socket.descriptor
        let key = peers.insert(Peer(socket: socket, door: door))
        do {
            try poller.add(descriptor, .readable, token: key.token)
        } catch {
            _ = peers.remove(key)
            throw error
        }
        counters.connections += 1
        setDeadline(context.now + configuration.idleTimeout, at: Int(key.slot))
        return Int(key.slot)
    }

    /// Turns a client away with a word, where the port speaks HTTP. A few are let in to be said
    /// goodbye to properly: its request would otherwise reset the connection, and take the word away
    /// before the client has read it.
    private mutating func refuse(
        _ socket: consuming Socket, door: ServerConnection.Door, _ reason: DisconnectReason
    ) throws(SystemError) {
        if case .http = door {
            // RFC 6585 §4 for one that has enough, RFC 9110 §15.6.4 for a server that has.
            let status: StaticString =
                reason == .addressLimit
                ? "HTTP/1.1 429 Too Many Requests\r\n" : "HTTP/1.1 503 Service Unavailable\r\n"
            var answer = WireBuffer()
            answer.write(status, as: .responseHead)
            answer.write("Date: ", as: .responseHead)
            answer.write(context.date, as: .responseHead)
            answer.write(
                "\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                as: .responseHead)
            let bytes = answer.take()
            bytes.withUnsafeBytes { _ = try? Socket.send(socket.descriptor, $0) }
        }
        guard peers.count < configuration.connectionLimit + Self.refusalsAtOnce else {
            counters.disconnects[reason, default: 0] += 1
            return
        }
        let slot = try admit(socket, door: door)
        close(slot, reason)
    }

    /// Keeps where the connection is counted among those of its address.
    private mutating func notePlace(_ place: Int32, at slot: Int) {
        while places.count <= slot { places.append(-1) }
        places[slot] = place
    }

    /// Gives the connection's place among those of its address back.
    mutating func leavePlace(of slot: Int) {
        guard slot < places.count, places[slot] >= 0 else { return }
        seed.addresses?.leave(places[slot])
        places[slot] = -1
    }
}
