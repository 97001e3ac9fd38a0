import Link
import Reactor

/// A connection of the proxy's to the server's place, and what it is made of.
///
///     proxy ── place ── server
///
/// The doctor listens in the server's place and hands on to the server behind what comes there, byte
/// by byte: so it sees what the proxy made of a request, which connections it opens and ends, and
/// what had left for it when.
final class ServerPassage {
    /// Numbered in the order of opening.
    let number: Int
    /// The proxy's side and the server's.
    let proxy: TracedSocket
    let server: TracedSocket
    /// Bytes that have left for the proxy.
    private(set) var sentBytes = 0
    /// Whether the proxy's side, and the server's, may still say something.
    private(set) var proxyIsOpen = true
    private(set) var serverIsOpen = true
    private var isConnected = false
    private var survey: RequestSurvey
    /// What came before the server's side stood.
    private var early: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    init(number: Int, proxy: consuming Socket, server: consuming Socket) {
        self.number = number
        self.proxy = TracedSocket(proxy)
        self.server = TracedSocket(server)
        survey = RequestSurvey(connection: number)
    }

    /// What each side should be watched for.
    var proxyInterest: Interest { proxy.isBlocked ? [.readable, .writable] : .readable }
    var serverInterest: Interest {
        !isConnected || server.isBlocked ? [.readable, .writable] : .readable
    }

    /// Something can be done at the proxy's side; returns the requests that came.
    ///
    /// - Throws: when the connection is lost.
    func proxyIsReady(_ readiness: Readiness) throws(SystemError) -> [SeenRequest] {
        if readiness.writable { try proxy.flush() }
        guard proxyIsOpen, let bytes = try proxy.receive(into: &buffer) else { return [] }
        guard !bytes.isEmpty else {
            proxyIsOpen = false
            if isConnected { try server.end() }
            return []
        }
        if isConnected { try server.send(Array(bytes)) } else { early += bytes }
        return survey.receive(bytes)
    }

    /// Something can be done at the server's side.
    ///
    /// - Throws: when the connection is lost.
    func serverIsReady(_ readiness: Readiness) throws(SystemError) {
        if !isConnected {
            if let error = server.pendingError { throw error }
            guard readiness.writable else { return }
            isConnected = true
            try server.send(early)
            early = []
            if !proxyIsOpen { try server.end() }
        }
        if readiness.writable { try server.flush() }
        guard serverIsOpen, let bytes = try server.receive(into: &buffer) else { return }
        guard !bytes.isEmpty else {
            serverIsOpen = false
            return try proxy.end()
        }
        sentBytes += bytes.count
        try proxy.send(Array(bytes))
    }
}
