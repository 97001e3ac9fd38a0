/// JSON as bytes: escaping, checking, and finding where a value ends; no tree is ever built.
///
/// An event's payload is JSON that travels through every technique unchanged, so what is needed is
/// to write strings safely, to refuse what is not JSON where a user's data enters, and to tell one
/// element of an array from the next.
package enum JSONText {
    /// Appends `text` as a JSON string with its quotes (RFC 8259 §7).
    package static func appendString(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(text[index])
            case .lineFeed: bytes.append(contentsOf: Array("\\n".utf8))
            case .carriageReturn: bytes.append(contentsOf: Array("\\r".utf8))
            case .tab: bytes.append(contentsOf: Array("\\t".utf8))
            case let control where control < 0x20:
                bytes.append(contentsOf: Array("\\u00".utf8))
                bytes.append(hexadecimalDigit(control >> 4))
                bytes.append(hexadecimalDigit(control & 15))
            default: bytes.append(text[index])
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The index after the JSON value that starts at `start`, or nil when the bytes there are not
    /// one whole value. Arrays and objects nest `depth` deep at most, so that no input can exhaust
    /// the stack.
    package static func endOfValue(
        in bytes: Span<UInt8>, at start: Int, depth: Int = 64
    ) -> Int? {
        guard start < bytes.count else { return nil }
        switch bytes[start] {
        case UInt8(ascii: "\""): return endOfString(in: bytes, at: start)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth > 0 else { return nil }
            return bytes[start] == UInt8(ascii: "{")
                ? endOfObject(in: bytes, at: start, depth: depth)
                : endOfArray(in: bytes, at: start, depth: depth)
        case UInt8(ascii: "t"): return bytes.starts(with: "true", at: start) ? start + 4 : nil
        case UInt8(ascii: "f"): return bytes.starts(with: "false", at: start) ? start + 5 : nil
        case UInt8(ascii: "n"): return bytes.starts(with: "null", at: start) ? start + 4 : nil
        default: return endOfNumber(in: bytes, at: start)
        }
    }

    /// `bytes` as one line of JSON: line ends between its tokens become spaces, white space around
    /// it goes. Nil when the bytes are not one whole JSON value in UTF-8.
    package static func singleLine(_ bytes: Span<UInt8>) -> [UInt8]? {
        let start = skipSpace(in: bytes, at: 0)
        guard let end = endOfValue(in: bytes, at: start),
            skipSpace(in: bytes, at: end) == bytes.count
        else { return nil }
        var line = bytes.array(start..<end)
        guard String(validating: line, as: UTF8.self) != nil else { return nil }
        // Inside strings these bytes are escaped, so every one left stands between tokens.
        for index in line.indices where line[index] == .lineFeed || line[index] == .carriageReturn {
            line[index] = .space
        }
        return line
    }

    /// The index after the object that starts at `start`, trusting its strings and brackets to be
    /// well formed: how a batch is cut into its events. Nil when the bytes end first.
    package static func endOfTrustedObject(in bytes: Span<UInt8>, at start: Int, to end: Int)
        -> Int?
    {
        var depth = 0
        var index = start
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                guard let quote = endOfTrustedText(in: bytes, from: index + 1, to: end) else {
                    return nil
                }
                index = quote
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return index + 1 }
            default:
                break
            }
            index += 1
        }
        return nil
    }

    /// Where the quote stands that ends the string whose text begins at `start`.
    private static func endOfTrustedText(
        in bytes: Span<UInt8>, from start: Int, to end: Int
    ) -> Int? {
        var index = start
        while let stop = bytes.firstIndex(
            of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: index, to: end)
        {
            guard bytes[stop] == UInt8(ascii: "\\") else { return stop }
            index = stop + 2
        }
        return nil
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func skipSpace(in bytes: Span<UInt8>, at start: Int) -> Int {
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case .space, .tab, .lineFeed, .carriageReturn: index += 1
            default: return index
            }
        }
        return index
    }

    private static func endOfString(in bytes: Span<UInt8>, at start: Int) -> Int? {
        var index = start + 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "\\"):
                guard index + 1 < bytes.count else { return nil }
                switch bytes[index + 1] {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
                    UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                    index += 2
                case UInt8(ascii: "u"):
                    guard index + 5 < bytes.count else { return nil }
                    for digit in index + 2...index + 5 where bytes[digit].hexadecimalValue == nil {
                        return nil
                    }
                    index += 6
                default: return nil
                }
            case let control where control < 0x20: return nil
            default: index += 1
            }
        }
        return nil
    }

    private static func endOfObject(in bytes: Span<UInt8>, at start: Int, depth: Int) -> Int? {
        var index = skipSpace(in: bytes, at: start + 1)
        if index < bytes.count, bytes[index] == UInt8(ascii: "}") { return index + 1 }
        while index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
            guard let nameEnd = endOfString(in: bytes, at: index) else { return nil }
            let colon = skipSpace(in: bytes, at: nameEnd)
            guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":"),
                let valueEnd = endOfValue(
                    in: bytes, at: skipSpace(in: bytes, at: colon + 1), depth: depth - 1)
            else { return nil }
            let next = skipSpace(in: bytes, at: valueEnd)
            guard next < bytes.count else { return nil }
            if bytes[next] == UInt8(ascii: "}") { return next + 1 }
            guard bytes[next] == UInt8(ascii: ",") else { return nil }
            index = skipSpace(in: bytes, at: next + 1)
        }
        return nil
    }

    private static func endOfArray(in bytes: Span<UInt8>, at start: Int, depth: Int) -> Int? {
        var index = skipSpace(in: bytes, at: start + 1)
        if index < bytes.count, bytes[index] == UInt8(ascii: "]") { return index + 1 }
        while let valueEnd = endOfValue(in: bytes, at: index, depth: depth - 1) {
            let next = skipSpace(in: bytes, at: valueEnd)
            guard next < bytes.count else { return nil }
            if bytes[next] == UInt8(ascii: "]") { return next + 1 }
            guard bytes[next] == UInt8(ascii: ",") else { return nil }
            index = skipSpace(in: bytes, at: next + 1)
        }
        return nil
    }

    private static func endOfNumber(in bytes: Span<UInt8>, at start: Int) -> Int? {
        func digits(from first: Int) -> Int {
            var index = first
            while index < bytes.count, bytes[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
            return index
        }
        var index = start
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let integerEnd = digits(from: index)
        guard integerEnd > index else { return nil }
        if bytes[index] == UInt8(ascii: "0"), integerEnd > index + 1 { return nil }
        index = integerEnd
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            let fractionEnd = digits(from: index + 1)
            guard fractionEnd > index + 1 else { return nil }
            index = fractionEnd
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            var first = index + 1
            if first < bytes.count,
                bytes[first] == UInt8(ascii: "+") || bytes[first] == UInt8(ascii: "-")
            {
                first += 1
            }
            let exponentEnd = digits(from: first)
            guard exponentEnd > first else { return nil }
            index = exponentEnd
        }
        return index
    }
}
