import Testing

@testable import Measurement

@Suite("Machine")
struct MachineTests {
    @Test("is what Linux says in its files")
    func readsFiles() {
        let machine = Machine(
            cpuInfo: "processor\t: 0\nmodel\t\t: 106\nmodel name\t: Imaginary 9000: Turbo\n",
            memoryInfo: "MemFree:  1 kB\nMemTotal:        8131072 kB\n", kernel: "6.18.44\n",
            release: "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n", cores: 2)
        let expected = Machine(
            cpu: "Imaginary 9000: Turbo", cores: 2, memoryBytes: 8_131_072 * 1024,
            kernel: "6.18.44", os: "Debian GNU/Linux 12")
        #expect(machine == expected)
    }

    @Test("is unknown where nothing is said")
    func survivesNothing() {
        let machine = Machine(cpuInfo: "", memoryInfo: "", kernel: "", release: "", cores: 1)
        let expected = Machine(
            cpu: "unknown", cores: 1, memoryBytes: 0, kernel: "unknown", os: "unknown")
        #expect(machine == expected)
    }

    @Test("is known on the machine that runs this")
    func knowsThisMachine() {
        let machine = Machine.current()
        #expect(machine.cores > 0)
        #expect(machine.memoryBytes > 0)
        #expect(machine.kernel != "unknown")
    }
}
