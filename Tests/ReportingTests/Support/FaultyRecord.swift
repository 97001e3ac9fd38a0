import Link
import Measurement

/// Records of runs whose connections failed, with invented ids and plausible numbers.
extension RunRecord {
    /// What one technique did under one heartbeat: of ten clients, who noticed and recovered when.
    struct Faulty {
        var id: String
        var heartbeat: Int64
        var client: [Int64] = []
        var server: [Int64] = []
        var reasons: [String: Int] = [:]
        var held: HeldBytes?
        var recovered: [Int64] = Array(repeating: 200_000_000, count: 10)
        var undelivered = 0
    }

    static func faulty(
        _ kind: FaultKind, means: String = "mirror", _ rows: [Faulty]
    ) -> RunRecord {
        let second: Int64 = 1_000_000_000
        let order = FaultOrder(
            kind: kind, start: .seconds(3), length: kind.lasts ? .seconds(10) : .zero,
            heartbeats: [.seconds(1), .zero])
        var record = RunRecord.crafted()
        record.scenario.clients = 10
        record.scenario.fault = order
        record.results = rows.map { row in
            .crafted(row.id) {
                $0.clients = 10
                $0.reconnects = row.client.count
                $0.deliveries = DeliveryCount(
                    expected: 1000, received: 1000 - row.undelivered, missing: row.undelivered)
                $0.fault = FaultResult(
                    kind: kind, means: means, startNanoseconds: 3 * second,
                    lengthNanoseconds: kind.lasts ? 10 * second : 0,
                    heartbeatNanoseconds: row.heartbeat, clients: 10,
                    clientNoticed: EventTimes(row.client), serverNoticed: EventTimes(row.server),
                    serverReasons: row.reasons, held: row.held,
                    recovered: EventTimes(row.recovered))
            }
        }
        record.scenario.transports = rows.reduce(into: []) {
            if !$0.contains($1.id) { $0.append($1.id) }
        }
        return record
    }

    /// A link that dropped everything.
    static var blackhole: RunRecord {
        let second: Int64 = 1_000_000_000
        return faulty(
            .blackhole,
            [
                Faulty(
                    id: "stream-of-figs", heartbeat: second,
                    client: Array(repeating: 2_400_000_000, count: 10),
                    server: Array(repeating: 3_010_000_000, count: 10), reasons: ["dead": 10],
                    held: HeldBytes(mean: 0, most: 0)),
                Faulty(
                    id: "stream-of-figs", heartbeat: 0, held: HeldBytes(mean: 10_750, most: 10_750),
                    recovered: Array(repeating: 6_560_000_000, count: 10)),
                Faulty(
                    id: "long-pears", heartbeat: second,
                    client: Array(repeating: 27_390_000_000, count: 10),
                    server: Array(repeating: 3_020_000_000, count: 10), reasons: ["dead": 10],
                    held: HeldBytes(mean: 0, most: 0),
                    recovered: Array(repeating: 17_390_000_000, count: 10)),
                Faulty(
                    id: "long-pears", heartbeat: 0, held: HeldBytes(mean: 259, most: 300),
                    recovered: Array(repeating: 6_780_000_000, count: 9), undelivered: 7),
            ])
    }
}
