import Measurement

/// What the commands that teach may write: a page on standard output, coloured or not, and a picture.
struct TeachingOutput {
    /// The options that say so.
    static let options = [
        OptionSpec(
            "svg", .path, group: "Output",
            help: """
                Draw the ladder diagram to scale and write it to FILE; with - it is the output, and \
                there is no page.
                """),
        OptionSpec(
            "color", .choice(["auto", "always", "never"]), default: "auto", group: "Output",
            help: "When to print colours; auto means on a terminal."),
        OptionSpec("no-color", .flag, group: "Output", help: "The same as --color never."),
    ]

    /// A page is not read more easily for being wider than this.
    private static let widths = 80...100

    /// Where the page goes.
    let terminal = Terminal.output
    /// The page's width: the terminal's within reason, and of one that is piped the widest.
    let width: Int
    /// Whether the page has colours.
    let isColored: Bool
    private let picture: OutputPath?

    /// - Throws: when the picture cannot be written where it shall go.
    init(_ arguments: ParsedArguments) throws {
        width =
            terminal.isTerminal
            ? min(max(terminal.width, Self.widths.lowerBound), Self.widths.upperBound)
            : Self.widths.upperBound
        isColored =
            switch arguments.choice("color") {
            case "always" where !arguments.flag("no-color"): true
            case "auto": terminal.allowsColor && !arguments.flag("no-color")
            default: false
            }
        picture = arguments.pathIfAny("svg").map { OutputPath(path: $0) }
        guard let picture, !picture.isStandardOutput,
            let problem = OutputPath.problem(with: picture.path)
        else { return }
        throw arguments.error("--svg \(picture.path): \(problem.cause)", remedy: problem.remedy)
    }

    /// Whether standard output is the picture's.
    var isPictureOnly: Bool { picture?.isStandardOutput ?? false }

    /// Writes the picture, where one was asked for.
    func write(picture draw: () -> String) throws {
        guard let picture else { return }
        let text = draw()
        guard !picture.isStandardOutput else {
            terminal.write(text)
            return
        }
        try OutputFile.write(Array(text.utf8), to: picture.path)
    }
}
