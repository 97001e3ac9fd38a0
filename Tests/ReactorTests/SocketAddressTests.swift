import Reactor
import Testing

@Suite("A socket address")
struct SocketAddressTests {
    @Test(
        "is read from numbers and written in its shortest form",
        arguments: [
            ("127.0.0.1", "127.0.0.1:80"),
            ("0.0.0.0", "0.0.0.0:80"),
            ("255.255.255.255", "255.255.255.255:80"),
            ("::", "[::]:80"),
            ("::1", "[::1]:80"),
            ("[::1]", "[::1]:80"),
            ("2001:DB8:0:0:0:0:0:1", "[2001:db8::1]:80"),
            ("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80"),
        ])
    func parses(text: String, description: String) {
        #expect(SocketAddress(text, port: 80)?.description == description)
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", " ", "localhost", "127.0.0.1:80", "127.1", "256.0.0.1", "1.2.3.4.5", "::1::",
            "[127.0.0.1]", "[::1", "::1]", "[]", "[", "127.0.0.1\0", "fe80::1%lo", "127.0.0.1 ",
        ])
    func refuses(text: String) {
        #expect(SocketAddress(text, port: 80) == nil)
    }

    @Test(
        "has loopback addresses that avoid the last octets 0 and 255",
        arguments: [
            (0, "127.0.0.1"), (1, "127.0.0.2"), (253, "127.0.0.254"), (254, "127.0.1.1"),
            (254 * 256 - 1, "127.0.255.254"), (254 * 256, "127.1.0.1"),
            ((254 << 16) - 1, "127.255.255.254"),
        ])
    func spreads(index: Int, host: String) {
        let address = SocketAddress.loopback(index: index, port: 9)
        #expect(address.host == host)
        #expect(address == SocketAddress(host, port: 9))
        #expect(address.port == 9)
    }

    @Test("is another one with another port or family")
    func compares() {
        #expect(SocketAddress.loopback(port: 1) != .loopback(port: 2))
        #expect(SocketAddress("::127.0.0.1", port: 1) != .loopback(port: 1))
        #expect(SocketAddress("::1", port: 1)?.isIPv6 == true)
    }
}
