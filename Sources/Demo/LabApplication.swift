import LabServer
import Link
import Transports

/// The page of the lab and the orders that it gives.
struct LabApplication: HostedApplication {
    /// What the paths of orders begin with.
    static let path = "/lab/"

    private let configuration: LabConfiguration

    init(_ configuration: LabConfiguration) {
        self.configuration = configuration
    }

    var observes: Bool { true }

    mutating func answer(_ request: PlainRequest, _ host: inout ApplicationHost) -> HostedAnswer? {
        switch request.path {
        case "/": Asset.answer(to: "index.html", from: configuration.assets)
        case "/lab/time": Self.json("{\"ns\":\(host.now.nanoseconds)}")
        default: Asset.answer(to: String(request.path.dropFirst()), from: configuration.assets)
        }
    }

    private static func json(_ text: String) -> HostedAnswer {
        HostedAnswer(
            contentType: "application/json", fields: "Cache-Control: no-store\r\n",
            body: Array(text.utf8))
    }
}
