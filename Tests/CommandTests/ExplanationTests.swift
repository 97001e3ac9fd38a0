import Foundation
import Link
import Measurement
import Testing
import Transports

@testable import pushbench

/// The page that `pushbench explain` prints, and its picture. Two of each are on file.
@Suite("An explanation")
struct ExplanationTests {
    private static let golden = GoldenText(folder: "Explanations")

    private static func explanation(
        _ transport: Transport, _ connection: ConnectionPolicy = .keepAlive,
        roundTripTime: Duration = .milliseconds(50), payloadBytes: Int = 100, events: Int = 20,
        pollInterval: Duration = .seconds(1), width: Int = 100
    ) -> Explanation {
        var explanation = Explanation(
            transport: transport, roundTripTime: roundTripTime, connection: connection,
            ratePerSecond: 10, payloadBytes: payloadBytes, pollInterval: pollInterval, width: width)
        explanation.mostEvents = events
        return explanation
    }

    @Test("is the one on file", arguments: [Transport.longPolling, .webSocket])
    func golden(transport: Transport) throws {
        try Self.golden.expect(
            Self.explanation(transport, events: 2000).render(color: false),
            toBe: "\(transport.id).txt")
    }

    @Test("draws the picture on file", arguments: [Transport.longPolling, .webSocket])
    func picture(transport: Transport) throws {
        try Self.golden.expect(
            Self.explanation(transport).picture(), toBe: "\(transport.id).svg")
    }

    @Test("fits on its page", arguments: Transport.all, ConnectionPolicy.allCases)
    func width(transport: Transport, connection: ConnectionPolicy) {
        for (roundTripTime, width) in [
            (Duration.microseconds(7), 80), (.milliseconds(900), 80), (.milliseconds(50), 93),
            (.microseconds(7), 100), (.milliseconds(900), 100),
        ] {
            let page = Self.explanation(
                transport, connection, roundTripTime: roundTripTime, payloadBytes: 5000,
                width: width
            ).render(color: false)
            #expect(page.split(separator: "\n").filter { $0.count > width } == [])
        }
    }

    @Test("has the same text with colours as without", arguments: Transport.all)
    func color(transport: Transport) {
        let page = Self.explanation(transport)
        let painted = page.render(color: true)
        #expect(painted.contains("\u{1B}[1;32m"))
        #expect(
            painted.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") == page.render(color: false))
    }

    @Test("marks the blind window of polling, and of nothing else", arguments: Transport.all)
    func blindness(transport: Transport) {
        let page = Self.explanation(transport).render(color: false)
        #expect(page.contains("▒") == (transport.theory.kind == .polling))
        #expect(page.contains(transport.story.prefix(20)))
    }

    @Test(
        "of short polling shows a poll in vain and one that finds the event, at any interval",
        arguments: [Duration.milliseconds(1), .milliseconds(60), .seconds(3600)])
    func shortPolling(interval: Duration) throws {
        for connection in ConnectionPolicy.allCases {
            let page = Self.explanation(.shortPolling, connection, pollInterval: interval)
                .render(color: false)
            let ladder = try #require(page.firstRange(of: "Who speaks when"))
            let vain = try #require(page[ladder.upperBound...].firstRange(of: "204, nothing new"))
            let found = try #require(page[ladder.upperBound...].firstRange(of: "200 with event 17"))
            #expect(vain.upperBound < found.lowerBound)
        }
    }

    @Test("names the techniques when it is asked for none, and the nearest for one that is not")
    func usage() {
        let command = Command.explain.spec
        #expect(
            throws: UsageError(
                place: "pushbench explain", problem: "TECHNIQUE is missing",
                remedy: "write one of " + Transport.all.map(\.id).joined(separator: ", "))
        ) { try command.parse([]) }
        #expect(
            throws: UsageError(
                place: "pushbench explain", problem: "TECHNIQUE websoket is unknown",
                remedy: "did you mean websocket?")
        ) { try command.parse(["websoket"]) }
    }
}
