import Foundation
import Link
import Measurement
import Synchronization
import Transports

@testable import Demo
@testable import LabServer

/// A link that only notes what was asked of it.
final class NotedLink: LaneLink {
    private let noted = Mutex<[String]>([])

    /// What was asked, in order, with the door or `all`.
    var orders: [String] { noted.withLock { $0 } }

    func set(_ profile: LinkProfile, door: Int?) { note("set \(profile)", door) }
    func cut(door: Int?, for duration: Duration) { note("cut \(duration.seconds)s", door) }
    func blackhole(door: Int?, _ isOn: Bool) { note("blackhole \(isOn)", door) }
    func freeze(door: Int?, _ isOn: Bool) { note("freeze \(isOn)", door) }
    func reset(door: Int?) { note("reset", door) }
    var bytesOnTheirWay: [Int] { LabSite.transports.indices.map { $0 * 10 } }

    private func note(_ order: String, _ door: Int?) {
        noted.withLock { $0.append("\(order) \(door.map(String.init) ?? "all")") }
    }
}

/// The lab's application without a server, at a moment that the test sets.
final class LabBench {
    var application: LabApplication
    let link = NotedLink()
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What the last call asked its server for.
    private(set) var orders: [ApplicationHost.Order] = []

    init(isOpen: Bool = true, _ configure: (inout LabConfiguration) -> Void = { _ in }) {
        var configuration = LabConfiguration()
        configuration.tool = ToolVersion(name: "pushbench", version: "1.2.3", commit: "abc")
        configuration.machine = Machine(
            cpu: "a processor", cores: 2, memoryBytes: 1 << 30, kernel: "6.1", os: "Linux")
        configuration.command = ["pushbench", "demo"]
        configuration.wallClock = { 1_763_722_800 }
        configure(&configuration)
        let board = LabSiteBoard()
        if isOpen {
            board.open(
                LabSite(
                    lanes: LabSite.transports.enumerated().map {
                        LabSite.Lane(transport: $1, port: UInt16(8081 + $0))
                    },
                    rooms: ["chat": 8088, "live": 8089], link: link))
        }
        application = LabApplication(configuration, board: board)
    }

    /// The answer to a request that reads.
    func get(_ target: String, host name: String = "127.0.0.1:8080") -> HostedAnswer? {
        var request = PlainRequest()
        let parts = target.split(separator: "?", maxSplits: 1)
        request.path = String(parts[0])
        request.query = parts.count > 1 ? String(parts[1]) : ""
        request.host = name
        return answer(request)
    }

    /// The answer to a request that posts.
    func post(
        _ path: String, _ content: String, type: String = "application/json"
    ) -> HostedAnswer? {
        var request = PlainRequest()
        request.path = path
        request.content = Array(content.utf8)
        request.contentType = type
        return answer(request)
    }

    private func answer(_ request: PlainRequest) -> HostedAnswer? {
        var host = ApplicationHost(now: now, newest: 41)
        let answer = application.answer(request, &host)
        orders = host.orders
        return answer
    }
}

extension HostedAnswer {
    /// The content as JSON.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    /// What an error says.
    var refusal: String { json["error"] as? String ?? "no error" }
}

extension [String: Any] {
    /// The object below that key.
    func object(_ key: String) -> [String: Any] { self[key] as? [String: Any] ?? [:] }
}
