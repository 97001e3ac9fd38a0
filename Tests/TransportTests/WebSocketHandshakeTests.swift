import Link
import Testing
import Transports

@Suite("The WebSocket handshake")
struct WebSocketHandshakeTests {
    @Test(
        "hashes the vectors of FIPS 180 as they say",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "a49b2446a02c645bf419f995b67091253a04a259"
            ),
        ])
    func hashes(message: String, digest: String) {
        #expect(hexadecimal(SHA1.digest(of: Array(message.utf8).span)) == digest)
    }

    @Test("hashes a million times the letter a as FIPS 180 says")
    func hashesLongMessage() {
        let message = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(
            hexadecimal(SHA1.digest(of: message.span)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f"
        )
    }

    @Test(
        "writes and reads the base64 vectors of RFC 4648 §10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8).span) == Array(encoded.utf8))
        #expect(Base64.decode(Array(encoded.utf8).span) == Array(plain.utf8))
    }

    @Test("reads every byte that base64 writes, in any place")
    func base64RoundTrip() {
        for byte in UInt8.min ... .max {
            for content: [UInt8] in [
                [byte], [0, byte], [0xFF, 0, byte], [byte, byte, byte, byte],
            ] {
                #expect(Base64.decode(Base64.encode(content.span).span) == content)
            }
        }
    }

    @Test(
        "refuses base64 that is not spelled strictly",
        arguments: [
            "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "=Zg=", "Zg==Zg==", "Zm 9",
            "Zm9v\n", "Zm-_", "Zm9\u{E9}",
        ])
    func base64Strict(text: String) {
        #expect(Base64.decode(Array(text.utf8).span) == nil)
    }

    @Test("answers the key of RFC 6455 §1.3 as it says")
    func accept() {
        let key = Array("dGhlIHNhbXBsZSBub25jZQ==".utf8)
        let accept = WebSocketHandshake.accept(forKey: key.span)
        #expect(String(decoding: accept, as: UTF8.self) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test("takes a key of sixteen bytes and no other")
    func keys() {
        for count in 0...40 {
            let key = Base64.encode([UInt8](repeating: 0x5A, count: count).span)
            #expect(isValid(key) == (count == 16))
        }
        for text in [
            "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ= ", "dGhlIHNhbXBsZSBub25jZQ=!",
        ] {
            #expect(!isValid(Array(text.utf8)))
        }
    }

    @Test("makes valid keys, the same for the same seed")
    func makesKeys() {
        var first = SeededGenerator(seed: 1)
        var again = SeededGenerator(seed: 1)
        let key = WebSocketHandshake.makeKey(using: &first)
        #expect(isValid(key))
        #expect(WebSocketHandshake.makeKey(using: &again) == key)
        #expect(WebSocketHandshake.makeKey(using: &first) != key)
    }

    private func isValid(_ key: [UInt8]) -> Bool {
        WebSocketHandshake.isValidKey(key.span)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
