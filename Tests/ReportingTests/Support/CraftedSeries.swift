import Measurement
import Wire

extension RecordSeries {
    /// A sweep with one run for each value, whose results `results` makes; the ids are invented.
    static func crafted(
        over name: String, unit: String? = "ns", _ values: [(text: String, number: Double?)],
        results: (Int) -> [TransportResult]
    ) -> RecordSeries {
        let runs = values.indices.map { index in
            var record = RunRecord.crafted()
            record.results = results(index)
            record.scenario.transports = record.results.map(\.transport)
            return record
        }
        return RecordSeries(
            tool: ToolVersion(name: "pushbench", version: "0.1.0", commit: "0123abc"),
            started: "2025-11-21T02:32:00Z", durationNanoseconds: 60_000_000_000,
            command: ["pushbench", "sweep", "--over", "\(name)=…"],
            parameter: Parameter(
                name: name, unit: unit,
                values: values.map { .init(text: $0.text, number: $0.number) }),
            runs: runs)
    }

    /// Pears that are asked for fall behind figs that stream as the distance grows, and their answers
    /// carry more and more, so that they become cheaper on the wire; plums are asked for at times.
    static var orchard: RecordSeries {
        crafted(
            over: "rtt", [("0", 0), ("20ms", 20e6), ("100ms", 100e6), ("200ms", 200e6)]
        ) { point in
            let transit = [0.3e6, 10.3e6, 50.3e6, 100.3e6][point]
            let wait = [0.0, 1e6, 40e6, 95e6][point]
            return [
                .crafted("long-pears", p50: Int64(transit + wait)) {
                    $0.requestsPerEvent = [1, 0.9, 0.5, 0.25][point]
                    $0.wirePerEvent = WireCount(
                        upBytes: [104, 95, 60, 26][point], downBytes: [233, 210, 150, 118][point],
                        upPackets: 1, downPackets: 1)
                    $0.server = ServerCost(cpuNanosecondsPerDelivery: 12_000)
                },
                .crafted("stream-of-figs", p50: Int64(transit)) {
                    $0.wirePerEvent = WireCount(
                        upBytes: 52, downBytes: 154, upPackets: 1, downPackets: 1)
                    $0.server = ServerCost(cpuNanosecondsPerDelivery: 6_100)
                    if point == 3 {
                        $0.warnings = [MeasurementWarning.tooFewSamples(count: 12).recorded]
                    }
                },
                .crafted("plums", p50: 480_000_000) {
                    $0.requestsPerEvent = 0.1
                    $0.wirePerEvent = WireCount(
                        upBytes: 10, downBytes: 130, upPackets: 0.2, downPackets: 0.2)
                },
            ]
        }
    }
}
