import Foundation

/// The files of the package, as the tidy tests read them.
enum SourceTree {
    /// A text file, named by its path from the package's folder.
    struct File: CustomStringConvertible, Sendable {
        let path: String
        let text: String

        var description: String { path }
        var name: String { path.split(separator: "/").last.map(String.init) ?? path }
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        /// The module that the file belongs to: the folder below `Sources` or `Tests`.
        var module: String {
            let parts = path.split(separator: "/")
            return parts.count > 1 ? String(parts[1]) : ""
        }
    }

    /// A line that breaks a rule, printed as `path:line: text`.
    struct Finding: CustomStringConvertible, Equatable {
        let description: String

        init(_ file: File, line: Int, _ text: some StringProtocol) {
            description = "\(file.path):\(line + 1): \(text.drop { $0 == " " })"
        }
    }

    /// The package's folder.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The Swift files below `Sources`.
    static let sources = files(below: "Sources", ending: ".swift")
    /// The Swift files below `Tests`.
    static let tests = files(below: "Tests", ending: ".swift")
    /// Every Markdown file that belongs to the package.
    static let documents = files(below: "", ending: ".md")

    /// Whether there is a file or folder at `path`.
    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// The text of the file at `path`; empty when there is none, which its test then says.
    static func text(of path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }

    /// The files below a folder, in order; what is hidden or built is no part of the package.
    private static func files(below folder: String, ending suffix: String) -> [File] {
        let start = folder.isEmpty ? root : root.appending(path: folder)
        let paths = FileManager.default.enumerator(
            at: start, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
        var files: [File] = []
        while let url = paths?.nextObject() as? URL {
            guard url.lastPathComponent.hasSuffix(suffix) else { continue }
            let path = String(url.standardizedFileURL.path.dropFirst(root.path.count))
                .trimmingPrefix("/")
            files.append(File(path: String(path), text: text(of: String(path))))
        }
        return files.sorted { $0.path < $1.path }
    }

    /// The lines of `files` that match `pattern`.
    static func findings(
        in files: [File], matching pattern: some RegexComponent
    ) -> [Finding] {
        files.flatMap { file in
            file.lines.enumerated().compactMap { number, line in
                line.firstMatch(of: pattern) == nil ? nil : Finding(file, line: number, line)
            }
        }
    }
}
