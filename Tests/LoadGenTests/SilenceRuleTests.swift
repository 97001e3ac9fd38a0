import Link
import Testing
import Transports

@testable import LoadGen

@Suite("The rule of silence")
struct SilenceRuleTests {
    private static let now = Instant(nanoseconds: 100_000_000_000)

    private static func seconds(_ moment: Instant) -> Double {
        (moment - now).seconds
    }

    @Test("lets clients wait for ever where nobody sends heartbeats", arguments: Transport.all)
    func noHeartbeat(transport: Transport) {
        #expect(SilenceRule(for: transport, heartbeat: .zero, hold: .seconds(25)) == nil)
    }

    @Test("gives a stream 2.5 heartbeats, and a held poll its hold time as well")
    func limits() throws {
        for transport in Transport.all {
            let rule = try #require(
                SilenceRule(for: transport, heartbeat: .seconds(2), hold: .seconds(25)))
            let isHeld =
                if case .polling(let server) = transport.server { server.hold == .untilEvent } else
                { false }
            let connected = rule.deadline(lastSign: Self.now, isConnected: true)
            #expect(Self.seconds(connected) == (isHeld ? 30 : 5), "\(transport)")
            let connecting = rule.deadline(lastSign: Self.now, isConnected: false)
            #expect(Self.seconds(connecting) == 5, "\(transport)")
        }
    }

    @Test("counts nothing between two polls, when nobody owes anything")
    func betweenPolls() throws {
        let rule = try #require(
            SilenceRule(for: .shortPolling, heartbeat: .seconds(2), hold: .seconds(25)))
        let next = Self.now + .seconds(60)
        #expect(
            Self.seconds(rule.deadline(lastSign: Self.now, isConnected: true, owedFrom: next))
                == 65)
        // An interval that is over already is the past's: what was heard since counts.
        #expect(
            Self.seconds(
                rule.deadline(
                    lastSign: Self.now, isConnected: true, owedFrom: Self.now - .seconds(1)))
                == 5)
    }
}
