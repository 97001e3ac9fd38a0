import Link
import LinkEmulation
import Reactor
import Testing

@Suite("LinkCapability")
struct LinkCapabilityTests {
    @Test("is a line and comes back from it")
    func line() throws {
        let line = "netem=sch_netem = no\tmirror=ok\tclient=ok\tloopback=ok"
        let capability = try #require(LinkCapability(line: line))
        #expect(capability.line == line)
        #expect(capability.reason(against: .netem) == "sch_netem = no")
        #expect(capability.reason(against: .mirror) == nil)
        #expect(capability.tiers == [.mirror, .client, .loopback])
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", "netem=ok", "netem=ok\tmirror=ok\tclient=ok", "hello",
            "netem=ok\tmirror=ok\tclient=ok\tloopback=", "netem=ok\tmirror=ok\tclient=ok\tother=ok",
        ])
    func malformed(line: String) {
        #expect(LinkCapability(line: line) == nil)
    }

    @Test(
        "has no namespaces where the probe does not answer as it should",
        arguments: ["/bin/true", "/bin/echo", "/nowhere/at/all"])
    func unanswered(executable: String) throws {
        let capability = LinkCapability.discover(
            executable: executable, arguments: ["probe-link"],
            until: MonotonicClock.now() + .seconds(20))
        #expect(capability.tiers == [.client, .loopback])
        let reason = try #require(capability.reason(against: .mirror))
        #expect(reason.hasPrefix("the probe"))
    }
}
