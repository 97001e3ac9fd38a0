import Glibc
import Reactor
import Synchronization

/// What the program writes to, standard output or standard error, and what it may do there.
///
/// Writing goes through `write(2)`: Swift 6 does not let C's global `stdout` and `stderr` be
/// touched, and a progress line should not wait in a buffer.
struct Terminal: Sendable {
    private let descriptor: Int32

    /// Where results go.
    static let output = Terminal(descriptor: STDOUT_FILENO)

    /// Where progress, warnings and errors go, so that results can be piped.
    static let errors = Terminal(descriptor: STDERR_FILENO)

    /// What is typed, which is read and never written to.
    static let input = Terminal(descriptor: STDIN_FILENO)

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Why standard output has not got all that it should, the first time; nil when it did. A reader
    /// that has left (EPIPE) has had enough, as `head` has, and misses nothing.
    static var loss: SystemError? {
        let code = lossCode.load(ordering: .relaxed)
        return code == 0 ? nil : SystemError(call: "standard output", code: code)
    }

    private static let lossCode = Atomic<Int32>(0)

    /// Whether somebody is looking, as opposed to a file or a pipe.
    var isTerminal: Bool {
        isatty(descriptor) == 1
    }

    /// Columns: what the terminal says, else `COLUMNS`, else 80.
    var width: Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            return Int(size.ws_col)
        }
        guard let columns = Self.variable("COLUMNS").flatMap({ Int($0) }), columns > 0 else {
            return 80
        }
        return columns
    }

    /// Whether a line can be drawn over again here.
    var canRedraw: Bool {
        isTerminal && Self.variable("TERM") != "dumb"
    }

    /// Whether text may be coloured here.
    var allowsColor: Bool {
        Self.allowsColor(
            isTerminal: isTerminal, noColor: Self.variable("NO_COLOR"), term: Self.variable("TERM"))
    }

    /// The rule: only on a terminal that is not dumb, and not when NO_COLOR has any text in it
    /// (no-color.org).
    static func allowsColor(isTerminal: Bool, noColor: String?, term: String?) -> Bool {
        isTerminal && noColor ?? "" == "" && term != "dumb"
    }

    /// Writes all of the text. False when the other end has gone; there is nobody left to tell.
    @discardableResult
    func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                } else if errno == EAGAIN {
                    // Another program may have left the terminal non-blocking.
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if errno != EINTR {
                    note(errno)
                    return false
                }
            }
            return true
        }
    }

    private func note(_ code: Int32) {
        guard descriptor == STDOUT_FILENO, code != EPIPE else { return }
        _ = Self.lossCode.compareExchange(expected: 0, desired: code, ordering: .relaxed)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// The line that says how far a run has come.
///
/// On a terminal one line is drawn over and over; elsewhere only notes appear, one plain line each.
/// How often either happens is the caller's business: an update ten times a second, say, and
/// without
/// `isLive` a note every few seconds.
struct ProgressLine {
    /// Whether updates are seen at all.
    let isLive: Bool

    private let width: () -> Int
    private let write: (String) -> Void
    private var shown = ""

    /// A line on standard error.
    init() {
        let terminal = Terminal.errors
        self.init(
            isLive: terminal.canRedraw, width: { terminal.width }, write: { terminal.write($0) })
    }

    /// A line elsewhere; `width` is asked at every update, since windows change.
    init(isLive: Bool, width: @escaping () -> Int, write: @escaping (String) -> Void) {
        self.isLive = isLive
        self.width = width
        self.write = write
    }

    /// Replaces the line; cut to the width, because a line that wraps cannot be drawn over.
    mutating func update(_ text: String) {
        guard isLive else { return }
        shown = String(text.prefix(max(0, width() - 1)))
        write("\r\(shown)\(Self.clearToEnd)")
    }

    /// Prints a line that stays, above the live one where there is one.
    mutating func note(_ text: String) {
        guard !shown.isEmpty else { return write("\(text)\n") }
        write("\r\(text)\(Self.clearToEnd)\n\(shown)")
    }

    /// Takes the live line away; what is printed next begins at the left edge.
    mutating func finish() {
        guard !shown.isEmpty else { return }
        shown = ""
        write("\r\(Self.clearToEnd)")
    }

    /// ECMA-48 "erase in line", from the cursor to the end: what a shorter text leaves of a longer
    /// one.
    private static let clearToEnd = "\u{1B}[K"
}
