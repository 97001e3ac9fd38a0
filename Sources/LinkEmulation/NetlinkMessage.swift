/// A request to the kernel's routing tables (rtnetlink(7)), packed byte by byte.
///
/// ```text
/// 0  length u32 │ type u16 │ flags u16 │ sequence u32 │ port u32      nlmsghdr
/// 16 a struct of the request's type                                   ifinfomsg, tcmsg, …
///    length u16 │ type u16 │ value, padded to 4 bytes                 attributes, which may nest
/// ```
///
/// All numbers are in the host's byte order. An attribute's length includes its own four bytes but
/// not its padding.
struct NetlinkMessage: Hashable, Sendable {
    /// What a request does with what is there already (netlink(7), "NLM_F_…").
    enum Mode: UInt16 {
        /// Changes it.
        case change = 0
        /// Makes it; refused when it is there. NLM_F_CREATE | NLM_F_EXCL.
        case create = 0x600
        /// Makes it or takes its place. NLM_F_CREATE | NLM_F_REPLACE.
        case replace = 0x500
    }

    /// The request as it stands; `encoded` when it is complete.
    private var bytes: [UInt8] = []

    /// Begins a request of this type, which asks for an acknowledgement (NLM_F_REQUEST | NLM_F_ACK).
    init(type: UInt16, _ mode: Mode) {
        append(UInt32(0))
        append(type)
        append(0x0005 | mode.rawValue)
        append(UInt32(1))
        append(UInt32(0))
    }

    /// The request with its length.
    var encoded: [UInt8] {
        var encoded = bytes
        Self.write(UInt32(bytes.count), to: &encoded, at: 0)
        return encoded
    }

    /// Adds a number of a struct.
    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// Adds an attribute with a number.
    mutating func attribute(_ type: UInt16, _ value: some FixedWidthInteger) {
        attribute(type) { $0.append(value) }
    }

    /// Adds an attribute with bytes as they are.
    mutating func attribute(_ type: UInt16, bytes value: [UInt8]) {
        attribute(type) { $0.bytes += value }
    }

    /// Adds an attribute with a name, which ends with a zero.
    mutating func attribute(_ type: UInt16, name: String) {
        attribute(type, bytes: Array(name.utf8) + [0])
    }

    /// Adds an attribute with what `body` writes: structs, attributes, or both.
    mutating func attribute(_ type: UInt16, _ body: (inout NetlinkMessage) -> Void) {
        let start = bytes.count
        append(UInt16(0))
        append(type)
        body(&self)
        Self.write(UInt16(bytes.count - start), to: &bytes, at: start)
        bytes += [UInt8](repeating: 0, count: -bytes.count & 3)
    }

    private static func write(
        _ value: some FixedWidthInteger, to bytes: inout [UInt8], at offset: Int
    ) {
        withUnsafeBytes(of: value) {
            bytes.replaceSubrange(offset..<(offset + $0.count), with: $0)
        }
    }

    /// What the kernel answered: 0, or an error code; nil when the bytes are no acknowledgement.
    ///
    /// An acknowledgement is an nlmsghdr of type NLMSG_ERROR (2) and, at offset 16, 0 or -errno.
    static func acknowledgement(in reply: [UInt8]) -> Int32? {
        reply.span.withUnsafeBytes { raw -> Int32? in
            guard raw.count >= 20, raw.loadUnaligned(fromByteOffset: 4, as: UInt16.self) == 2
            else { return nil }
            return -raw.loadUnaligned(fromByteOffset: 16, as: Int32.self)
        }
    }
}

/// An Ethernet address.
struct HardwareAddress: Hashable, Sendable {
    /// Its six bytes, in the order in which they are sent.
    let bytes: [UInt8]

    /// An address of our own making for a host of this IPv4 address: 02 says "locally administered,
    /// one receiver", the rest is the address.
    init(for address: IPv4Address) {
        bytes = [2, 0] + address.bytes
    }
}

/// An IPv4 address as packets and requests carry it.
struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    /// The address as a number, the first of its four parts in the highest byte.
    let value: UInt32

    /// The address `a.b.c.d`.
    init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        value = [a, b, c, d].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Its four bytes, in the order in which they are sent.
    var bytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    var description: String {
        bytes.map(String.init).joined(separator: ".")
    }
}
