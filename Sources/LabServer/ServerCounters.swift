import Wire

/// Why a server lost a connection.
package enum DisconnectReason: String, CaseIterable, Sendable {
    /// The client closed it, or was told that it may.
    case finished
    /// The client was gone: reset, timed out.
    case lost
    /// The client did not read and its backlog passed the limit.
    case slowReader = "slow-reader"
    /// The client broke a rule.
    case protocolError = "protocol-error"
    /// A request did not come, or did not end, in time.
    case timeout
    /// The server stopped.
    case shutdown
    /// There were too many connections already.
    case refused
}

/// What one loop has done so far; plain numbers that only its own thread touches.
package struct ServerCounters: Sendable {
    /// Per technique, by its index.
    package struct Technique: Sendable {
        /// Connections whose last request was for this technique.
        package var connections = 0
        package var requests = 0
        /// Events handed to the kernel, counted once for each client.
        package var deliveries = 0
        /// Events that the slow-reader policy `drop` let go of, counted once for each client.
        package var dropped = 0
        package var sentBytes = 0
        /// System calls that sent something.
        package var sends = 0
    }

    /// What each technique did, by its index.
    package var techniques: [Technique]
    /// Connections of any kind that are open.
    package var connections = 0
    /// Connections accepted so far.
    package var accepted = 0
    /// Events published so far.
    package var events = 0
    /// Bytes received from all clients.
    package var receivedBytes = 0
    /// Bytes that wait in the process for clients that do not take them.
    package var backlogBytes = 0
    package var disconnects: [DisconnectReason: Int] = [:]
    package var protocolErrors: [String: Int] = [:]

    package init(techniques count: Int) {
        techniques = Array(repeating: Technique(), count: count)
    }

    /// Adds what another loop has done; events are the same ones on every loop and are not added.
    package mutating func add(_ other: ServerCounters) {
        for index in techniques.indices {
            techniques[index].connections += other.techniques[index].connections
            techniques[index].requests += other.techniques[index].requests
            techniques[index].deliveries += other.techniques[index].deliveries
            techniques[index].dropped += other.techniques[index].dropped
            techniques[index].sentBytes += other.techniques[index].sentBytes
            techniques[index].sends += other.techniques[index].sends
        }
        connections += other.connections
        accepted += other.accepted
        events = max(events, other.events)
        receivedBytes += other.receivedBytes
        backlogBytes += other.backlogBytes
        disconnects.merge(other.disconnects, uniquingKeysWith: +)
        protocolErrors.merge(other.protocolErrors, uniquingKeysWith: +)
    }
}
