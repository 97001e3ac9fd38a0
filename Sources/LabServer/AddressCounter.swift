import Reactor
import Synchronization

/// How many connections each client address has, over all loops: one of them may not take what is
/// there for all.
///
/// It is asked when a connection comes and told when it goes, and only on servers that limit them; no
/// delivery touches it.
final class AddressCounter: Sendable {
    private struct Entry {
        let address: SocketAddress
        var connections: Int
    }

    private struct State {
        var places: [SocketAddress: Int32] = [:]
        var entries: [Entry?] = []
        var free: [Int32] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    /// Lets each address have `limit` connections.
    init(limit: Int) {
        self.limit = limit
    }

    /// Counts one more connection from `address`, and returns the place to give back when it goes;
    /// nil when the address has as many as it may.
    ///
    /// An IPv6 client has a network of 2⁶⁴ addresses to itself (RFC 7421), which counts as one.
    func enter(_ address: SocketAddress) -> Int32? {
        let network = address.network
        return state.withLock { state in
            if let place = state.places[network], let entry = state.entries[Int(place)] {
                guard entry.connections < limit else { return nil }
                state.entries[Int(place)]?.connections += 1
                return place
            }
            let entry = Entry(address: network, connections: 1)
            let place: Int32
            if let free = state.free.popLast() {
                place = free
                state.entries[Int(place)] = entry
            } else {
                place = Int32(state.entries.count)
                state.entries.append(entry)
            }
            state.places[network] = place
            return place
        }
    }

    /// A connection from the address of `place` is gone.
    func leave(_ place: Int32) {
        state.withLock { state in
            guard let entry = state.entries[Int(place)] else { return }
            guard entry.connections == 1 else {
                state.entries[Int(place)]?.connections -= 1
                return
            }
            state.places[entry.address] = nil
            state.entries[Int(place)] = nil
            state.free.append(place)
        }
    }

    /// Addresses that have connections.
    var addresses: Int {
        state.withLock { $0.places.count }
    }
}
