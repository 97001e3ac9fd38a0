import Foundation
import Testing

/// Text that is on file beside the tests: with PUSHBENCH_RECORD=1 in the environment it is written
/// anew, for a review to judge.
struct GoldenText {
    private let folder: URL
    private static let isRecording =
        ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] != nil

    /// The files in a folder beside the tests.
    init(folder: String) {
        self.folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: folder)
    }

    /// Holds `text` against the file of that name, line by line.
    func expect(_ text: String, toBe name: String) throws {
        let file = folder.appending(path: name)
        guard !Self.isRecording else {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true)
            return try Data(text.utf8).write(to: file)
        }
        let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines == recorded.split(separator: "\n", omittingEmptySubsequences: false))
    }
}
