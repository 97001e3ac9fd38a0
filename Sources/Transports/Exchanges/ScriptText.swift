import Wire

/// JSON made safe inside a script.
///
/// Every `<` becomes `\u003c`: an HTML parser looks for `</script` and `<!--` before JavaScript is
/// asked, and in JSON a `<` only occurs within strings, where the escape means the same. U+2028 and
/// U+2029 end a line in JavaScript before 2019 but not in JSON, and become escapes too. A payload
/// grown by these is still payload.
package enum ScriptText {
    /// Writes `json`, escaped; the filler of ordinary events passes in one piece.
    package static func write(_ json: [UInt8], into wire: inout WireBuffer) {
        let bytes = json.span
        var (start, next) = (0, 0)
        while let index = bytes.firstIndex(
            of: UInt8(ascii: "<"), or: 0xE2, from: next, to: bytes.count)
        {
            next = index + 1
            let replacement: StaticString
            if bytes[index] == UInt8(ascii: "<") {
                replacement = "\\u003c"
            } else if index + 2 < bytes.count, bytes[index + 1] == 0x80,
                bytes[index + 2] & 0xFE == 0xA8
            {
                replacement = bytes[index + 2] == 0xA8 ? "\\u2028" : "\\u2029"
                next = index + 3
            } else {
                continue
            }
            wire.write(bytes.extracting(start..<index), as: .payload)
            wire.write(replacement, as: .payload)
            start = next
        }
        wire.write(bytes.extracting(start...), as: .payload)
    }
}
