/// How far a comparison is: one live line on a terminal, and otherwise a plain line for each restart.
struct PairedProgress {
    private var line = ProgressLine()
    private let isQuiet: Bool

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    /// Shows where the comparison is, and how the figures stand.
    mutating func show(_ parts: [String]) {
        guard !isQuiet else { return }
        let text = parts.joined(separator: " · ")
        if line.isLive { line.update(text) } else { line.note(text) }
    }

    /// Prints a line that stays.
    mutating func note(_ text: String) {
        if !isQuiet { line.note(text) }
    }

    mutating func finish() {
        line.finish()
    }
}
