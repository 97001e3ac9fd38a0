import FoundationEssentials

/// The machine that a run was made on: enough to judge its numbers, nothing that names its owner.
package struct Machine: Hashable, Sendable, Codable {
    /// The processor's model.
    package var cpu: String
    /// The processors that this process may use.
    package var cores: Int
    /// The memory that the kernel manages.
    package var memoryBytes: Int64
    /// The kernel's release.
    package var kernel: String
    /// The distribution.
    package var os: String

    package init(cpu: String, cores: Int, memoryBytes: Int64, kernel: String, os: String) {
        self.cpu = cpu
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.kernel = kernel
        self.os = os
    }

    /// This machine. What cannot be found out is "unknown", or zero.
    package static func current() -> Machine {
        Machine(
            cpuInfo: text(of: "/proc/cpuinfo"), memoryInfo: text(of: "/proc/meminfo"),
            kernel: text(of: "/proc/sys/kernel/osrelease"), release: text(of: "/etc/os-release"),
            cores: ProcessInfo.processInfo.activeProcessorCount)
    }

    /// A machine from what Linux says of it in its files.
    init(cpuInfo: String, memoryInfo: String, kernel: String, release: String, cores: Int) {
        func value(of key: String, in text: String, after separator: Character) -> String? {
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: separator, maxSplits: 1)
                guard parts.count == 2, trimmed(parts[0]) == key else { continue }
                return trimmed(parts[1])
            }
            return nil
        }
        func trimmed(_ text: Substring) -> String {
            let isFiller = { (character: Character) in character.isWhitespace || character == "\"" }
            let start = text.drop(while: isFiller)
            return String(start.reversed().drop(while: isFiller).reversed())
        }
        // ARM has no model name; the implementer's number is better than nothing.
        cpu =
            value(of: "model name", in: cpuInfo, after: ":")
            ?? value(of: "CPU implementer", in: cpuInfo, after: ":").map { "implementer \($0)" }
            ?? "unknown"
        self.cores = cores
        let kibibytes = value(of: "MemTotal", in: memoryInfo, after: ":")?.split(separator: " ")
            .first
        memoryBytes = (kibibytes.flatMap { Int64($0) } ?? 0) * 1024
        self.kernel = kernel.isEmpty ? "unknown" : trimmed(kernel[...])
        os = value(of: "PRETTY_NAME", in: release, after: "=") ?? "unknown"
    }

    /// The file's text; empty when it cannot be read, which no run should fail for.
    private static func text(of path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }

    private enum CodingKeys: String, CodingKey {
        case cpu
        case cores
        case memoryBytes = "memory_bytes"
        case kernel
        case os
    }
}
