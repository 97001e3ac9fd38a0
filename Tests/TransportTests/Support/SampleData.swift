import Foundation

/// Data that users publish, and what must survive of it.
enum SampleData {
    /// One line of JSON each: what breaks scripts, lines, brackets and text that is not ASCII.
    static let lines: [[UInt8]] = [
        #""plain""#,
        #""příliš žluťoučký kůň 🐎 日本語""#,
        #""</script><script>alert(1)</script>""#,
        #""<!-- no comment -->""#,
        "\"line\u{2028}and paragraph\u{2029}ends\"",
        #""quotes \" and \\ and \u0022 and \\\"""#,
        #"{"nested":[{"brackets":"}]{["},[],{}],"escaped":"\n\r\t\u0000"}"#,
        #""\#(String(repeating: "x", count: 200))""#,
        "[1,-2.5e3,true,false,null]",
        #"",\"events\":[{\"id\":1}]}""#,
        "0",
    ].map { Array($0.utf8) }

    /// The JSON in `bytes` in one spelling, so that two payloads that mean the same are equal.
    static func canonical(_ bytes: [UInt8]) throws -> String {
        let value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        let data = try JSONSerialization.data(
            withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
        return String(decoding: data, as: UTF8.self)
    }
}
