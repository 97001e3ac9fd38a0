import Glibc
import Transports
import Wire

/// Runs codecs one at a time, alone: every technique's encoder and decoder, and a server's reading
/// of requests, without a socket and without another thread.
///
///     CodecBench                                      times all cases
///     CodecBench --case sse/decode                    times those whose names begin so
///     CodecBench --case NAME --iterations 1000        runs so many, for a tool that counts
///     CodecBench --counted                            runs each as often as counting needs
///     CodecBench --quick                              short batches, and the shortest events only
///     CodecBench --list                               names them
///
/// Each case is a line of JSON on standard output.
@main
struct CodecBench {
    /// Events in a counted case, whatever it does with one operation: enough for what happens now
    /// and then, such as an array that grows, and few enough for a simulated processor.
    private static let countedEvents = 400

    static func main() {
        do throws(Refusal) {
            try run(Options(CommandLine.arguments.dropFirst()))
        } catch {
            let text = Array("CodecBench: \(error.reason)\n".utf8)
            write(STDERR_FILENO, text, text.count)
            exit(1)
        }
    }

    private static func run(_ options: Options) throws(Refusal) {
        let cases = Transport.all.flatMap { transport in
            switch transport.server {
            case .polling(let server): CodecCase.polling(transport, server)
            case .streaming(let stream): CodecCase.streaming(transport, stream)
            case .bare(let stream): CodecCase.streaming(transport, stream)
            }
        }
        let longest = options.isQuick ? Sample.payloadSizes[0] : .max
        let chosen = cases.filter {
            $0.name.hasPrefix(options.prefix) && $0.payloadBytes <= longest
        }
        guard !chosen.isEmpty else {
            throw Refusal(reason: "no case begins with \(options.prefix); --list names them")
        }
        for codec in chosen {
            guard !options.lists else {
                print(codec.name)
                continue
            }
            do throws(ProtocolError) {
                print(line(codec, try codec.measure(stopwatch(for: codec, options))))
            } catch {
                throw Refusal(reason: "\(codec.name): \(error.reason) (\(error.rule))")
            }
        }
    }

    private static func stopwatch(for codec: CodecCase, _ options: Options) -> Stopwatch {
        if let iterations = options.iterations { return .counted(iterations: iterations) }
        if options.isCounted {
            return .counted(iterations: max(countedEvents / max(codec.events, 1), 4))
        }
        // Fifteen batches, so that a few which something disturbed do not move the median.
        return options.isQuick
            ? .timed(batches: 5, batch: .milliseconds(1))
            : .timed(batches: 15, batch: .milliseconds(4))
    }

    private static func line(_ codec: CodecCase, _ reading: Stopwatch.Reading) -> String {
        """
        {"name":"\(codec.name)","technique":"\(codec.technique)",\
        "operation":"\(codec.operation)","payload_bytes":\(codec.payloadBytes),\
        "events":\(codec.events),"wire_bytes":\(codec.wireBytes),\
        "iterations":\(reading.iterations),"ns":\(reading.nanoseconds)}
        """
    }
}

/// Why nothing was measured.
struct Refusal: Error {
    let reason: String
}

/// What the command line says.
private struct Options {
    var prefix = ""
    var iterations: Int?
    var isCounted = false
    var isQuick = false
    var lists = false

    init(_ arguments: ArraySlice<String>) throws(Refusal) {
        var rest = arguments
        while let option = rest.popFirst() {
            switch option {
            case "--case":
                guard let name = rest.popFirst() else {
                    throw Refusal(reason: "--case needs the beginning of a name")
                }
                prefix = name
            case "--iterations":
                guard let text = rest.popFirst(), let number = Int(text), number > 0 else {
                    throw Refusal(reason: "--iterations needs a number above 0")
                }
                iterations = number
            case "--counted": isCounted = true
            case "--quick": isQuick = true
            case "--list": lists = true
            default:
                throw Refusal(
                    reason: """
                        there is no option \(option); there are --case, --iterations, --counted, \
                        --quick and --list
                        """)
            }
        }
    }
}
