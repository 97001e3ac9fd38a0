import Link

/// A reason not to trust a result, or not all of it.
///
/// A warning is a value: it knows its cause and its remedy, and every format prints both. `id` is
/// what tools match; the sentences are for people and may change.
package enum MeasurementWarning: Hashable, Sendable {
    /// The load generator had no processor time left: it may have measured itself.
    case generatorSaturated(cpuShare: Double)
    /// The generator's loop was busy for long at a time, compared with the median latency.
    case loopLag(p99ns: Int64, p50ns: Int64)
    /// The generator stood still: it was stopped, or the whole machine was.
    case generatorStalled(longest: Duration)
    /// Events were published late though the server had nothing else to do, compared with the
    /// median latency.
    case sourceLate(p99ns: Int64, p50ns: Int64)
    /// Events did not arrive.
    case eventsLost(count: Int)
    /// Somebody else's server did not take events that were posted to it.
    case publishRefused(count: Int, reason: String)
    /// There were too few deliveries for the percentiles shown.
    case tooFewSamples(count: Int)
    /// Somebody or something ended the run during `phase`.
    case interrupted(phase: String)
    /// Events were still on their way when the drain ended.
    case drainTimedOut(missing: Int)
    /// The bytes that were classified are not the bytes that the sockets carried.
    case ledgerMismatch(socketBytes: Int, ledgerBytes: Int)
    /// A round ended in an error and has no result.
    case roundFailed(transport: String, reason: String)
    /// Connections broke and were made again.
    case reconnects(count: Int)
    /// Events and polls come at intervals of which one is a multiple of the other.
    case periodicLocked(eventInterval: Duration, pollInterval: Duration)
    /// Other virtual machines took processor time from this one.
    case steal(share: Double)
    /// The packet mirror lost packets because it could not keep up, or nearly so.
    case mirrorSaturated(overflowed: Int, cpuShare: Double, packetsPerSecond: Double)
    /// The wall clock and the monotonic clock went apart during the run.
    case clockJumped(by: Duration)
    /// The bytes counted by connection are not those that crossed the interface.
    case wireMismatch(difference: Int, reason: String)
    /// A page measured it, by a clock that is aligned to the server's and no better than that.
    case measuredInBrowser(userAgent: String, clockError: Duration)

    /// The name that tools match.
    package var id: String {
        switch self {
        case .generatorSaturated: "generator-saturated"
        case .loopLag: "loop-lag"
        case .generatorStalled: "generator-stalled"
        case .sourceLate: "source-late"
        case .eventsLost: "events-lost"
        case .publishRefused: "publish-refused"
        case .tooFewSamples: "too-few-samples"
        case .interrupted: "interrupted"
        case .drainTimedOut: "drain-timed-out"
        case .ledgerMismatch: "ledger-mismatch"
        case .roundFailed: "round-failed"
        case .reconnects: "reconnects"
        case .periodicLocked: "periodic-locked"
        case .steal: "steal"
        case .mirrorSaturated: "mirror-saturated"
        case .clockJumped: "clock-jumped"
        case .wireMismatch: "wire-mismatch"
        case .measuredInBrowser: "measured-in-browser"
        }
    }

    /// What happened, with its numbers.
    package var cause: String {
        switch self {
        case .generatorSaturated(let cpuShare):
            "The load generator used \(NumberText.fixed(cpuShare * 100, places: 0)) % of a "
                + "processor, so the latencies may be its own."
        case .loopLag(let p99, let p50):
            "A turn of the load generator's loop took up to \(milliseconds(p99)) (p99), which is not "
                + "small beside the median latency of \(milliseconds(p50)): what arrived meanwhile "
                + "had to wait for it."
        case .generatorStalled(let longest):
            "The load generator stood still for \(milliseconds(longest.nanoseconds)): it was stopped, "
                + "or its machine was, and what arrived meanwhile had to wait for it."
        case .sourceLate(let p99, let p50):
            "The source was free and still published up to \(milliseconds(p99)) late (p99), which is "
                + "not small beside the median latency of \(milliseconds(p50))."
        case .eventsLost(let count):
            "\(counted(count, "event")) did not arrive."
        case .publishRefused(let count, let reason):
            "The server did not take \(counted(count, "event")) that \(count == 1 ? "was" : "were") "
                + "posted to it: \(reason)."
        case .tooFewSamples(let count):
            "Only \(counted(count, "delivery", "deliveries")) were measured, too few for the "
                + "highest percentiles."
        case .interrupted(let phase):
            "The run was interrupted in the \(phase) phase; the numbers cover what was measured "
                + "until then."
        case .drainTimedOut(let missing):
            "\(counted(missing, "event")) had not arrived when the drain ended."
        case .ledgerMismatch(let socketBytes, let ledgerBytes):
            "The sockets carried \(counted(socketBytes, "byte")), the ledgers account for "
                + "\(ledgerBytes)."
        case .roundFailed(let transport, let reason):
            "The round of \(transport) failed: \(reason)."
        case .reconnects(let count):
            "\(counted(count, "connection")) broke and had to be made again."
        case .periodicLocked(let eventInterval, let pollInterval):
            "Events every \(milliseconds(eventInterval.nanoseconds)) and polls every "
                + "\(milliseconds(pollInterval.nanoseconds)) keep the same distance, so every event "
                + "waits equally long, and how long is chance."
        case .steal(let share):
            "Other machines on the same host took \(NumberText.fixed(share * 100, places: 0)) % of "
                + "the processors' time."
        case .mirrorSaturated(let overflowed, let cpuShare, let rate):
            "The packet mirror used \(NumberText.fixed(cpuShare * 100, places: 0)) % of a processor "
                + "at \(Int(rate)) packets a second and lost \(counted(overflowed, "packet")) that "
                + "the link would not have lost."
        case .clockJumped(let step):
            "The wall clock moved by \(milliseconds(step.nanoseconds)) against the monotonic clock."
        case .wireMismatch(let difference, let reason):
            "The interface counted \(counted(difference, "byte")) more than the connections: "
                + "\(reason)."
        case .measuredInBrowser(let userAgent, let clockError):
            "A page measured this, by a clock that is aligned to the server's to "
                + "±\(milliseconds(clockError.nanoseconds)) and may be coarse; the browser's own "
                + "time is in every latency (\(userAgent.isEmpty ? "it has no name" : userAgent))."
        }
    }

    /// What to do about it.
    package var remedy: String {
        switch self {
        case .generatorSaturated:
            "Use fewer clients or a lower rate, more client loops, or a machine with more processors."
        case .loopLag, .sourceLate:
            "Use fewer clients or a lower rate, or stop other programs on this machine."
        case .generatorStalled:
            "Run it again; on a virtual machine that the host suspends, elsewhere."
        case .eventsLost:
            "Raise the event log's size or the backlog limit, or lower the rate; if the server is "
                + "under test, this is the finding."
        case .publishRefused:
            "Look at the server's log and limits, or lower the rate; nobody had these events."
        case .tooFewSamples:
            "Measure for longer, with more clients, or at a higher rate."
        case .interrupted:
            "Run it again to the end before comparing."
        case .drainTimedOut:
            "Raise the drain limit; if the number stays, the server lost them silently."
        case .ledgerMismatch:
            "Do not use the byte columns of this result, and report it as a bug with the record."
        case .roundFailed:
            "The results are those of the rounds before it; mend the cause and run again."
        case .reconnects:
            "Look for time-outs, response limits or a slow-reader policy that closes connections."
        case .periodicLocked:
            "Use Poisson arrivals, or a poll interval that is no multiple or fraction of the event "
                + "interval."
        case .steal:
            "Run it again when the host is quieter, and compare medians of several rounds."
        case .mirrorSaturated:
            "Use fewer clients or a lower rate, or a kernel with netem (pushbench doctor says)."
        case .clockJumped:
            "Latencies use the monotonic clock and stand; only the kernel's receive stamps may be off."
        case .wireMismatch:
            "Take the wire columns as they are said to be off, or measure without loss."
        case .measuredInBrowser:
            "Take it as a demonstration, and measure with pushbench run."
        }
    }

    /// The warning as the record keeps it.
    package var recorded: RecordedWarning {
        RecordedWarning(id: id, cause: cause, remedy: remedy)
    }

    private func milliseconds(_ nanoseconds: Int64) -> String {
        NumberText.significant(Double(nanoseconds) / 1e6) + " ms"
    }

    private func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
    }
}

extension MeasurementWarning: Encodable {
    package func encode(to encoder: any Encoder) throws {
        try recorded.encode(to: encoder)
    }
}

/// A warning as it stands in a record: also one that a newer version wrote.
package struct RecordedWarning: Hashable, Sendable, Codable {
    /// The name that tools match.
    package var id: String
    /// What happened, with its numbers.
    package var cause: String
    /// What to do about it.
    package var remedy: String

    package init(id: String, cause: String, remedy: String) {
        self.id = id
        self.cause = cause
        self.remedy = remedy
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case cause
        case remedy
    }
}
