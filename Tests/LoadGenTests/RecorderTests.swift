import Measurement
import Reactor
import Testing
import Wire

@testable import LoadGen

@Suite("The recorder")
struct RecorderTests {
    /// Totals of which every number is another multiple of `unit`.
    private func totals(_ unit: Int) -> Recorder.Totals {
        var totals = Recorder.Totals()
        totals.events = unit
        totals.requests = 2 * unit
        totals.answers = 3 * unit
        totals.emptyAnswers = 4 * unit
        totals.up[.requestHead] = 5 * unit
        totals.down[.payload] = 6 * unit
        totals.down[.messageFraming] = 7 * unit
        totals.cpuNanoseconds = Int64(8 * unit)
        totals.sends = 9 * unit
        totals.receives = 10 * unit
        totals.discardedBytesDown = 11 * unit
        totals.wire.traffic = WireTraffic(
            upBytes: 12 * unit, downBytes: 13 * unit, upPackets: 14 * unit,
            downPackets: 15 * unit)
        totals.wire.connections = 16 * unit
        totals.wire.retransmits = 17 * unit
        totals.wire.outOfOrder = 18 * unit
        return totals
    }

    private func expect(
        _ totals: Recorder.Totals?, is unit: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let totals = try #require(totals, sourceLocation: sourceLocation)
        let expected = self.totals(unit)
        #expect(totals.events == expected.events, sourceLocation: sourceLocation)
        #expect(totals.requests == expected.requests, sourceLocation: sourceLocation)
        #expect(totals.answers == expected.answers, sourceLocation: sourceLocation)
        #expect(totals.emptyAnswers == expected.emptyAnswers, sourceLocation: sourceLocation)
        #expect(totals.up == expected.up, sourceLocation: sourceLocation)
        #expect(totals.down == expected.down, sourceLocation: sourceLocation)
        #expect(totals.cpuNanoseconds == expected.cpuNanoseconds, sourceLocation: sourceLocation)
        #expect(totals.sends == expected.sends, sourceLocation: sourceLocation)
        #expect(totals.receives == expected.receives, sourceLocation: sourceLocation)
        #expect(
            totals.discardedBytesDown == expected.discardedBytesDown,
            sourceLocation: sourceLocation)
        #expect(totals.wire == expected.wire, sourceLocation: sourceLocation)
    }

    private func recorder(_ unit: Int) -> Recorder {
        var recorder = Recorder()
        for _ in 0..<unit {
            recorder.latency.record(Int64(unit))
            recorder.connect.record(Int64(10 * unit))
            recorder.firstEvent.record(Int64(20 * unit))
            recorder.turns.record(Int64(30 * unit))
        }
        recorder.received = unit
        recorder.duplicate = 2 * unit
        recorder.reordered = 3 * unit
        recorder.announcedLost = 4 * unit
        recorder.reconnects = 5 * unit
        recorder.brokenRules = ["rule-\(unit)": 1, "all": unit]
        recorder.socketBytesUp = 6 * unit
        recorder.socketBytesDown = 7 * unit
        recorder.unread = [.reset: unit, unit == 1 ? .timedOut : .crowdedOut: 8 * unit]
        recorder.totals = totals(100 * unit)
        recorder.atSubscription = totals(10 * unit)
        recorder.atWindowStart = totals(20 * unit)
        recorder.atWindowEnd = totals(90 * unit)
        return recorder
    }

    @Test("adds up what several workers measured")
    func merge() throws {
        var sum = Recorder()
        sum.merge(recorder(1))
        sum.merge(recorder(2))
        #expect(sum.received == 3)
        #expect(sum.duplicate == 6)
        #expect(sum.reordered == 9)
        #expect(sum.announcedLost == 12)
        #expect(sum.reconnects == 15)
        #expect(sum.brokenRules == ["rule-1": 1, "rule-2": 1, "all": 3])
        #expect(sum.socketBytesUp == 18)
        #expect(sum.socketBytesDown == 21)
        #expect(sum.unread == [.reset: 3, .timedOut: 8, .crowdedOut: 16])
        #expect(sum.latency.count == 3 && sum.latency.maximum == 2)
        #expect(sum.connect.count == 3 && sum.connect.maximum == 20)
        #expect(sum.firstEvent.count == 3 && sum.firstEvent.maximum == 40)
        #expect(sum.turns.count == 3 && sum.turns.maximum == 60)
        try expect(sum.totals, is: 300)
        try expect(sum.atSubscription, is: 30)
        try expect(sum.atWindowStart, is: 60)
        try expect(sum.atWindowEnd, is: 270)
    }

    @Test("takes the window as what was added between its start and its end")
    func window() throws {
        try expect(recorder(1).window, is: 70)
        var sum = recorder(1)
        sum.merge(recorder(2))
        try expect(sum.window, is: 210)
    }

    @Test("ends a window that was cut short with the last totals")
    func cutShort() throws {
        var recorder = recorder(1)
        recorder.atWindowEnd = nil
        try expect(recorder.window, is: 80)
    }

    @Test("has nothing in a window that never began, whatever it saw of the end")
    func neverBegan() throws {
        var recorder = recorder(1)
        recorder.atWindowStart = nil
        try expect(recorder.window, is: 0)
        recorder.atWindowEnd = nil
        try expect(recorder.window, is: 0)
    }

    @Test("closes each worker's window before the sums, so that one cut short does not spoil them")
    func mixedWindows() throws {
        // One worker saw the end of the window, one was told to finish before, one never began.
        var whole = recorder(1)
        var cut = recorder(2)
        cut.atWindowEnd = nil
        var late = recorder(4)
        late.atWindowStart = nil
        var sum = Recorder()
        for var worker in [whole, cut, late] {
            worker.closeWindow(at: worker.totals)
            sum.merge(worker)
        }
        try expect(sum.window, is: 70 + 160)
        whole.closeWindow(at: whole.totals)
        try expect(whole.window, is: 70)
    }
}
