import Testing

@testable import pushbench

@Suite("Terminal")
struct TerminalTests {
    private static let cases: [(isTerminal: Bool, noColor: String?, term: String?, allows: Bool)] =
        [
            (true, nil, "xterm", true),
            (true, nil, nil, true),
            (true, "", "xterm", true),
            (true, "1", "xterm", false),
            (true, "0", "xterm", false),
            (true, nil, "dumb", false),
            (false, nil, "xterm", false),
        ]

    @Test("allows colour only where somebody sees it and nobody objects", arguments: cases)
    func color(isTerminal: Bool, noColor: String?, term: String?, allows: Bool) {
        #expect(
            Terminal.allowsColor(isTerminal: isTerminal, noColor: noColor, term: term) == allows)
    }

    /// What a progress line wrote.
    private final class Screen {
        var text = ""
    }

    private func line(on screen: Screen, isLive: Bool) -> ProgressLine {
        ProgressLine(isLive: isLive, width: { 10 }, write: { screen.text += $0 })
    }

    @Test("draws one line over and over, cut so that it does not wrap")
    func live() {
        let screen = Screen()
        var progress = line(on: screen, isLive: true)
        progress.update("connect 1")
        progress.update("connect 1000 of 1000")
        progress.note("sse done")
        progress.finish()
        progress.note("all done")
        #expect(
            screen.text == "\rconnect 1\u{1B}[K" + "\rconnect 1\u{1B}[K"
                + "\rsse done\u{1B}[K\nconnect 1" + "\r\u{1B}[K" + "all done\n")
    }

    @Test("prints only notes where nobody looks")
    func piped() {
        let screen = Screen()
        var progress = line(on: screen, isLive: false)
        progress.update("connect 1")
        progress.note("measuring sse")
        progress.update("3 s left")
        progress.finish()
        #expect(screen.text == "measuring sse\n")
    }

    @Test("ends with the documented numbers")
    func exitCodes() {
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
        #expect(ExitCode(rawValue: 3) == .regression)
    }
}
