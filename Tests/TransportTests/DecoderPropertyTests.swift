import DecoderProperties
import Foundation
import Testing

/// What libFuzzer looks for without end, looked for briefly: the committed corpus, which holds every
/// input that was ever a finding, and mutants of it by seed.
@Suite("What every decoder promises")
struct DecoderPropertyTests {
    @Test("holds for its corpus", arguments: DecoderProperty.all)
    func corpus(property: DecoderProperty) throws {
        let inputs = try Self.corpus(of: property)
        #expect(inputs.count >= 9, "Fuzz/Corpus/\(property) needs some dozen seeds")
        for (name, bytes) in inputs { Self.check(property, bytes, "\(name)") }
    }

    @Test("holds for mutants of its corpus", arguments: DecoderProperty.all, [UInt64](1...2))
    func mutants(property: DecoderProperty, seed: UInt64) throws {
        let inputs = try Self.corpus(of: property)
        var mutation = Mutation(seed: seed)
        for _ in 0..<Self.mutants {
            var mutant = inputs[mutation.number(below: inputs.count)].bytes
            // Of two, so that messages of different seeds meet.
            if mutation.number(below: 4) == 0 {
                mutant += inputs[mutation.number(below: inputs.count)].bytes.dropFirst(2)
            }
            mutant = mutation.mutate(mutant)
            guard !mutant.isEmpty else { continue }
            // Mostly the choices of the seed, sometimes others.
            if mutation.number(below: 2) == 0 { mutant[0] = UInt8(mutation.number(below: 256)) }
            if mutant.count > 1 { mutant[1] = UInt8(mutation.number(below: 256)) }
            Self.check(property, mutant, "seed \(seed)")
        }
    }

    @Test("is known for each corpus that there is")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        // What needs a trait is not there without it.
        #expect(Set(folders).subtracting(["inflate"]) == Self.names.subtracting(["inflate"]))
    }

    private static let names = Set(DecoderProperty.all.map(\.name))

    /// Mutants a seed and decoder: all of them take well under a second in a debug build.
    private static let mutants = 60

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/Corpus")

    private static func corpus(
        of property: DecoderProperty
    ) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appending(path: property.name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
        }
    }

    private static func check(_ property: DecoderProperty, _ bytes: [UInt8], _ name: String) {
        do {
            try property.check(bytes)
        } catch {
            let text = String(decoding: bytes, as: UTF8.self).debugDescription
            Issue.record("\(property), \(name), \(text): \(error)")
        }
    }
}
