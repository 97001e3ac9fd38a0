import Link
import LinkEmulation
import Reactor
import Reporting

/// The rules: from what was read or measured to what is said of it. None of them touches the system.
extension DoctorCheck {
    // MARK: - What a run needs

    /// Whether the kernel has what the loops are built on.
    static func kernel(release: String, error: SystemError?) -> DoctorCheck {
        guard let error else {
            return DoctorCheck("kernel", "kernel", "Linux \(release), with epoll_pwait2")
        }
        return DoctorCheck(
            "kernel", "kernel", .missing, "Linux \(release): \(error)",
            remedy: "Use Linux 5.11 or newer; in a container, allow epoll_pwait2.")
    }

    /// Descriptors that server and generator keep for other things than connections.
    private static let reservedDescriptors = 256

    /// How many connections a loop can hold.
    static func descriptors(hard: Int) -> DoctorCheck {
        let room = max(0, hard - reservedDescriptors)
        let found = "\(Readable.count(hard)) files: \(Readable.count(room)) connections a loop"
        let values = ["hard": Double(hard)]
        // The default run has 1000 clients and as many connections to them.
        guard room < 1000 else {
            return DoctorCheck(
                "descriptors", "open files", "\(found), and more by --loops and --client-loops",
                values: values)
        }
        return DoctorCheck(
            "descriptors", "open files", room < 10 ? .missing : .limited, found,
            remedy: "Raise the hard limit (ulimit -Hn, LimitNOFILE= of the service), or spread the "
                + "clients by --loops and --client-loops: each loop has a table of its own.",
            values: values)
    }

    /// How many clients a source address can have.
    static func ports(_ range: ClosedRange<Int>?) -> DoctorCheck {
        guard let range else {
            return DoctorCheck(
                "ports", "local ports", .limited, "unknown: the range cannot be read",
                remedy: "Is /proc mounted? Runs of up to 1000 clients should do.")
        }
        let found =
            "\(range.lowerBound)–\(range.upperBound): \(Readable.count(range.count)) clients a "
            + "source address"
        let values = ["first": Double(range.lowerBound), "last": Double(range.upperBound)]
        guard range.count < 1000 else {
            return DoctorCheck(
                "ports", "local ports", "\(found), of which a run takes as many as it needs",
                values: values)
        }
        return DoctorCheck(
            "ports", "local ports", .limited, found,
            remedy: "Widen it: sysctl net.ipv4.ip_local_port_range=\"1024 65535\".", values: values)
    }

    /// Whether connections over loopback work, and how long an echo takes.
    static func loopback(_ echo: Result<Int64, SystemError>) -> DoctorCheck {
        switch echo {
        case .success(let nanoseconds):
            DoctorCheck(
                "loopback", "loopback",
                "an echo takes \(duration(nanoseconds)), both ends on one thread",
                values: ["echo_p50_ns": Double(nanoseconds)])
        case .failure(let error):
            DoctorCheck(
                "loopback", "loopback", .missing, "\(error)",
                remedy: "Bring lo up (ip link set lo up), and allow connections to 127.0.0.1.")
        }
    }

    // MARK: - Links

    /// The tiers of link emulation, best first.
    static func links(_ capability: LinkCapability) -> [DoctorCheck] {
        let hasMirror = capability.reason(against: .mirror) == nil
        return LinkTier.allCases.filter { $0 != .loopback }.map { tier in
            let title = "link: \(tier.rawValue)"
            guard let reason = capability.reason(against: tier) else {
                return DoctorCheck("link-\(tier.rawValue)", title, description(of: tier))
            }
            return DoctorCheck(
                "link-\(tier.rawValue)", title, .limited, reason,
                remedy: tier == .netem && hasMirror
                    ? "Nothing has to be done: the packet mirror takes its place, with real TCP too, "
                        + "for some processor time. A kernel with CONFIG_NET_SCH_NETEM spares that."
                    : remedy(forRefusal: reason))
        }
    }

