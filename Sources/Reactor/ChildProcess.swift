import CLinux
import Glibc
import Link

/// A program of ours that is spoken to in lines over its standard input and output.
///
/// The lab server runs as one, so that its descriptors, CPU time and memory are not the load
/// generator's. Its standard error is ours, it blocks no signal, and it is in a process group of its
/// own: Ctrl-C at the terminal reaches the parent alone, which then stops the child over its
/// standard input and still hears what it has to report.
///
/// A child never outlives its owner: one that was not collected with `wait` is killed and collected
/// when this value goes.
package struct ChildProcess: ~Copyable {
    /// How a process ended.
    package enum ExitStatus: Hashable, Sendable {
        /// By itself, with this exit code.
        case exited(Int32)
        /// By this signal.
        case signaled(Int32)
    }

    /// The child's number, valid until `wait` has returned its status.
    package let processID: Int32
    private let executable: String
    private let input: OwnedDescriptor
    private let output: OwnedDescriptor
    /// Polls readable once the child has ended.
    private let end: OwnedDescriptor
    private var status: ExitStatus?
    /// Output that is not yet a line that was asked for.
    private var pending: [UInt8] = []
    /// How much of `pending` is known to hold no line end.
    private var scannedBytes = 0
    private var hasEnded = false

    /// Starts `executable` (a path, not looked up) with `arguments` after its own name, on the
    /// processor of that index (see `Processors`) or, without one, on those of the calling thread.
    ///
    /// Makes the whole process ignore SIGPIPE, so that a line to a child that died is an error.
    package static func spawn(
        executable: String, arguments: [String], processor: Int? = nil
    ) throws(SystemError) -> ChildProcess {
        SignalWatch.ignoreFailedWrites()
        let number = try processor.map { index throws(SystemError) in
            try Processors.number(at: index)
        }
        let input = try Pipe()
        let output = try Pipe()
        var words = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        let processID = try SystemCall.perform("start \(executable)", arguments: .named) {
            clx_spawn(
                executable, words, input.reading.number, output.writing.number, number ?? -1)
        }
        let end: OwnedDescriptor
        do {
            end = OwnedDescriptor(
                try SystemCall.perform("pidfd_open") { clx_open_process(processID) })
        } catch {
            killAndCollect(processID)
            throw error
        }
        return ChildProcess(
            processID: processID, executable: executable, input: input.takeWriting(),
            output: output.takeReading(), end: end)
    }

    private init(
        processID: Int32, executable: String, input: consuming OwnedDescriptor,
        output: consuming OwnedDescriptor, end: consuming OwnedDescriptor
    ) {
        self.processID = processID
        self.executable = executable
        self.input = input
        self.output = output
        self.end = end
    }

    deinit {
        if status == nil {
            Self.killAndCollect(processID)
        }
    }

    /// Writes `line` and a line end to the child's standard input.
    ///
    /// Throws EPIPE when the child has closed it. Waits while the child does not read and the pipe
    /// (64 KiB) is full, which lines of control never fill.
    package func send(line: String) throws(SystemError) {
        precondition(!line.utf8.contains(UInt8(ascii: "\n")), "A line of several lines.")
        let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
        var sent = 0
        while sent < bytes.count {
            sent += try SystemCall.perform("write to \(executable)") {
                bytes[sent...].withUnsafeBytes { clx_write(input.number, $0.baseAddress, $0.count) }
            }
        }
    }

    /// The next line of the child's standard output without its end; `nil` when `deadline` came
    /// first. What comes after the last line end counts as a line.
    ///
    /// Throws EPIPE when the output has ended and every line was read, which for a child that still
    /// had something to say means that it died.
    package mutating func readLine(until deadline: Instant) throws(SystemError) -> String? {
        while true {
            if let line = takeLine() { return line }
            guard !hasEnded else {
                throw SystemError(call: "read from \(executable)", code: EPIPE)
            }
            guard output.waitUntilReadable(until: deadline) else { return nil }
            try readOutput()
        }
    }

    /// Sends the child a signal; nothing happens when it has ended.
    package func terminate(_ signal: Int32 = SIGTERM) {
        // The number cannot be another process's: it is ours until the child is collected.
        guard status == nil else { return }
        SystemCall.demand("kill") { clx_signal_process(processID, signal) }
    }

    /// Waits for the child's end and collects it; `nil` when `deadline` came first.
    ///
    /// Does not read: a child that waits for room in its standard output never ends.
    package mutating func wait(until deadline: Instant) -> ExitStatus? {
        if let status { return status }
        guard end.waitUntilReadable(until: deadline) else { return nil }
        status = Self.collect(processID)
        return status
    }

    /// Waits for the end of a process that has ended or is about to.
    private static func collect(_ processID: Int32) -> ExitStatus {
        var detail: Int32 = 0
        while true {
            let result = clx_reap(processID, 1, &detail)
            guard result != -EINTR else { continue }
            precondition(result > 0, "Process \(processID) was collected by somebody else.")
            return result == CLX_SIGNALED ? .signaled(detail) : .exited(detail)
        }
    }

    private static func killAndCollect(_ processID: Int32) {
        _ = clx_signal_process(processID, SIGKILL)
        _ = collect(processID)
    }

    private mutating func readOutput() throws(SystemError) {
        let room = 4096
        let count = pending.count
        pending.append(contentsOf: repeatElement(0, count: room))
        var received = 0
        defer { pending.removeLast(room - received) }
        received = try SystemCall.perform("read from \(executable)") {
            pending.withUnsafeMutableBytes {
                clx_read(output.number, $0.baseAddress.map { $0 + count }, room)
            }
        }
        hasEnded = received == 0
    }

    private mutating func takeLine() -> String? {
        guard let end = pending[scannedBytes...].firstIndex(of: UInt8(ascii: "\n")) else {
            scannedBytes = pending.count
            guard hasEnded, !pending.isEmpty else { return nil }
            defer {
                pending = []
                scannedBytes = 0
            }
            return String(decoding: pending, as: UTF8.self)
        }
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 1)
        scannedBytes = 0
        return line
    }
}

extension ChildProcess.ExitStatus: CustomStringConvertible {
    /// `exit code 1`, `signal 9`.
    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let number): "signal \(number)"
        }
    }
}

/// The two ends of a pipe, each closed unless taken.
private struct Pipe: ~Copyable {
    let reading: OwnedDescriptor
    let writing: OwnedDescriptor

    init() throws(SystemError) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        _ = try SystemCall.perform("pipe") { clx_pipe(&reading, &writing) }
        self.reading = OwnedDescriptor(reading)
        self.writing = OwnedDescriptor(writing)
    }

    consuming func takeReading() -> OwnedDescriptor {
        reading
    }

    consuming func takeWriting() -> OwnedDescriptor {
        writing
    }
}
