import Link

/// The packets that are under way: bytes in slots of equal size, in no order.
///
/// Nothing is allocated for a packet. The slot that was given back last is given out first, so that
/// memory is touched, and cached, only as far as packets have ever been under way at once.
struct PacketStore: ~Copyable {
    /// 100,000 packets/s over a one-way delay of 0.3 s, twice; 96 MiB, if ever.
    static let slots = 65_536
    /// An Ethernet frame of 1514 bytes, in whole cache lines.
    static let slotBytes = 1536

    private let memory: UnsafeMutableRawPointer
    private var free: [UInt32]

    init() {
        memory = .allocate(byteCount: Self.slots * Self.slotBytes, alignment: 64)
        free = (0..<UInt32(Self.slots)).reversed()
    }

    deinit {
        memory.deallocate()
    }

    /// Keeps a copy of these bytes, of which there are at most `slotBytes`; nil when all slots are
    /// in use.
    mutating func keep(_ bytes: UnsafeRawBufferPointer) -> UInt32? {
        guard let source = bytes.baseAddress, let slot = free.popLast() else { return nil }
        self[slot].copyMemory(from: source, byteCount: bytes.count)
        return slot
    }

    /// Where the bytes of a slot are.
    subscript(slot: UInt32) -> UnsafeMutableRawPointer {
        memory + Int(slot) * Self.slotBytes
    }

    /// Forgets the bytes of a slot.
    mutating func giveBack(_ slot: UInt32) {
        free.append(slot)
    }
}

/// The packets of one direction, in the order in which they went in, which is the order in which they
/// come out.
struct PacketQueue {
    /// A packet under way.
    struct Entry {
        /// When it comes out.
        var due: Instant
        /// Where its bytes are, and how many.
        var slot: UInt32
        var length: UInt32
    }

    private var entries: [Entry]
    private var head = 0
    private(set) var count = 0

    /// A queue that holds as many as a store has slots.
    init() {
        let none = Entry(due: .distantFuture, slot: 0, length: 0)
        entries = [Entry](repeating: none, count: PacketStore.slots)
    }

    /// The `index`th packet from the front.
    subscript(index: Int) -> Entry {
        entries[(head + index) & (PacketStore.slots - 1)]
    }

    /// When the packet at `index` comes out; never, when there is none.
    func due(_ index: Int) -> Instant {
        index < count ? self[index].due : .distantFuture
    }

    /// Adds a packet at the end.
    mutating func append(_ entry: Entry) {
        precondition(count < PacketStore.slots, "More packets than slots.")
        entries[(head + count) & (PacketStore.slots - 1)] = entry
        count += 1
    }

    /// Takes the packet at the front out.
    mutating func removeFirst() -> Entry {
        precondition(count > 0, "No packet to take out.")
        defer {
            head = (head + 1) & (PacketStore.slots - 1)
            count -= 1
        }
        return entries[head]
    }
}
