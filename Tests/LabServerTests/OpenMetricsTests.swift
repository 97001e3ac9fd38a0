import Measurement
import Testing
import Transports

@testable import LabServer

@Suite("The metrics page")
struct OpenMetricsTests {
    private static let transports: [Transport] = [.serverSentEvents, .webSocket]

    private static var counters: ServerCounters {
        var counters = ServerCounters(techniques: 2)
        counters.techniques[0].connections = 3
        counters.techniques[0].requests = 4
        counters.techniques[0].deliveries = 50
        counters.techniques[0].dropped = 6
        counters.techniques[0].slowReaders = 2
        counters.techniques[0].backlogPeakBytes = 78
        counters.techniques[0].sentBytes = 7000
        counters.techniques[0].sends = 48
        counters.techniques[0].receives = 5
        counters.techniques[0].answers = 12
        counters.techniques[0].emptyAnswers = 2
        counters.techniques[0].parkedNanoseconds = 1_250_000_000
        counters.techniques[1].connections = 1
        counters.connections = 5
        counters.accepted = 9
        counters.events = 10
        counters.receivedBytes = 1234
        counters.backlogBytes = 56
        counters.heldBytes = 57
        counters.heldPeakBytes = 90
        counters.disconnects = [.slowReader: 2, .finished: 1]
        counters.protocolErrors = ["http-method": 1, "cursor": 2]
        return counters
    }

    private static func render(_ counters: ServerCounters = counters) -> String {
        var configuration = ServerConfiguration()
        configuration.backlogLimit = 4096
        configuration.slowReaderPolicy = .drop
        return String(
            decoding: OpenMetrics.render(
                counters, transports: transports, configuration: configuration), as: UTF8.self)
    }

