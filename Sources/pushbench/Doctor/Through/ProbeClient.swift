import Link
import Reactor
import Transports
import Wire

/// One client of the checkup: a technique's real client half over a real socket, and notes of what
/// happened to it.
final class ProbeClient {
    /// Why a connection came to its end.
    enum Ending: Hashable, Sendable {
        /// The other side ended it, between two messages or in the way that the technique has for it.
        case finished
        /// The other side ended it in the middle, or without a word where one is due.
        case cut
        /// The other side broke this rule.
        case broke(ProtocolError)
        /// The connection could not be made or was lost.
        case failed(SystemError)
    }

    private enum State {
        case connecting, open, closed
    }

    /// What it asks and understands.
    private(set) var session: any ClientSession
    /// The ends of its connections, in order.
    private(set) var endings: [(moment: Instant, ending: Ending)] = []
    /// When each event came, by its id, and how long after it was due, in nanoseconds.
    private(set) var arrivals: [UInt64: Int64] = [:]
    /// Connections opened.
    private(set) var connections = 0
    /// Requests asked, and answers to polls read.
    var requests: Int { context.requests }
    /// Bytes received on the present connection.
    private(set) var receivedBytes = 0
    /// What its present connection was answered.
    private(set) var survey = AnswerSurvey()
    /// The heads of the connections before.
    private var earlierHeads: [AnswerSurvey.Head] = []

    private let address: SocketAddress
    private var context: ClientContext
    private var socket: TracedSocket?
    private var state = State.closed
    private var reconnectAt = Instant.distantFuture
    /// Whether it opens another connection when its technique would.
    private let reconnects: Bool
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    init(
        _ session: any ClientSession, to address: SocketAddress, reconnects: Bool, seed: UInt64
    ) {
        self.session = session
        self.address = address
        self.reconnects = reconnects
        context = ClientContext(seed: seed)
    }

    /// All heads of its answers, in order.
    var heads: [AnswerSurvey.Head] { earlierHeads + survey.heads }
    /// The content coding of its answers, if they have one.
    var encoding: String? { heads.lazy.compactMap(\.encoding).first }
    /// Whether it has no connection and wants none.
    var isOver: Bool { state == .closed && reconnectAt == .distantFuture }
    /// What a poller should watch; nil when there is nothing.
    var descriptor: Int32? { socket?.descriptor }
    /// What it should be watched for.
    var interest: Interest {
        state == .connecting || socket?.isBlocked ?? false ? [.readable, .writable] : .readable
    }
    /// When it must be called even if nothing comes.
    var deadline: Instant {
        state == .open ? session.deadline : reconnectAt
    }
    /// The way to the other end and back, as the kernel smoothed it, in nanoseconds.
    var roundTrip: Int64? {
        guard let descriptor, state == .open,
            let info = try? Socket.tcpInfo(descriptor)
        else { return nil }
        return info.roundTripTime.nanoseconds
    }

    /// Opens a connection.
    func connect(now: Instant) {
        reconnectAt = .distantFuture
        connections += 1
        receivedBytes = 0
        earlierHeads += survey.heads
        survey = AnswerSurvey()
        do throws(SystemError) {
            socket = TracedSocket(try Socket.connect(to: address))
            state = .connecting
        } catch {
            close(.failed(error), now: now)
        }
    }

    /// Does what the deadline asks for.
    func deadlineReached(now: Instant) {
        guard state == .open else { return connect(now: now) }
        context.startInput(now: now)
        take(session.deadlineReached(&context))
    }

    /// Does what can be done now.
    func isReady(_ readiness: Readiness, now: Instant) {
        guard let socket else { return }
        if state == .connecting {
            if let error = socket.pendingError { return close(.failed(error), now: now) }
            guard readiness.writable else { return }
            state = .open
            context.startInput(now: now)
            session.connected(&context)
            return take(.carryOn)
        }
        do throws(SystemError) {
            if readiness.writable { try socket.flush() }
            guard let bytes = try socket.receive(into: &buffer) else { return }
            receive(bytes)
        } catch {
            close(error.isConnectionLoss ? .cut : .failed(error), now: now)
        }
    }

    /// Leaves as its technique would, and closes.
    func leave() {
        reconnectAt = .distantFuture
        guard state == .open else { return forget() }
        context.startInput(now: MonotonicClock.now())
        session.leave(&context)
        try? socket?.send(context.output.take())
        forget()
    }

    // MARK: - What comes

    private func receive(_ bytes: ArraySlice<UInt8>) {
        // The moment before anything is made of them.
        context.startInput(now: MonotonicClock.now())
        do throws(ProtocolError) {
            guard !bytes.isEmpty else {
                let step = try session.peerClosed(&context)
                return close(.finished, step, now: context.now)
            }
            receivedBytes += bytes.count
            survey.receive(bytes)
            // The technique's client reads what the server wrote. Of what was compressed on the way it
            // would take some byte for the end of a line, and leave.
            guard encoding == nil else { return }
            let step = try session.receive(bytes.span, &context)
            for event in context.events where arrivals[event.id] == nil {
                arrivals[event.id] = context.now.nanoseconds(since: event.intendedTime)
            }
            take(step)
        } catch {
            close(bytes.isEmpty ? .cut : .broke(error), now: context.now)
        }
    }

    private func take(_ step: ClientStep) {
        if !context.output.isEmpty {
            do throws(SystemError) {
                try socket?.send(context.output.take())
            } catch {
                return close(.cut, now: context.now)
            }
        }
        if step != .carryOn { close(.finished, step, now: context.now) }
    }

    private func close(_ ending: Ending, _ step: ClientStep = .carryOn, now: Instant) {
        endings.append((now, ending))
        if case .reconnect(let moment) = step, reconnects {
            // A server that ends each connection at once is not to be asked without a pause.
            reconnectAt = max(moment, now + .milliseconds(5))
        }
        forget()
    }

    private func forget() {
        state = .closed
        socket = nil
    }
}
