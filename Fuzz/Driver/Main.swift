import DecoderProperties
import Glibc

/// Runs one decoder's property under libFuzzer:
///
///     Fuzz http-request -max_total_time=60 Corpus/http-request
///     Fuzz --list
///
/// libFuzzer starts itself again to minimise an input and passes on its own options only, so the
/// decoder's name goes through the environment.
@main
struct Fuzz {
    private static let variable = "PUSHBENCH_FUZZ_TARGET"

    static func main() {
        var arguments = CommandLine.arguments
        if arguments.dropFirst().first == "--list" {
            for property in DecoderProperty.all { print("\(property.name)\t\(property.summary)") }
            return
        }
        if arguments.count > 1, DecoderProperty.named(arguments[1]) != nil {
            setenv(variable, arguments.remove(at: 1), 1)
        }
        guard Target.property != nil else {
            let names = DecoderProperty.all.map(\.name).joined(separator: ", ")
            complain("Fuzz: name a decoder first, one of \(names)")
            exit(2)
        }
        var count = Int32(arguments.count)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let code = pointers.withUnsafeMutableBufferPointer { buffer in
            var list = buffer.baseAddress
            return runDriver(&count, &list, checkInput)
        }
        exit(code)
    }

    fileprivate static func complain(_ text: String) {
        let line = Array("\(text)\n".utf8)
        write(STDERR_FILENO, line, line.count)
    }

    /// The decoder that this process is about.
    fileprivate enum Target {
        static let property: DecoderProperty? = getenv(variable).flatMap {
            DecoderProperty.named(String(cString: $0))
        }
    }
}

/// libFuzzer's own loop, which libclang_rt.fuzzer brings along.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ check: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// Checks one input; a broken promise ends the process, which libFuzzer takes for a finding.
private func checkInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    do throws(Violation) {
        try Fuzz.Target.property?.check(input)
    } catch {
        Fuzz.complain("VIOLATION \(error)")
        abort()
    }
    return 0
}
