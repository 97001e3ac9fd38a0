import Glibc
import Measurement

extension Command {
    /// `pushbench version`.
    static let version = Command(
        spec: CommandSpec("version", summary: "Print the version."),
        run: { _ in
            Terminal.output.write("pushbench \(ToolVersion.current.version)\n")
            return .fine
        })
}

extension ToolVersion {
    /// This program. A build does not know its commit; whoever runs it in CI does, and says so in
    /// PUSHBENCH_COMMIT or, on GitHub, in GITHUB_SHA.
    static let current = ToolVersion(
        name: "pushbench", version: "0.1.0",
        commit: variable("PUSHBENCH_COMMIT") ?? variable("GITHUB_SHA") ?? "unknown")

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
