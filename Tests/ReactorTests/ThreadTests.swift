import Glibc
import Link
import Reactor
import Testing

extension LiveTests {
    @Suite("A worker thread")
    struct WorkerThreadTests {
        @Test("hands back its result")
        func returnsResult() throws {
            let threads = 4
            var sums: [Int] = []
            for number in 0..<threads {
                let thread = try WorkerThread.start(name: "sum") { (0...number).reduce(0, +) }
                sums.append(thread.join())
            }
            #expect(sums == [0, 1, 3, 6])
        }

        @Test("bears its name, cut to 15 bytes")
        func hasName() throws {
            let thread = try WorkerThread.start(name: "a name of 23 characters") {
                contents(of: "/proc/thread-self/comm")
            }
            let name = thread.join()
            #expect(name == "a name of 23 ch\n")
        }

        @Test("runs where it is told")
        func isPinned() throws {
            let thread = try WorkerThread.start(name: "pinned", processor: 0) {
                allowedProcessors()
            }
            let allowed = thread.join()
            let other = try WorkerThread.start(name: "pins itself") {
                Processors.pin(to: 0) ? allowedProcessors() : nil
            }
            let otherAllowed = other.join()
            #expect(allowed != nil && allowed == otherAllowed)
            #expect(allowed?.contains(",") == false && allowed?.contains("-") == false)
        }

        @Test("is refused a processor that is not there")
        func refusesProcessor() {
            let error = #expect(throws: SystemError.self) {
                _ = try WorkerThread.start(name: "nowhere", processor: Processors.count) {}
            }
            #expect(error?.code == EINVAL)
            #expect(!Processors.pin(to: -1))
        }

        @Test("may be dropped without being joined")
        func isDropped() throws {
            let inbox = try Inbox<Int>()
            do {
                _ = try WorkerThread.start(name: "dropped") { inbox.post(1) }
            }
            _ = try waitUntil(inbox.descriptor, .readable)
            #expect(inbox.drain() == [1])
        }

        @Test("has a descriptor table of its own once it asks for one")
        func unsharesDescriptors() throws {
            let listener = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
            let address = listener.localAddress
            let number = listener.descriptor
            let thread = try WorkerThread.start(name: "own table") { () -> [Int] in
                guard (try? unshareDescriptors()) != nil else { return [] }
                let before = OpenFileLimit.openCount
                // Closes this table's copy; the other table's stays.
                do { _ = Socket(adopting: number) }
                let without = OpenFileLimit.openCount
                let inboxes = (0..<10).compactMap { _ in try? Inbox<Int>() }
                let with = withExtendedLifetime(inboxes) { OpenFileLimit.openCount }
                return [without - before, with - without]
            }
            let changes = thread.join()
            #expect(changes == [-1, 10])
            let still = listener.localAddress
            #expect(still == address)
        }
    }

    @Suite("An inbox")
    struct InboxTests {
        @Test("keeps the order of each thread that posts, and loses nothing")
        func collects() throws {
            let inbox = try Inbox<(poster: Int, number: Int)>()
            let posts = 5_000
            let first = try WorkerThread.start(name: "first") {
                for number in 0..<posts { inbox.post((0, number)) }
            }
            let second = try WorkerThread.start(name: "second") {
                for number in 0..<posts { inbox.post((1, number)) }
            }
            var poller = try Poller(capacity: 1)
            try poller.add(inbox.descriptor, .readable, token: 0)
            var received: [[Int]] = [[], []]
            while received[0].count + received[1].count < 2 * posts {
                try #require(try poller.wait(until: limit()) == 1, "A command was left lying.")
                for command in inbox.drain() {
                    received[command.poster].append(command.number)
                }
            }
            first.join()
            second.join()
            #expect(received == [Array(0..<posts), Array(0..<posts)])
        }

        @Test("is quiet once it was drained")
        func isQuiet() throws {
            let inbox = try Inbox<String>()
            var poller = try Poller(capacity: 1)
            try poller.add(inbox.descriptor, .readable, token: 0)
            inbox.post("a")
            inbox.post("b")
            #expect(try poller.wait(until: .distantPast) == 1)
            #expect(inbox.drain() == ["a", "b"])
            #expect(try poller.wait(until: .distantPast) == 0)
            #expect(inbox.drain() == [])
        }
    }

    @Suite("A signal watch")
    struct SignalWatchTests {
        @Test("reads a signal instead of being ended by it", arguments: [SIGINT, SIGTERM])
        func takesSignal(signal: Int32) throws {
            // On a thread of its own, where `raise` leaves the signal: the process's other threads
            // do not block it.
            let thread = try WorkerThread.start(name: "signals") { () -> [Int32?] in
                guard let watch = try? SignalWatch() else { return [] }
                let before = watch.take()
                raise(signal)
                let waited = watch.wait(until: limit())
                raise(signal)
                let taken = watch.take()
                return [before, waited, taken, watch.wait(until: .distantPast)]
            }
            #expect(thread.join() == [nil, signal, signal, nil])
        }
    }
}

/// The text of a file of /proc.
func contents(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &buffer, buffer.count)
    close(descriptor)
    return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
}

/// The processors that the calling thread may run on, as the kernel writes them.
func allowedProcessors() -> String? {
    contents(of: "/proc/thread-self/status").split(separator: "\n")
        .first { $0.hasPrefix("Cpus_allowed_list:") }
        .map(String.init)
}
