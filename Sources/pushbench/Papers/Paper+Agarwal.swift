import Link
import Measurement
import Reporting
import Transports

/// What streams over HTTP cost beyond a bare TCP stream, on the networks of 2012.
///
/// The abstract gives the worst of what was found: protocol overhead up to 5 times, delay up to 3
/// times, throughput down to a third, worst at payloads of hundreds of bytes. Here the bytes on the
/// wire, headers of TCP and IP included, and the delay stand beside those of a raw stream.
extension Paper {
    static let agarwal = Paper(
        name: "agarwal",
        citation: "S. Agarwal: Real-Time Web Application Roadblock: Performance Penalty of HTML "
            + "Sockets, IEEE ICC 2012, pp. 1225–1229",
        claim:
            "Against a raw TCP stream, XHR polling and WebSocket have up to 5 times the protocol "
            + "overhead and up to 3 times the delay, worst at payloads of hundreds of bytes.",
        sections: {
            try Agarwal(try $0.series(over: "payload", for: "agarwal")).sections
        },
        findings: {
            try Agarwal(try $0.series(over: "payload", for: "agarwal")).findings
        })
}

private struct Agarwal {
    private struct Technique {
        let bytes: Double
        let p50: Double
    }

    private struct Point {
        let payload: String
        let raw: Technique
        let webSocket: Technique
        let longPolling: Technique
    }

    private let points: [Point]

    init(_ series: RecordSeries) throws {
        points = try zip(series.parameter.values, series.runs).map { value, run in
            func technique(_ transport: Transport) throws -> Technique {
                let result = try run.result(transport.id, for: "agarwal")
                let wire = result.wirePerEvent.map { $0.upBytes + $0.downBytes }
                return Technique(
                    bytes: wire ?? result.bytesPerEvent.total, p50: Double(result.latency.p50))
            }
            return Point(
                payload: value.text, raw: try technique(.rawTCP),
                webSocket: try technique(.webSocket), longPolling: try technique(.longPolling))
        }
        guard !points.isEmpty else { throw PaperError("run", paper: "agarwal") }
    }

    var sections: [Section] {
        func bytes(_ value: Double) -> String { NumberText.fixed(value, places: 0) }
        func times(_ large: Double, _ small: Double) -> String {
            NumberText.fixed(large / small, places: 2) + " ×"
        }
        let rows = points.map { point in
            [
                point.payload, bytes(point.raw.bytes), bytes(point.webSocket.bytes),
                times(point.webSocket.bytes, point.raw.bytes), bytes(point.longPolling.bytes),
                times(point.longPolling.bytes, point.raw.bytes),
                times(point.webSocket.p50, point.raw.p50),
                times(point.longPolling.p50, point.raw.p50),
            ]
        }
        return [
            Section(
                title: "Measured: bytes on the wire an event, and delay, against raw TCP",
                table: TextTable(
                    [
                        "payload", "raw TCP, B", "WebSocket, B", "", "long polling, B", "",
                        "WebSocket p50", "long polling p50",
                    ], rows),
                notes: [
                    "× is the ratio to raw TCP at the same payload; the techniques had the same "
                        + "events at the same time.",
                    "As printed, in the abstract: overhead up to 5 ×, delay up to 3 ×, throughput "
                        + "down to a third, most severe at hundreds of bytes. The paper measured "
                        + "streams of 2012, over 3G among others; its XHR polling is long polling "
                        + "here.",
                    "Left out here: throughput, browsers, TLS, and the upstream direction.",
                ])
        ]
    }

    var findings: [String] {
        func worst(_ ratio: (Point) -> Double) -> (value: Double, payload: String) {
            points.map { (ratio($0), $0.payload) }.max { $0.0 < $1.0 } ?? (0, "")
        }
        let asking = worst { $0.longPolling.bytes / $0.raw.bytes }
        let frames = worst { $0.webSocket.bytes / $0.raw.bytes }
        let late = worst { max($0.longPolling.p50, $0.webSocket.p50) / $0.raw.p50 }
        return [
            "Long polling sends up to \(NumberText.significant(asking.value)) times the bytes of raw "
                + "TCP, at \(asking.payload): "
                + (asking.value >= 2 && asking.value <= 10
                    ? "of the order that is printed (5), and like it worst for small payloads."
                    : "not of the order that is printed (5)."),
            "WebSocket sends up to \(NumberText.significant(frames.value)) times: a frame's header "
                + "is 2 to 4 bytes, so that its penalty in the paper is that of its day's "
                + "implementations, not of the protocol.",
            "The delay is at most \(NumberText.significant(late.value)) times that of raw TCP, at "
                + "\(late.payload), where 3 is printed: "
                + (late.value < 1.5
                    ? "on a link without loss, and with requests that are back before the next "
                        + "event, the techniques share one law."
                    : "long polling's wait for its next request is in it."),
        ]
    }
}
