// The rules of RFC 6455's frames that a peer can break, each with its section and the close code
// that answers it: 1002 for a broken format, 1007 for text that is not text, 1009 for a size.

import Wire

extension ProtocolError {
    /// A reserved bit is set, though no extension was agreed that gives it a meaning.
    package static let webSocketReservedBit = ProtocolError(
        rule: "websocket-reserved-bit",
        reason: "a reserved bit is set that no extension gives a meaning to",
        reference: "RFC 6455 §5.2")

    /// An opcode that is reserved.
    package static let webSocketUnknownOpcode = ProtocolError(
        rule: "websocket-unknown-opcode", reason: "the opcode is reserved",
        reference: "RFC 6455 §5.2")

    /// A ping, pong or close without the final bit.
    package static let webSocketFragmentedControlFrame = ProtocolError(
        rule: "websocket-fragmented-control-frame", reason: "a control frame is fragmented",
        reference: "RFC 6455 §5.5")

    /// A ping, pong or close of more than 125 bytes.
    package static let webSocketLongControlFrame = ProtocolError(
        rule: "websocket-long-control-frame", reason: "a control frame is longer than 125 bytes",
        reference: "RFC 6455 §5.5")

    /// A frame from a client without a masking key.
    package static let webSocketUnmaskedFrame = ProtocolError(
        rule: "websocket-unmasked-frame", reason: "a client must mask its frames",
        reference: "RFC 6455 §5.1")

    /// A frame from a server with a masking key.
    package static let webSocketMaskedFrame = ProtocolError(
        rule: "websocket-masked-frame", reason: "a server must not mask its frames",
        reference: "RFC 6455 §5.1")

    /// A length in a longer form than it needs.
    package static let webSocketLengthForm = ProtocolError(
        rule: "websocket-length-form", reason: "the length is not in its shortest form",
        reference: "RFC 6455 §5.2")

    /// A length of eight bytes whose highest bit is set.
    package static let webSocketHugeLength = ProtocolError(
        rule: "websocket-huge-length", reason: "the highest bit of the length is set",
        reference: "RFC 6455 §5.2")

    /// A continuation without a message that it could continue.
    package static let webSocketUnexpectedContinuation = ProtocolError(
        rule: "websocket-unexpected-continuation", reason: "there is no message to continue",
        reference: "RFC 6455 §5.4")

    /// A new message before the last fragment of the one before.
    package static let webSocketInterruptedMessage = ProtocolError(
        rule: "websocket-interrupted-message",
        reason: "a message begins before the fragmented one has ended",
        reference: "RFC 6455 §5.4")

    /// A frame above the receiver's limit.
    package static let webSocketFrameTooBig = ProtocolError(
        rule: "websocket-frame-too-big", reason: "the frame is larger than the limit",
        reference: "RFC 6455 §10.4", status: 413, closeCode: 1009)

    /// A message above the receiver's limit.
    package static let webSocketMessageTooBig = ProtocolError(
        rule: "websocket-message-too-big", reason: "the message is larger than the limit",
        reference: "RFC 6455 §10.4", status: 413, closeCode: 1009)

    /// A text message that is not UTF-8.
    package static let webSocketInvalidText = ProtocolError(
        rule: "websocket-invalid-text", reason: "a text message is not UTF-8",
        reference: "RFC 6455 §8.1", closeCode: 1007)

    /// A close frame with one byte, which is half a code.
    package static let webSocketShortClosePayload = ProtocolError(
        rule: "websocket-short-close-payload", reason: "a close frame has half a code",
        reference: "RFC 6455 §5.5.1")

    /// A close code that may not stand on the wire.
    package static let webSocketInvalidCloseCode = ProtocolError(
        rule: "websocket-invalid-close-code", reason: "the close code may not be sent",
        reference: "RFC 6455 §7.4")

    /// A close reason that is not UTF-8.
    package static let webSocketInvalidCloseReason = ProtocolError(
        rule: "websocket-invalid-close-reason", reason: "the close reason is not UTF-8",
        reference: "RFC 6455 §5.5.1", closeCode: 1007)

    /// Every rule of the frame format.
    package static let webSocketRules: [ProtocolError] = [
        .webSocketReservedBit, .webSocketUnknownOpcode, .webSocketFragmentedControlFrame,
        .webSocketLongControlFrame, .webSocketUnmaskedFrame, .webSocketMaskedFrame,
        .webSocketLengthForm, .webSocketHugeLength, .webSocketUnexpectedContinuation,
        .webSocketInterruptedMessage, .webSocketFrameTooBig, .webSocketMessageTooBig,
        .webSocketInvalidText, .webSocketShortClosePayload, .webSocketInvalidCloseCode,
        .webSocketInvalidCloseReason,
    ]
}
