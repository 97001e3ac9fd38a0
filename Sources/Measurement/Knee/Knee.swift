/// What several searches found of the greatest load that one technique carries.
package struct Knee: Hashable, Sendable, Codable {
    /// The technique's id.
    package var transport: String
    /// The searches, each of which found its own knee; in the order they were made.
    package var searches: [Search]

    package init(transport: String, searches: [Search] = []) {
        self.transport = transport
        self.searches = searches
    }

    /// How a search ended.
    package enum End: String, Hashable, Sendable, Codable {
        /// Between a load that passed and one that failed.
        case found
        /// The greatest load there is passed.
        case atLeast = "at-least"
        /// The least load there is failed.
        case below
        /// Before its time.
        case interrupted
    }

    /// One search.
    package struct Search: Hashable, Sendable {
        /// The places of its tries among the series' runs, in the order they were made; a try that
        /// could not be measured has none.
        package var runs: [Int]
        /// How it ended.
        package var end: End
        /// The greatest load that passed; nil when none did.
        package var passed: Double?
        /// The least load above it that failed; nil when none did.
        package var failed: Double?
        /// The place of the run that stands for `passed`.
        package var passedRun: Int?
        /// The place of the run that stands for `failed`; nil also where it could not be measured.
        package var failedRun: Int?
        /// What was beyond its limit where it failed, and what was at its end there.
        package var causes: [Cause]

        package init(
            runs: [Int] = [], end: End = .interrupted, passed: Double? = nil,
            failed: Double? = nil, passedRun: Int? = nil, failedRun: Int? = nil,
            causes: [Cause] = []
        ) {
            self.runs = runs
            self.end = end
            self.passed = passed
            self.failed = failed
            self.passedRun = passedRun
            self.failedRun = failedRun
            self.causes = causes
        }
    }

    /// Something that was found where a load failed.
    package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        /// The median latency was beyond its limit.
        case p50
        /// The 99th percentile was.
        case p99
        /// The 99.9th percentile was.
        case p999
        /// More was lost than the limit allows.
        case loss
        /// The server had no processor time left.
        case serverSaturated = "server-saturated"
        /// The load generator had none.
        case generatorSaturated = "generator-saturated"
        /// Most of what came due and was not read had not been sent either.
        case queuedInServer = "queued-in-server"
        /// Most of it had been sent.
        case queuedInGenerator = "queued-in-generator"
        /// A turn of the generator's loop took long beside the latency.
        case loopLag = "loop-lag"
        /// A free server was woken late.
        case sourceLate = "source-late"
        /// The load could not be measured at all.
        case notMeasured = "not-measured"
    }

    /// Who kept a load from being carried.
    package enum Party: Hashable, Sendable {
        /// The server had no processor time left, the generator had.
        case server
        /// The generator had none left, the server had: the figure is the generator's.
        case generator
        /// Both had none left.
        case both
        /// A free server was woken late.
        case machine
        /// The load could not even be set up.
        case setUp
        /// All had time left.
        case nobody
    }
}

extension Knee.Search: Codable {
    private enum CodingKeys: String, CodingKey {
        case runs
        case end
        case passed
        case failed
        case passedRun = "passed_run"
        case failedRun = "failed_run"
        case causes
    }
}

extension Knee.Search {
    /// Who was the limit; nil when nothing failed.
    package var party: Knee.Party? {
        guard failed != nil else { return nil }
        if causes.contains(.notMeasured) { return .setUp }
        switch (causes.contains(.serverSaturated), causes.contains(.generatorSaturated)) {
        case (true, true):
            // Where batches grow with the load, both are busy long before there is a queue.
            if causes.contains(.queuedInServer) { return .server }
            return causes.contains(.queuedInGenerator) ? .generator : .both
        case (true, false): return .server
        case (false, true): return .generator
        case (false, false): return causes.contains(.sourceLate) ? .machine : .nobody
        }
    }
}