    private static func description(of tier: LinkTier) -> String {
        switch tier {
        case .netem: "the kernel's emulator in a private network: everything about TCP is real"
        case .mirror: "the packet mirror in a private network: everything about TCP is real"
        case .client: "a delay in the clients: requests and answers, not TCP's own effects"
        case .loopback: "no delay"
        }
    }

    /// What lets a private network be made, judged by what stood against it.
    private static func remedy(forRefusal reason: String) -> String {
        let fallback =
            "Until then --rtt falls back to a delay in the clients: the laws of requests and answers "
            + "show, connect times, Nagle and loss do not."
        let known: [(sign: String, remedy: String)] = [
            ("AppArmor", "sysctl kernel.apparmor_restrict_unprivileged_userns=0 lets it be made. "),
            (
                "seccomp",
                "In a container, run it with --security-opt seccomp=unconfined; elsewhere, sysctl "
                    + "kernel.unprivileged_userns_clone=1. "
            ),
            ("limit of namespaces", "sysctl user.max_user_namespaces=100 lets it be made. "),
        ]
        return (known.first { reason.contains($0.sign) }?.remedy ?? "") + fallback
    }

    // MARK: - Clock

    /// A reading that costs more than this is a system call (MEASURING: 31 ns and 168 ns).
    private static let dearReading = 120.0

    /// What the clock is made of and what a reading costs.
    static func clock(_ clock: ClockProbe) -> DoctorCheck {
        let found =
            "\(clock.source ?? "unknown source"), \(duration(clock.resolutionNanoseconds)) steps, "
            + "\(Readable.duration(nanoseconds: clock.readNanoseconds)) a reading"
        let values = [
            "resolution_ns": Double(clock.resolutionNanoseconds), "read_ns": clock.readNanoseconds,
        ]
        guard clock.readNanoseconds > dearReading else {
            return DoctorCheck("clock", "clock", found, values: values)
        }
        return DoctorCheck(
            "clock", "clock", .limited, found,
            remedy:
                "Each reading is a system call: the machine is slow, or its clock source is not "
                + "tsc or kvm-clock. Latencies stand; the generator saturates earlier.",
            values: values)
    }

    /// How late loops are woken, by latenesses in ascending order.
    static func wake(_ latenesses: Result<[Int64], SystemError>) -> DoctorCheck {
        let sorted: [Int64]
        switch latenesses {
        case .success(let values): sorted = values
        case .failure(let error):
            return DoctorCheck("wake", "wake-up", .limited, "\(error)")
        }
        guard !sorted.isEmpty else {
            return DoctorCheck("wake", "wake-up", .limited, "nothing was measured")
        }
        let p50 = sorted[sorted.count / 2]
        let p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
        let found =
            "\(duration(p50)) late at the median, \(duration(p99)) at p99, of "
            + "\(Readable.count(sorted.count, "wait"))"
        let values = ["p50_ns": Double(p50), "p99_ns": Double(p99)]
        // A tenth of the median latency over a link of 20 ms, where a run begins to warn.
        guard p99 > 1_000_000 else {
            return DoctorCheck("wake", "wake-up", found, values: values)
        }
        return DoctorCheck(
            "wake", "wake-up", .limited, found,
            remedy:
                "Something else keeps the processors busy: stop it, or pin server and generator "
                + "with --server-processor and --client-processor.",
            values: values)
    }

    /// Whether the kernel stamps what it receives.
    static func stamps(_ areStamped: Result<Bool, SystemError>) -> DoctorCheck {
        if case .success(true) = areStamped {
            return DoctorCheck(
                "stamps", "receive stamps", "SO_TIMESTAMPNS works: the harness's own delay is shown"
            )
        }
        return DoctorCheck(
            "stamps", "receive stamps", .limited, "the kernel does not stamp what it receives",
            remedy: "Latencies stand; how late the generator read them is not shown.")
    }

    // MARK: - Machine

