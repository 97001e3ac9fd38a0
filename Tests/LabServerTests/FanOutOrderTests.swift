import Testing

@testable import LabServer

@Suite("The order of the fan-out")
struct FanOutOrderTests {
    private func order(of count: Int, event: Int) -> [Int] {
        let order = FanOutOrder(of: count, event: UInt64(event))
        return (0..<count).map { order.technique(at: $0) }
    }

    @Test("serves every technique once an event", arguments: [1, 2, 3, 8])
    func once(count: Int) {
        for event in 0..<4 * count {
            #expect(order(of: count, event: event).sorted() == Array(0..<count))
        }
    }

    @Test("gives every technique each place equally often", arguments: [1, 2, 3, 8])
    func places(count: Int) {
        let orders = (0..<2 * count).map { order(of: count, event: $0) }
        for place in 0..<count {
            #expect(orders.map { $0[place] }.sorted() == (0..<2 * count).map { $0 / 2 })
        }
    }

    @Test("serves neither of two techniques first more often than the other", arguments: [2, 3, 8])
    func pairs(count: Int) throws {
        let orders = (0..<2 * count).map { order(of: count, event: $0) }
        for left in 0..<count {
            for right in 0..<left {
                let leftFirst = try orders.count {
                    try #require($0.firstIndex(of: left)) < #require($0.firstIndex(of: right))
                }
                #expect(leftFirst == count)
            }
        }
    }
}
