import LabServer
import Link
import Wire

/// What the server saw of each page's connections, folded into an account a page and technique.
///
/// A page names its connections `PAGE.TECHNIQUE`. Anybody can name anything, so that everything here
/// is bounded: the pages, what is kept of each message, and for how long a page is remembered that
/// says nothing and that nobody asks for.
struct Observations: Sendable {
    /// Pages at most: several classes, with a page each.
    static let pageLimit = 200
    /// How long a page may be silent: a break between two lessons.
    static let patience = Duration.seconds(600)

    private var pages: [String: PageAccount] = [:]

    /// How many pages there are.
    var count: Int { pages.count }

    /// Adds a message to the account of its lane; not when its session names none.
    mutating func take(_ message: ObservedMessage) {
        change(message.session, message.technique, now: message.at) { $0.add(message) }
    }

    /// Notes that a connection is gone.
    mutating func lost(
        session: String, technique: String, _ reason: DisconnectReason, at moment: Instant
    ) {
        change(session, technique, now: moment) { $0.addEnd(reason, at: moment) }
    }

    /// Notes what waits for each session now; for those that are not named, nothing does.
    mutating func hold(_ backlogs: [(session: String, bytes: Int)]) {
        for page in pages.keys { pages[page]?.holdNothing() }
        for (session, bytes) in backlogs {
            guard let (page, technique) = Self.parts(of: session) else { continue }
            pages[page]?.lanes[technique]?.heldBytes += bytes
        }
    }

    /// The account of a page that somebody asks for.
    mutating func account(of page: String, now: Instant) -> PageAccount {
        pages[page]?.heard = now
        forgetSilent(now: now)
        return pages[page] ?? PageAccount(now: now)
    }

    /// The page and the technique that a session names; nil when it is not of that form.
    private static func parts(of session: String) -> (page: String, technique: String)? {
        guard let dot = session.firstIndex(of: "."), dot > session.startIndex else { return nil }
        return (String(session[..<dot]), String(session[session.index(after: dot)...]))
    }

    private mutating func change(
        _ session: String, _ technique: String, now: Instant,
        _ body: (inout LaneAccount) -> Void
    ) {
        // A stream that a page opens for another purpose than its lane is not the lane's.
        guard let (page, named) = Self.parts(of: session), named == technique else { return }
        if pages[page] == nil {
            forgetSilent(now: now)
            if pages.count >= Self.pageLimit,
                let oldest = pages.min(by: { $0.value.heard < $1.value.heard })
            {
                pages[oldest.key] = nil
            }
            pages[page] = PageAccount(now: now)
        }
        pages[page]?.heard = now
        body(&pages[page, default: PageAccount(now: now)].lanes[technique, default: .init()])
    }

    private mutating func forgetSilent(now: Instant) {
        pages = pages.filter { now - $0.value.heard < Self.patience }
    }
}

/// What the server saw of one page.
struct PageAccount: Sendable {
    /// When it was first heard of.
    let since: Instant
    /// When it was last heard of, or asked for.
    var heard: Instant
    /// The techniques that it has used, by id.
    var lanes: [String: LaneAccount] = [:]

    init(now: Instant) {
        since = now
        heard = now
    }

    mutating func holdNothing() {
        for technique in lanes.keys { lanes[technique]?.heldBytes = 0 }
    }
}

/// What the server saw of one technique in one page.
struct LaneAccount: Sendable {
    /// A connection's end.
    struct End: Hashable, Sendable, Encodable {
        let at: Int64
        let reason: String

        private enum CodingKeys: String, CodingKey {
            case at = "at_ns"
            case reason
        }
    }

    /// A message, cut.
    struct Exchange: Hashable, Sendable {
        let way: LinkDirection.Way
        let at: Instant
        /// The length of all of it.
        let count: Int
        let events: ClosedRange<UInt64>?
        /// What the bytes that are kept are for.
        let runs: [ByteRun]
        /// Its first bytes.
        let bytes: [UInt8]
    }

    /// Messages and ends that are kept: two polls with their answers, and as many again.
    static let keptMessages = 8
    /// Bytes of a message that are kept: more than a request with the heaviest cookie's beginning,
    /// and than the class can read.
    static let keptBytes = 2048
    /// Connections that are known again. A browser opens six to one port at most.
    private static let knownConnections = 16

    private(set) var requests = 0
    private(set) var connections = 0
    private(set) var events = 0
    private(set) var answers = 0
    private(set) var emptyAnswers = 0
    private(set) var up = ByteLedger()
    private(set) var down = ByteLedger()
    private(set) var ended: [End] = []
    private(set) var exchange: [Exchange] = []
    /// What the last request looked like.
    private(set) var shape: RequestShape?
    /// Bytes that were not acknowledged when it was last looked.
    var heldBytes = 0
    private var known: [UInt64] = []

    mutating func add(_ message: ObservedMessage) {
        var ledger = ByteLedger()
        for run in message.runs { ledger[run.byteClass] += run.count }
        if !known.contains(message.connection) {
            connections += 1
            known.append(message.connection)
            if known.count > Self.knownConnections { known.removeFirst() }
        }
        let kept = Exchange(
            way: message.way, at: message.at, count: message.bytes.count, events: message.events,
            runs: Self.cut(message.runs), bytes: Array(message.bytes.prefix(Self.keptBytes)))
        switch message.way {
        case .up:
            up += ledger
            if ledger[.requestHead] > 0 || ledger[.handshake] > 0 {
                requests += 1
                shape = RequestShape(message.bytes)
            }
        case .down:
            down += ledger
            let count = message.events?.count ?? 0
            events += count
            if ledger[.responseHead] > 0 {
                answers += 1
                if count == 0 { emptyAnswers += 1 }
            }
        }
        exchange.append(kept)
        if exchange.count > Self.keptMessages { exchange.removeFirst() }
    }

    mutating func addEnd(_ reason: DisconnectReason, at moment: Instant) {
        ended.append(End(at: moment.nanoseconds, reason: reason.rawValue))
        if ended.count > Self.keptMessages { ended.removeFirst() }
    }

    /// The runs of the bytes that are kept.
    private static func cut(_ runs: [ByteRun]) -> [ByteRun] {
        var room = keptBytes
        var kept: [ByteRun] = []
        for run in runs {
            guard room > 0 else { break }
            kept.append(ByteRun(byteClass: run.byteClass, count: min(run.count, room)))
            room -= run.count
        }
        return kept
    }
}
