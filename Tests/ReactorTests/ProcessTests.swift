import Glibc
import Link
import Reactor
import Testing

extension LiveTests {
    @Suite("A child process")
    struct ChildProcessTests {
        @Test("answers line by line and ends when its input does")
        func echoes() throws {
            var child = try ChildProcess.spawn(executable: "/bin/cat", arguments: ["-u"])
            for line in ["one", "", "{\"drei\":\"drü\"}", String(repeating: "x", count: 10_000)] {
                try child.send(line: line)
                #expect(try child.readLine(until: limit()) == line)
            }
            #expect(try child.readLine(until: .distantPast) == nil)
            #expect(child.wait(until: .distantPast) == nil)
        }

        @Test("gives out the lines it wrote before it ended, and then says that it did")
        func drains() throws {
            var child = try ChildProcess.spawn(
                executable: "/bin/sh", arguments: ["-c", "echo a; echo b; printf c; exit 3"])
            #expect(child.wait(until: limit()) == .exited(3))
            #expect(child.wait(until: .distantPast) == .exited(3))
            let lines = try (0..<3).map { _ in try child.readLine(until: limit()) }
            #expect(lines == ["a", "b", "c"])
            let error = #expect(throws: SystemError.self) { try child.readLine(until: limit()) }
            #expect(error == SystemError(call: "read from /bin/sh", code: EPIPE))
            child.terminate()
        }

        @Test("refuses a line once it is gone")
        func isGone() throws {
            var child = try ChildProcess.spawn(executable: "/bin/true", arguments: [])
            #expect(child.wait(until: limit()) == .exited(0))
            let error = #expect(throws: SystemError.self) { try child.send(line: "hello") }
            #expect(error?.code == EPIPE)
        }

        @Test("ends by a signal that its parent blocks, in a process group of its own")
        func isTerminated() throws {
            let thread = try WorkerThread.start(name: "parent") { () -> ChildProcess.ExitStatus? in
                guard (try? SignalWatch()) != nil,
                    var child = try? ChildProcess.spawn(executable: "/bin/cat", arguments: []),
                    getpgid(child.processID) == child.processID
                else { return nil }
                child.terminate(SIGTERM)
                return child.wait(until: limit())
            }
            #expect(thread.join() == .signaled(SIGTERM))
        }

        @Test("is killed and collected with its owner")
        func diesWithOwner() throws {
            var processID: Int32 = 0
            do {
                let child = try ChildProcess.spawn(executable: "/bin/cat", arguments: [])
                processID = child.processID
            }
            #expect(kill(processID, 0) == -1)
        }

        @Test("runs on the processor it is given")
        func isPinned() throws {
            var child = try ChildProcess.spawn(
                executable: "/bin/sh",
                arguments: ["-c", "grep Cpus_allowed_list /proc/self/status"],
                processor: 0)
            let pinned = try WorkerThread.start(name: "pinned", processor: 0) {
                allowedProcessors()
            }
            let expected = pinned.join()
            #expect(try child.readLine(until: limit()) == expected)
        }

        @Test("does not start from a file that is not there")
        func isMissing() {
            let error = #expect(throws: SystemError.self) {
                _ = try ChildProcess.spawn(executable: "/nowhere/at/all", arguments: [])
            }
            #expect(error?.description == "start /nowhere/at/all: No such file or directory")
        }
    }

    @Suite("A process")
    struct ProcessUsageTests {
        @Test("knows the CPU time of itself, of its thread and of another, whatever ended since")
        func usesTime() throws {
            let thread = try WorkerThread.start(name: "spin") { () -> Int64 in
                while ProcessUsage.threadCPUNanoseconds() < 3_000_000 {}
                return ProcessUsage.threadCPUNanoseconds()
            }
            let used = thread.join()
            #expect(used >= 3_000_000)
            let seen = try #require(ProcessUsage.cpuNanoseconds(of: getpid()))
            let own = ProcessUsage.ownCPUNanoseconds()
            #expect(seen >= used && seen <= own)
        }

        @Test("knows its memory")
        func usesMemory() throws {
            let bytes = try #require(ProcessUsage.residentBytes(of: getpid()))
            #expect(bytes > 1 << 20)
            #expect(bytes < 64 << 30)
        }

        @Test(
            "knows nothing of a process that does not exist", arguments: [.max, 0, -1] as [Int32])
        func isMissing(processID: Int32) {
            #expect(ProcessUsage.cpuNanoseconds(of: processID) == nil)
            #expect(ProcessUsage.residentBytes(of: processID) == nil)
        }

        @Test("raises its limit of open files to the most it may have")
        func raisesLimit() {
            let limit = OpenFileLimit.raise()
            #expect(limit.soft == limit.hard)
            #expect(OpenFileLimit.openCount > 2 && OpenFileLimit.openCount < limit.soft)
        }

        @Test("knows its own file, processors and time")
        func knowsItself() {
            #expect(access(executablePath(), X_OK) == 0)
            #expect(Processors.count >= 1)
            let first = MonotonicClock.now()
            #expect(MonotonicClock.now() >= first)
            #expect(abs(MonotonicClock.wall() - Int64(time(nil))) <= 1)
        }
    }
}
