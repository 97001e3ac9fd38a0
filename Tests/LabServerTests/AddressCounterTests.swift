import Reactor
import Testing

@testable import LabServer

@Suite("The count of an address's connections")
struct AddressCounterTests {
    private static func address(_ host: String, _ port: UInt16 = 1) throws -> SocketAddress {
        try #require(SocketAddress(host, port: port))
    }

    @Test("lets each address have its number, whatever the ports, and no more")
    func limit() throws {
        let counter = AddressCounter(limit: 2)
        let first = try #require(counter.enter(Self.address("10.0.0.1", 1)))
        #expect(counter.enter(try Self.address("10.0.0.1", 2)) == first)
        #expect(counter.enter(try Self.address("10.0.0.1", 3)) == nil)
        #expect(counter.enter(try Self.address("10.0.0.2")) != nil)
        counter.leave(first)
        #expect(counter.enter(try Self.address("10.0.0.1", 4)) == first)
    }

    @Test("forgets an address with its last connection, and takes its place again")
    func forgetting() throws {
        let counter = AddressCounter(limit: 1)
        var places: [Int32] = []
        for index in 0..<100 {
            places.append(try #require(counter.enter(.loopback(index: index, port: 1))))
        }
        #expect(counter.addresses == 100)
        for place in places { counter.leave(place) }
        #expect(counter.addresses == 0)
        let again = try #require(counter.enter(.loopback(index: 7, port: 1)))
        #expect(places.contains(again))
    }

    @Test(
        "takes an IPv6 network for one client, and an IPv4 address however it is written",
        arguments: [
            ("2001:db8::1", "2001:db8::ffff:2", true), ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.1", true),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.2", false), ("::1", "::1", true),
        ])
    func networks(first: String, second: String, areOne: Bool) throws {
        let counter = AddressCounter(limit: 1)
        #expect(counter.enter(try Self.address(first)) != nil)
        #expect((counter.enter(try Self.address(second)) == nil) == areOne)
    }
}
