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
        var start = 0
        for index in json.indices {
            let replacement: StaticString
            let length: Int
            if json[index] == UInt8(ascii: "<") {
                (replacement, length) = ("\\u003c", 1)
            } else if json[index] == 0xE2, index + 2 < json.count, json[index + 1] == 0x80,
                json[index + 2] & 0xFE == 0xA8
            {
                (replacement, length) = (json[index + 2] == 0xA8 ? "\\u2028" : "\\u2029", 3)
            } else {
                continue
            }
            wire.write(json[start..<index], as: .payload)
            wire.write(replacement, as: .payload)
            start = index + length
        }
        wire.write(json[start...], as: .payload)
    }
}
