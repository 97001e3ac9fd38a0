import CLinux
import Glibc
import Link
import Reactor
import Synchronization

/// The thread of a packet mirror: takes what one end of a virtual cable receives, keeps it for as
/// long as the link would take, and sends it back with its addresses exchanged.
///
/// A turn: take the packets that wait; send those that are due; sleep until the next is due or one
/// comes. A packet's time under way begins when the kernel handed it over, not when this thread
/// woke up for it.
struct MirrorLoop: ~Copyable {
    /// What the owner of a mirror asks of it.
    enum Command: Sendable {
        /// Let every packet out this much earlier than the profile says.
        case trim(Duration)
        /// Drop every packet from now on, or do not any more.
        case cut(Bool)
        /// Count from zero again.
        case restart
        /// End, whatever is under way.
        case stop
    }

    /// Packets that one call sends. Larger saves little: the call itself is a tenth of a packet's
    /// cost; and the last of a batch is late by the sending of those before it.
    private static let batch = 16
    /// How often counters are laid down for others to read.
    private static let window = Duration.milliseconds(100)
    /// Packets taken in one turn, so that a flood does not keep due ones waiting.
    private static let intake = 64

    private enum Token {
        static let packets: UInt64 = 0
        static let commands: UInt64 = 1
    }

    private let inbox: Inbox<Command>
    private let published: Published
    private var socket: PacketSocket
    private var poller: Poller
    private var reflector: FrameReflector
    private var store = PacketStore()
    private var upLink: LinkDirection
    private var downLink: LinkDirection
    private var upQueue = PacketQueue()
    private var downQueue = PacketQueue()
    private var outgoing: [clx_outgoing] = []
    private var ways: [LinkDirection.Way] = []
    private var clock = PacketClock()
    private var trim = Duration.zero
    private var isCut = false
    private var isStopped = false

    private var statistics = LinkStatistics()
    private var lateness = LatenessHistogram()
    private var cpuAtRestart: Int64
    /// When the first packet came out since the counters were laid down; nil while none did.
    private var windowStart: Instant?
    private var packetsAtWindow = 0

    /// Where the counters are laid down.
    final class Published: Sendable {
        let statistics = Mutex(LinkStatistics())
    }

    /// A loop over `descriptor`, which reflects what is sent to `mirrored`.
    static func make(
        _ descriptor: consuming OwnedDescriptor, mirrored: IPv4Address, profile: LinkProfile,
        seed: UInt64, inbox: Inbox<Command>, published: Published
    ) throws(SystemError) -> MirrorLoop {
        let socket = try PacketSocket.map(descriptor)
        let poller = try Poller(capacity: 2)
        try poller.add(socket.descriptor, .readable, token: Token.packets)
        try poller.add(inbox.descriptor, .readable, token: Token.commands)
        return MirrorLoop(
            socket: socket, poller: poller, mirrored: mirrored, profile: profile, seed: seed,
            inbox: inbox, published: published)
    }

    private init(
        socket: consuming PacketSocket, poller: consuming Poller, mirrored: IPv4Address,
        profile: LinkProfile, seed: UInt64, inbox: Inbox<Command>, published: Published
    ) {
        self.inbox = inbox
        self.published = published
        self.socket = socket
        self.poller = poller
        reflector = FrameReflector(mirrored: mirrored)
        upLink = LinkDirection(profile, .up, seed: seed)
        downLink = LinkDirection(profile, .down, seed: seed)
        outgoing.reserveCapacity(Self.batch)
        ways.reserveCapacity(Self.batch)
        cpuAtRestart = ProcessUsage.threadCPUNanoseconds()
    }

    /// Mirrors until told to stop.
    mutating func run() {
        do throws(SystemError) {
            while !isStopped {
                try turn()
            }
        } catch {
            statistics.failure = "\(error)"
        }
        publish()
    }

    private mutating func turn() throws(SystemError) {
        let isFlooded = take()
        try sendDue()
        let windowEnd = windowStart.map { $0 + Self.window } ?? .distantFuture
        if MonotonicClock.now() >= windowEnd { publish() }
        let next = min(upQueue.due(0), downQueue.due(0), windowEnd)
        let count = try poller.wait(until: isFlooded ? .distantPast : next)
        for index in 0..<count where poller[index].token == Token.commands {
            for command in inbox.drain() { obey(command) }
        }
    }

    private mutating func obey(_ command: Command) {
        switch command {
        case .trim(let duration):
            trim = duration
        case .cut(let isCut):
            self.isCut = isCut
        case .restart:
            statistics = LinkStatistics()
            lateness = LatenessHistogram()
            packetsAtWindow = 0
            cpuAtRestart = ProcessUsage.threadCPUNanoseconds()
            _ = socket.takeDrops()
            publish()
        case .stop:
            isStopped = true
        }
    }

    // Taking packets.

    /// Takes what waits, and says whether it stopped before the end.
    private mutating func take() -> Bool {
        var room = Self.intake
        guard let first = socket.peek() else { return false }
        let now = clock.synchronize()
        var next: clx_packet? = first
        while let packet = next {
            take(packet, now: now)
            socket.pop()
            room -= 1
            guard room > 0 else { return true }
            next = socket.peek()
        }
        return false
    }

