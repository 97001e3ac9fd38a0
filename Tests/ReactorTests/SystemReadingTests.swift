import Link
import Testing

@testable import Reactor

extension LiveTests {
    @Suite("Readings of the system")
    struct SystemReadingTests {
        @Test("have the text of a file, and nothing where there is none")
        func files() {
            #expect(SystemFile.words("/proc/sys/kernel/ostype") == ["Linux"])
            #expect(SystemFile.text("/proc/no-such-file") == nil)
            #expect(SystemFile.words("/proc/no-such-file") == [])
        }

        @Test("have the range of local ports")
        func ports() throws {
            let range = try #require(LocalPorts.range())
            #expect(range.upperBound <= 65_535)
        }

        @Test(
            "have no range in a text that is none",
            arguments: [[], ["1"], ["2", "1"], ["1", "x"], ["1", "2", "3"]])
        func refusesRanges(words: [String]) {
            #expect(LocalPorts.range(of: words) == nil)
        }

        @Test("have a clock that can be read and wakes nobody too early")
        func clock() throws {
            let clock = ClockProbe.measure()
            #expect(clock.resolutionNanoseconds > 0)
            #expect(clock.readNanoseconds > 0)
            let latenesses = try ClockProbe.wakeLateness(count: 5, interval: .microseconds(100))
            #expect(latenesses.count == 5)
            #expect(latenesses.allSatisfy { $0 >= 0 })
        }
    }
}
