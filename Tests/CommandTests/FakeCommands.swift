@testable import pushbench

/// Commands that exist only for these tests, so that the real ones can change without them.
enum FakeCommands {
    static let brew = CommandSpec(
        "brew", summary: "Brew coffee and measure how long it took.",
        discussion: """
            Water is heated first. Then, when it is hot enough for the beans at hand, it is poured,
            which is where most of the time goes.

              water -> heat -> pour

            Nothing is brewed when the pot is missing.
            """,
        operands: [
            OperandSpec("POT", .path, help: "The pot to brew into."),
            OperandSpec(
                "BEAN", .choice(beans), arity: .zeroOrMore, help: "The beans, in order of taste."),
        ],
        options: [
            OptionSpec(
                "cups", short: "c", .count(1...12), default: "2", group: "Coffee",
                help: "Cups to brew."),
            OptionSpec(
                "steep", .duration(.seconds(1) ... .seconds(600)), default: "1m30s",
                group: "Coffee", help: "How long the water stays on the beans."),
            OptionSpec("water", .size(), default: "64KiB", group: "Coffee", help: "Water."),
            OptionSpec(
                "refills", .rate(0.1...100), default: "30/m", group: "Coffee", help: "Refills."),
            OptionSpec("milk", .fraction(0...0.5), default: "5%", group: "Coffee", help: "Milk."),
            OptionSpec(
                "temperature-of-the-water", .choice(["warm", "hot"]), default: "hot",
                group: "Coffee", help: "How warm."),
            OptionSpec(
                "beans", short: "b", .list(beans), default: "all", group: "Coffee",
                help: "The beans to try."),
            OptionSpec("pipe", .link, default: "lan", group: "Output", help: "The pipe."),
            OptionSpec("log", short: "l", .path, group: "Output", help: "Write the log there."),
            OptionSpec(
                "note", .text, repeatable: true, group: "Output", help: "A note for the log."),
            OptionSpec("no-color", .flag, group: "Output", help: "Print without colours."),
        ],
        examples: [
            CommandSpec.Example(
                command: "pushbench brew pot -c 4", note: "Four cups for a meeting:")
        ])

    static let rinse = CommandSpec("rinse", summary: "Rinse the pot.")

    static let version = CommandSpec("version", summary: "Print the version.")

    static let table = CommandTable([brew, rinse, version])

    private static let beans = [
        Choice("arabica", aliases: ["a"]), Choice("robusta", aliases: ["r", "rob"]), "liberica",
    ]
}
