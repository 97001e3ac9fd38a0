import FoundationEssentials
import Wire

/// The secret with which events are published (RFC 6750): it is kept in a file, since a command line
/// is for everybody to read.
enum BearerToken {
    /// The token in the file that `option` names: its first line; nil when it is not given.
    static func read(_ option: String, _ arguments: ParsedArguments) throws -> [UInt8]? {
        guard let path = arguments.pathIfAny(option) else { return nil }
        guard let content = try? Data(contentsOf: URL(filePath: path)) else {
            throw arguments.error("--\(option) \(path) cannot be read", remedy: "check the path")
        }
        let line = Array(content).prefix { $0 != .lineFeed && $0 != .carriageReturn }
        // 16 characters are 96 bits.
        guard line.count >= 16, line.allSatisfy(mayStand) else {
            throw arguments.error(
                "--\(option) \(path) has no token",
                remedy: "write 16 or more letters, digits and -._~+/= in its first line: "
                    + "openssl rand -base64 24 > \(path)")
        }
        return Array(line)
    }

    /// The characters of RFC 6750 §2.1.
    private static func mayStand(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }
}
