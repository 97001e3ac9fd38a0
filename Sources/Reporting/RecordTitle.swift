import Link
import Measurement

/// What stands at the head of every report that people read: which run it was, in words.
package enum RecordTitle {
    /// The program and the moment: `pushbench 0.3.0, 2025-11-21T02:32:00Z`.
    package static func tool(_ record: RunRecord) -> String {
        "\(record.tool.name) \(record.tool.version), \(record.started)"
    }

    /// The machine.
    package static func machine(_ machine: Machine) -> String {
        "\(machine.cpu), \(Readable.count(machine.cores, "core")), "
            + "\(Readable.bytes(Double(machine.memoryBytes))), Linux \(machine.kernel), \(machine.os)"
    }

    /// The scenario in words, leaving out what no reader of the table needs.
    package static func scenario(_ scenario: Scenario) -> String {
        let seconds = { (duration: Duration) in Readable.number(duration.seconds) + " s" }
        let rate =
            scenario.arrivals == .saturate
            ? "events as fast as possible"
            : "\(Readable.number(scenario.ratePerSecond)) events/s (\(scenario.arrivals.rawValue))"
        var words = [
            Readable.count(scenario.clients, "client"), rate,
            "\(Readable.bytes(Double(scenario.payloadBytes))) payload",
            "\(seconds(scenario.duration)) after \(seconds(scenario.warmup)) of warm-up",
            scenario.connection == .keepAlive
                ? "keep-alive connections" : "a new connection for each request",
            "\(scenario.headers) headers",
        ]
        if scenario.batchLimit > 0 {
            words.append("at most \(Readable.count(scenario.batchLimit, "event")) an answer")
        }
        if scenario.repeats > 1 {
            words.append("\(scenario.repeats) rounds")
        }
        words.append("seed \(scenario.seed)")
        if let target = scenario.target {
            words.append("server: \(target)")
            if let profile = scenario.targetProfile { words.append("profile \(profile)") }
        }
        return words.joined(separator: ", ")
    }

    /// What lay between clients and server, and what the run did otherwise than a run does: a
    /// sentence for each.
    package static func links(of record: RunRecord) -> [String] {
        var links: [[LinkResult]] = []
        for link in record.results.map(\.link) {
            let place = links.firstIndex {
                $0[0].tier == link.tier && $0[0].rttNanoseconds == link.rttNanoseconds
            }
            if let place { links[place].append(link) } else { links.append([link]) }
        }
        var sentences = links.map { links in
            let notes = links.compactMap(\.note)
            let lack = links[0].rttNanoseconds > 0 ? "No better tier" : "No private network"
            let reason = notes.first.map { " \(lack): \($0)." } ?? ""
            return "Link: \(LinkText.words(for: links, profile: record.scenario.link)).\(reason)"
        }
        let scenario = record.scenario
        let mistakes = ServerMistake.allCases.filter(scenario.mistakes.contains).map { mistake in
            switch mistake {
            case .nagle: "Nagle's algorithm left on"
            case .twoWrites: "head and content written apart"
            }
        }
        if !mistakes.isEmpty {
            sentences.append("Mistakes made on purpose: \(mistakes.joined(separator: "; ")).")
        }
        if let fault = scenario.fault {
            sentences.append("Fault: \(fault).")
        }
        if scenario.target != nil {
            let place = scenario.publishURL.map { " to \($0)" } ?? ""
            sentences.append(
                "Somebody else's server: events were posted\(place), and the way of a POST is part "
                    + "of each latency; what only a server knows of itself is left out.")
        }
        if scenario.lockstep {
            sentences.append(
                "Lock-step: an event was published when every client had had the one before.")
        }
        if scenario.deflates {
            sentences.append("WebSocket messages were compressed (permessage-deflate).")
        }
        if scenario.sideBySide {
            sentences.append("Side by side: all had the same events at the same time.")
        }
        return sentences
    }

    /// What to say of a run that ended before its time; nil of any other.
    package static func state(of record: RunRecord) -> String? {
        record.partial ? "Partial: the run ended before its time." : nil
    }

    /// The command line that made the record, to be typed into a shell again.
    package static func command(_ record: RunRecord) -> String {
        command(record.command)
    }

    /// A command line from its words, to be typed into a shell again.
    package static func command(_ words: [String]) -> String {
        words.map(shellWord).joined(separator: " ")
    }

    /// A word as a shell reads it back: in single quotes unless nothing in it needs them, and with
    /// control characters, which do not survive copying, in the form that bash has for them.
    private static func shellWord(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_=+,./:@%".utf8.contains(byte)
                }
            }
        guard !isPlain else { return word }
        guard word.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            return "'" + word.escaped { $0 == "'" ? #"'\''"# : nil } + "'"
        }
        let text = word.escaped { scalar in
            switch scalar {
            case "'", "\\": "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control:
                "\\u" + String(scalar.value + 0x1_0000, radix: 16).dropFirst()
            default: nil
            }
        }
        return "$'\(text)'"
    }
}
