import Foundation
import Link
import LinkEmulation
import Measurement
import Reactor
import Testing

@testable import pushbench

/// What was found, and how it must be judged.
private struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let check: DoctorCheck
    let state: DoctorCheck.State

    init(_ name: String, _ check: DoctorCheck, is state: DoctorCheck.State) {
        testDescription = name
        self.check = check
        self.state = state
    }
}

@Suite("The doctor")
struct DoctorTests {
    private static let refused = SystemError(call: "epoll_pwait2", code: ENOSYS)

    private static func clock(read: Double) -> ClockProbe {
        ClockProbe(source: "tsc", resolutionNanoseconds: 1, readNanoseconds: read)
    }

    private static let cases: [Case] = [
        Case("a kernel", .kernel(release: "6.18.0", error: nil), is: .good),
        Case("an old kernel", .kernel(release: "5.4.0", error: refused), is: .missing),
        Case("many files", .descriptors(hard: 20_000), is: .good),
        Case("just enough files", .descriptors(hard: 1256), is: .good),
        Case("few files", .descriptors(hard: 1255), is: .limited),
        Case("hardly any files", .descriptors(hard: 256), is: .missing),
        Case("many ports", .ports(32_768...60_999), is: .good),
        Case("few ports", .ports(32_768...33_000), is: .limited),
        Case("unknown ports", .ports(nil), is: .limited),
        Case("loopback", .loopback(.success(12_000)), is: .good),
        Case("no loopback", .loopback(.failure(refused)), is: .missing),
        Case("a quick clock", .clock(clock(read: 31)), is: .good),
        Case("a clock behind a system call", .clock(clock(read: 168)), is: .limited),
        Case("quick wake-ups", .wake(.success([10_000, 11_000, 900_000])), is: .good),
        Case("late wake-ups", .wake(.success([10_000, 11_000, 4_000_000])), is: .limited),
        Case("no wake-ups", .wake(.success([])), is: .limited),
        Case("wake-ups that fail", .wake(.failure(refused)), is: .limited),
        Case("stamps", .stamps(.success(true)), is: .good),
        Case("no stamps", .stamps(.success(false)), is: .limited),
        Case("stamps that fail", .stamps(.failure(refused)), is: .limited),
        Case("two processors", .processors(allowed: 2, online: 4), is: .good),
        Case("one processor", .processors(allowed: 1, online: 4), is: .limited),
        Case("memory", .memory(available: 4 << 30, total: 8 << 30), is: .good),
        Case("little memory", .memory(available: 32 << 20, total: 8 << 30), is: .limited),
        Case("unknown memory", .memory(available: nil, total: 8 << 30), is: .limited),
        Case("cubic", .congestion(current: "bbr", available: ["reno", "cubic", "bbr"]), is: .good),
        Case("no cubic", .congestion(current: "reno", available: ["reno"]), is: .limited),
        Case("unknown control", .congestion(current: nil, available: []), is: .limited),
        Case("an MTU", .mtu(65_536), is: .good),
        Case("unknown MTU", .mtu(nil), is: .limited),
    ]

    @Test("judges", arguments: cases)
    fileprivate func judges(one: Case) {
        #expect(one.check.state == one.state)
        if one.state == .good {
            #expect(one.check.remedy == nil)
        }
    }

    @Test(
        "judges what others had of the processors",
        arguments: [
            (0.1, 0.01, 0.01, [.good, .good]), (0.4, 0.01, 0.01, [.limited, .good]),
            (0.1, 0.2, 0.01, [.good, .limited]), (0.1, 0, 0.06, [.good, .limited]),
        ] as [(Double, Double, Double, [DoctorCheck.State])])
    func judgesLoad(
        busy: Double, steal: Double, sinceBoot: Double, states: [DoctorCheck.State]
    ) {
        let checks = DoctorCheck.load(busy: busy, steal: steal, stealSinceBoot: sinceBoot)
        #expect(checks.map(\.state) == states)
        #expect(checks.map { $0.remedy == nil } == states.map { $0 == .good })
    }

    @Test(
        "says of each way to make a link what stands against it and what to do",
        arguments: [
            ("netem=ok\tmirror=ok\tclient=ok\tloopback=ok", ["", "", ""]),
            (
                "netem=no sch_netem\tmirror=ok\tclient=ok\tloopback=ok",
                ["Nothing has to be done", "", ""]
            ),
            (
                "netem=x\tmirror=AppArmor forbids it\tclient=ok\tloopback=ok",
                ["Until then", "sysctl kernel.apparmor_restrict", ""]
            ),
            (
                "netem=a seccomp filter\tmirror=a seccomp filter\tclient=ok\tloopback=ok",
                ["In a container", "In a container", ""]
            ),
        ])
    func judgesLinks(line: String, remedies: [String]) throws {
        let checks = DoctorCheck.links(try #require(LinkCapability(line: line)))
        #expect(checks.map(\.id) == ["link-netem", "link-mirror", "link-client"])
        for (check, remedy) in zip(checks, remedies) {
            #expect((check.state == .good) == remedy.isEmpty)
            #expect(remedy.isEmpty || check.remedy?.hasPrefix(remedy) ?? false)
        }
    }

    private static let machine = Machine(
        cpu: "Imaginary 9000", cores: 2, memoryBytes: 8 << 30, kernel: "6.18.0", os: "Linux")

    @Test("prints marks, remedies and whether a run is possible")
    func prints() {
        let checkup = Checkup(
            machine: Self.machine,
            checks: [
                .descriptors(hard: 256), .clock(Self.clock(read: 31)), .mtu(nil),
            ])
        let text = checkup.text(color: false)
        #expect(text.contains("✗  open files  256 files: 0 connections a loop\n"))
        #expect(text.contains("✓  clock       tsc, 1 ns steps, 31 ns a reading\n"))
        #expect(text.contains("\n✗ open files: Raise the hard limit"))
        #expect(text.hasSuffix("\nA run is not possible: see open files.\n"))
        #expect(!checkup.ok)
        let limited = Checkup(machine: Self.machine, checks: [.mtu(nil)])
        #expect(limited.text(color: false).hasSuffix("\nA run is possible; 1 thing limits it.\n"))
        let fine = Checkup(machine: Self.machine, checks: [.mtu(1500)])
        #expect(fine.text(color: false).hasSuffix("\nA run is possible.\n"))
        #expect(fine.ok)
    }

    @Test("says the same to machines")
    func encodes() throws {
        let checkup = Checkup(machine: Self.machine, checks: [.mtu(1500), .mtu(nil)])
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(checkup))
        let object = try #require(json as? [String: Any])
        #expect(object["ok"] as? Bool == true)
        let checks = try #require(object["checks"] as? [[String: Any]])
        #expect(checks.map { $0["state"] as? String } == ["ok", "warning"])
        #expect((checks[0]["values"] as? [String: Double]) == ["lo_bytes": 1500])
    }
}
