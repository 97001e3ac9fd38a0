import Glibc
import Link
import LinkEmulation
import Reactor
import Testing

extension Tag {
    /// Makes real interfaces in processes of its own.
    @Tag static var live: Self
}

/// What the built program says of this machine and of links that it opened. A namespace is entered
/// by a process of one thread, which a test is not; so each test runs `pushbench probe-link`.
enum ProbeLink {
    /// The program that was built with these tests, beside their bundle.
    static let executable: String = {
        let own = executablePath()
        return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/pushbench"
    }()

    /// A moment that comes only if something hangs; no passing test waits for it.
    static func limit() -> Instant {
        MonotonicClock.now() + .seconds(60)
    }

    /// What this machine allows.
    static let capability = LinkCapability.discover(
        executable: executable, arguments: ["probe-link"], until: limit())

    /// Why a tier cannot be had here, for a test that is skipped.
    static func reason(against tier: LinkTier) -> Comment {
        Comment(rawValue: capability.reason(against: tier) ?? "it can be had")
    }

    static func allows(_ tier: LinkTier) -> Bool {
        capability.reason(against: tier) == nil
    }

    /// Opens and measures a link, and hands back what was printed.
    static func run(_ link: String, _ arguments: String...) throws -> [String: String] {
        var child = try ChildProcess.spawn(
            executable: executable, arguments: ["probe-link", "--link", link] + arguments)
        let line = try #require(try child.readLine(until: limit()))
        #expect(child.wait(until: limit()) == .exited(0))
        return Dictionary(
            uniqueKeysWithValues: line.split(separator: "\t").map { field in
                let pair = field.split(separator: "=", maxSplits: 1)
                return (String(pair[0]), pair.count == 2 ? String(pair[1]) : "")
            })
    }
}

@Suite("A link in a namespace", .serialized, .tags(.live))
struct LiveLinkTests {
    @Test("is known by capability without changing this process")
    func capability() throws {
        let before = InterfaceCounters.read("lo")
        #expect(ProbeLink.capability.tiers.contains(.client))
        #expect(ProbeLink.capability.tiers.contains(.loopback))
        let again = try #require(LinkCapability(line: ProbeLink.capability.line))
        #expect(again == ProbeLink.capability)
        #expect(before != nil && InterfaceCounters.read("pb0") == nil)
    }

