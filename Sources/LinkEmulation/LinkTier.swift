/// How a link is made real, best first. What a report may claim depends on it, and results of
/// different tiers are not compared.
package enum LinkTier: String, Hashable, Sendable, CaseIterable {
    /// The kernel's own emulator on `lo` of a private network: everything about TCP is real.
    case netem
    /// The packet mirror in a private network: everything about TCP is real, and a thread of this
    /// process takes CPU time for it.
    case mirror
    /// A delay in the load generator's connections, above TCP: requests, answers and latencies are
    /// those of the link; connecting, Nagle, slow start and loss are not.
    case client
    /// Nothing: loopback as it is.
    case loopback

    /// Whether it needs a network of the process's own.
    package var needsNamespace: Bool {
        self == .netem || self == .mirror
    }
}
