import Testing
import Wire

@Suite("ByteLedger")
struct ByteLedgerTests {
    private func ledger(_ counts: [ByteClass: Int]) -> ByteLedger {
        var ledger = ByteLedger()
        for (byteClass, count) in counts { ledger[byteClass] = count }
        return ledger
    }

    @Test("has room for every class, each apart from the others")
    func classes() {
        var ledger = ByteLedger()
        for (index, byteClass) in ByteClass.allCases.enumerated() {
            #expect(ledger[byteClass] == 0)
            ledger[byteClass] += 1 << index
        }
        for (index, byteClass) in ByteClass.allCases.enumerated() {
            #expect(ledger[byteClass] == 1 << index)
        }
        #expect(ledger.total == 1 << ByteClass.allCases.count - 1)
        #expect(ledger.overhead == ledger.total - ledger[.payload])
    }

    @Test("adds and subtracts class by class")
    func arithmetic() {
        var sum = ledger([.payload: 5, .closing: 1])
        let addend = ledger([.payload: 2, .padding: 7])
        sum += addend
        #expect(sum == ledger([.payload: 7, .closing: 1, .padding: 7]))
        #expect(sum - addend == ledger([.payload: 5, .closing: 1]))
        #expect(sum - sum == ByteLedger())
        #expect(sum.total == 15)
        #expect(sum.overhead == 8)
    }

    @Test("is equal only where every class is")
    func equality() {
        #expect(ledger([.payload: 1]) == ledger([.payload: 1, .padding: 0]))
        for byteClass in ByteClass.allCases {
            #expect(ledger([byteClass: 1]) != ByteLedger())
        }
        #expect(ledger([.payload: 1]) != ledger([.padding: 1]))
    }

    @Test("describes the classes that occur, largest first")
    func description() {
        #expect(ByteLedger().description == "")
        #expect(
            ledger([.messageFraming: 8, .payload: 100]).description
                == "payload 100, message_framing 8")
    }

    @Test("names its classes as the run record does, each differently")
    func names() {
        let names = ByteClass.allCases.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil })
        #expect(ByteClass.allCases.map(\.rawValue) == Array(names.indices))
    }
}
