import Foundation
import Link
import Testing
import Transports
import Wire

/// The golden transcripts: what each technique says on the wire, as a text that people review.
///
/// With PUSHBENCH_RECORD=1 in the environment the test writes the transcripts anew instead of
/// comparing them; what has changed is then for a review to judge.
@Suite("The transcript")
struct TranscriptTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Transcripts")

    @Test("of one connection and two events is the one on file", arguments: Transport.all)
    func golden(transport: Transport) throws {
        let file = Self.folder.appending(path: "\(transport.id).txt")
        let transcript = Self.transcript(of: transport)
        guard !Self.isRecording else {
            try FileManager.default.createDirectory(
                at: Self.folder, withIntermediateDirectories: true)
            return try Data(transcript.utf8).write(to: file)
        }
        let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let lines = transcript.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines == recorded.split(separator: "\n", omittingEmptySubsequences: false))
    }

    private static let isRecording =
        ProcessInfo.processInfo.environment["PUSHBENCH_RECORD"] != nil

    // While the files are being written, by the test above and at the same time, some are missing.
    @Test("is on file for every technique and for nothing else", .disabled(if: isRecording))
    func files() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(names.sorted() == Transport.all.map { "\($0.id).txt" }.sorted())
    }

    private static func transcript(of transport: Transport) -> String {
        var transcript = Transcript()
        let pair = TransportPair(transport)
        var shown = 0
        func show(_ remark: String) {
            transcript.note(remark)
            for segment in pair.segments[shown...] {
                transcript.add(segment, framed: transport == .webSocket)
            }
            shown = pair.segments.count
        }
        // Events that were there before show where the cursor comes from.
        pair.server.publish(SampleData.lines)
        pair.connect()
        show("\(transport.title): a client connects and asks for live events")
        for (ordinal, line) in [("first", #""hello""#), ("second", #""<b>world</b>""#)] {
            pair.advance(by: .milliseconds(400))
            pair.publish(Array(line.utf8))
            pair.advance(by: .milliseconds(600))
            show("the \(ordinal) event is published")
        }
        if transport.server.stream != nil {
            pair.server.sendHeartbeat()
            pair.settle()
            show("nothing happens for a while")
            pair.server.endStream(.shutdown)
            let bytes = pair.server.takeOutput()
            transcript.note(
                bytes.isEmpty ? "the server stops, and closes the connection" : "the server stops")
            transcript.add(
                TransportPair.Segment(isFromClient: false, bytes: bytes),
                framed: transport == .webSocket)
        }
        return transcript.text
    }
}
