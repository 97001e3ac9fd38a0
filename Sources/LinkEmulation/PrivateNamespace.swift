import CLinux
import Glibc
import Reactor

/// A network of this process's own: it and the children it starts see no other interface than the
/// ones made here, and nothing outside sees theirs.
///
/// The value is the proof that the namespace was entered, which cannot be undone; what needs a
/// private network takes it as an argument. Needs no privilege where user namespaces are allowed.
/// A run in here cannot touch a real network, and no other program's traffic can touch it.
package struct PrivateNamespace: Sendable {
    /// Whether a user namespace was needed, because the process was not privileged enough.
    package let isUserNamespace: Bool

    /// The settings that were attempted, for the record.
    package let settings: [KernelSetting]

    /// Leaves the host's network for one of its own, with `lo` up in it.
    ///
    /// Must come before the process has a second thread: the kernel gives a user namespace to
    /// single-threaded processes only, and threads that are there would stay in the old network.
    package static func enter() throws(LinkRefusal) -> PrivateNamespace {
        try requireSingleThread()
        let isUserNamespace = try unshare()
        return try PrivateNamespace(settingUp: isUserNamespace)
    }

    /// Sets up the namespace that the calling thread is in already.
    init(settingUp isUserNamespace: Bool) throws(LinkRefusal) {
        self.isUserNamespace = isUserNamespace
        // Before any interface is made, which takes its settings from these defaults.
        settings = KernelSetting.wanted.map { $0.applied() }
        try NetlinkSocket().perform(
            .linkUp(index: try Interface("lo").index), step: "bring lo up")
    }

    /// The congestion control of new connections here.
    package static func congestionControl() -> String? {
        KernelSetting.read("net.ipv4.tcp_congestion_control")
    }

    private static func requireSingleThread() throws(LinkRefusal) {
        // The function leaves one entry out, here the calling thread.
        let others = clx_count_descriptors("/proc/self/task")
        guard others <= 0 else {
            throw LinkRefusal(
                step: "enter a private network",
                reason:
                    "the process has \(others + 1) threads; it must be entered before the second")
        }
    }

    /// Tries without a user namespace first, which is the shorter way for who may; says which it was.
    private static func unshare() throws(LinkRefusal) -> Bool {
        let (user, group) = (geteuid(), getegid())
        let alone = clx_unshare_network(0)
        if alone == 0 { return false }
        guard alone == -EPERM else { throw unshareRefusal("CLONE_NEWNET", code: -alone) }
        let both = clx_unshare_network(1)
        guard both == 0 else { throw unshareRefusal("CLONE_NEWUSER|CLONE_NEWNET", code: -both) }
        // Without "deny", an unprivileged process may not write a group map
        // (user_namespaces(7)).
        try write("deny", to: "/proc/self/setgroups")
        try write("0 \(user) 1", to: "/proc/self/uid_map")
        try write("0 \(group) 1", to: "/proc/self/gid_map")
        return true
    }

    private static func unshareRefusal(_ flags: String, code: Int32) -> LinkRefusal {
        let reason =
            switch code {
            case EPERM:
                "a seccomp filter, a container or kernel.unprivileged_userns_clone=0 forbids it"
            case ENOSPC:
                "the limit of namespaces is reached or 0: user.max_user_namespaces, "
                    + "user.max_net_namespaces"
            case EUSERS: "namespaces are nested too deeply"
            case EINVAL: "the kernel has no such namespaces, or the process has threads"
            default: "the kernel refuses"
            }
        return LinkRefusal(step: "unshare(\(flags))", code: code, reason: reason)
    }

    private static func write(_ text: String, to path: String) throws(LinkRefusal) {
        var text = text
        let result = text.withUTF8 { clx_write_file(path, $0.baseAddress, $0.count) }
        guard result < 0 else { return }
        let code = Int32(-result)
        throw LinkRefusal(
            step: "write \(path)", code: code,
            reason: code == EPERM || code == EACCES
                ? "AppArmor lets user namespaces be made but not used: "
                    + "kernel.apparmor_restrict_unprivileged_userns=1"
                : "the kernel refuses")
    }
}

/// A setting of the kernel's network: what was wanted, and what came of it.
package struct KernelSetting: Hashable, Sendable {
    /// The name as `sysctl` has it.
    package let name: String
    /// What was wanted.
    package let wanted: String
    /// What it is now; nil when it cannot be read.
    package let value: String?
    /// Why it could not be set; nil when it was.
    package let refusal: String?

    /// A setting that is still to be made.
    private init(_ name: String, _ wanted: String) {
        self.init(name, wanted, value: nil, refusal: nil)
    }

    private init(_ name: String, _ wanted: String, value: String?, refusal: String?) {
        self.name = name
        self.wanted = wanted
        self.value = value
        self.refusal = refusal
    }

    /// What makes two machines' networks alike, and connections independent of each other.
    fileprivate static let wanted = [
        // Machines differ in their default, and BBR does not restart slowly after idling.
        KernelSetting("net.ipv4.tcp_congestion_control", "cubic"),
        // 55,536 connections from one address to one port. All have five digits, since the server's
        // stands in each request's Host field, and lock-step counts its bytes.
        KernelSetting("net.ipv4.ip_local_port_range", "10000 65535"),
        // Else a connection's slow start begins where an earlier one to the same address ended.
        KernelSetting("net.ipv4.tcp_no_metrics_save", "1"),
        // Router solicitations would be counted among the bytes of a run.
        KernelSetting("net.ipv6.conf.default.disable_ipv6", "1"),
    ]

    /// Tries to make the setting.
    fileprivate func applied() -> KernelSetting {
        var text = wanted
        let result = text.withUTF8 {
            clx_write_file(Self.path(name), $0.baseAddress, $0.count)
        }
        let refusal = result < 0 ? String(cString: clx_error_text(Int32(-result))) : nil
        return KernelSetting(name, wanted, value: Self.read(name), refusal: refusal)
    }

    /// The value of a setting, with single spaces in it; nil when there is none of that name.
    static func read(_ name: String) -> String? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { text in
            let count = clx_read_file(path(name), text.baseAddress, text.count)
            guard count >= 0 else { return nil }
            return String(decoding: text.prefix(count), as: UTF8.self)
                .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }

    private static func path(_ name: String) -> String {
        "/proc/sys/" + name.split(separator: ".").joined(separator: "/")
    }
}

/// A network interface of the namespace that the calling thread is in.
struct Interface {
    /// Its name.
    let name: String
    /// Its number, by which netlink knows it.
    let index: Int32

    /// Looks it up.
    init(_ name: String) throws(LinkRefusal) {
        self.name = name
        let index = clx_interface_index(name)
        guard index >= 0 else {
            throw LinkRefusal(
                step: "find interface \(name)", code: -index, reason: "it is not there")
        }
        self.index = index
    }

    /// The largest IP packet that it carries; nil when there is no such interface.
    static func mtu(of name: String) -> Int? {
        let mtu = clx_interface_mtu(name)
        return mtu >= 0 ? Int(mtu) : nil
    }

    /// Makes one packet of the stack one packet of the link: no checksums left for hardware, no
    /// segmentation after the stack, no merging before it. What an interface cannot turn off (`lo`
    /// has no checksums at all) stays.
    func disableOffloads() {
        for offload in [
            CLX_OFFLOAD_CHECKSUM, CLX_OFFLOAD_TCP_SEGMENTATION, CLX_OFFLOAD_SEGMENTATION,
            CLX_OFFLOAD_RECEIVE,
        ] {
            _ = clx_interface_disable(name, offload)
        }
    }
}
