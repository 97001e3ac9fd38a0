import Link
import Transports
import Wire

/// Plain questions to the proxy.
extension ProxyStand {
    /// How long a plain answer may take: a proxy may try several servers first.
    private static let patience = Duration.seconds(5)

    /// Whether the server can be asked at all.
    func askForHealth() throws -> PlainAnswer {
        try ask("GET", "/healthz")
    }

    /// Asks as a page of the proxy's own origin would: for a technique, which not every page may.
    func askAsPage() throws -> HostObservation {
        let count = requests.count
        let path = "/events/short-polling"
        let answer = try ask("GET", path, fields: "Origin: http://\(order.host)\r\n")
        return HostObservation(
            asked: order.host,
            arrived: request(for: path, from: count)?.value(of: "host"), answer: answer)
    }

    /// Publishes an event by POST.
    func post() throws -> PlainAnswer {
        let answer = try ask("POST", "/events", content: "{\"through\":\"a proxy\"}")
        if case .status(200..<300, arrived: true, _) = answer { noteOutsideEvent() }
        return answer
    }

    private func ask(
        _ method: String, _ path: String, fields: String = "", content: String = ""
    ) throws -> PlainAnswer {
        let count = requests.count
        let client = open(
            SingleExchange(
                method, path, host: order.host, fields: fields, content: content))
        defer { close(client) }
        try wait(Self.patience) { client.isOver }
        let arrived = request(for: path, from: count) != nil
        if let answer = (client.session as? SingleExchange)?.answer {
            return .status(answer.status, arrived: arrived, server: client.heads.last?.server)
        }
        switch client.endings.last?.ending {
        case .failed(let error): return .unreachable(error)
        case .broke(let error): return .broke(error.reason)
        case .cut, .finished: return .cut(arrived: arrived)
        case nil: return .silence(arrived: arrived)
        }
    }
}