    @Test("reads as this golden text")
    func golden() {
        #expect(
            Self.render() == """
                # TYPE pushbench_connections gauge
                # HELP pushbench_connections Open connections by technique.
                pushbench_connections{transport="sse"} 3
                pushbench_connections{transport="websocket"} 1
                # TYPE pushbench_open_sockets gauge
                # HELP pushbench_open_sockets Open connections of any kind.
                pushbench_open_sockets 5
                # TYPE pushbench_accepted_connections counter
                # HELP pushbench_accepted_connections Connections accepted.
                pushbench_accepted_connections_total 9
                # TYPE pushbench_events counter
                # HELP pushbench_events Events published.
                pushbench_events_total 10
                # TYPE pushbench_requests counter
                # HELP pushbench_requests Requests and subscriptions.
                pushbench_requests_total{transport="sse"} 4
                pushbench_requests_total{transport="websocket"} 0
                # TYPE pushbench_deliveries counter
                # HELP pushbench_deliveries Events handed to the kernel, once for each client.
                pushbench_deliveries_total{transport="sse"} 50
                pushbench_deliveries_total{transport="websocket"} 0
                # TYPE pushbench_dropped_events counter
                # HELP pushbench_dropped_events Events that slow readers lost by policy.
                pushbench_dropped_events_total{transport="sse"} 6
                pushbench_dropped_events_total{transport="websocket"} 0
                # TYPE pushbench_answers counter
                # HELP pushbench_answers Answers to polls.
                pushbench_answers_total{transport="sse"} 12
                pushbench_answers_total{transport="websocket"} 0
                # TYPE pushbench_empty_answers counter
                # HELP pushbench_empty_answers Answers to polls that carried no event.
                pushbench_empty_answers_total{transport="sse"} 2
                pushbench_empty_answers_total{transport="websocket"} 0
                # TYPE pushbench_sends counter
                # HELP pushbench_sends System calls that sent something.
                pushbench_sends_total{transport="sse"} 48
                pushbench_sends_total{transport="websocket"} 0
                # TYPE pushbench_receives counter
                # HELP pushbench_receives System calls that received something.
                pushbench_receives_total{transport="sse"} 5
                pushbench_receives_total{transport="websocket"} 0
                # TYPE pushbench_parked_seconds counter
                # UNIT pushbench_parked_seconds seconds
                # HELP pushbench_parked_seconds Time that polls waited, summed over the polls.
                pushbench_parked_seconds_total{transport="sse"} 1.25
                pushbench_parked_seconds_total{transport="websocket"} 0.0
                # TYPE pushbench_sent_bytes counter
                # UNIT pushbench_sent_bytes bytes
                # HELP pushbench_sent_bytes Bytes sent.
                pushbench_sent_bytes_total{transport="sse"} 7000
                pushbench_sent_bytes_total{transport="websocket"} 0
                # TYPE pushbench_received_bytes counter
                # UNIT pushbench_received_bytes bytes
                # HELP pushbench_received_bytes Bytes received.
                pushbench_received_bytes_total 1234
                # TYPE pushbench_backlog_bytes gauge
                # UNIT pushbench_backlog_bytes bytes
                # HELP pushbench_backlog_bytes Bytes waiting for slow readers.
                pushbench_backlog_bytes 56
                # TYPE pushbench_slow_reader_policy gauge
                # HELP pushbench_slow_reader_policy What happens to a client that is further behind than the limit.
                pushbench_slow_reader_policy{policy="drop"} 1
                # TYPE pushbench_backlog_limit_bytes gauge
                # UNIT pushbench_backlog_limit_bytes bytes
                # HELP pushbench_backlog_limit_bytes Bytes that a client may be behind.
                pushbench_backlog_limit_bytes 4096
                # TYPE pushbench_backlog_peak_bytes gauge
                # UNIT pushbench_backlog_peak_bytes bytes
                # HELP pushbench_backlog_peak_bytes The most bytes that one client was behind.
                pushbench_backlog_peak_bytes{transport="sse"} 78
                pushbench_backlog_peak_bytes{transport="websocket"} 0
                # TYPE pushbench_slow_readers counter
                # HELP pushbench_slow_readers Connections ended because they did not read.
                pushbench_slow_readers_total{transport="sse"} 2
                pushbench_slow_readers_total{transport="websocket"} 0
                # TYPE pushbench_held_bytes gauge
                # UNIT pushbench_held_bytes bytes
                # HELP pushbench_held_bytes Memory that holds what clients have not taken.
                pushbench_held_bytes 57
                # TYPE pushbench_held_peak_bytes gauge
                # UNIT pushbench_held_peak_bytes bytes
                # HELP pushbench_held_peak_bytes The most that it was.
                pushbench_held_peak_bytes 90
                # TYPE pushbench_disconnects counter
                # HELP pushbench_disconnects Connections lost, by reason.
                pushbench_disconnects_total{reason="finished"} 1
                pushbench_disconnects_total{reason="lost"} 0
                pushbench_disconnects_total{reason="dead"} 0
                pushbench_disconnects_total{reason="slow-reader"} 2
                pushbench_disconnects_total{reason="protocol-error"} 0
                pushbench_disconnects_total{reason="timeout"} 0
                pushbench_disconnects_total{reason="shutdown"} 0
                pushbench_disconnects_total{reason="refused"} 0
                pushbench_disconnects_total{reason="address-limit"} 0
                # TYPE pushbench_protocol_errors counter
                # HELP pushbench_protocol_errors Rules that clients broke.
                pushbench_protocol_errors_total{rule="cursor"} 2
                pushbench_protocol_errors_total{rule="http-method"} 1
                # EOF

                """)
    }

    @Test("keeps each family in one piece under its own TYPE and HELP, and ends with EOF")
    func families() throws {
        let lines = Self.render().split(separator: "\n")
        #expect(lines.last == "# EOF")
        var families: [Substring] = []
        var counters: Set<Substring> = []
        for line in lines.dropLast() {
            let words = line.split(separator: " ")
            if words[0] == "#" {
                #expect(["TYPE", "UNIT", "HELP"].contains(words[1]))
                if words[1] == "TYPE" {
                    #expect(!families.contains(words[2]), "\(words[2]) comes twice")
                    families.append(words[2])
                    if words[3] == "counter" { counters.insert(words[2]) }
                }
                #expect(families.last == words[2])
                // A unit is the end of its family's name (OpenMetrics 1.0, "Metric Family Name").
                if words[1] == "UNIT" { #expect(words[2].hasSuffix("_" + words[3])) }
            } else {
                let family = try #require(families.last)
                let name = words[0].prefix { $0 != "{" }
                #expect(name == family + (counters.contains(family) ? "_total" : ""))
                #expect(words.count == 2 && Double(words[1]) != nil)
            }
        }
    }
}
