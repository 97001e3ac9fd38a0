import Link
import Reactor
import Testing

@Suite("A slab")
struct SlabTests {
    /// Counts how many of its holders are alive.
    final class Census {
        var alive = 0
    }

    /// An element with one owner, as a connection is.
    struct Holder: ~Copyable {
        var number: Int
        let census: Census

        init(_ number: Int, _ census: Census) {
            self.number = number
            self.census = census
            census.alive += 1
        }

        deinit {
            census.alive -= 1
        }
    }

    @Test("finds an element by its key and changes it where it lies")
    func changesInPlace() throws {
        let census = Census()
        var slab = Slab<Holder>()
        let key = slab.insert(Holder(1, census))
        let found = slab.slot(of: key)
        let slot = try #require(found)
        slab[slot].number += 41
        let number = slab[slot].number
        #expect(number == 42)
        let again = slab.key(at: slot)
        #expect(again == key)
        let count = slab.count
        #expect(count == 1)
    }

    @Test("does not know a key whose place was given to another element")
    func refusesStaleKeys() throws {
        var slab = Slab<Int>()
        let old = slab.insert(1)
        let removed = slab.remove(old)
        #expect(removed == 1)
        let new = slab.insert(2)
        #expect(new.slot == old.slot)
        #expect(new != old)
        let oldSlot = slab.slot(of: old)
        let newSlot = slab.slot(of: new)
        let containsOld = slab.contains(old)
        let removedAgain = slab.remove(old)
        #expect(oldSlot == nil)
        #expect(newSlot == Int(new.slot))
        #expect(!containsOld)
        #expect(removedAgain == nil)
    }

    @Test(
        "does not know a key that it never gave out",
        arguments: [
            SlabKey(slot: 0, generation: 0), SlabKey(slot: 1, generation: 1),
            SlabKey(slot: .max, generation: .max), SlabKey(token: 3),
        ])
    func refusesForeignKeys(key: SlabKey) {
        var slab = Slab<Int>()
        _ = slab.insert(1)
        let found = slab.contains(key)
        #expect(!found)
    }

    @Test("takes the place that was given back last")
    func reusesPlaces() {
        var slab = Slab<Int>()
        let keys = (0..<5).map { slab.insert($0) }
        _ = slab.remove(keys[1])
        _ = slab.remove(keys[3])
        let slots = (0..<3).map { slab.insert($0).slot }
        #expect(slots == [3, 1, 5])
    }

    @Test("walks over the occupied places in order, also while they are given back")
    func walks() {
        var slab = Slab<Int>()
        let keys = (0..<40).map { slab.insert($0) }
        for key in keys where key.slot % 3 == 0 {
            _ = slab.remove(key)
        }
        var seen: [Int] = []
        var slot = slab.nextOccupied(after: -1)
        while let current = slot {
            seen.append(slab[current])
            _ = slab.remove(slab.key(at: current))
            slot = slab.nextOccupied(after: current)
        }
        #expect(seen == (0..<40).filter { $0 % 3 != 0 })
        let isEmpty = slab.isEmpty
        #expect(isEmpty)
    }

    @Test("destroys each element once: those taken out, and the rest with the slab")
    func destroys() {
        let census = Census()
        do {
            var slab = Slab<Holder>(capacity: 3)
            let keys = (0..<100).map { slab.insert(Holder($0, census)) }
            #expect(census.alive == 100)
            for key in keys.prefix(30) {
                let isRemoved = slab.remove(key) != nil
                #expect(isRemoved)
            }
            #expect(census.alive == 70)
        }
        #expect(census.alive == 0)
    }

    @Test("agrees with a dictionary over random insertions and removals", arguments: 1...8)
    func agreesWithOracle(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var slab = Slab<UInt64>()
        var oracle: [SlabKey: UInt64] = [:]
        var everGiven: [SlabKey] = []
        for _ in 0..<2_000 {
            if random.next() % 5 < 3 {
                let value = random.next()
                let key = slab.insert(value)
                #expect(oracle.updateValue(value, forKey: key) == nil)
                everGiven.append(key)
            } else if let key = everGiven.randomElement(using: &random) {
                let removed = slab.remove(key)
                #expect(removed == oracle.removeValue(forKey: key))
            }
        }
        for key in everGiven {
            let value = slab.slot(of: key).map { slab[$0] }
            #expect(value == oracle[key])
        }
        let count = slab.count
        #expect(count == oracle.count)
    }

    @Test(
        "a key survives its packing into a token",
        arguments: [SlabKey(slot: 0, generation: 1), SlabKey(slot: .max, generation: .max)])
    func packsKeys(key: SlabKey) {
        #expect(SlabKey(token: key.token) == key)
        #expect(key.token >= 1 << 32)
    }
}
