/// What a command says to the shell: part of the interface, so a number is never given a new
/// meaning.
enum ExitCode: Int32, CaseIterable, Sendable {
    /// The command did what it was asked to do, and found nothing to object to.
    case fine = 0
    /// The command could not run: a file, a port or a limit of the system was in the way.
    case couldNotRun = 1
    /// The command line is wrong; nothing was started.
    case usage = 2
    /// A threshold was crossed, or something got worse than the baseline.
    case regression = 3
    /// The measurement is too noisy, or carries a warning, so that neither yes nor no is honest.
    case cannotTell = 4
    /// There is nothing to compare with yet.
    case noBaseline = 5

    /// The meaning in a few words, as help prints it.
    var meaning: String {
        switch self {
        case .fine: "fine"
        case .couldNotRun: "could not run"
        case .usage: "the command line is wrong"
        case .regression: "a threshold was crossed or something got worse"
        case .cannotTell: "cannot tell: the measurement cannot be trusted"
        case .noBaseline: "no baseline to compare with"
        }
    }
}