    @Test("is refused in words to a process with threads")
    func threads() {
        let thread = #expect(throws: LinkRefusal.self) { _ = try PrivateNamespace.enter() }
        #expect(thread?.description.contains("threads; it must be entered before") == true)
        let link = #expect(throws: LinkRefusal.self) {
            _ = try EmulatedLink.open(LinkProfile(roundTripTime: .milliseconds(20)), tier: .mirror)
        }
        #expect(link?.reason == "the process did not try to")
    }

    @Test("falls back to a delay in the clients, and says why")
    func fallsBack() throws {
        let refused = LinkRefusal(step: "unshare", code: EPERM, reason: "a test forbids it")
        let link = try EmulatedLink.open(
            LinkProfile(roundTripTime: .milliseconds(20)), in: .failure(refused))
        #expect(link.tier == .client)
        #expect(link.refusals == [refused])
        #expect(link.serverAddress == .loopback(port: 0))
        #expect(link.clientAddress(of: .loopback(port: 8080)) == .loopback(port: 8080))
        #expect(link.counters == nil && link.statistics == nil && !link.canTrim)
        #expect(try EmulatedLink.open(.loopback).tier == .loopback)
    }

    @Test("is measured but not trimmed when it is bare loopback")
    func loopback() throws {
        let link = try EmulatedLink.open(.loopback)
        let calibration = try Calibration.measure(link)
        #expect(calibration.echoes == 20 && calibration.trim == .zero)
        #expect(calibration.nominal == .zero && calibration.before == calibration.after)
        #expect(calibration.after > .zero)
    }

    @Test(
        "carries every byte unchanged through the mirror, and counts each packet once a way",
        .enabled(if: ProbeLink.allows(.mirror), ProbeLink.reason(against: .mirror)))
    func mirror() throws {
        let link = try ProbeLink.run("20ms", "--tier", "mirror", "--echo", "1MiB")
        #expect(link["tier"] == "mirror" && link["mtu"] == "1500")
        #expect(link["intact"] == "true" && link["failure"] == nil)
        for key in ["lost", "overflowed", "dropped_by_kernel", "ignored"] {
            #expect(link[key] == "0", "\(key)")
        }
        let up = try #require(link["up_bytes"].flatMap { Int($0) })
        let down = try #require(link["down_bytes"].flatMap { Int($0) })
        #expect(up > 1 << 20 && down > 1 << 20)
        // Every IP byte that either end sent came out of the mirror, and arrived.
        #expect(link["all_sent_bytes"] == "\(up + down)")
        #expect(link["all_received_bytes"] == "\(up + down)")
        let nominal = try #require(link["nominal"].flatMap { Int($0) })
        let connect = try #require(link["connect"].flatMap { Int($0) })
        let trim = try #require(link["trim"].flatMap { Int($0) })
        #expect(nominal == 20_000_000)
        // A delay is never shorter than it was set to be, however slow the machine.
        #expect(connect >= nominal - 2 * trim)
    }

    @Test(
        "repairs what the mirror loses, reordering nothing",
        .enabled(if: ProbeLink.allows(.mirror), ProbeLink.reason(against: .mirror)))
    func lossy() throws {
        let link = try ProbeLink.run(
            "10ms,jitter=3ms,loss=2%,down=20Mbit,up=10Mbit", "--echo", "512KiB", "--seed", "7")
        #expect(link["tier"] == "mirror" && link["intact"] == "true")
        let lost = try #require(link["lost"].flatMap { Int($0) })
        #expect(lost > 0)
        #expect(link["overflowed"] == "0" && link["ignored"] == "0")
        // 512 KiB at 10 Mbit/s take 419 ms at least.
        let echo = try #require(link["echo_time"].flatMap { Int($0) })
        #expect(echo > 419_000_000)
    }

    @Test(
        "drops every packet while it is cut, and carries them as before afterwards",
        .enabled(if: ProbeLink.allows(.mirror), ProbeLink.reason(against: .mirror)),
        arguments: ["20ms", "loopback"])
    func cut(profile: String) throws {
        let link = try ProbeLink.run(
            profile, "--tier", "mirror", "--cut", "100ms", "--echo", "64KiB")
        #expect(link["connected_while_cut"] == "false")
        #expect(link["while_cut"]?.contains("connect") == true)
        let cut = try #require(link["cut"].flatMap { Int($0) })
        #expect(cut > 0)
        #expect(link["intact"] == "true" && link["lost"] == "0" && link["overflowed"] == "0")
    }

    @Test(
        "can be cut only where packets are its own",
        .enabled(if: ProbeLink.allows(.client)))
    func cannotBeCut() throws {
        let refused = LinkRefusal(step: "unshare", code: EPERM, reason: "a test forbids it")
        let ideal = try EmulatedLink.open(.loopback, in: .failure(refused), toBeCut: true)
        #expect(ideal.tier == .loopback && !ideal.canBeCut)
        let link = try EmulatedLink.open(
            LinkProfile(roundTripTime: .milliseconds(20)), in: .failure(refused), toBeCut: true)
        #expect(link.tier == .client && !link.canBeCut)
    }

    @Test(
        "is made by netem with the same picture",
        .enabled(if: ProbeLink.allows(.netem), ProbeLink.reason(against: .netem)))
    func netem() throws {
        let link = try ProbeLink.run("20ms", "--tier", "netem", "--echo", "1MiB")
        #expect(link["tier"] == "netem" && link["mtu"] == "1500")
        #expect(link["intact"] == "true")
        #expect(link["all_sent_bytes"] == link["all_received_bytes"])
    }
}
