import Testing
import Wire

@Suite("WireBuffer")
struct WireBufferTests {
    @Test("has a ledger whose sum is its length, whatever is written")
    func sum() {
        var wire = WireBuffer()
        #expect(wire.isEmpty)
        var lengths: [Int] = []
        func note() {
            #expect(wire.ledger.total == wire.count)
            #expect(wire.bytes.count == wire.count)
            lengths.append(wire.count)
        }
        wire.write("literal" as StaticString, as: .requestHead)
        note()
        wire.write("größer" as StaticString, as: .responseHead)
        note()
        wire.write("größer" as String, as: .handshake)
        note()
        wire.write([1, 2, 3] as [UInt8], as: .transferCoding)
        note()
        wire.write(([1, 2, 3, 4] as [UInt8])[1...2], as: .messageFraming)
        note()
        wire.write(([1, 2, 3, 4, 5] as [UInt8]).span, as: .payload)
        note()
        wire.write(byte: 0, as: .notice)
        note()
        wire.write(decimal: 1234, as: .heartbeat)
        note()
        wire.write(hexadecimal: 0x123, as: .padding)
        note()
        wire.write("" as StaticString, as: .closing)
        wire.write([] as [UInt8], as: .closing)
        note()
        #expect(lengths == [7, 15, 23, 26, 28, 33, 34, 38, 41, 41])
        #expect(ByteClass.allCases.map { wire.ledger[$0] } == [7, 8, 8, 3, 2, 5, 1, 4, 3, 0])
    }

    @Test(
        "writes numbers in decimal and hexadecimal",
        arguments: [
            (0, "0", "0"), (1, "1", "1"), (9, "9", "9"), (10, "10", "a"), (15, "15", "f"),
            (16, "16", "10"), (99, "99", "63"), (100, "100", "64"), (255, "255", "ff"),
            (256, "256", "100"), (0xDEAD_BEEF, "3735928559", "deadbeef"),
            (.max, "18446744073709551615", "ffffffffffffffff"),
        ] as [(UInt64, String, String)])
    func numbers(number: UInt64, decimal: String, hexadecimal: String) {
        var wire = WireBuffer()
        wire.write(decimal: number, as: .payload)
        #expect(wire.bytes == decimal.bytes)
        #expect(wire.ledger[.payload] == decimal.utf8.count)
        wire.removeAll()
        wire.write(hexadecimal: number, as: .payload)
        #expect(wire.bytes == hexadecimal.bytes)
        #expect(wire.ledger.total == hexadecimal.utf8.count)
    }

    @Test("writes a number of any integer type, and zero for a negative one")
    func integerTypes() {
        var wire = WireBuffer()
        wire.write(decimal: UInt8.max, as: .payload)
        wire.write(decimal: Int.max, as: .payload)
        wire.write(decimal: -5, as: .payload)
        #expect(wire.bytes == "25592233720368547758070".bytes)
    }

    @Test("takes over another buffer with its classes")
    func append() {
        var first = WireBuffer()
        first.write("ab", as: .payload)
        var second = WireBuffer()
        second.write("c", as: .payload)
        second.write("de", as: .padding)
        first.append(second)
        #expect(first.bytes == "abcde".bytes)
        #expect(first.ledger[.payload] == 3)
        #expect(first.ledger[.padding] == 2)
        #expect(second.count == 3)
        first.append(encoded: second.bytes[...], ledger: second.ledger)
        #expect(first.bytes == "abcdecde".bytes)
        #expect(first.ledger.total == 8)
    }

    @Test("hands its bytes over and begins anew")
    func take() {
        var wire = WireBuffer()
        wire.write("abc", as: .payload)
        #expect(wire.take() == "abc".bytes)
        #expect(wire.isEmpty)
        #expect(wire.ledger == ByteLedger())
        #expect(wire.take() == [])
        wire.write("d", as: .closing)
        #expect(wire.take() == "d".bytes)
    }

    @Test("forgets its bytes and their classes together")
    func removeAll() {
        var wire = WireBuffer()
        wire.write("abc", as: .payload)
        wire.removeAll()
        #expect(wire.isEmpty)
        #expect(wire.ledger.total == 0)
        wire.write("d", as: .closing)
        #expect(wire.ledger.total == 1)
    }

    @Test("keeps which bytes are of which class only when it is asked to")
    func runs() {
        var wire = WireBuffer.recordingRuns()
        var plain = WireBuffer()
        #expect(plain.makePart().runs == nil)
        for index in 0..<2 {
            var part = wire.makePart()
            part.write("data: ", as: .messageFraming)
            part.write([1, 2, 3], as: .payload)
            part.write(byte: .lineFeed, as: .messageFraming)
            wire.write(hexadecimal: part.count, as: .transferCoding)
            wire.write("\r\n", as: .transferCoding)
            wire.append(part)
            wire.write("", as: .closing)
            wire.write("\n", as: .messageFraming)
            plain.write("data", as: .messageFraming)
            #expect(
                wire.runs == [
                    ByteRun(byteClass: .transferCoding, count: 3),
                    ByteRun(byteClass: .messageFraming, count: 6),
                    ByteRun(byteClass: .payload, count: 3),
                    ByteRun(byteClass: .messageFraming, count: 2),
                ])
            #expect(wire.runs?.reduce(0) { $0 + $1.count } == wire.count)
            #expect(plain.runs == nil)
            if index == 0 { wire.removeAll() } else { _ = wire.take() }
            #expect(wire.runs == [])
        }
    }
}
