import Link
import Transports
import Wire

extension Rules {
    /// What a server can break in the eyes of any client.
    static let session: [ProtocolError] =
        response + message + ProtocolError.webSocketRules + [
            .httpUnexpectedStatus, .httpUnexpectedBytes, .streamContentType, .scriptElement,
            .malformedBatch, .jsonpCall, .webSocketAccept, .webSocketTruncated,
            .pollWithoutValidator, .webSocketSubprotocol, .webSocketExtensionAnswer,
            .webSocketInvalidCompression, .webSocketExtensions,
        ]
}

extension DecoderProperty {
    /// The client half of each technique, as spoken here and as foreign servers speak it.
    static let client = DecoderProperty(
        "client",
        "a session hears the same however the answer is cut, and lives through "
            + "reconnections and deadlines"
    ) { (input) throws(Violation) in
        let technique = Int(input.variant) % techniques.count
        let (whole, pieces) = input.feeds
        let reference = try FirstAnswer(whole, techniques[technique])
        // A poll's answer comes alone; whether something comes behind it the reads decide.
        if reference.error != .httpUnexpectedBytes {
            try Violation.unlessEqual(
                reference, try FirstAnswer(pieces, techniques[technique]),
                "the reads change what is heard")
        }
        try driveOn(pieces, techniques[technique])
    }

    /// Every client that there is: the lab's eight, and those of each target profile.
    private static let techniques: [Transport] = {
        guard let url = try? HTTPURL(parsing: "http://127.0.0.1:8080") else { return [] }
        return Transport.all
            + TargetProfile.all.flatMap { profile in
                profile.techniques.compactMap { profile.transport($0, at: url) }
            }
    }()

    /// Goes on after each answer, through reconnections and deadlines, to the end.
    private static func driveOn(
        _ pieces: [[UInt8]], _ technique: Transport
    ) throws(Violation) {
        var session = technique.makeClient(ClientProfile(authority: "127.0.0.1:8080", since: 0))
        var context = ClientContext(seed: 1, keepingPayloads: true)
        session.connected(&context)
        var fed = 0
        do throws(ProtocolError) {
            for piece in pieces {
                fed += piece.count
                context.startInput(now: context.now + .milliseconds(100))
                var step = try session.receive(piece.span, &context)
                if step == .carryOn, session.deadline <= context.now {
                    step = session.deadlineReached(&context)
                }
                if step != .carryOn { session.connected(&context) }
            }
            _ = try session.peerClosed(&context)
            session.leave(&context)
        } catch {
            try Rules.check(error, among: Rules.session)
        }
        try Violation.unless(
            context.received.total <= fed, "\(context.received.total) of \(fed) bytes are told")
    }
}

/// What a session hears on its first connection, up to the first answer to a poll.
private struct FirstAnswer: Equatable {
    private(set) var events: [DeliveredEvent] = []
    private(set) var payloads: [[UInt8]] = []
    private(set) var output: [UInt8] = []
    private(set) var ledger = ByteLedger()
    private(set) var announcedLost: UInt64 = 0
    private(set) var step = ClientStep.carryOn
    private(set) var error: ProtocolError?

    init(_ pieces: [[UInt8]], _ technique: Transport) throws(Violation) {
        var session = technique.makeClient(ClientProfile(authority: "127.0.0.1:8080", since: 0))
        var context = ClientContext(seed: 1, keepingPayloads: true)
        session.connected(&context)
        var fed = 0
        for piece in pieces where error == nil && step == .carryOn && context.answers == 0 {
            context.startInput(now: context.now)
            fed += piece.count
            do throws(ProtocolError) {
                step = try session.receive(piece.span, &context)
            } catch {
                self.error = error
            }
            events += context.events
            payloads += context.payloads
            output += context.output.bytes
        }
        ledger = context.received
        announcedLost = context.announcedLost
        try Violation.unless(ledger.total <= fed, "\(ledger.total) of \(fed) bytes are told")
        for byteClass in ByteClass.allCases {
            try Violation.unless(ledger[byteClass] >= 0, "\(byteClass.name) is negative")
        }
        try Rules.check(error, among: Rules.session)
        // How far the read that broke a rule was taken depends on the read.
        if error != nil { ledger = ByteLedger() }
    }
}
