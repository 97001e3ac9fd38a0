/// SplitMix64 (Steele, Lea and Flood, 2014): the only randomness in the package.
///
/// Everything that looks random in a run (arrival times, the order of the techniques, masking keys)
/// is drawn from one of these, so that `--seed` repeats it.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in the open interval (0, 1): 53 random bits, never exactly an end, so that its
    /// logarithm is finite.
    package mutating func nextUnit() -> Double {
        (Double(next() >> 11) + 0.5) * 0x1p-53
    }
}
