/// What WebSocket must measure: one transit, and no request (see `Theory.streaming`).
///
/// Bytes: a frame's header before the payload, 2 bytes, 4 from 126 bytes of payload and 10 from
/// 65,536 (RFC 6455 §5.2); a server does not mask. The handshake is part of connecting. How short
/// compressed messages are depends on what they say, so nothing is said of their bytes.
extension WebSocket {
    static let theory = {
        let plain = Theory.streaming(isChunked: false) { _, payload in
            payload < 126 ? 2 : payload <= 0xFFFF ? 4 : 10
        }
        return Theory(kind: plain.kind, law: plain.law) { transport, conditions, profile in
            var prediction = plain.predict(transport, conditions, profile)
            guard profile.deflates else { return prediction }
            for group in ["bytes_per_event", "wire_per_event"] {
                prediction.exclusions[group] = "how short a compressed message is has no law"
            }
            return prediction
        }
    }()
}
