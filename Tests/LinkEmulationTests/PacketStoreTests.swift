import Link
import Testing

@testable import LinkEmulation

@Suite("PacketStore and PacketQueue")
struct PacketStoreTests {
    private static func keep(_ byte: UInt8, in store: inout PacketStore) -> UInt32? {
        let bytes = [UInt8](repeating: byte, count: 100)
        return bytes.withUnsafeBytes { store.keep($0) }
    }

    @Test("keeps bytes until their slot is given back, and gives the warmest slot out next")
    func slots() throws {
        var store = PacketStore()
        let first = try #require(Self.keep(1, in: &store))
        let second = try #require(Self.keep(2, in: &store))
        #expect(first != second)
        let bytes = [store[first], store[second]].map {
            $0.load(fromByteOffset: 99, as: UInt8.self)
        }
        #expect(bytes == [1, 2])
        store.giveBack(first)
        #expect(Self.keep(3, in: &store) == first)
    }

    @Test("has an end, and takes packets again after it")
    func isFull() throws {
        var store = PacketStore()
        var slots: Set<UInt32> = []
        for _ in 0..<PacketStore.slots {
            slots.insert(try #require(Self.keep(1, in: &store)))
        }
        #expect(slots.count == PacketStore.slots)
        #expect(Self.keep(1, in: &store) == nil)
        store.giveBack(7)
        #expect(Self.keep(1, in: &store) == 7)
    }

    @Test("lets packets out in the order in which they went in, also round its end")
    func order() {
        var queue = PacketQueue()
        #expect(queue.due(0) == .distantFuture)
        var (added, removed): (UInt32, UInt32) = (0, 0)
        for _ in 0..<3 {
            for _ in 0..<50_000 {
                queue.append(
                    .init(due: Instant(nanoseconds: Int64(added)), slot: added, length: 60))
                added += 1
            }
            #expect(queue.due(1) == Instant(nanoseconds: Int64(removed) + 1))
            var isInOrder = true
            for _ in 0..<50_000 {
                isInOrder = isInOrder && queue.removeFirst().slot == removed
                removed += 1
            }
            #expect(isInOrder && queue.count == 0)
        }
    }
}

@Suite("LatenessHistogram")
struct LatenessHistogramTests {
    @Test("tells percentiles to an eighth, and never less than they are")
    func percentiles() {
        var histogram = LatenessHistogram()
        for value in 1...100_000 { histogram.record(Int64(value)) }
        for share in [0.01, 0.5, 0.9, 0.99] {
            let exact = share * 100_000
            let told = Double(histogram.percentile(share))
            #expect(told >= exact && told <= exact * 1.125 + 1)
        }
        #expect(histogram.percentile(1) == 100_000)
        #expect(histogram.largest == 100_000)
    }

    @Test("has room for nothing, for less than nothing, and for everything")
    func ends() {
        var histogram = LatenessHistogram()
        #expect(histogram.percentile(0.5) == 0)
        histogram.record(-5)
        #expect(histogram.percentile(0.5) == 0)
        for value in [0, 7, 8, 15, 16, 17] {
            var one = LatenessHistogram()
            one.record(Int64(value))
            #expect(one.percentile(0.5) == Int64(value))
        }
        histogram.record(.max)
        #expect(histogram.largest == .max)
        #expect(histogram.percentile(1) > 0)
    }
}
