import FoundationEssentials
import LabServer
import Link
import LoadGen
import Measurement

/// The conversation between `run` and the server it started: one JSON object a line, orders on the
/// server's standard input, answers on its standard output.
///
///     < {"listening":{"http":"127.0.0.1:40123","raw":"127.0.0.1:40124"},"pid":4711}
///     > {"publish":{"rate":10,"arrivals":"poisson","payload_bytes":100,"events":60,"start_ns":…,"seed":1}}
///     < {"publishing":{"start_ns":81234567890123}}
///     < {"published":{"first":1,"last":60,"lateness_p50_ns":9000,…,"lateness_ns":[8716,…]}}
///     > {"step":{"payload_bytes":100}}
///     < {"stepped":{"id":61}}
///     > {"snapshot":{}}
///     < {"snapshot":{"at":{…},"events":61,"since":{…},"techniques":[{"id":"sse","sends":61,…},…]}}
///     > {"connections":{"since_ns":81234567890123}}
///     < {"connections":{"held_bytes":{"max":1234,"mean":617},"lost_ns":{"count":2,…},"open":20,…}}
///
/// Orders are answered in their order, but `published` comes when a schedule is over, among the
/// other answers.
///
/// The end of the orders stops the server, so that none outlives whoever started it.
enum ControlLine {
    /// An order to the server.
    struct Order: Codable {
        struct Publish: Codable {
            var rate: Double
            var arrivals: Arrivals = .poisson
            var payloadBytes: Int
            var events: Int
            /// When to start, on CLOCK_MONOTONIC; `start_in_ns` counts from the order's arrival.
            var startNanoseconds: Int64?
            var startInNanoseconds: Int64?
            var seed: UInt64 = 1

            enum CodingKeys: String, CodingKey {
                case rate, arrivals, events, seed
                case payloadBytes = "payload_bytes"
                case startNanoseconds = "start_ns"
                case startInNanoseconds = "start_in_ns"
            }
        }

        /// One event, due at once.
        struct Step: Codable {
            var payloadBytes: Int

            enum CodingKeys: String, CodingKey {
                case payloadBytes = "payload_bytes"
            }
        }

        /// What has been done up to now is asked for.
        struct Snapshot: Codable {}

        /// How the connections are is asked for, and which were lost since a moment.
        struct Connections: Codable {
            var sinceNanoseconds: Int64

            enum CodingKeys: String, CodingKey {
                case sinceNanoseconds = "since_ns"
            }
        }

        var publish: Publish?
        var step: Step?
        var snapshot: Snapshot?
        var connections: Connections?
    }

    /// An answer of the server.
    struct Answer: Codable {
        struct Listening: Codable {
            var http: String
            var raw: String
        }

        struct Publishing: Codable {
            var startNanoseconds: Int64

            enum CodingKeys: String, CodingKey {
                case startNanoseconds = "start_ns"
            }
        }

        struct Published: Codable {
            var first: UInt64?
            var last: UInt64?
            var latenessP50Nanoseconds: Int64
            var latenessP99Nanoseconds: Int64
            var wakeLatenessP99Nanoseconds: Int64
            var latenessNanoseconds: [Int64]

            enum CodingKeys: String, CodingKey {
                case first, last
                case latenessNanoseconds = "lateness_ns"
                case latenessP50Nanoseconds = "lateness_p50_ns"
                case latenessP99Nanoseconds = "lateness_p99_ns"
                case wakeLatenessP99Nanoseconds = "wake_lateness_p99_ns"
            }
        }

        struct Stepped: Codable {
            var id: UInt64
        }

        var listening: Listening?
        var pid: Int32?
        var publishing: Publishing?
        var published: Published?
        var stepped: Stepped?
        var snapshot: ServerSnapshot?
        var connections: ConnectionReport?
        var error: String?
    }

    /// One line, without its end.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from line: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(line.utf8))
    }
}

extension ControlLine.Answer.Published {
    init(_ outcome: PublishOutcome) {
        self.init(
            first: outcome.ids?.lowerBound, last: outcome.ids?.upperBound,
            latenessP50Nanoseconds: outcome.latenessP50Nanoseconds,
            latenessP99Nanoseconds: outcome.latenessP99Nanoseconds,
            wakeLatenessP99Nanoseconds: outcome.wakeLatenessP99Nanoseconds,
            latenessNanoseconds: outcome.latenessNanoseconds)
    }
}

extension PublishReport {
    init(_ published: ControlLine.Answer.Published) {
        let lateness = SourceLateness(
            p50Nanoseconds: published.latenessP50Nanoseconds,
            p99Nanoseconds: published.latenessP99Nanoseconds,
            wakeP99Nanoseconds: published.wakeLatenessP99Nanoseconds)
        guard let first = published.first, let last = published.last, first <= last else {
            self.init(ids: nil, lateness: lateness)
            return
        }
        self.init(
            ids: first...last, lateness: lateness,
            latenessNanoseconds: published.latenessNanoseconds)
    }
}

extension PublishPlan {
    /// The plan that an order asks for; `now` is when it arrived.
    init(_ order: ControlLine.Order.Publish, now: Instant) {
        let start =
            order.startNanoseconds.map { Instant(nanoseconds: $0) }
            ?? now + .nanoseconds(order.startInNanoseconds ?? 0)
        self.init(
            content: .padded(order.payloadBytes), arrivals: order.arrivals,
            ratePerSecond: order.rate, seed: order.seed, events: order.events, start: start)
    }
}
