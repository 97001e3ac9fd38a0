import Wire

extension DecoderProperty {
    /// A query against a reading of it by splitting.
    static let query = DecoderProperty(
        "query", "a value is what splitting finds; what is percent-encoded is decoded"
    ) { (input) throws(Violation) in
        let bytes = input.bytes
        let names: [StaticString] = ["since", "callback", "session", "connection", "x", ""]
        for name in names {
            let range = QueryString.value(of: name, in: bytes.span, query: 0..<bytes.count)
            let found = range.map { Array(bytes[$0]) }
            try Violation.unlessEqual(found, splitValue(of: "\(name)", in: bytes), "\(name)")
            guard let range else { continue }
            let decoded = QueryString.decoded(bytes.span, in: range)
            try Violation.unlessEqual(decoded, splitDecoded(bytes[range]), "\(name), decoded")
        }
        let encoded = bytes.flatMap { byte in
            byte.isTokenCharacter && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "+")
                ? [byte] : [UInt8(ascii: "%")] + hexadecimal(byte)
        }
        let decoded = QueryString.decoded(encoded.span, in: 0..<encoded.count)
        try Violation.unlessEqual(decoded, bytes, "what was encoded comes back changed")
    }

    private static func splitValue(of name: String, in query: [UInt8]) -> [UInt8]? {
        guard !query.isEmpty else { return nil }
        var parameters = query.split(
            separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        // Behind a last ampersand stands nothing, not even a parameter without a name.
        if parameters.last?.isEmpty == true { parameters.removeLast() }
        for parameter in parameters {
            let parts = parameter.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0].elementsEqual(name.utf8) else { continue }
            return parts.count > 1 ? Array(parts[1]) : []
        }
        return nil
    }

    private static func splitDecoded(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = Array(value)[...]
        var decoded: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte == UInt8(ascii: "+") ? .space : byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalValue,
                let low = rest.popFirst()?.hexadecimalValue
            else { return nil }
            decoded.append(high * 16 + low)
        }
        return decoded
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// A URL, which is what it says that it is.
    static let url = DecoderProperty(
        "url", "a URL that is read can be written and read again; another says what to do"
    ) { (input) throws(Violation) in
        let text = String(decoding: input.bytes, as: UTF8.self)
        switch Result(catching: { () throws(HTTPURL.Problem) in try HTTPURL(parsing: text) }) {
        case .success(let url):
            try judge(url)
        case .failure(let problem):
            try Violation.unless(
                !problem.cause.isEmpty && !problem.remedy.isEmpty, "a problem without words")
        }
    }

    private static func judge(_ url: HTTPURL) throws(Violation) {
        let again = try? HTTPURL(parsing: url.description)
        try Violation.unlessEqual(again, url, "a URL comes back changed")
        try Violation.unless(!url.host.isEmpty && url.port > 0, "no host or no port: \(url)")
        try Violation.unless(
            url.target.isEmpty || url.target.hasPrefix("/"), "a target without a slash: \(url)")
        // Authority and target are written into a request as they are.
        let written = url.authority + url.target
        try Violation.unless(
            written.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !written.contains("#"),
            "what a request line cannot have: \(url)")
    }

    /// JSON text, checked, put on one line, and written as a string.
    static let json = DecoderProperty(
        "json", "a value ends within its bytes, one line stays one, and a string is JSON"
    ) { (input) throws(Violation) in
        let bytes = input.bytes
        // Every start of a short text, the first of a long one: this is quadratic.
        for start in 0...(bytes.count <= 64 ? bytes.count : 0) {
            try endsWithin(bytes, JSONText.endOfValue(in: bytes.span, at: start), start)
            try endsWithin(
                bytes,
                JSONText.endOfTrustedObject(in: bytes.span, at: start, to: bytes.count), start)
        }
        if let line = JSONText.singleLine(bytes.span) {
            try Violation.unless(
                !line.contains(.lineFeed) && !line.contains(.carriageReturn), "two lines")
            try Violation.unlessEqual(JSONText.singleLine(line.span), line, "a line changes")
            if let first = line.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                let end = JSONText.endOfTrustedObject(in: line.span, at: 0, to: line.count)
                try Violation.unlessEqual(end, line.count, "a trusted object ends elsewhere")
            }
        }
        var string: [UInt8] = []
        JSONText.appendString(bytes.span, to: &string)
        let end = JSONText.endOfValue(in: string.span, at: 0)
        try Violation.unlessEqual(end, string.count, "a string that was written is not whole")
        guard String(validating: bytes, as: UTF8.self) != nil else { return }
        try Violation.unlessEqual(
            JSONText.singleLine(string.span), string, "a string that was written is not a line")
    }

    private static func endsWithin(
        _ bytes: [UInt8], _ end: Int?, _ start: Int
    ) throws(Violation) {
        guard let end else { return }
        try Violation.unless(
            start < end && end <= bytes.count, "\(start) to \(end) of \(bytes.count)")
    }
}