    private mutating func take(_ packet: clx_packet, now: Instant) {
        let frame = UnsafeMutableRawBufferPointer(start: packet.bytes, count: Int(packet.length))
        guard packet.length == packet.wire_length, frame.count <= PacketStore.slotBytes,
            let way = reflector.reflect(frame)
        else {
            statistics.ignored += 1
            return
        }
        guard !isCut else {
            statistics.cut += 1
            // So that the account is laid down even when nothing comes out any more.
            if windowStart == nil { windowStart = now }
            return
        }
        let entered = clock.moment(ofReal: packet.real_nanoseconds, now: now)
        let bytes = frame.count - FrameReflector.linkHeader
        let arrival =
            way == .up
            ? upLink.arrival(of: bytes, at: entered) : downLink.arrival(of: bytes, at: entered)
        guard let arrival else {
            statistics.lost += 1
            return
        }
        guard let slot = store.keep(UnsafeRawBufferPointer(frame)) else {
            statistics.overflowed += 1
            return
        }
        let entry = PacketQueue.Entry(
            due: arrival - trim, slot: slot, length: UInt32(frame.count))
        if way == .up { upQueue.append(entry) } else { downQueue.append(entry) }
        statistics.mostUnderWay = max(
            statistics.mostUnderWay, upQueue.count + downQueue.count)
    }

    // Sending packets.

    private mutating func sendDue() throws(SystemError) {
        while true {
            let now = MonotonicClock.now()
            gather(dueBy: now)
            guard !outgoing.isEmpty else { return }
            let packets = outgoing
            let taken = try packets.span.withUnsafeBufferPointer { (buffer) throws(SystemError) in
                try socket.send(buffer)
            }
            // A full queue: the packets are late, and tried again next turn.
            guard let taken, taken > 0 else { return }
            for way in ways.prefix(taken) {
                finish(way, now: now)
            }
            if windowStart == nil { windowStart = now }
        }
    }

    /// Puts down the packets that are due, of both directions in the order of their times.
    private mutating func gather(dueBy now: Instant) {
        outgoing.removeAll(keepingCapacity: true)
        ways.removeAll(keepingCapacity: true)
        var (ups, downs) = (0, 0)
        while outgoing.count < Self.batch {
            let (up, down) = (upQueue.due(ups), downQueue.due(downs))
            guard min(up, down) <= now else { return }
            let entry = up <= down ? upQueue[ups] : downQueue[downs]
            if up <= down { ups += 1 } else { downs += 1 }
            ways.append(up <= down ? .up : .down)
            outgoing.append(clx_outgoing(bytes: store[entry.slot], length: Int(entry.length)))
        }
    }

    /// Counts the first packet of a direction, which was sent, and forgets it.
    private mutating func finish(_ way: LinkDirection.Way, now: Instant) {
        let entry = way == .up ? upQueue.removeFirst() : downQueue.removeFirst()
        let bytes = Int(entry.length) - FrameReflector.linkHeader
        if way == .up {
            statistics.up.packets += 1
            statistics.up.bytes += bytes
        } else {
            statistics.down.packets += 1
            statistics.down.bytes += bytes
        }
        lateness.record(now.nanoseconds(since: entry.due))
        store.giveBack(entry.slot)
    }

    // Counting.

    /// Lays the counters down for others, ten times a second while there is traffic.
    private mutating func publish() {
        statistics.droppedByKernel += socket.takeDrops()
        statistics.latenessP50Nanoseconds = lateness.percentile(0.5)
        statistics.latenessP99Nanoseconds = lateness.percentile(0.99)
        statistics.latenessMaxNanoseconds = lateness.largest
        statistics.cpuNanoseconds = ProcessUsage.threadCPUNanoseconds() - cpuAtRestart
        if let windowStart {
            let time = max(Self.window, MonotonicClock.now() - windowStart)
            let rate = Double(statistics.packets - packetsAtWindow) / time.seconds
            statistics.peakPacketsPerSecond = max(statistics.peakPacketsPerSecond, Int(rate))
        }
        packetsAtWindow = statistics.packets
        windowStart = nil
        let laidDown = statistics
        published.statistics.withLock { $0 = laidDown }
    }
}

/// Turns the kernel's time of a packet, which is CLOCK_REALTIME, into the monotonic clock's.
private struct PacketClock {
    /// CLOCK_REALTIME - CLOCK_MONOTONIC.
    private var offset: Int64 = 0

    /// Compares the clocks and says what time it is. Reading both costs 60 ns, once for all packets
    /// that wait, so that a step of the wall clock is noticed at once.
    mutating func synchronize() -> Instant {
        let before = MonotonicClock.now()
        let real = clx_clock(CLX_CLOCK_REALTIME)
        let after = MonotonicClock.now()
        offset = real - (before.nanoseconds + after.nanoseconds) / 2
        return after
    }

    /// The moment of a packet. A wall clock that was set between packet and now would put it into
    /// the future or far into the past; then it is now.
    func moment(ofReal nanoseconds: Int64, now: Instant) -> Instant {
        let moment = Instant(nanoseconds: nanoseconds - offset)
        // A thread that was kept from running for longer is too late for any link.
        guard moment <= now, now - moment < .milliseconds(100) else { return now }
        return moment
    }
}
