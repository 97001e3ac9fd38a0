import Testing

@testable import pushbench

@Suite("Help text")
struct HelpTextTests {
    @Test("is made from the command's table")
    func golden() {
        #expect(
            HelpText.render(command: FakeCommands.brew, width: 80) == """
                Brew coffee and measure how long it took.

                Water is heated first. Then, when it is hot enough for the beans at hand, it is
                poured, which is where most of the time goes.

                  water -> heat -> pour

                Nothing is brewed when the pot is missing.

                Usage:
                  pushbench brew [OPTIONS] POT [BEAN...]

                Operands:
                  POT   The pot to brew into.
                  BEAN  The beans, in order of taste. One of arabica (a), robusta (r, rob),
                        liberica.

                Coffee:
                  -c, --cups COUNT      Cups to brew. (default 2)
                      --steep DURATION  How long the water stays on the beans. (default 1m30s)
                      --water SIZE      Water. (default 64KiB)
                      --refills RATE    Refills. (default 30/m)
                      --milk SHARE      Milk. (default 5%)
                      --temperature-of-the-water NAME
                                        How warm. One of warm, hot. (default hot)
                  -b, --beans NAMES     The beans to try. Any of arabica (a), robusta (r, rob),
                                        liberica. (default all)

                Output:
                      --pipe LINK       The pipe. (default lan)
                  -l, --log FILE        Write the log there.
                      --note TEXT       A note for the log. May be given several times.
                      --no-color        Print without colours.
                  -h, --help            Show this help.

                Values:
                  COUNT     1000, 10k, 1M
                  DURATION  10s, 50ms, 100us, 1m30s
                  SIZE      100B, 64KiB (steps of 1024), 2MB (steps of 1000)
                  RATE      events a second: 100, 2k/s, 30/m
                  SHARE     5%, 0.05
                  NAMES     separated by commas, or all
                  LINK      loopback, lan, dsl, 4g, 3g, satellite, or numbers:
                            80ms,jitter=10ms,loss=1%,down=2Mbit,up=1Mbit

                Examples:
                  Four cups for a meeting:
                    pushbench brew pot -c 4

                """)
    }

    @Test("of a command without options has only the one that shows it")
    func bare() {
        #expect(
            HelpText.render(command: FakeCommands.rinse, width: 80) == """
                Rinse the pot.

                Usage:
                  pushbench rinse

                Options:
                  -h, --help  Show this help.

                """)
    }

    @Test("of the program lists commands and exit codes")
    func overview() {
        #expect(
            HelpText.overview(
                FakeCommands.table, summary: "A lab for coffee.", width: 80) == """
                    A lab for coffee.

                    Usage:
                      pushbench COMMAND [OPTIONS]

                    Commands:
                      brew     Brew coffee and measure how long it took.
                      rinse    Rinse the pot.
                      version  Print the version.

                    Exit codes:
                      0  fine
                      1  could not run
                      2  the command line is wrong
                      3  a threshold was crossed or something got worse
                      4  cannot tell: the measurement cannot be trusted
                      5  no baseline to compare with

                    'pushbench help COMMAND' says more about one of them.

                    """)
    }

    @Test("stays within the width", arguments: [40, 60, 72, 100, 200])
    func width(width: Int) {
        let page = HelpText.render(command: FakeCommands.brew, width: width)
        // A single word that is longer than its column may stand out; there is nowhere to break it.
        let tooLong = page.split(separator: "\n").filter { line in
            line.count > width && line.drop { $0 == " " }.contains(" ")
        }
        #expect(tooLong.isEmpty)
    }
}
