import Foundation
import Measurement
import Testing
import Wire

@Suite("ByteCount")
struct ByteCountTests {
    private static func count(_ counts: [ByteClass: Int], per divisor: Int) -> ByteCount {
        var ledger = ByteLedger()
        for (byteClass, bytes) in counts {
            ledger[byteClass] = bytes
        }
        return ByteCount(ledger, per: divisor)
    }

    private static func json(_ count: ByteCount) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(count), as: UTF8.self)
    }

    @Test("divides the ledger, and keeps its sums")
    func divides() {
        let count = Self.count([.payload: 100, .responseHead: 30, .requestHead: 20], per: 4)
        #expect(count[.payload] == 25)
        #expect(count.heads == 12.5)
        #expect(count.overhead == 12.5)
        #expect(count.total == 37.5)
    }

    @Test("is nothing when there was nothing to divide by")
    func survivesZero() {
        #expect(Self.count([.payload: 100], per: 0) == ByteCount())
    }

    @Test("writes the classes that occur, and always payload and total")
    func writesWhatOccurs() throws {
        #expect(try Self.json(ByteCount()) == #"{"payload":0,"total":0}"#)
        #expect(
            try Self.json(Self.count([.messageFraming: 3, .notice: 1], per: 2))
                == #"{"message_framing":1.5,"notice":0.5,"payload":0,"total":2}"#)
    }

    @Test("reads back what it wrote, to the last bit", arguments: [1, 3, 7, 1_000_003])
    func readsBack(divisor: Int) throws {
        let count = Self.count(
            [.payload: 100, .messageFraming: 17, .heartbeat: 1, .closing: 9], per: divisor)
        let text = try Self.json(count)
        #expect(try JSONDecoder().decode(ByteCount.self, from: Data(text.utf8)) == count)
    }

    @Test(
        "refuses what is no count of bytes",
        arguments: [
            #"{"payload":1}"#, #"{"payload":1,"total":2}"#, #"{"payload":1,"waste":1,"total":2}"#,
            #"{"payload":"1","total":1}"#,
        ])
    func refuses(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ByteCount.self, from: Data(text.utf8))
        }
    }

    @Test("adds both directions up")
    func addsDirections() {
        let traffic = ByteTraffic(
            down: Self.count([.payload: 100, .responseHead: 50], per: 1),
            up: Self.count([.requestHead: 30], per: 1))
        #expect(traffic.total == 180)
        #expect(traffic.payload == 100)
        #expect(traffic.overhead == 80)
        #expect(traffic.heads == 80)
    }
}
