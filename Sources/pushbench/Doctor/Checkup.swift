import Link
import LinkEmulation
import Measurement
import Reactor

/// What this machine can do, found out by trying: about a second, most of it waiting.
struct Checkup: Encodable {
    /// What was looked for with.
    let tool = ToolVersion.current
    /// What was looked at.
    let machine: Machine
    /// Whether a run is possible.
    let ok: Bool
    /// The checks, what a run needs first.
    let checks: [DoctorCheck]

    private enum CodingKeys: String, CodingKey {
        case tool
        case machine
        case ok
        case checks
    }

    /// Makes a checkup of findings.
    init(machine: Machine, checks: [DoctorCheck]) {
        self.machine = machine
        self.checks = checks
        ok = !checks.contains { $0.state == .missing }
    }

    /// Time over which other programs and machines are watched.
    private static let watch = Duration.milliseconds(500)
    /// Waits by which wake-ups are judged: 200 ms of them.
    private static let waits = 200
    /// Echoes whose median is taken, some 10 ms of them.
    private static let echoes = 1000
    /// How long the child that tries the links may take.
    private static let patience = Duration.seconds(10)

    /// Looks at this machine.
    static func perform() -> Checkup {
        let machine = Machine.current()
        // First, because the rest of this would be taken for other programs' work.
        let load = watchLoad()
        var checks = [DoctorCheck.kernel(release: machine.kernel, error: pollingError())]
        let connection = Result { () throws(SystemError) in try probeLoopback() }
        checks.append(.loopback(connection.map(\.echo)))
        checks.append(.descriptors(hard: OpenFileLimit.raise().hard))
        checks.append(.ports(LocalPorts.range()))
        checks += DoctorCheck.links(
            .discover(
                executable: executablePath(), arguments: ["probe-link"],
                until: MonotonicClock.now() + patience))
        checks.append(.clock(ClockProbe.measure()))
        checks.append(
            .wake(
                Result { () throws(SystemError) in
                    try ClockProbe.wakeLateness(count: waits, interval: .milliseconds(1))
                }))
        checks.append(.stamps(connection.map(\.isStamped)))
        checks.append(
            .processors(allowed: Processors.count, online: online ?? Processors.count))
        checks.append(.memory(available: memory("MemAvailable"), total: memory("MemTotal")))
        checks += load
        let settings = "/proc/sys/net/ipv4/"
        checks.append(
            .congestion(
                current: SystemFile.words(settings + "tcp_congestion_control").first,
                available: SystemFile.words(settings + "tcp_available_congestion_control")))
        checks.append(.mtu(SystemFile.words("/sys/class/net/lo/mtu").first.flatMap { Int($0) }))
        return Checkup(machine: machine, checks: checks)
    }

    private static func watchLoad() -> [DoctorCheck] {
        let before = ProcessorTime.read()
        MonotonicClock.sleep(until: MonotonicClock.now() + watch)
        guard let before, let after = ProcessorTime.read(),
            let busy = after.busyShare(since: before), let steal = after.stealShare(since: before),
            let sinceBoot = after.stealShareSinceBoot
        else {
            return [DoctorCheck("load", "other programs", .limited, "unknown: no /proc/stat")]
        }
        return DoctorCheck.load(busy: busy, steal: steal, stealSinceBoot: sinceBoot)
    }

    /// Why the loops cannot wait as they do; nil when they can.
    private static func pollingError() -> SystemError? {
        do throws(SystemError) {
            var poller = try Poller(capacity: 1)
            _ = try poller.wait(until: MonotonicClock.now())
            return nil
        } catch {
            return error
        }
    }

    private static func probeLoopback() throws(SystemError) -> (echo: Int64, isStamped: Bool) {
        let probe = try LoopbackProbe.connect()
        return (try probe.echo(count: echoes), try probe.isStamped())
    }

    /// The processors of the machine: "0-3,6" in /sys means five.
    private static var online: Int? {
        SystemFile.words("/sys/devices/system/cpu/online").first.map { list in
            list.split(separator: ",").reduce(0) { count, part in
                let bounds = part.split(separator: "-").compactMap { Int($0) }
                guard let first = bounds.first, let last = bounds.last else { return count }
                return count + last - first + 1
            }
        }
    }

    /// A line of /proc/meminfo, in bytes.
    private static func memory(_ name: String) -> Int? {
        let lines = SystemFile.text("/proc/meminfo")?.split(separator: "\n") ?? []
        let line = lines.first { $0.hasPrefix("\(name):") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
