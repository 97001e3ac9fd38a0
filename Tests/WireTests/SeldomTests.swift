import Testing
import Wire

@Suite("Seldom")
struct SeldomTests {
    @Test("holds a value, changes it in place and lets go of it")
    func value() {
        var seldom = Seldom<[Int]>()
        #expect(seldom.value == nil)
        seldom.value = [1]
        seldom.value?.append(2)
        #expect(seldom.value == [1, 2])
        seldom.value = nil
        #expect(seldom.value == nil)
        seldom.value?.append(3)
        #expect(seldom.value == nil)
    }

    @Test("takes as little room as a pointer")
    func size() {
        #expect(MemoryLayout<Seldom<InlineArray<100, Int>>>.size == MemoryLayout<Int>.size)
    }
}
