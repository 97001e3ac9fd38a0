import Link
import Wire

/// What all connections of one server loop share: the event log, the settings, the moment, and the
/// buffer into which a connection writes what it answers. One loop reuses one context.
package struct ServerContext: Sendable {
    /// How a server behaves towards its clients.
    package struct Settings: Sendable {
        /// How long a poll waits for an event.
        package var hold = Duration.seconds(25)
        /// Events in one answer to a poll at most; 0 for all that are pending.
        package var batchLimit = 0
        /// Bytes of events in one answer to a poll at most, unless its first event alone has more; the
        /// next answer has the rest.
        package var answerLimit = Int.max
        /// Bytes of events that are written at a time of what a stream's client missed, unless one
        /// event alone has more; the rest follows once it has taken these.
        package var pieceLimit = Int.max
        /// Bytes of a message that a client sends on an open stream. It has nothing to say here but
        /// pongs and goodbyes, so 64 KiB is generous, and keeps what one connection can make the
        /// server hold small.
        package var inboundLimit = 64 * 1024
        /// Whose pages may ask, and read what is served here.
        package var origins = OriginPolicy.own
        /// Whether requests may say by `session=NAME` whose they are.
        package var namesSessions = false
        /// Whether what clients say on an open stream is kept for the driver.
        package var keepsInbound = false
        /// Whether events are published by POST to `/events`; not where an application decides what is
        /// published.
        package var takesEvents = true
        /// Who may, where they are.
        package var publishing = PublishPolicy.anybody
        /// Where content may be posted to beside `/events`: beginnings of paths.
        package var contentPaths: [String] = []
        /// Whether WebSocket messages are deflated for clients that offer it, if the program can.
        package var deflates = false
        /// Whether `/echo` sends WebSocket messages back, for conformance suites.
        package var echoes = false
        /// Bounds on the requests of a client.
        package var limits = HTTPRequestParser.Limits()

        package init() {}

        /// What bounds the answer to a poll.
        package var batchLimits: BatchLimits {
            BatchLimits(events: batchLimit, bytes: answerLimit)
        }
    }

    /// The techniques served; steps name them by their index.
    package let transports: [Transport]
    package var settings: Settings
    /// The one event source.
    package var log: EventLog
    /// The present moment.
    package var now = Instant(nanoseconds: 0)
    /// The present moment as an HTTP date.
    package var date = HTTPDate.bytes(secondsSince1970: 0)
    /// What the connection answers to its present input.
    package var output = WireBuffer()
    /// The newest event that `writeReplay` has written or passed; the client misses those after it.
    package private(set) var replayed: UInt64 = 0
    /// What the last input on an open stream was for, by class.
    package var received = ByteLedger()

    let ids: [[UInt8]]
    var parser = HTTPRequestParser()
    /// Whose the last request was, and of which field section that is true.
    private var asker = OriginPolicy.Asker.own
    private var askerSection: UInt64 = 0

    package init(transports: [Transport], settings: Settings, log: EventLog) {
        self.transports = transports
        self.settings = settings
        self.log = log
        ids = transports.map { Array($0.id.utf8) }
    }

    /// Whose the request is whose head was just parsed. It follows from the field section alone, unless
    /// the target names the host, so that a client which asks again is not judged again.
    ///
    /// - Throws: `hostForeign` when the request is for a name that this server is not known by.
    mutating func identifyAsker(
        _ bytes: Span<UInt8>
    ) throws(ProtocolError) -> OriginPolicy.Asker {
        guard parser.isAbsolute || askerSection != parser.section else { return asker }
        askerSection = 0
        guard settings.origins.believes(parser, in: bytes) else { throw .hostForeign }
        asker = settings.origins.asker(of: parser, in: bytes)
        if !parser.isAbsolute { askerSection = parser.section }
        return asker
    }

    /// Writes a whole answer that is no technique's: a page, a figure, an error. Of `fields`, further
    /// field lines, each has its CR LF.
    package mutating func writeAnswer(
        _ status: Int, contentType: String, fields: String = "", body: [UInt8],
        to request: PlainRequest
    ) {
        Self.writeHead(
            status, date: date, contentType: contentType, fields: fields, bodyBytes: body.count,
            to: request, into: &output)
        if !request.isHead { output.write(body, as: .payload) }
    }

    /// How long the head of such an answer is: what an application must know that tells a client what
    /// its request cost.
    package static func headBytes(
        _ status: Int, contentType: String, fields: String, bodyBytes: Int,
        to request: PlainRequest
    ) -> Int {
        var head = WireBuffer()
        // Dates are of one length (RFC 9110 §5.6.7).
        writeHead(
            status, date: HTTPDate.bytes(secondsSince1970: 0), contentType: contentType,
            fields: fields, bodyBytes: bodyBytes, to: request, into: &head)
        return head.count
    }

    private static func writeHead(
        _ status: Int, date: [UInt8], contentType: String, fields: String, bodyBytes: Int,
        to request: PlainRequest, into wire: inout WireBuffer
    ) {
        HTTPHeadWriter.status(status, into: &wire)
        wire.write("Date: ", as: .responseHead)
        wire.write(date, as: .responseHead)
        wire.write("\r\n", as: .responseHead)
        if status != 204 {
            HTTPHeadWriter.field("Content-Type", contentType, into: &wire)
            // What is text stays text, whatever a browser finds in it (WHATWG Fetch §3.7).
            wire.write("X-Content-Type-Options: nosniff\r\n", as: .responseHead)
        }
        OriginPolicy.writeFields(allowing: request.origin, into: &wire)
        wire.write(fields, as: .responseHead)
        if !request.keepsAlive {
            wire.write("Connection: close\r\n", as: .responseHead)
        } else if request.minorVersion == 0 {
            wire.write("Connection: keep-alive\r\n", as: .responseHead)
        }
        // RFC 9110 §8.6: an answer that can have no content does not say how long it is.
        if status != 204 { HTTPHeadWriter.field("Content-Length", bodyBytes, into: &wire) }
        HTTPHeadWriter.end(into: &wire)
    }

    /// Writes the answer to `poll`.
    package mutating func writeAnswer(to poll: Poll, of server: PollingServer) {
        server.writeAnswer(
            to: poll, from: log, limits: settings.batchLimits, date: date, into: &output)
    }

    /// Writes what a subscriber must get before it joins the live stream: where the stream begins
    /// and, when it resumes, what it missed; of that as much as `pieceLimit` allows, up to the event
    /// `replayed`.
    package mutating func writeReplay(
        since: UInt64?, of stream: any StreamingServer, coding: StreamCoding
    ) {
        let resumption = log.resume(since: since)
        stream.write(
            .position(cursor: resumption.cursor, lost: resumption.lost), coding: coding,
            into: &output)
        writeEvents(after: resumption.cursor, of: stream, coding: coding)
    }

    /// Writes the next piece of what a subscriber missed that has everything up to event `cursor`,
    /// and before it, when the log has let go of some of that, how much.
    ///
    /// - Returns: how many events are lost.
    package mutating func continueReplay(
        after cursor: UInt64, of stream: any StreamingServer, coding: StreamCoding
    ) -> UInt64 {
        let resumption = log.resume(since: cursor)
        if resumption.lost > 0 {
            stream.write(
                .position(cursor: resumption.cursor, lost: resumption.lost), coding: coding,
                into: &output)
        }
        writeEvents(after: resumption.cursor, of: stream, coding: coding)
        return resumption.lost
    }

    private mutating func writeEvents(
        after cursor: UInt64, of stream: any StreamingServer, coding: StreamCoding
    ) {
        replayed = log.reach(after: cursor, bytes: settings.pieceLimit)
        var id = cursor + 1
        while id <= replayed {
            stream.write(.event(log[id]), coding: coding, into: &output)
            id += 1
        }
    }
}

