import Link
import LoadGen
import Testing

@Suite("The delivery audit")
struct DeliveryAuditTests {
    /// The audit as one would write it with all the memory in the world.
    private struct Oracle {
        var seen: Set<UInt64> = []
        var start: UInt64
        var highest: UInt64

        init(cursor: UInt64) {
            start = cursor
            highest = cursor
        }

        mutating func take(_ id: UInt64) -> DeliveryAudit.Arrival {
            guard id > start, seen.insert(id).inserted else { return .duplicate }
            guard id > highest else { return .late }
            highest = id
            return .new
        }

        var missing: Int { Int(highest - start) - seen.count }
    }

    /// Ids from `cursor + 1` on: some dropped, some twice, and shuffled within windows of `disorder`.
    private func arrivals(
        after cursor: UInt64, disorder: Int, _ random: inout SeededGenerator
    ) -> [UInt64] {
        var ids: [UInt64] = []
        for id in cursor + 1...cursor + 300 {
            switch UInt64.random(in: 0..<10, using: &random) {
            case 0: break
            case 1: ids += [id, id]
            default: ids.append(id)
            }
        }
        var shuffled: [UInt64] = []
        while !ids.isEmpty {
            shuffled += ids.prefix(disorder).shuffled(using: &random)
            ids.removeFirst(min(disorder, ids.count))
        }
        return shuffled
    }

    @Test("agrees with an oracle that remembers everything", arguments: 0..<40 as Range<UInt64>)
    func oracle(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let cursor: UInt64 = seed.isMultiple(of: 2) ? 0 : 1000
        let disorder = [1, 2, 10, 1000][Int(seed % 4)]
        var audit = DeliveryAudit()
        audit.begin(at: cursor)
        var oracle = Oracle(cursor: cursor)
        for id in arrivals(after: cursor, disorder: disorder, &random) {
            #expect(audit.take(id) == oracle.take(id), "event \(id)")
            #expect(audit.highest == oracle.highest)
            #expect(audit.missing == oracle.missing)
        }
    }

    @Test(
        "says what each arrival is",
        arguments: [
            ([1, 2, 3], [.new, .new, .new], 0),
            ([3, 1, 2], [.new, .late, .late], 0),
            ([5, 3, 3, 4, 6], [.new, .late, .duplicate, .late, .new], 2),
            ([2, 2, 1, 1], [.new, .duplicate, .late, .duplicate], 0),
            ([10], [.new], 9),
        ] as [([UInt64], [DeliveryAudit.Arrival], Int)])
    func table(ids: [UInt64], expected: [DeliveryAudit.Arrival], missing: Int) {
        var audit = DeliveryAudit()
        #expect(ids.map { audit.take($0) } == expected)
        #expect(audit.missing == missing)
    }

    @Test("does not hold against a client what came before it")
    func begins() {
        var audit = DeliveryAudit()
        audit.begin(at: 41)
        #expect(audit.take(42) == .new)
        #expect(audit.take(41) == .duplicate)
        #expect(audit.missing == 0)
        // A later position, such as after a reconnect, closes no hole.
        #expect(audit.take(45) == .new)
        audit.begin(at: 60)
        #expect(audit.highest == 45)
        #expect(audit.missing == 2)
    }

    @Test("survives the numbers of a server that makes them up")
    func absurdNumbers() {
        var audit = DeliveryAudit()
        #expect(audit.take(.max) == .new)
        #expect(audit.take(.max) == .duplicate)
        #expect(audit.take(1) == .late)
        #expect(audit.take(.max - 1) == .late)
        #expect(audit.highest == .max)
        #expect(audit.missing == .max)
    }
}
