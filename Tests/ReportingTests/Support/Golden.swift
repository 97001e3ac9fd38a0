import Foundation
import Testing

/// A text on file that what is made must equal.
enum Golden {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Goldens")

    /// Compares `content` with the file of this name. With PUSHBENCH_RECORD=1 in the environment the
    /// file is written anew instead; what has changed is then for a review to judge.
    static func expect(_ content: [UInt8], _ name: String) throws {
        let file = folder.appending(path: name)
        guard ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] == nil else {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return try Data(content).write(to: file)
        }
        let recorded = [UInt8](try Data(contentsOf: file))
        let lines = { (bytes: [UInt8]) in
            bytes.split(separator: 10, omittingEmptySubsequences: false)
        }
        let pairs = zip(lines(content), lines(recorded)).enumerated()
        let first = pairs.first { $0.element.0 != $0.element.1 }
        let difference = first.map { index, pair in
            "line \(index + 1) is \(String(decoding: pair.0, as: UTF8.self))"
        }
        #expect(content == recorded, "\(name): \(difference ?? "the lengths differ")")
    }
}
