/// `host:port`, as a Host field or an absolute target says it (RFC 9110 §7.2, RFC 3986 §3.2).
package enum HTTPAuthority {
    /// Whether `range` is a host, and perhaps a port.
    ///
    /// A name is letters, digits, `-._~` and percent signs; an IPv6 address stands in brackets. What
    /// RFC 3986 allows beyond that, such as commas, no host is called, and lists of hosts and user
    /// names are refused with it.
    package static func isValid(_ bytes: Span<UInt8>, in range: Range<Int>) -> Bool {
        let name = host(bytes, in: range)
        guard !name.isEmpty else { return false }
        if name.upperBound < range.upperBound {
            // The port may be empty (RFC 3986 §3.2.3); 65535 has five digits.
            let port = name.upperBound + 1..<range.upperBound
            guard port.count <= 5, port.isEmpty || bytes.decimal(in: port) != nil else {
                return false
            }
        }
        if bytes[name.lowerBound] == UInt8(ascii: "[") {
            guard name.count > 2, bytes[name.upperBound - 1] == UInt8(ascii: "]") else {
                return false
            }
            let address = name.lowerBound + 1..<name.upperBound - 1
            return address.allSatisfy { index in
                bytes[index].hexadecimalValue != nil || bytes[index] == UInt8(ascii: ":")
                    || bytes[index] == UInt8(ascii: ".")
            }
        }
        return name.allSatisfy { mayStandInName(bytes[$0]) }
    }

    /// Where the host stands in an authority: all of it but `:port`.
    package static func host(_ bytes: Span<UInt8>, in authority: Range<Int>) -> Range<Int> {
        var end = authority.upperBound
        while end > authority.lowerBound, bytes[end - 1] &- UInt8(ascii: "0") <= 9 { end -= 1 }
        guard end > authority.lowerBound, bytes[end - 1] == UInt8(ascii: ":") else {
            return authority
        }
        return authority.lowerBound..<end - 1
    }

    /// Whether the host is an address, or this machine's own name: nobody else can have a DNS server
    /// call such a one theirs, as DNS rebinding does with a name (RFC 6761 §6.3).
    package static func isOwn(_ bytes: Span<UInt8>, in host: Range<Int>) -> Bool {
        guard let last = host.last else { return true }
        if bytes[last] == UInt8(ascii: "]") { return true }
        let name: StaticString = "localhost"
        let length = name.utf8CodeUnitCount
        if host.count >= length {
            let tail = host.upperBound - length..<host.upperBound
            let isAlone = tail.lowerBound == host.lowerBound
            if bytes.matchesIgnoringCase(name, in: tail),
                isAlone || bytes[tail.lowerBound - 1] == UInt8(ascii: ".")
            {
                return true
            }
        }
        // No top-level domain begins with a digit (RFC 3696 §2), so that whose last label does is an
        // IPv4 address.
        let dot = host.last { bytes[$0] == UInt8(ascii: ".") }
        let label = (dot.map { $0 + 1 } ?? host.lowerBound)..<host.upperBound
        guard let first = label.first else { return false }
        return bytes[first] &- UInt8(ascii: "0") <= 9
    }

    private static func mayStandInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}