extension Knee {
    /// The loads that were found, a search each; a search that ended before its time has none.
    private var complete: [Search] {
        searches.filter { $0.end != .interrupted && $0.passed != nil }
    }

    /// The search in the middle, whose run stands for the knee; of two, the lower. Searches that were
    /// interrupted count when there is no other.
    package var middle: Search? {
        let candidates = complete.isEmpty ? searches.filter { $0.passed != nil } : complete
        let sorted = candidates.sorted { ($0.passed ?? 0) < ($1.passed ?? 0) }
        return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
    }

    /// The least and the greatest load that the searches found; nil when there is none.
    package var spread: ClosedRange<Double>? {
        let loads = complete.compactMap(\.passed)
        guard let least = loads.min(), let greatest = loads.max() else { return nil }
        return least...greatest
    }

    /// Whether the knee may be further up: some search ended with a load that passed.
    package var isAtLeast: Bool {
        searches.contains { $0.failed == nil && $0.passed != nil }
    }
}

extension Knee.Cause {
    /// Whether a load failed by it; otherwise it says who had no time left.
    package var isLimit: Bool {
        switch self {
        case .p50, .p99, .p999, .loss, .notMeasured: true
        case .serverSaturated, .generatorSaturated, .queuedInServer, .queuedInGenerator, .loopLag,
            .sourceLate:
            false
        }
    }

    /// The share of its processors from which a program has no time left: above it, queues grow
    /// without bound (at 0.9 a queue of random arrivals is nine deep on average).
    private static let saturation = 0.9

    /// What is beyond its limit in a result, and who has no time left there.
    package static func all(
        in result: TransportResult, limits: [LoadLimit], serverLoops: Int
    ) -> [Knee.Cause] {
        var causes = limits.filter { $0.isBroken(by: result) }.map { limit -> Knee.Cause in
            switch limit.figure {
            case .p50: .p50
            case .p99: .p99
            case .p999: .p999
            case .loss: .loss
            }
        }
        if let share = result.server.cpuShare, share >= saturation * Double(serverLoops) {
            causes.append(.serverSaturated)
        }
        let warnings = Set(result.warnings.map(\.id))
        // A queue decides between two that are busy; without that, what is on its way at the ends of
        // the window is the technique's own waiting.
        if causes.contains(.serverSaturated), warnings.contains(generatorSaturated.rawValue),
            let queue = result.flow?.queue
        {
            causes.append(queue)
        }
        return causes
            + [.generatorSaturated, .loopLag, .sourceLate].filter {
                warnings.contains($0.rawValue)
            }
    }
}

extension DeliveryFlow {
    /// The share of what came due that must have been left over for a queue to be told from the ends
    /// of a window, where a burst may be on its way.
    private static let leftOver = 0.01

    /// Where a queue grew; nil when none did, or nobody knows.
    fileprivate var queue: Knee.Cause? {
        guard let sentPerSecond, duePerSecond - readPerSecond > Self.leftOver * duePerSecond else {
            return nil
        }
        let (unsent, unread) = (duePerSecond - sentPerSecond, sentPerSecond - readPerSecond)
        return unread >= unsent ? .queuedInGenerator : .queuedInServer
    }
}

/// What a series that is a search was looking for, and found.
package struct KneeFindings: Hashable, Sendable, Codable {
    /// What a load must keep to, to count as carried.
    package var limits: [LoadLimit]
    /// How close a load that passed and one that failed were to be, as a share of the lower.
    package var resolution: Double
    /// What was found of each technique.
    package var knees: [Knee]

    package init(limits: [LoadLimit], resolution: Double, knees: [Knee]) {
        self.limits = limits
        self.resolution = resolution
        self.knees = knees
    }

    /// Whether every place of a run is one of the first `count`.
    func refersOnly(to count: Int) -> Bool {
        knees.flatMap(\.searches).allSatisfy { search in
            (search.runs + [search.passedRun, search.failedRun].compactMap(\.self))
                .allSatisfy { (0..<count).contains($0) }
        }
    }
}
