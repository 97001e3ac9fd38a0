/// The ports that the kernel gives to connections which ask for none: a source address can have as
/// many connections towards one destination.
package enum LocalPorts {
    /// The range of this network namespace (ip(7), `ip_local_port_range`); nil when it cannot be
    /// read.
    package static func range() -> ClosedRange<Int>? {
        range(of: SystemFile.words("/proc/sys/net/ipv4/ip_local_port_range"))
    }

    /// The range that the file's two words name.
    static func range(of words: [String]) -> ClosedRange<Int>? {
        let bounds = words.compactMap { Int($0) }
        guard words.count == 2, bounds.count == 2, bounds[0] <= bounds[1] else { return nil }
        return bounds[0]...bounds[1]
    }
}