    /// How many processors there are to share.
    static func processors(allowed: Int, online: Int) -> DoctorCheck {
        let found = "\(allowed) of \(online) may be used"
        let values = ["allowed": Double(allowed), "online": Double(online)]
        guard allowed < 2 else {
            return DoctorCheck(
                "processors", "processors",
                "\(found); --server-processor 0 --client-processor 1 keeps the two apart",
                values: values)
        }
        return DoctorCheck(
            "processors", "processors", .limited, found,
            remedy:
                "Server and generator take turns on it, so latencies contain each other's work. "
                + "Allow two (taskset, cpuset).",
            values: values)
    }

    /// What a connection costs both sides with the kernel's buffers, generously.
    private static let bytesOfConnection = 64 << 10

    /// How much memory is free.
    static func memory(available: Int?, total: Int?) -> DoctorCheck {
        guard let available, let total else {
            return DoctorCheck("memory", "memory", .limited, "unknown: /proc/meminfo says nothing")
        }
        let found =
            "\(Readable.bytes(Double(available))) of \(Readable.bytes(Double(total))) free"
        let values = ["available_bytes": Double(available), "total_bytes": Double(total)]
        guard available < 1000 * bytesOfConnection else {
            return DoctorCheck("memory", "memory", found, values: values)
        }
        return DoctorCheck(
            "memory", "memory", .limited, found,
            remedy:
                "A thousand connections may take \(Readable.bytes(Double(1000 * bytesOfConnection)))"
                + " with the kernel's buffers: use fewer clients.",
            values: values)
    }

    /// How much of the processors others had: programs here, and machines on the same host. Shares
    /// from 0 to 1.
    static func load(busy: Double, steal: Double, stealSinceBoot: Double) -> [DoctorCheck] {
        let programs = "\(Readable.percent(busy)) of the processors busy in the last half second"
        let machines =
            "\(Readable.percent(steal)) in the last half second, "
            + "\(Readable.percent(stealSinceBoot)) since boot"
        let isBusy = busy > 0.25
        // MEASURING: above 5 % nothing about times is to be concluded.
        let isStolen = max(steal, stealSinceBoot) > 0.05
        return [
            DoctorCheck(
                "load", "other programs", isBusy ? .limited : .good, programs,
                remedy: isBusy ? "Stop them, or take times for what they are." : nil,
                values: ["busy_share": busy]),
            DoctorCheck(
                "steal", "steal", isStolen ? .limited : .good, machines,
                remedy: isStolen
                    ? "Other machines on the host take the processors: run when they are quieter, and "
                        + "compare medians of several rounds." : nil,
                values: ["steal_share": steal, "steal_share_since_boot": stealSinceBoot]),
        ]
    }

    // MARK: - TCP

    /// The congestion controls that there are, and the one in use.
    static func congestion(current: String?, available: [String]) -> DoctorCheck {
        guard let current else {
            return DoctorCheck("congestion", "congestion", .limited, "unknown")
        }
        let others = available.filter { $0 != current }
        let list = others.isEmpty ? "no other" : Readable.list(others) + " as well"
        guard available.contains("cubic") else {
            return DoctorCheck(
                "congestion", "congestion", .limited, "\(current), \(list)",
                remedy:
                    "Without cubic, long answers and idle streams cannot be compared with other "
                    + "machines' (modprobe tcp_cubic).")
        }
        return DoctorCheck("congestion", "congestion", "\(current), \(list)")
    }

    /// The largest packet on the host's loopback.
    static func mtu(_ bytes: Int?) -> DoctorCheck {
        guard let bytes else { return DoctorCheck("mtu", "MTU", .limited, "unknown") }
        return DoctorCheck(
            "mtu", "MTU", "\(Readable.count(bytes)) B on lo, 1500 B in a private network",
            values: ["lo_bytes": Double(bytes)])
    }

    private static func duration(_ nanoseconds: Int64) -> String {
        Readable.duration(nanoseconds: Double(nanoseconds))
    }
}
