// How a frame stands on the wire (RFC 6455 §5.2), written and read.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-------+-+-------------+-------------------------------+
//     |F|R|R|R|opcode |M| length      | length, if 126: 16 bits       |
//     |I|S|S|S|       |A| 0..125,     |         if 127: 64 bits ...   |
//     |N|V|V|V|       |S| 126 or 127  |                               |
//     | |1|2|3|       |K|             |                               |
//     +-+-+-+-+-------+-+-------------+-------------------------------+
//     | masking key, if MASK: 32 bits                                 |
//     +---------------------------------------------------------------+
//     | payload, masked if MASK ...                                   |
//     +---------------------------------------------------------------+
//
// "Hello" as text takes seven bytes from the server and eleven from the client, which must mask:
//
//     81 05             48 65 6c 6c 6f
//     81 85 37 fa 21 3d 7f 9f 4d 51 58
//
// An event of 100 bytes therefore costs a server two bytes of framing, and one of 126 bytes four.

import Deflate
import Wire

// MARK: - Encoding

/// Writes frames.
///
/// `mask` is the masking key, whose bytes on the wire begin with the highest: a client passes a fresh
/// random number for every frame and a server passes `nil` (RFC 6455 §5.1).
package enum WebSocketFrame {
    /// Writes what stands before a payload of `payloadLength` bytes.
    package static func encodeHeader(
        opcode: WebSocketOpcode, payloadLength: Int, fin: Bool = true, isCompressed: Bool = false,
        mask: UInt32?, into wire: inout WireBuffer, as byteClass: ByteClass
    ) {
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        let first = (fin ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue
        wire.write(byte: first, as: byteClass)
        // The shortest form is the only one allowed (RFC 6455 §5.2).
        switch payloadLength {
        case ...125:
            wire.write(byte: maskBit | UInt8(payloadLength), as: byteClass)
        case ...0xFFFF:
            wire.write(byte: maskBit | 126, as: byteClass)
            write(UInt64(payloadLength), bytes: 2, into: &wire, as: byteClass)
        default:
            wire.write(byte: maskBit | 127, as: byteClass)
            write(UInt64(payloadLength), bytes: 8, into: &wire, as: byteClass)
        }
        if let mask { write(UInt64(mask), bytes: 4, into: &wire, as: byteClass) }
    }

    /// Writes a whole text message as one frame.
    package static func encodeText(
        _ payload: Span<UInt8>, mask: UInt32? = nil, into wire: inout WireBuffer
    ) {
        encode(.text, payload, mask: mask, into: &wire)
    }

    /// Writes a whole text message as one frame.
    package static func encodeText(
        _ payload: [UInt8], mask: UInt32? = nil, into wire: inout WireBuffer
    ) {
        encode(.text, payload.span, mask: mask, into: &wire)
    }

    /// Writes a whole message as one frame: compressed where that was agreed, with a window of
    /// `windowBits`, and makes it shorter. Which messages are is the sender's choice (RFC 7692 §6).
    package static func encodeMessage(
        _ opcode: WebSocketOpcode, _ payload: Span<UInt8>, windowBits: Int?, mask: UInt32? = nil,
        into wire: inout WireBuffer
    ) {
        guard let windowBits, payload.count >= shortestCompressed,
            let compressed = Deflater.compress(payload, windowBits: windowBits)
        else { return encode(opcode, payload, mask: mask, into: &wire) }
        encode(opcode, compressed.span, isCompressed: true, mask: mask, into: &wire)
    }

    /// What is shorter is not tried: an event of 47 bytes becomes 41, a position notice longer than
    /// it was, and a compressor must clear 64 KiB of its memory first.
    private static var shortestCompressed: Int { 48 }

    /// Writes a ping.
    ///
    /// - Precondition: `payload` is at most 125 bytes.
    package static func encodePing(
        _ payload: Span<UInt8>, mask: UInt32? = nil, into wire: inout WireBuffer
    ) {
        encode(.ping, payload, mask: mask, into: &wire)
    }

    /// Writes a pong, which repeats the payload of the ping that it answers (RFC 6455 §5.5.3).
    ///
    /// - Precondition: `payload` is at most 125 bytes.
    package static func encodePong(
        _ payload: Span<UInt8>, mask: UInt32? = nil, into wire: inout WireBuffer
    ) {
        encode(.pong, payload, mask: mask, into: &wire)
    }

    /// Writes a close frame; what does not fit of the reason is cut off between two characters.
    ///
    /// - Precondition: the code may stand on the wire, and there is no reason without a code.
    package static func encodeClose(
        _ close: WebSocketClose, mask: UInt32? = nil, into wire: inout WireBuffer
    ) {
        var payload: [UInt8] = []
        if let code = close.code {
            precondition(code.isValidOnWire, "a close code that may not be sent")
            payload.append(UInt8(code.rawValue >> 8))
            payload.append(UInt8(truncatingIfNeeded: code.rawValue))
            for character in close.reason {
                let bytes = character.utf8
                guard payload.count + bytes.count <= WebSocketFrameHeader.maxControlPayload else {
                    break
                }
                payload.append(contentsOf: bytes)
            }
        } else {
            precondition(close.reason.isEmpty, "a close reason needs a code")
        }
        encode(.close, payload.span, mask: mask, into: &wire)
    }

    /// Writes a whole frame, each part as what the opcode says that it is for.
    package static func encode(
        _ opcode: WebSocketOpcode, _ payload: Span<UInt8>, fin: Bool = true,
        isCompressed: Bool = false, mask: UInt32? = nil, into wire: inout WireBuffer
    ) {
        if opcode.isControl {
            precondition(fin, "control frames are never fragmented")
            precondition(
                payload.count <= WebSocketFrameHeader.maxControlPayload, "control frames are short")
        }
        encodeHeader(
            opcode: opcode, payloadLength: payload.count, fin: fin, isCompressed: isCompressed,
            mask: mask, into: &wire, as: opcode.headerClass)
        guard let mask else {
            wire.write(payload, as: opcode.payloadClass)
            return
        }
        var masked: [UInt8] = []
        masked.append(span: payload)
        var key = WebSocketMask(mask)
        key.apply(to: &masked, from: 0)
        wire.write(masked, as: opcode.payloadClass)
    }

    /// Writes the lowest `bytes` bytes of `number`, the highest first.
    private static func write(
        _ number: UInt64, bytes: Int, into wire: inout WireBuffer, as byteClass: ByteClass
    ) {
        for index in (0..<bytes).reversed() {
            wire.write(byte: UInt8(truncatingIfNeeded: number >> UInt64(8 * index)), as: byteClass)
        }
    }
}

// MARK: - Decoding

extension WebSocketFrameHeader {
    /// Reads the header that begins at `offset`, or gives `nil` if the bytes end before it does.
    ///
    /// Each byte is judged as soon as it is there, and in order, so that a header breaks the same
    /// rule however it was cut into reads.
    static func decode(
        _ bytes: Span<UInt8>, at offset: Int, for role: WebSocketRole, mayBeCompressed: Bool
    ) throws(ProtocolError) -> WebSocketFrameHeader? {
        guard offset < bytes.count else { return nil }
        let first = bytes[offset]
        guard first & (mayBeCompressed ? 0x30 : 0x70) == 0 else { throw .webSocketReservedBit }
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0F) else {
            throw .webSocketUnknownOpcode
        }
        // Said once for a message, in its first frame, and never of a control frame (RFC 7692 §6.1).
        let isCompressed = first & 0x40 != 0
        guard !isCompressed || opcode == .text || opcode == .binary else {
            throw .webSocketReservedBit
        }
        let isFinal = first & 0x80 != 0
        guard isFinal || !opcode.isControl else { throw .webSocketFragmentedControlFrame }

        guard offset + 1 < bytes.count else { return nil }
        let second = bytes[offset + 1]
        let isMasked = second & 0x80 != 0
        switch role {
        case .server: guard isMasked else { throw .webSocketUnmaskedFrame }
        case .client: guard !isMasked else { throw .webSocketMaskedFrame }
        }
        var cursor = offset + 2
        guard let length = try decodeLength(second & 0x7F, opcode, bytes, at: &cursor) else {
            return nil
        }
        var mask: UInt32?
        if isMasked {
            guard let key = number(bytes, at: &cursor, length: 4) else { return nil }
            mask = UInt32(truncatingIfNeeded: key)
        }
        return WebSocketFrameHeader(
            opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, mask: mask,
            payloadLength: length)
    }

    /// Reads the payload's length, of which `short` are the seven bits of the second byte.
    private static func decodeLength(
        _ short: UInt8, _ opcode: WebSocketOpcode, _ bytes: Span<UInt8>, at cursor: inout Int
    ) throws(ProtocolError) -> Int? {
        guard short > 125 else { return Int(short) }
        guard !opcode.isControl else { throw .webSocketLongControlFrame }
        guard let long = number(bytes, at: &cursor, length: short == 126 ? 2 : 8) else {
            return nil
        }
        guard long >> 63 == 0 else { throw .webSocketHugeLength }
        guard long > (short == 126 ? 125 : 0xFFFF) else { throw .webSocketLengthForm }
        return Int(long)
    }

    /// Reads a number of `length` bytes, the highest first, and moves past it.
    private static func number(
        _ bytes: Span<UInt8>, at cursor: inout Int, length: Int
    ) -> UInt64? {
        guard bytes.count - cursor >= length else { return nil }
        var number: UInt64 = 0
        for index in cursor..<cursor + length { number = number << 8 | UInt64(bytes[index]) }
        cursor += length
        return number
    }
}

extension [UInt8] {
    /// Appends the elements of `span`.
    mutating func append(span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { buffer in unsafe append(contentsOf: buffer) }
    }
}
