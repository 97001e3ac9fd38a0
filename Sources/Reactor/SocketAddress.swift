import CLinux

/// An IPv4 or IPv6 address with a port.
///
/// Numeric only: a name would have to be looked up, which blocks, and a measurement should say which
/// address it was taken on.
package struct SocketAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    /// Whether this is an IPv6 address; IPv4-mapped ones are.
    package let isIPv6: Bool
    /// The port, 0 standing for "any free one" when it is bound.
    package let port: UInt16

    /// Reads a numeric address, an IPv6 one with or without the brackets of a URL; `nil` when
    /// `host` is not one.
    package init?(_ host: String, port: UInt16) {
        var text = Substring(host)
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
        if isBracketed {
            text = text.dropFirst().dropLast()
        }
        // The parser below reads a C string, for which a NUL would be the end.
        guard !text.utf8.contains(0) else { return nil }
        var parsed = clx_address()
        guard String(text).withCString({ clx_address_parse($0, &parsed) }) == 1 else { return nil }
        parsed.port = port
        self.init(parsed)
        guard isIPv6 || !isBracketed else { return nil }
    }

    init(_ address: clx_address) {
        high = address.high
        low = address.low
        isIPv6 = address.is_ipv6 != 0
        port = address.port
    }

    /// 127.0.0.1.
    package static func loopback(port: UInt16) -> SocketAddress {
        loopback(index: 0, port: port)
    }

    /// The `index`th address of 127.0.0.0/8: 127.0.0.1, 127.0.0.2, …, 127.0.0.254, 127.0.1.1, ….
    ///
    /// A source address has at most 28 232 ephemeral ports towards one destination, so that a load
    /// generator with more connections than that spreads over several. Octets of 0 and 255 at the
    /// end are left out, as network and broadcast addresses are elsewhere.
    package static func loopback(index: Int, port: UInt16) -> SocketAddress {
        precondition(index >= 0 && index < 254 << 16, "127.0.0.0/8 has no address \(index).")
        let (block, last) = index.quotientAndRemainder(dividingBy: 254)
        let value = UInt64(127 << 24 | block << 8 | (last + 1))
        return SocketAddress(clx_address(high: 0, low: value, port: port, is_ipv6: 0))
    }

    /// This address with another port.
    package func at(port: UInt16) -> SocketAddress {
        SocketAddress(
            clx_address(high: high, low: low, port: port, is_ipv6: isIPv6 ? 1 : 0))
    }

    /// What one client may call its own of this address, without the port: an IPv4 address, or the
    /// network of 64 bits that an IPv6 address is in (RFC 7421).
    package var network: SocketAddress {
        // An IPv4 address in IPv6's clothes, ::ffff:0:0/96 (RFC 4291 §2.5.5.2).
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        let isNetwork = isIPv6 && !isMapped
        return SocketAddress(
            clx_address(
                high: high, low: isNetwork ? 0 : low, port: 0, is_ipv6: isIPv6 ? 1 : 0))
    }

    /// Whether only this host can reach it: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        isIPv6 ? host == "::1" : host.hasPrefix("127.")
    }

    /// The address without its port and without brackets.
    package var host: String {
        // INET6_ADDRSTRLEN: 45 characters and a NUL.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { text in
            var address = system
            SystemCall.demand("inet_ntop") {
                clx_address_format(&address, text.baseAddress, text.count)
            }
            return text.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    /// This address in the shim's form.
    var system: clx_address {
        clx_address(high: high, low: low, port: port, is_ipv6: isIPv6 ? 1 : 0)
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `127.0.0.1:8080` or `[::1]:8080`.
    package var description: String {
        isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
