/// Elements at fixed places in one growing buffer: where a loop keeps its connections.
///
/// Connections come and go by the thousand and each delivery walks over all of them, so they lie
/// side by side, are never copied (`Element` need not be copyable) and are not counted by reference.
/// A place that is given back is the next to be taken, which keeps the occupied ones dense.
///
///     elements    │ A │   │ B │ C │   │ …      count 3
///     generations │ 1 │ 2 │ 5 │ 1 │ 0 │ …      odd: occupied; counts up at each change
///
/// The buffer grows by half, not to the double: memory per connection is a published figure, and
/// the part that is not used yet is charged to the connections there are.
package struct Slab<Element: ~Copyable>: ~Copyable {
    /// What is known of a place beside its element.
    private struct Place {
        var generation: UInt32
        /// The next free place, while this one is free.
        var nextFree: UInt32

        var isOccupied: Bool {
            generation & 1 == 1
        }
    }

    /// The end of the list of free places.
    private static var none: UInt32 { .max }

    private var elements: UnsafeMutablePointer<Element>
    private var places: UnsafeMutablePointer<Place>
    private var capacity: Int
    /// The places that were ever taken are those below.
    private var used = 0
    private var firstFree = Self.none
    /// The number of elements.
    package private(set) var count = 0

    /// Makes an empty slab with room for `capacity` elements before it first grows.
    package init(capacity: Int = 0) {
        precondition(capacity >= 0 && capacity < Int(UInt32.max), "A slab of \(capacity).")
        elements = .allocate(capacity: capacity)
        places = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        for slot in 0..<used where places[slot].isOccupied {
            (elements + slot).deinitialize(count: 1)
        }
        elements.deallocate()
        places.deallocate()
    }

    /// Whether there are no elements.
    package var isEmpty: Bool {
        count == 0
    }

    /// Takes in an element and says how it is called from now on.
    package mutating func insert(_ element: consuming Element) -> SlabKey {
        let slot: Int
        if firstFree != Self.none {
            slot = Int(firstFree)
            firstFree = places[slot].nextFree
        } else {
            if used == capacity {
                grow()
            }
            slot = used
            (places + slot).initialize(to: Place(generation: 0, nextFree: Self.none))
            used += 1
        }
        (elements + slot).initialize(to: element)
        places[slot].generation &+= 1
        count += 1
        return key(at: slot)
    }

    /// Takes out the element called `key`; `nil` when it is gone.
    package mutating func remove(_ key: SlabKey) -> Element? {
        guard let slot = slot(of: key) else { return nil }
        places[slot].generation &+= 1
        places[slot].nextFree = firstFree
        firstFree = UInt32(slot)
        count -= 1
        return (elements + slot).move()
    }

    /// Whether the element called `key` is still here.
    package func contains(_ key: SlabKey) -> Bool {
        slot(of: key) != nil
    }

    /// The place of the element called `key`; `nil` when it is gone.
    package func slot(of key: SlabKey) -> Int? {
        let slot = Int(key.slot)
        guard slot < used, places[slot].isOccupied, places[slot].generation == key.generation else {
            return nil
        }
        return slot
    }

    /// What the element at an occupied place is called.
    package func key(at slot: Int) -> SlabKey {
        checkOccupied(slot)
        return SlabKey(slot: UInt32(slot), generation: places[slot].generation)
    }

    /// The element at an occupied place, used where it lies.
    package subscript(slot: Int) -> Element {
        // By address, not by `_read` and `_modify`: called from another module, a walk costs 5 ns an
        // element this way and 14 ns that way, against 1.5 ns through a bare pointer.
        unsafeAddress {
            checkOccupied(slot)
            return UnsafePointer(elements + slot)
        }
        unsafeMutableAddress {
            checkOccupied(slot)
            return elements + slot
        }
    }

    /// The first occupied place after `slot`; begin with -1. Elements may be changed, removed and
    /// inserted on the way:
    ///
    ///     var slot = slab.nextOccupied(after: -1)
    ///     while let current = slot {
    ///         slab[current].deliver(event)
    ///         slot = slab.nextOccupied(after: current)
    ///     }
    package func nextOccupied(after slot: Int) -> Int? {
        precondition(slot >= -1, "Place \(slot).")
        var next = slot + 1
        while next < used {
            if places[next].isOccupied { return next }
            next += 1
        }
        return nil
    }

    private func checkOccupied(_ slot: Int) {
        precondition(
            slot >= 0 && slot < used && places[slot].isOccupied, "No element at place \(slot).")
    }

    private mutating func grow() {
        // 16 places to begin with, so that a handful of connections is not a handful of moves.
        let larger = Swift.max(16, capacity + capacity / 2)
        precondition(larger < Int(UInt32.max), "A slab of \(larger).")
        let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        for slot in 0..<used where places[slot].isOccupied {
            (moved + slot).moveInitialize(from: elements + slot, count: 1)
        }
        let movedPlaces = UnsafeMutablePointer<Place>.allocate(capacity: larger)
        movedPlaces.moveInitialize(from: places, count: used)
        elements.deallocate()
        places.deallocate()
        elements = moved
        places = movedPlaces
        capacity = larger
    }
}
