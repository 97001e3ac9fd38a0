import Link
import Testing
import Wire

@testable import LabServer

/// What a shared stream does without a socket. A subscriber that is blocked is walked over without a
/// system call, so that a test can put it anywhere and see what is kept for it.
@Suite("A shared stream")
struct SharedStreamTests {
    private static let backlogLimit = 1 << 20

    private func message(_ text: String) -> WireBuffer {
        var wire = WireBuffer()
        wire.write(text, as: .payload)
        return wire
    }

    private func stream(_ messages: String...) -> SharedStream {
        var stream = SharedStream()
        for text in messages { stream.append(message(text), isEvent: true) }
        return stream
    }

    /// Adds a subscriber that the walk does not send to.
    private func addBlocked(_ stream: inout SharedStream, slot: UInt32 = 0, limit: Int = 0) -> Int {
        stream.subscribe(descriptor: -1, slot: slot, isBlocked: true, recycleAfter: limit)
    }

    private func walk(_ stream: inout SharedStream, backlogLimit: Int = backlogLimit)
        -> SharedStream.WalkReport
    {
        var report = SharedStream.WalkReport()
        stream.walk(backlogLimit: backlogLimit, report: &report)
        return report
    }

    @Test(
        "gives the rest of the message that a position lies in",
        arguments: [
            (0, ""), (1, "bc"), (2, "c"), (3, ""), (4, "e"), (5, ""), (6, "ghi"), (8, "i"),
            (9, ""), (10, ""),
        ])
    func restOfMessage(position: Int, rest: String) {
        let stream = stream("abc", "de", "fghi", "")
        #expect(String(decoding: stream.restOfMessage(at: position), as: UTF8.self) == rest)
    }

    @Test(
        "counts the events that end behind a position, and nothing else",
        arguments: [(0, 3), (1, 3), (2, 3), (3, 2), (4, 2), (5, 2), (6, 2), (7, 1), (9, 0)])
    func eventsAfter(position: Int, events: Int) {
        var stream = stream("abc")
        // A heartbeat is a message and no event: it ends at 5.
        stream.append(message("hb"), isEvent: false)
        stream.append(message("de"), isEvent: true)
        stream.append(message("fg"), isEvent: true)
        #expect(stream.eventsAfter(position) == events)
    }

    @Test("puts the last subscriber in the place of one that leaves, and says which it was")
    func swapsTheLastIn() {
        var stream = stream()
        for slot in [10, 20, 30] as [UInt32] { _ = addBlocked(&stream, slot: slot) }
        #expect(stream.unsubscribe(0) == 30)
        #expect(stream.subscribers.map(\.slot) == [30, 20])
        #expect(stream.unsubscribe(1) == nil)
        #expect(stream.unsubscribe(0) == nil)
        #expect(stream.subscribers.isEmpty)
    }

    @Test("starts a subscriber behind what was said before it came")
    func startsAtTheEnd() {
        var stream = stream("abc")
        let index = addBlocked(&stream, limit: 100)
        #expect(stream.subscribers[index].position == 3)
        #expect(stream.subscribers[index].recycleAt == 103)
        #expect(stream.eventsAfter(stream.subscribers[index].position) == 0)
        let second = addBlocked(&stream)
        #expect(stream.subscribers[second].recycleAt == .max)
    }

    @Test("forgets what everybody has, at once when nobody is behind")
    func forgetsEverything() {
        var stream = stream("abc", "de")
        _ = walk(&stream)
        #expect(stream.end == 5)
        #expect(stream.restOfMessage(at: 1).isEmpty)
        #expect(stream.eventsAfter(5) == 0)
        stream.append(message("fg"), isEvent: true)
        #expect(stream.end == 7)
        #expect(stream.eventsAfter(5) == 1)
        #expect(String(decoding: stream.restOfMessage(at: 6), as: UTF8.self) == "g")
    }

    @Test(
        "keeps every byte that a lagging subscriber has not got, wherever it stands",
        arguments: 1...6)
    func keepsTheBacklog(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var stream = SharedStream()
        var whole: [UInt8] = []
        var ends: [Int] = []
        let laggard = addBlocked(&stream)
        var position = 0
        for round in 0..<2000 {
            let text = String(
                repeating: "\(round % 10)", count: Int.random(in: 0...9, using: &random))
            stream.append(message(text), isEvent: true)
            whole.append(contentsOf: text.utf8)
            ends.append(whole.count)
            // The laggard gets on by anything from nothing to everything.
            if Int.random(in: 0..<4, using: &random) == 0 {
                position = Int.random(in: position...whole.count, using: &random)
                stream.move(laggard, to: position)
            }
            let report = walk(&stream)
            #expect(report.sends == 0)
            #expect(stream.end == whole.count)
            #expect(stream.backlogBytes == whole.count - position)
            #expect(stream.eventsAfter(position) == ends.count { $0 > position })
            let end = position == 0 ? 0 : ends.first { $0 >= position } ?? position
            #expect(Array(stream.restOfMessage(at: position)) == Array(whole[position..<end]))
        }
    }

    @Test("names the subscribers that are further behind than they may be")
    func namesSlowReaders() {
        var stream = stream()
        _ = addBlocked(&stream, slot: 7)
        stream.append(message("0123456789"), isEvent: true)
        #expect(walk(&stream, backlogLimit: 10).slow.isEmpty)
        stream.append(message("x"), isEvent: true)
        #expect(walk(&stream, backlogLimit: 10).slow == [7])
    }

    @Test("holds no more than twice what whoever is furthest behind may be, and a message")
    func heldBytes() {
        var random = SeededGenerator(seed: 4)
        var stream = stream()
        let laggard = addBlocked(&stream)
        var most = 0
        for _ in 0..<5000 {
            let text = String(repeating: "x", count: Int.random(in: 1...100, using: &random))
            stream.append(message(text), isEvent: true)
            let report = walk(&stream, backlogLimit: 1000)
            #expect(report.furthestBehind == stream.backlogBytes)
            // As the loop does with either policy.
            if !report.slow.isEmpty { stream.move(laggard, to: stream.end) }
            most = max(most, stream.heldBytes)
        }
        #expect(most > 1000 && most <= 2 * (1000 + 100))
    }

    @Test("has news when something was said, and again when a subscriber that is behind can read")
    func hasNews() {
        var stream = stream()
        let index = addBlocked(&stream)
        #expect(!stream.hasNews)
        stream.append(message("abc"), isEvent: true)
        #expect(stream.hasNews)
        _ = walk(&stream)
        #expect(!stream.hasNews)
        stream.unblock(index)
        #expect(stream.hasNews)
        stream.block(index)
        _ = walk(&stream)
        stream.move(index, to: stream.end)
        stream.unblock(index)
        #expect(!stream.hasNews)
    }
}
