/// The search for the greatest load that something carries: up by a factor until a load fails, or
/// down until one passes, then between the last that passed and the first that failed until they
/// are close enough.
///
/// It is a value and measures nothing: `next` says what to try, and `take` is told what came of it.
/// A load that failed is tried once more before it counts, since on a shared machine a single try
/// also fails when something else had the processor.
package struct KneeSearch: Hashable, Sendable {
    /// What is searched, and how.
    package struct Settings: Hashable, Sendable {
        /// The load that is tried first.
        package var start: Double
        /// The ratio of one load to the next until the knee lies between two of them; above 1.
        package var factor: Double
        /// The least and the greatest load that is tried.
        package var range: ClosedRange<Double>
        /// How close the two ends of a finding shall be, as a share of the lower.
        package var resolution: Double
        /// Whether a load is a count of something, such as clients.
        package var isWhole: Bool

        /// - Precondition: the factor is above 1, and everything else above 0.
        package init(
            start: Double, factor: Double = 2, range: ClosedRange<Double>, resolution: Double,
            isWhole: Bool = false
        ) {
            precondition(factor > 1 && resolution > 0 && range.lowerBound > 0)
            self.start = min(max(start, range.lowerBound), range.upperBound)
            self.factor = factor
            self.range = range
            self.resolution = resolution
            self.isWhole = isWhole
        }

        /// The ratio of a search that is made again: from 0.85 to 1.19 times the knee it is three
        /// halvings to 5 %.
        private static let narrowFactor = 1.4

        /// The same search once more, where about the knee lies being known.
        package func again(around knee: Double) -> Settings {
            Settings(
                start: rounded(knee / Self.narrowFactor.squareRoot()), factor: Self.narrowFactor,
                range: range, resolution: resolution, isWhole: isWhole)
        }

        /// The load as it is tried: a whole number, or three digits, which is finer than a resolution
        /// can be and short enough to read.
        fileprivate func rounded(_ load: Double) -> Double {
            var short = load.rounded()
            if !isWhole {
                var (unit, parts) = (1.0, 1.0)
                while load / unit >= 1000 { unit *= 10 }
                while load * parts < 100 { parts *= 10 }
                // One of the two is 1, so that both directions are exact.
                short = (load / unit * parts).rounded() * unit / parts
            }
            return min(max(short, range.lowerBound), range.upperBound)
        }
    }

    /// What a search ends with.
    package enum Finding: Hashable, Sendable {
        /// The greatest load that passed, and the least above it that failed.
        case between(passed: Double, failed: Double)
        /// The greatest load that is tried passed, so that the knee is further up.
        case atLeast(Double)
        /// The least load that is tried failed, so that there is no knee.
        case below(Double)
    }

    /// Tries between the two ends, in the mean: half of the loads fail, and are tried twice.
    private static let triesOfHalving = 1.5
    /// Steps that a search is expected to need until a load fails; nobody knows.
    private static let stepsExpected = 3.0

    private let settings: Settings
    /// The greatest load that passed so far.
    package private(set) var passed: Double?
    /// The least load that failed so far.
    package private(set) var failed: Double?
    /// The load to try now; nil when the search has ended.
    package private(set) var next: Double?
    /// Whether `next` failed once already.
    package private(set) var isSecondTry = false

    package init(_ settings: Settings) {
        self.settings = settings
        next = settings.start
    }

    /// What was found; nil while there is something to try.
    package var finding: Finding? {
        guard next == nil else { return nil }
        switch (passed, failed) {
        case (let passed?, let failed?): return .between(passed: passed, failed: failed)
        case (let passed?, nil): return .atLeast(passed)
        case (nil, let failed?): return .below(failed)
        case (nil, nil): return nil
        }
    }

    /// Takes what came of trying `next`.
    ///
    /// - Precondition: the search has not ended.
    package mutating func take(hasPassed: Bool) {
        guard let load = next else { preconditionFailure("the search has ended") }
        if hasPassed {
            passed = load
        } else if !isSecondTry {
            isSecondTry = true
            return
        } else {
            failed = load
        }
        isSecondTry = false
        next = following()
    }

    /// About how many tries are left.
    package var triesLeft: Int {
        guard next != nil else { return 0 }
        var ratio = settings.factor
        var tries = 0.0
        if let passed, let failed {
            ratio = failed / passed
        } else {
            tries = Self.stepsExpected
        }
        while ratio > 1 + settings.resolution {
            ratio = ratio.squareRoot()
            tries += Self.triesOfHalving
        }
        return max(Int(tries.rounded(.up)), 1)
    }

    // MARK: - Loads

    private func following() -> Double? {
        let bounds = settings.range
        switch (passed, failed) {
        case (let passed?, let failed?):
            guard failed > passed * (1 + settings.resolution) else { return nil }
            let middle = settings.rounded((passed * failed).squareRoot())
            return passed < middle && middle < failed ? middle : nil
        case (let passed?, nil):
            guard passed < bounds.upperBound else { return nil }
            let above = settings.rounded(passed * settings.factor)
            return settings.isWhole ? max(above, passed + 1) : above
        case (nil, let failed?):
            guard failed > bounds.lowerBound else { return nil }
            let below = settings.rounded(failed / settings.factor)
            return settings.isWhole ? min(below, failed - 1) : below
        case (nil, nil):
            return settings.start
        }
    }
}
