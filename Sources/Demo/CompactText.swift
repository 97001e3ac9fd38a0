import Wire

/// Scripts and style sheets as they travel: without what only their authors read.
///
/// Leaves out indentation, empty lines, and comments that have lines of their own, a quarter of the
/// bytes; nothing else, so that a browser's debugger still shows every statement on its line.
enum CompactText {
    /// The text of `source`, a script or a style sheet.
    static func compacted(_ source: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        var isInComment = false
        // In a template literal, which begins and ends with a back quote, every space is text.
        var isInTemplate = false
        for line in source.split(separator: .lineFeed, omittingEmptySubsequences: false) {
            let text = line.drop { $0 == .space }
            if isInTemplate {
                result += line
            } else if isInComment || text.starts(with: "/*".utf8) {
                isInComment = !text.suffix(2).elementsEqual("*/".utf8)
                continue
            } else if text.isEmpty || text.starts(with: "//".utf8) {
                continue
            } else {
                result += text
            }
            result.append(.lineFeed)
            if text.count(where: { $0 == UInt8(ascii: "`") }) % 2 == 1 { isInTemplate.toggle() }
        }
        return result
    }
}
