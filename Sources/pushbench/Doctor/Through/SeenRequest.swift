import Wire

/// A request as it arrived at the server's place: what the proxy made of the client's.
struct SeenRequest: Hashable, Sendable {
    /// The connection that it came on, numbered in the order of opening.
    let connection: Int
    /// The method: `GET`.
    let method: String
    /// Path and query.
    let target: String
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    let minorVersion: Int
    /// The field lines, names in lower case, in the order of the head.
    private let fields: [Field]

    private struct Field: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// The first value of the field `name`, in lower case.
    func value(of name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// Whether the comma-separated field `name` lists `token`; both in lower case.
    func lists(_ token: String, in name: String) -> Bool {
        fields.filter { $0.name == name }.flatMap { $0.value.split(separator: ",") }
            .contains { $0.trimmed.lowercased() == token }
    }

    /// The path without the query.
    var path: Substring { target.prefix { $0 != "?" } }

    /// Reads a head with its empty line; nil when it is none. Whatever a proxy sends is taken as
    /// far as it can be shown: the server behind judges it.
    init?(head: [UInt8], connection: Int) {
        let lines = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
        self.connection = connection
        method = String(words[0])
        target = String(words[1])
        minorVersion = words[2] == "HTTP/1.0" ? 0 : 1
        fields = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return Field(
                name: line[..<colon].lowercased(),
                value: String(line[line.index(after: colon)...].trimmed))
        }
    }
}

extension Substring {
    /// Without the white space of HTTP around it.
    fileprivate var trimmed: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

/// Finds the requests in what comes on one connection of the proxy's.
struct RequestSurvey {
    private enum State {
        case head
        case content(Int)
        /// What follows is no request any more, or cannot be told from one.
        case rest
    }

    /// Bytes of a head at most: the server behind refuses it far earlier.
    private static let headLimit = 64 * 1024

    private let connection: Int
    private var state = State.head
    private var pending: [UInt8] = []

    init(connection: Int) {
        self.connection = connection
    }

    /// Takes what came, and returns the requests whose heads are whole with it.
    mutating func receive(_ bytes: ArraySlice<UInt8>) -> [SeenRequest] {
        var found: [SeenRequest] = []
        pending += bytes
        while !pending.isEmpty {
            switch state {
            case .head:
                guard let end = pending.span.endOfHead(from: 0) else {
                    if pending.count > Self.headLimit { state = .rest }
                    return found
                }
                let request = SeenRequest(head: Array(pending[..<end]), connection: connection)
                pending.removeFirst(end)
                state = Self.state(behind: request)
                if let request { found.append(request) }
            case .content(let length):
                let taken = min(length, pending.count)
                pending.removeFirst(taken)
                state = taken == length ? .head : .content(length - taken)
            case .rest:
                pending = []
            }
        }
        return found
    }

    private static func state(behind request: SeenRequest?) -> State {
        guard let request, request.value(of: "upgrade") == nil,
            request.value(of: "transfer-encoding") == nil
        else { return .rest }
        guard let text = request.value(of: "content-length") else { return .head }
        guard let length = Int(text), length >= 0 else { return .rest }
        return length > 0 ? .content(length) : .head
    }
}
