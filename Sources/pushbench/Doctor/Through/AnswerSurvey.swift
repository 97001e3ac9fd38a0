import Transports
import Wire

/// What the bytes of one client connection tell of the answers on it, beside what the technique's own
/// client makes of them: the heads, and how the content was cut into chunks.
struct AnswerSurvey {
    /// The head of an answer, as far as a proxy may have changed it.
    struct Head: Hashable, Sendable {
        /// The status code.
        let status: Int
        /// How the content ends.
        let body: HTTPBodyFraming
        /// Whether the connection may be used again.
        let isPersistent: Bool
        /// Content-Encoding (RFC 9110 §8.4); nil when the content is as the server wrote it.
        let encoding: String?
        /// Server (RFC 9110 §10.2.4), which the lab server does not send: the proxy's name.
        let server: String?
    }

    private enum State {
        case head
        case length(Int)
        case chunked(ChunkCount)
        /// Until the connection closes, or nothing that could be understood.
        case rest
    }

    /// The heads so far, interim ones left out (RFC 9110 §15.2).
    private(set) var heads: [Head] = []
    /// Chunks begun so far; the empty one at the end is none.
    private(set) var chunks = 0
    private var state = State.head
    private var pending: [UInt8] = []

    /// Takes what came.
    mutating func receive(_ bytes: ArraySlice<UInt8>) {
        pending += bytes
        while !pending.isEmpty {
            switch state {
            case .head:
                guard readHead() else { return }
            case .length(let length):
                let taken = min(length, pending.count)
                pending.removeFirst(taken)
                state = taken == length ? .head : .length(length - taken)
            case .chunked(var count):
                let taken = count.receive(pending[...])
                pending.removeFirst(taken)
                chunks += count.takeBegun()
                state = count.isOver ? .head : .chunked(count)
            case .rest:
                pending = []
            }
        }
    }

    /// Reads the head at the start of what is held; false when it is not whole.
    private mutating func readHead() -> Bool {
        let held = pending
        var parser = HTTPResponseParser()
        do throws(ProtocolError) {
            guard let length = try parser.parse(held.span) else { return false }
            pending.removeFirst(length)
            note(parser, held)
        } catch {
            // The technique's own client says what is wrong with it.
            state = .rest
        }
        return true
    }

    private mutating func note(_ parser: HTTPResponseParser, _ held: [UInt8]) {
        let isFinal = parser.status >= 200 || parser.status == 101
        guard isFinal else { return }
        func value(_ name: StaticString) -> String? {
            parser.fields.value(of: name, in: held.span).map { held.span.text($0) }
        }
        let encoding = value("content-encoding").flatMap { $0 == "identity" ? nil : $0 }
        heads.append(
            Head(
                status: parser.status, body: parser.body, isPersistent: parser.isPersistent,
                encoding: encoding, server: value("server")))
        state =
            switch parser.body {
            case .none: parser.status == 101 ? .rest : .head
            case .length(let length): length > 0 ? .length(length) : .head
            case .chunked: .chunked(ChunkCount())
            case .untilClose: .rest
            }
    }
}

/// Counts chunks (RFC 9112 §7.1). `ChunkedCoding.Decoder` hands out their content and hides where one
/// ends and the next begins, which is all that matters here; what is malformed it refuses.
struct ChunkCount {
    private enum State {
        case size(Int, isExtension: Bool)
        case content(Int)
        case contentEnd
        case trailer(lineBytes: Int)
        case over
    }

    private var state = State.size(0, isExtension: false)
    private var begun = 0

    /// Whether the last chunk and the trailers were read.
    var isOver: Bool {
        if case .over = state { true } else { false }
    }

    /// The chunks with content that began since this was asked last.
    mutating func takeBegun() -> Int {
        defer { begun = 0 }
        return begun
    }

    /// Reads on, and says how many bytes belong to the content.
    mutating func receive(_ bytes: ArraySlice<UInt8>) -> Int {
        var index = bytes.startIndex
        while index < bytes.endIndex, !isOver {
            if case .content(let length) = state {
                let taken = min(length, bytes.endIndex - index)
                index += taken
                state = taken == length ? .contentEnd : .content(length - taken)
            } else {
                step(over: bytes[index])
                index += 1
            }
        }
        return index - bytes.startIndex
    }

    private mutating func step(over byte: UInt8) {
        switch state {
        case .size(let size, let isExtension):
            if byte == .lineFeed {
                state = size == 0 ? .trailer(lineBytes: 0) : .content(size)
                if size > 0 { begun += 1 }
            } else if !isExtension, let digit = byte.hexadecimalValue, size < 1 << 32 {
                state = .size(size << 4 | Int(digit), isExtension: false)
            } else {
                state = .size(size, isExtension: true)
            }
        case .contentEnd:
            if byte == .lineFeed { state = .size(0, isExtension: false) }
        case .trailer(let lineBytes):
            guard byte == .lineFeed else {
                let counts = byte == .carriageReturn ? 0 : 1
                return state = .trailer(lineBytes: lineBytes + counts)
            }
            state = lineBytes == 0 ? .over : .trailer(lineBytes: 0)
        case .content, .over:
            break
        }
    }
}
