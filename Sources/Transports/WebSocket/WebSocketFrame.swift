// The vocabulary of RFC 6455: what a frame is for, what stands before its payload, and why a
// connection ends. How they are written is in WebSocketFrameCoding.swift.

import Wire

/// Which end of a connection one is (RFC 6455 §1.2).
package enum WebSocketRole: Sendable {
    /// The end that accepted the connection: it receives masked frames and sends unmasked ones.
    case server
    /// The end that opened the connection: it receives unmasked frames and sends masked ones.
    case client
}

/// What a frame is for (RFC 6455 §5.2); the raw value is the opcode on the wire.
package enum WebSocketOpcode: UInt8, CaseIterable, Sendable {
    /// A further fragment of the message that a text or binary frame began.
    case continuation = 0x0
    /// A text message, or its first fragment.
    case text = 0x1
    /// A binary message, or its first fragment.
    case binary = 0x2
    /// The sender's last frame.
    case close = 0x8
    /// A question whether the other end is there.
    case ping = 0x9
    /// The answer to a ping, or a sign of life without one.
    case pong = 0xA

    /// Whether the frame is about the connection and not part of a message (RFC 6455 §5.5).
    package var isControl: Bool { rawValue & 0x8 != 0 }

    /// What the bytes before the payload are for.
    package var headerClass: ByteClass {
        switch self {
        case .continuation, .text, .binary: .messageFraming
        case .close: .closing
        case .ping, .pong: .heartbeat
        }
    }

    /// What the bytes of the payload are for.
    package var payloadClass: ByteClass {
        switch self {
        case .continuation, .text, .binary: .payload
        case .close: .closing
        case .ping, .pong: .heartbeat
        }
    }
}

/// Everything that stands before a frame's payload.
package struct WebSocketFrameHeader: Hashable, Sendable {
    /// What the frame is for.
    package var opcode: WebSocketOpcode
    /// Whether the frame ends its message.
    package var isFinal: Bool
    /// Whether the frame begins a message that is compressed: the first reserved bit, once
    /// permessage-deflate was agreed (RFC 7692 §6).
    package var isCompressed: Bool
    /// The masking key, whose bytes on the wire begin with the highest.
    package var mask: UInt32?
    /// The length of the payload in bytes.
    package var payloadLength: Int

    package init(
        opcode: WebSocketOpcode, isFinal: Bool = true, isCompressed: Bool = false,
        mask: UInt32? = nil, payloadLength: Int
    ) {
        self.opcode = opcode
        self.isFinal = isFinal
        self.isCompressed = isCompressed
        self.mask = mask
        self.payloadLength = payloadLength
    }

    /// The longest payload of a control frame (RFC 6455 §5.5): it fits the short form of the length.
    package static let maxControlPayload = 125

    /// The number of bytes that this header takes on the wire: 2, 4 or 10, and 4 more with a key.
    ///
    /// It holds for headers read as for headers written, as only the shortest form is accepted.
    package var encodedLength: Int {
        let length = payloadLength <= 125 ? 0 : payloadLength <= 0xFFFF ? 2 : 8
        return 2 + length + (mask == nil ? 0 : 4)
    }
}

/// Why a connection ends (RFC 6455 §7.4).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The purpose of the connection is fulfilled.
    package static let normalClosure = WebSocketCloseCode(rawValue: 1000)
    /// The server goes down, or the page was left.
    package static let goingAway = WebSocketCloseCode(rawValue: 1001)
    /// A frame broke a rule.
    package static let protocolError = WebSocketCloseCode(rawValue: 1002)
    /// A kind of message that this end does not take, such as binary.
    package static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
    /// Text that is not UTF-8.
    package static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
    /// A message that breaks this end's own rules.
    package static let policyViolation = WebSocketCloseCode(rawValue: 1008)
    /// A message that is too big for this end.
    package static let messageTooBig = WebSocketCloseCode(rawValue: 1009)
    /// The client wanted an extension that the server did not offer.
    package static let missingExtension = WebSocketCloseCode(rawValue: 1010)
    /// The server met a condition that it did not expect.
    package static let internalError = WebSocketCloseCode(rawValue: 1011)
    /// The server restarts; come back.
    package static let serviceRestart = WebSocketCloseCode(rawValue: 1012)
    /// The server has too much to do; come back later.
    package static let tryAgainLater = WebSocketCloseCode(rawValue: 1013)
    /// A gateway got a bad answer from behind it.
    package static let badGateway = WebSocketCloseCode(rawValue: 1014)

    /// Whether the code may stand in a close frame.
    ///
    /// 1004 is reserved; 1005, 1006 and 1015 are only told by a library to its program (RFC 6455
    /// §7.4.1); 1012 to 1014 are registered with IANA; 3000 to 3999 are for libraries and 4000 to
    /// 4999 for private use (RFC 6455 §7.4.2).
    package var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// The code's name, for logs.
    package var name: String {
        switch rawValue {
        case 1000: "normal closure"
        case 1001: "going away"
        case 1002: "protocol error"
        case 1003: "unsupported data"
        case 1005: "no code"
        case 1006: "abnormal closure"
        case 1007: "invalid payload"
        case 1008: "policy violation"
        case 1009: "message too big"
        case 1010: "missing extension"
        case 1011: "internal error"
        case 1012: "service restart"
        case 1013: "try again later"
        case 1014: "bad gateway"
        case 1015: "TLS failure"
        case 3000...3999: "library's code"
        case 4000...4999: "private code"
        default: "undefined code"
        }
    }
}

extension WebSocketCloseCode: CustomStringConvertible {
    package var description: String { "\(rawValue) \(name)" }
}

/// The payload of a close frame: nothing, or a code and words for the log (RFC 6455 §5.5.1).
package struct WebSocketClose: Hashable, Sendable {
    /// Why the sender closes, if it says so.
    package var code: WebSocketCloseCode?
    /// The same in words; empty without a code.
    package var reason: String

    package init(code: WebSocketCloseCode? = nil, reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// What to say to a peer that broke a rule (RFC 6455 §7.1.7).
    package init(answering error: ProtocolError) {
        self.init(code: WebSocketCloseCode(rawValue: error.closeCode), reason: error.reason)
    }

    /// Reads the payload of a close frame.
    package init(payload: Span<UInt8>) throws(ProtocolError) {
        guard payload.count > 0 else {
            self.init()
            return
        }
        guard payload.count >= 2 else { throw .webSocketShortClosePayload }
        let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isValidOnWire else { throw .webSocketInvalidCloseCode }
        let words = payload.extracting(droppingFirst: 2)
        var validator = UTF8Validator()
        guard validator.accept(words) && validator.isComplete else {
            throw .webSocketInvalidCloseReason
        }
        var text: [UInt8] = []
        text.append(span: words)
        self.init(code: code, reason: String(decoding: text, as: UTF8.self))
    }
}
