import Link
import Measurement
import Testing

@testable import pushbench

@Suite("The options of run")
struct RunOptionTests {
    private func scenario(_ words: [String]) throws -> Scenario? {
        let table = CommandTable(Command.all.map(\.spec))
        guard case .command(let arguments) = try table.parse(["run"] + words) else { return nil }
        return try RunRequest(arguments).scenario
    }

    @Test(
        "that say the same twice or cannot be had together are refused",
        arguments: [
            (["--no-batch", "--batch", "2"], "say the same thing twice"),
            (["--lockstep", "--arrivals", "periodic"], "--lockstep has no arrivals"),
            (["--lockstep", "--arrivals", "saturate"], "--lockstep has no arrivals"),
            (["--arrivals", "saturate", "--warmup", "1s"], "none is left after a warm-up"),
            (["--bandwidth", "fast"], "--bandwidth: "),
            (["--link-tier", "mirrors"], "did you mean mirror?"),
            (["--headers", "no-such-file"], "neither a set nor a file"),
        ])
    func refused(words: [String], remark: String) throws {
        let error = try #require(throws: UsageError.self) { _ = try scenario(words) }
        #expect("\(error)".contains(remark))
    }

    @Test(
        "make a link of a preset and of single parts",
        arguments: [
            ([], nil),
            (["--link", "loopback"], nil),
            (["--rtt", "50ms"], "50ms"),
            (["--link", "4g", "--loss", "1%"], "4g,loss=1%"),
            (
                ["--rtt", "30ms", "--jitter", "5ms", "--bandwidth", "5Mbit"],
                "30ms,jitter=5ms,down=5Mbit,up=5Mbit"
            ),
        ])
    func link(words: [String], profile: String?) throws {
        let link = try scenario(words)?.link
        #expect(link == (try profile.map { try LinkProfile(parsing: $0) }))
    }

    @Test("leave out the warm-up where every event is due at the start")
    func saturation() throws {
        #expect(try scenario(["--arrivals", "saturate"])?.warmup == .zero)
        #expect(try scenario(["--arrivals", "saturate", "--warmup", "0s"])?.warmup == .zero)
        #expect(try scenario([])?.warmup == .seconds(1))
    }

    @Test("say which mistakes the server makes, and that one event an answer is one of them")
    func mistakes() throws {
        #expect(try scenario(["--nagle", "--two-writes"])?.mistakes == [.nagle, .twoWrites])
        #expect(try scenario(["--no-batch"])?.batchLimit == 1)
        #expect(try scenario(["--gap-rtt", "0"])?.gapRoundTrip == nil)
    }
}
