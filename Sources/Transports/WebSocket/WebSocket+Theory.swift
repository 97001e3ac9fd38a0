/// What WebSocket must measure: one transit, and no request (see `Theory.streaming`).
///
/// Bytes: a frame's header before the payload, 2 bytes, 4 from 126 bytes of payload and 10 from
/// 65,536 (RFC 6455 §5.2); a server does not mask. The handshake is part of connecting. How short
/// compressed messages are depends on what they say, so nothing is said of their bytes.
extension WebSocket {
    static let theory = Theory.streaming(isChunked: false) { _, payload in
        payload < 126 ? 2 : payload <= 0xFFFF ? 4 : 10
    }.silentOnCompressedBytes()
}
