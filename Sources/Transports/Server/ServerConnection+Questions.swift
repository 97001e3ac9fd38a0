import Wire

/// What a request for a technique says beside the technique's name.
extension ServerConnection {
    /// The cursor that the request names: Last-Event-ID or, without it, `since`.
    func cursor(
        _ bytes: Span<UInt8>, _ context: borrowing ServerContext
    ) throws(ProtocolError) -> UInt64? {
        let named =
            context.parser.fields.value(of: "last-event-id", in: bytes)
            ?? QueryString.value(of: "since", in: bytes, query: context.parser.query)
        guard let named, !named.isEmpty else { return nil }
        guard let since = bytes.decimal(in: named) else { throw .invalidCursor }
        return since
    }

    /// Whether the query asks for a new connection each time, `connection=close`: a browser's page
    /// cannot say so in the head.
    func asksToClose(
        _ bytes: Span<UInt8>, _ context: borrowing ServerContext
    ) -> Bool {
        let query = context.parser.query
        guard let wish = QueryString.value(of: "connection", in: bytes, query: query) else {
            return false
        }
        return bytes.matches("close", in: wish)
    }

    /// The session that the request names.
    func session(
        _ bytes: Span<UInt8>, _ context: borrowing ServerContext
    ) throws(ProtocolError) -> [UInt8] {
        guard context.settings.namesSessions,
            let name = QueryString.value(of: "session", in: bytes, query: context.parser.query)
        else { return [] }
        guard !name.isEmpty, name.count <= Self.sessionLimit,
            name.allSatisfy({ bytes[$0].isTokenCharacter })
        else { throw .invalidSession }
        return Array(copying: bytes.extracting(name))
    }

    /// The origin by which the asker's page may read the answer; empty where none need be named.
    ///
    /// - Throws: `originForeign` for a page that has no business here.
    func admit(_ asker: OriginPolicy.Asker) throws(ProtocolError) -> [UInt8] {
        switch asker {
        case .own: []
        case .allowed(let origin): origin
        case .foreign: throw .originForeign
        }
    }

    /// Says which methods there are (RFC 9110 §9.3.7), and to a page that may ask, what it may ask
    /// with.
    mutating func answerOptions(
        _ methods: String, _ asker: OriginPolicy.Asker, _ bytes: Span<UInt8>, _ head: Int,
        _ context: inout ServerContext
    ) throws(ProtocolError) -> ServerStep {
        var request = PlainRequest(context.parser, bytes, bytes: head)
        request.origin = try admit(asker)
        var fields = "Allow: \(methods), OPTIONS\r\n"
        if !request.origin.isEmpty { fields += OriginPolicy.preflightFields }
        context.writeAnswer(204, contentType: "", fields: fields, body: [], to: request)
        guard !request.keepsAlive else { return .answered }
        end()
        return .end(nil)
    }

    /// Bytes of a session's name at most: three times a UUID's random part.
    private static let sessionLimit = 64
}

extension ProtocolError {
    package static let invalidCursor = ProtocolError(
        rule: "cursor", reason: "The cursor (since, or Last-Event-ID) must be a number.",
        reference: "pushbench, cursor and resumption")
    package static let invalidSession = ProtocolError(
        rule: "session", reason: "A session's name is 1 to 64 letters, digits, dots and dashes.",
        reference: "pushbench, sessions")
}
