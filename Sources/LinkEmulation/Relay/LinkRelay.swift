import CLinux
import Link
import Reactor
import Synchronization

/// A link for clients that cannot be instrumented, browsers above all: a TCP relay between them and
/// the server, on a thread of its own, that lets bytes through after their time under way.
///
/// ```text
///   client ──TCP──▶ door 0 ┐                ┌──TCP──▶ server
///   client ──TCP──▶ door 1 ┼─ DelayLine up ─┤
///                          └─ DelayLine down┘
/// ```
///
/// Every door is a port of its own that leads to the same server, and can be given a link, cut,
/// frozen or reset by itself. Each connection is a line of its own: connections do not share
/// bandwidth.
///
/// **What is right.** When bytes arrive, in both directions: requests, answers, gaps and latencies.
/// The server learns of a connection half a round trip after the client asked for it, and the
/// client's first bytes reach it no earlier than one and a half, as they would if the handshake had
/// crossed the link. An end crosses like bytes do, either half by itself, and so does a reset.
///
/// **What is not.** The relay's kernel accepts at once: a client's own measure of connecting is too
/// short by a round trip. Both TCP connections are on this machine and know nothing of the delay:
/// slow start, Nagle's algorithm and the repetition of lost segments do not show; a loss is a delay.
/// A cut ends sharply here: what was held flows on at once, while a real TCP finds out that the
/// cable is back only when it repeats a segment next, and since it doubles its waits (RFC 6298
/// §5.5), that may take up to as long as the cut lasted, once more. Nor is any keep-alive of the
/// kernel tried across the cut: both ends stand on a connection whose peer, the relay, answers.
package final class LinkRelay: Sendable {
    /// Where each door listens, in the order in which they were asked for.
    package let addresses: [SocketAddress]

    private let inbox: Inbox<RelayCommand>
    private let board = RelayBoard()
    private let threads = ThreadGroup<Bool>()

    /// Opens the doors and starts the thread.
    ///
    /// Whatever runs with a descriptor table of its own (a lab server of several loops) must stand
    /// before: it would keep copies of the doors.
    ///
    /// - Parameters:
    ///   - doors: Where to listen; port 0 is any free one.
    ///   - server: Whom every connection is relayed to.
    ///   - profile: The link at the beginning, of every door.
    ///   - seed: What jitter and losses are drawn from.
    ///   - connectionLimit: How many connections there may be at once; more are closed as soon as
    ///     they come. A thousand are 2,000 descriptors and, since each direction holds little more
    ///     than a mebibyte, 2 GiB at the very worst.
    /// - Throws: `SystemError` when an address cannot be listened on, or no thread be had.
    package init(
        doors: [SocketAddress], server: SocketAddress, profile: LinkProfile, seed: UInt64,
        connectionLimit: Int = 1000
    ) throws(SystemError) {
        precondition(connectionLimit > 0, "a relay of no connections")
        let inbox = try Inbox<RelayCommand>()
        var listeners: [Int32] = []
        var addresses: [SocketAddress] = []
        do throws(SystemError) {
            for door in doors {
                // More than a browser opens to all doors together.
                let socket = try Socket.listen(on: door, backlog: 256, sharingPort: false)
                addresses.append(socket.localAddress)
                listeners.append(socket.release())
            }
            let plan = RelayPlan(
                listeners: listeners, server: server, profile: profile, seed: seed,
                connectionLimit: connectionLimit)
            let board = board
            board.open(doors: doors.count)
            try threads.start(name: "relay") { Self.relay(plan, inbox, board) }
        } catch {
            for listener in listeners { _ = Socket(adopting: listener) }
            throw error
        }
        self.addresses = addresses
        self.inbox = inbox
    }

    deinit {
        stop()
    }

    /// The thread; what it hands back says whether it came to work.
    private static func relay(
        _ plan: RelayPlan, _ inbox: Inbox<RelayCommand>, _ board: RelayBoard
    ) -> Bool {
        // A network does not wait for its hosts' processors. Either may be refused, and the relay
        // is a little later then.
        _ = clx_set_nice(-20)
        // The shortest slice there is.
        _ = clx_set_slice(100_000)
        do throws(SystemError) {
            var loop = try RelayLoop.make(plan, inbox: inbox, board: board)
            loop.run()
            return true
        } catch {
            for listener in plan.listeners { _ = Socket(adopting: listener) }
            board.fail("\(error)")
            return false
        }
    }

    /// Gives a door, or all of them, another link. It holds at once, for what is on its way too, as
    /// though that had gone in there: nothing waits for the end of a delay that is no more, and
    /// nothing overtakes.
    package func set(_ profile: LinkProfile, door: Int? = nil) {
        post(.set(profile), door)
    }

    /// Pulls the cable of a door, or of all, for so long from now on: nothing passes in either
    /// direction and no connection comes to stand, but neither side is told. Then everything that
    /// was held sets out, in its order. A second cut replaces the first; one of no length mends it.
    package func cut(door: Int? = nil, for duration: Duration) {
        post(.cut(until: MonotonicClock.now() + duration), door)
    }

    /// Pulls the cable of a door, or of all, until it is switched off again.
    package func blackhole(door: Int? = nil, _ isOn: Bool) {
        post(.blackhole(isOn), door)
    }

    /// Makes a door's clients, or all, stop reading: nothing more is given to them nor taken from
    /// the server for them, so that the server sees a slow reader once the kernel's buffers are
    /// full. What they send goes on.
    package func freeze(door: Int? = nil, _ isOn: Bool) {
        post(.freeze(isOn), door)
    }

    /// Resets every connection of a door, or of all, on both sides and at once.
    package func reset(door: Int? = nil) {
        post(.reset, door)
    }

    /// What was carried and is held, up to a tenth of a second ago; after `stop`, everything.
    package var statistics: RelayStatistics {
        board.statistics
    }

    /// Resets every connection, closes the doors and waits for the thread. Once is enough.
    @discardableResult
    package func stop() -> RelayStatistics {
        inbox.post(.stop)
        _ = threads.joinAll()
        return statistics
    }

    private func post(_ change: RelayCommand.Change, _ door: Int?) {
        if let door {
            precondition(addresses.indices.contains(door), "Door \(door) of \(addresses.count).")
        }
        inbox.post(.change(change, door: door))
    }
}

/// What the owner of a relay asks of its loop.
enum RelayCommand: Sendable {
    /// What is asked of a door.
    enum Change: Sendable {
        case set(LinkProfile)
        case cut(until: Instant)
        case blackhole(Bool)
        case freeze(Bool)
        case reset
    }

    /// Change a door or, without one, all of them.
    case change(Change, door: Int?)
    /// End, whatever is on its way.
    case stop
}

/// Everything that a relay's loop is made of; all of it may cross to the loop's thread.
struct RelayPlan: Sendable {
    let listeners: [Int32]
    let server: SocketAddress
    let profile: LinkProfile
    let seed: UInt64
    let connectionLimit: Int
}
