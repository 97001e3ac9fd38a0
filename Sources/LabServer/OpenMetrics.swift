import Measurement
import Transports

/// The counters in OpenMetrics 1.0 text, which `/metrics` answers with.
enum OpenMetrics {
    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// Renders `counters`; families do not interleave and the text ends with `# EOF`.
    static func render(
        _ counters: ServerCounters, transports: [Transport], configuration: ServerConfiguration
    ) -> [UInt8] {
        var text = ""
        family(&text, "pushbench_connections", "gauge", "Open connections by technique.")
        for (transport, technique) in zip(transports, counters.techniques) {
            sample(&text, "pushbench_connections", transport.id, technique.connections)
        }
        family(&text, "pushbench_open_sockets", "gauge", "Open connections of any kind.")
        text += "pushbench_open_sockets \(counters.connections)\n"
        family(&text, "pushbench_accepted_connections", "counter", "Connections accepted.")
        text += "pushbench_accepted_connections_total \(counters.accepted)\n"
        family(&text, "pushbench_events", "counter", "Events published.")
        text += "pushbench_events_total \(counters.events)\n"
        perTechnique(
            &text, "pushbench_requests", "Requests and subscriptions.", counters, transports
        ) { $0.requests }
        perTechnique(
            &text, "pushbench_deliveries", "Events handed to the kernel, once for each client.",
            counters, transports
        ) { $0.deliveries }
        perTechnique(
            &text, "pushbench_dropped_events", "Events that slow readers lost by policy.",
            counters, transports
        ) { $0.dropped }
        perTechnique(
            &text, "pushbench_answers", "Answers to polls.", counters, transports
        ) { $0.answers }
        perTechnique(
            &text, "pushbench_empty_answers", "Answers to polls that carried no event.", counters,
            transports
        ) { $0.emptyAnswers }
        perTechnique(
            &text, "pushbench_sends", "System calls that sent something.", counters, transports
        ) { $0.sends }
        perTechnique(
            &text, "pushbench_receives", "System calls that received something.", counters,
            transports
        ) { $0.receives }
        family(
            &text, "pushbench_parked_seconds", "counter",
            "Time that polls waited, summed over the polls.", unit: "seconds")
        for (transport, technique) in zip(transports, counters.techniques) {
            let seconds = Double(technique.parkedNanoseconds) / 1e9
            sample(&text, "pushbench_parked_seconds_total", transport.id, seconds)
        }
        bytes(&text, counters, transports)
        slowReaders(&text, counters, transports, configuration)
        family(&text, "pushbench_disconnects", "counter", "Connections lost, by reason.")
        for reason in DisconnectReason.allCases {
            let count = counters.disconnects[reason, default: 0]
            text += "pushbench_disconnects_total{reason=\"\(reason.rawValue)\"} \(count)\n"
        }
        family(&text, "pushbench_protocol_errors", "counter", "Rules that clients broke.")
        for (rule, count) in counters.protocolErrors.sorted(by: { $0.key < $1.key }) {
            text += "pushbench_protocol_errors_total{rule=\"\(rule)\"} \(count)\n"
        }
        text += "# EOF\n"
        return Array(text.utf8)
    }

    private static func bytes(
        _ text: inout String, _ counters: ServerCounters, _ transports: [Transport]
    ) {
        family(&text, "pushbench_sent_bytes", "counter", "Bytes sent.", unit: "bytes")
        for (transport, technique) in zip(transports, counters.techniques) {
            sample(&text, "pushbench_sent_bytes_total", transport.id, technique.sentBytes)
        }
        family(&text, "pushbench_received_bytes", "counter", "Bytes received.", unit: "bytes")
        text += "pushbench_received_bytes_total \(counters.receivedBytes)\n"
        family(
            &text, "pushbench_backlog_bytes", "gauge", "Bytes waiting for slow readers.",
            unit: "bytes")
        text += "pushbench_backlog_bytes \(counters.backlogBytes)\n"
    }

    private static func slowReaders(
        _ text: inout String, _ counters: ServerCounters, _ transports: [Transport],
        _ configuration: ServerConfiguration
    ) {
        family(
            &text, "pushbench_slow_reader_policy", "gauge",
            "What happens to a client that is further behind than the limit.")
        text +=
            "pushbench_slow_reader_policy{policy=\"\(configuration.slowReaderPolicy.rawValue)\"} 1\n"
        family(
            &text, "pushbench_backlog_limit_bytes", "gauge", "Bytes that a client may be behind.",
            unit: "bytes")
        text += "pushbench_backlog_limit_bytes \(configuration.backlogLimit)\n"
        family(
            &text, "pushbench_backlog_peak_bytes", "gauge",
            "The most bytes that one client was behind.", unit: "bytes")
        for (transport, technique) in zip(transports, counters.techniques) {
            sample(
                &text, "pushbench_backlog_peak_bytes", transport.id, technique.backlogPeakBytes)
        }
        perTechnique(
            &text, "pushbench_slow_readers", "Connections ended because they did not read.",
            counters, transports
        ) { $0.slowReaders }
        family(
            &text, "pushbench_held_bytes", "gauge",
            "Memory that holds what clients have not taken.", unit: "bytes")
        text += "pushbench_held_bytes \(counters.heldBytes)\n"
        family(
            &text, "pushbench_held_peak_bytes", "gauge", "The most that it was.", unit: "bytes")
        text += "pushbench_held_peak_bytes \(counters.heldPeakBytes)\n"
    }

    private static func perTechnique(
        _ text: inout String, _ name: String, _ help: String, _ counters: ServerCounters,
        _ transports: [Transport], _ value: (ServerCounters.Technique) -> Int
    ) {
        family(&text, name, "counter", help)
        for (transport, technique) in zip(transports, counters.techniques) {
            sample(&text, name + "_total", transport.id, value(technique))
        }
    }

    private static func family(
        _ text: inout String, _ name: String, _ type: String, _ help: String, unit: String? = nil
    ) {
        text += "# TYPE \(name) \(type)\n"
        if let unit { text += "# UNIT \(name) \(unit)\n" }
        text += "# HELP \(name) \(help)\n"
    }

    private static func sample(
        _ text: inout String, _ name: String, _ transport: String,
        _ value: some CustomStringConvertible
    ) {
        text += "\(name){transport=\"\(transport)\"} \(value)\n"
    }
}