/// A request that is no technique's.
package struct PlainRequest: Sendable {
    /// Whether only the head of the answer is wanted.
    package var isHead = false
    /// Whether the connection stays open after the answer.
    package var keepsAlive = true
    /// 0 for HTTP/1.0, which must be told that the connection stays open.
    package var minorVersion = 1
    /// The target's path.
    package var path = ""
    /// The target's query, without the question mark.
    package var query = ""
    /// The host that the client means, as it says it (RFC 9110 §7.2): a name or an address, and the
    /// port unless it is 80. Nobody has checked it.
    package var host = ""
    /// The origin whose page may read the answer; empty for none but the server's own.
    package var origin: [UInt8] = []
    /// What was posted; nil for a request that only reads.
    package var content: [UInt8]?
    /// What the content says that it is, in lower case.
    package var contentType = ""
    /// What the request took on the wire: its head, and its content as it was framed.
    package var wireBytes = 0

    package init() {}

    /// The request whose head was just parsed.
    init(_ parser: borrowing HTTPRequestParser, _ head: Span<UInt8>, bytes headBytes: Int) {
        wireBytes = headBytes
        isHead = parser.method == .head
        keepsAlive = parser.isPersistent
        minorVersion = parser.minorVersion
        path = head.text(parser.path)
        query = head.text(parser.query)
        host = head.text(parser.host)
    }
}
