import Measurement

/// When events were due and when a client had them: what shows, without a number, that one technique
/// delivers at once, one in batches, and one not while it is being asked again.
enum TimelineFigure {
    /// Events that are drawn: more would stand closer than their dots are wide.
    private static let eventLimit = 40

    static func figure(for contenders: [Contender]) -> ChartFigure? {
        let lanes = contenders.enumerated().compactMap { index, contender in
            contender.rounds.lazy.compactMap(\.timeline).first { !$0.deliveries.isEmpty }
                .map { Lane(name: contender.name, style: SeriesStyle(index), timeline: $0) }
        }
        guard !lanes.isEmpty else { return nil }
        // The last ring shall not be cut by the edge.
        let end = (lanes.map { $0.end(ofEvents: eventLimit) }.max() ?? 1) * 1.01
        let shown = lanes.map { $0.upTo(end) }
        let chart = DotLanes(
            summary: "When events were due and when one client of "
                + "\(Readable.list(lanes.map(\.name))) had them; the numbers are in the table below.",
            axis: Axis(
                title: "time since the measured window began",
                scale: .linear([0, end], steps: 6, isTight: true),
                label: AxisText.duration(nanoseconds:)),
            lanes: shown.map(\.lane))
        return ChartFigure(
            id: "timeline", title: "Events as they came",
            caption:
                "The first events of the window at one client of each technique. Rings above: when an "
                + "event was due. Dots below: when the client had it. An upright line is a delivery at "
                + "once, a slanted one had to wait; lines that meet came together, and ×n counts them.",
            chart: chart, table: table(of: shown), isTableLong: true)
    }

    private static func table(of lanes: [Lane]) -> TextTable {
        var table = TextTable(columns: [
            .init("transport", .left), .init("event"), .init("due, ms"), .init("had, ms"),
            .init("latency"),
        ])
        for lane in lanes {
            for delivery in lane.deliveries {
                table.append([
                    .init(lane.name), .init("\(delivery.id)"),
                    .init(milliseconds(delivery.dueNanoseconds)),
                    .init(milliseconds(delivery.deliveredNanoseconds)),
                    .init(Readable.duration(nanoseconds: delivery.latency)),
                ])
            }
        }
        return table
    }

    /// To one microsecond: moments of events that came together must look the same, and others not.
    fileprivate static func milliseconds(_ nanoseconds: Int64) -> String {
        NumberText.fixed(Double(nanoseconds) / 1e6, places: 3)
    }

    private struct Lane {
        let name: String
        let style: SeriesStyle
        let deliveries: [DeliveryTimeline.Delivery]

        init(name: String, style: SeriesStyle, timeline: DeliveryTimeline) {
            self.init(
                name: name, style: style,
                deliveries: timeline.deliveries.sorted {
                    ($0.dueNanoseconds, $0.id) < ($1.dueNanoseconds, $1.id)
                })
        }

        private init(
            name: String, style: SeriesStyle, deliveries: [DeliveryTimeline.Delivery]
        ) {
            self.name = name
            self.style = style
            self.deliveries = deliveries
        }

        /// When so many events were due; when all there are had arrived, if they are fewer or were all
        /// due at once.
        func end(ofEvents count: Int) -> Double {
            let some = deliveries.prefix(count)
            let arrival = some.map { Double($0.deliveredNanoseconds) }.max() ?? 0
            guard deliveries.count > count, let first = deliveries.first, let last = some.last,
                last.dueNanoseconds > first.dueNanoseconds
            else { return max(arrival, 1) }
            return max(Double(last.dueNanoseconds), 1)
        }

        /// The events that were due until then.
        func upTo(_ end: Double) -> Lane {
            Lane(
                name: name, style: style,
                deliveries: deliveries.filter { Double($0.dueNanoseconds) <= end })
        }

        var lane: DotLanes.Lane {
            DotLanes.Lane(
                name: name, style: style,
                marks: deliveries.map { delivery in
                    DotLanes.Mark(
                        start: Double(delivery.dueNanoseconds),
                        end: Double(delivery.deliveredNanoseconds),
                        note: "event \(delivery.id): due at "
                            + "\(TimelineFigure.milliseconds(delivery.dueNanoseconds)) ms, had after "
                            + Readable.duration(nanoseconds: delivery.latency))
                })
        }
    }
}

extension DeliveryTimeline.Delivery {
    /// From when it was due to when it was had.
    fileprivate var latency: Double { Double(deliveredNanoseconds - dueNanoseconds) }
}
