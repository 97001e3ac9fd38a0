import CLinux
import Glibc
import Link

/// One epoll instance: which of many descriptors are ready, and when to stop waiting for them.
///
/// Level-triggered, so that a loop may leave bytes unread or unsent in one turn and be told again in
/// the next: fairness needs no list of one's own. The peer's half-close is reported unless that is
/// declined, because a subscriber that went away sends nothing else.
package struct Poller: ~Copyable {
    private let owned: OwnedDescriptor
    private let events: UnsafeMutablePointer<clx_event>
    private let capacity: Int
    /// The number of descriptors that the last `wait` found ready.
    package private(set) var count = 0

    /// Makes a poller that reports at most `capacity` descriptors a wait; the rest stay ready and
    /// come with the next. 512 of them make 6 KiB and one system call for half a thousand answers.
    package init(capacity: Int = 512) throws(SystemError) {
        precondition(capacity > 0 && capacity <= 1 << 20, "A poller of \(capacity) events.")
        owned = OwnedDescriptor(try SystemCall.perform("epoll_create1") { clx_epoll_create() })
        events = .allocate(capacity: capacity)
        events.initialize(repeating: clx_event(), count: capacity)
        self.capacity = capacity
    }

    deinit {
        events.deallocate()
    }

    /// Begins to watch `descriptor`, which is known by `token` from now on.
    ///
    /// Throws when the user's share of watches is used up (`fs.epoll.max_user_watches`).
    package func add(
        _ descriptor: Int32, _ interest: Interest, token: UInt64
    ) throws(SystemError) {
        _ = try SystemCall.perform("epoll_ctl") {
            clx_epoll_control(owned.number, CLX_POLL_ADD, descriptor, bits(interest), token)
        }
    }

    /// Changes what is looked for on a descriptor that is watched.
    ///
    /// With `ignoringEnd`, the peer's half-close is not told, only that the connection is gone: for
    /// who has something to finish first and would be told of the end in every turn until then.
    package func modify(
        _ descriptor: Int32, _ interest: Interest, token: UInt64, ignoringEnd: Bool = false
    ) {
        let bits = ignoringEnd ? interest.rawValue : bits(interest)
        SystemCall.demand("epoll_ctl") {
            clx_epoll_control(owned.number, CLX_POLL_MODIFY, descriptor, bits, token)
        }
    }

    /// Stops watching a descriptor that is watched. Closing it does the same, unless another
    /// thread's descriptor table holds a copy.
    package func remove(_ descriptor: Int32) {
        SystemCall.demand("epoll_ctl") {
            clx_epoll_control(owned.number, CLX_POLL_REMOVE, descriptor, 0, 0)
        }
    }

    /// Waits until a descriptor is ready or `deadline` has come (without one, for ever), and says
    /// how many are; 0 also when a signal came. A deadline in the past polls without sleeping.
    package mutating func wait(until deadline: Instant?) throws(SystemError) -> Int {
        count = 0
        let nanoseconds = deadline.map { MonotonicClock.nanoseconds(until: $0) } ?? -1
        let found = clx_epoll_wait(owned.number, events, Int32(capacity), nanoseconds)
        // A signal is the loop's turn to look at the clock, not a reason to wait once more.
        guard found != -EINTR else { return 0 }
        count = Int(try SystemCall.perform("epoll_pwait2") { found })
        return count
    }

    /// The `index`th descriptor that the last `wait` found ready.
    package subscript(index: Int) -> (token: UInt64, readiness: Readiness) {
        precondition(index >= 0 && index < count, "\(index) of \(count) ready descriptors.")
        return (events[index].token, Readiness(events: events[index].events))
    }

    private func bits(_ interest: Interest) -> UInt32 {
        interest.rawValue | CLX_READING_HUNG_UP
    }
}
