import Measurement
import Wire

/// What an event costs in bytes, by what they are for, and in each direction.
enum ByteFigure {
    static func figure(for contenders: [Contender]) -> ChartFigure? {
        let counted = contenders.filter { $0.bytes(\.total) != nil }
        let classes = ordered.filter { byteClass in
            counted.contains { contender in
                Way.allCases.contains { contender.bytes($0, byteClass) > 0 }
            }
        }
        guard !counted.isEmpty, !classes.isEmpty else { return nil }
        let groups = counted.map { contender in
            StackedBars.Group(
                name: contender.name, bars: Way.allCases.map { bar(of: contender, $0, classes) })
        }
        let chart = StackedBars(
            summary:
                "Bytes an event cost \(Readable.list(counted.map(\.name))), down and up, by what "
                + "they are for; the numbers are in the table below.",
            axis: Axis(
                title: "bytes an event at one client",
                scale: .linear(groups.flatMap { $0.reaches }), label: AxisText.number),
            parts: classes.map { .init(name: words(for: $0), style: style(of: $0)) },
            groups: groups)
        return ChartFigure(
            id: "bytes", title: "Bytes an event, by what they are for",
            caption:
                "What a technique wrote for one delivery, from the server (down) and to it (up). The "
                + "event itself is the same on every technique; everything else is what it costs to "
                + "have it delivered this way. Headers of TCP and IP come on top.",
            chart: chart, table: table(of: counted, classes))
    }

    /// The event first, then by the order of an exchange.
    private static let ordered = [.payload] + ByteClass.allCases.filter { $0 != .payload }

    private static func bar(
        of contender: Contender, _ way: Way, _ classes: [ByteClass]
    ) -> StackedBars.Bar {
        let total = contender.bytes { $0[way].total }
        return StackedBars.Bar(
            name: way.rawValue,
            segments: classes.enumerated().map { part, byteClass in
                let value = contender.bytes(way, byteClass)
                return StackedBars.Segment(
                    part: part, value: value,
                    note: "\(contender.name), \(way.rawValue): \(words(for: byteClass)) "
                        + "\(NumberText.fixed(value, places: 1)) B")
            }, text: text(total?.median ?? 0))
    }

    private static func text(_ bytes: Double) -> String {
        bytes == 0 ? "0" : NumberText.fixed(bytes, places: bytes < 10 ? 1 : 0) + " B"
    }

    private static func table(of contenders: [Contender], _ classes: [ByteClass]) -> TextTable {
        var table = TextTable(
            columns: [.init("transport", .left), .init("way", .left), .init("total")]
                + classes.map { .init(words(for: $0)) })
        for contender in contenders {
            for way in Way.allCases {
                let total = contender.bytes { $0[way].total }?.median ?? 0
                table.append(
                    [.init(contender.name), .init(way.rawValue), cell(total)]
                        + classes.map { cell(contender.bytes(way, $0)) })
            }
        }
        return table
    }

    private static func cell(_ bytes: Double) -> TextTable.Cell {
        bytes == 0 ? .init("0", .faint) : .init(NumberText.fixed(bytes, places: 1))
    }

    /// The class's name in the record, in words.
    private static func words(for byteClass: ByteClass) -> String {
        byteClass.name.replacing("_", with: " ")
    }

    /// Of each class always the same, so that two reports can be laid side by side.
    private static func style(of byteClass: ByteClass) -> SeriesStyle {
        switch byteClass {
        case .payload: .neutral
        case .requestHead: SeriesStyle(1)
        case .responseHead: SeriesStyle(0)
        case .handshake: SeriesStyle(3)
        case .transferCoding: SeriesStyle(2)
        case .messageFraming: SeriesStyle(5)
        case .notice: SeriesStyle(4)
        case .heartbeat: SeriesStyle(7)
        case .padding: SeriesStyle(6)
        case .closing: SeriesStyle(11)
        }
    }
}

/// A direction.
private enum Way: String, CaseIterable {
    case down, up
}

extension ByteTraffic {
    fileprivate subscript(way: Way) -> ByteCount {
        switch way {
        case .down: down
        case .up: up
        }
    }
}

extension Contender {
    fileprivate func bytes(_ way: Way, _ byteClass: ByteClass) -> Double {
        bytes { $0[way][byteClass] }?.median ?? 0
    }
}

/// What an event costs on the wire: the technique's bytes, and what TCP and IP add.
enum WireFigure {
    static func figure(for contenders: [Contender]) -> ChartFigure? {
        let counted = contenders.filter { $0.wireBytes != nil }
        guard !counted.isEmpty else { return nil }
        let groups = counted.map { contender in
            StackedBars.Group(
                name: contender.name, bars: Way.allCases.map { bar(of: contender, $0) })
        }
        let values = groups.flatMap { $0.reaches }
        let hasTheory = groups.contains { $0.bars.contains { $0.expected != nil } }
        let chart = StackedBars(
            summary:
                "Bytes on the wire for an event of \(Readable.list(counted.map(\.name))), down and "
                + "up; the numbers are in the table below.",
            axis: Axis(
                title: "bytes an event on the wire", scale: .linear(values),
                label: AxisText.number),
            parts: Share.allCases.map { .init(name: $0.rawValue, style: $0.style) }, groups: groups)
        return ChartFigure(
            id: "wire", title: "Bytes an event on the wire",
            caption:
                "As the kernel counted them, with the headers of TCP and IP and bare acknowledgements, "
                + "which no technique can save while it sends a packet for each event."
                + (hasTheory ? " The stroke across a bar is what theory says." : ""),
            chart: chart, table: table(of: counted))
    }

    /// What the bytes are made of.
    private enum Share: String, CaseIterable {
        case payload = "the event"
        case technique = "the technique's own"
        case headers = "TCP and IP"

        var style: SeriesStyle {
            switch self {
            case .payload: .neutral
            case .technique: SeriesStyle(0)
            case .headers: SeriesStyle(5)
            }
        }
    }

    private static func shares(of contender: Contender, _ way: Way) -> [(Share, Double)] {
        let payload = contender.bytes(way, .payload)
        let own = (contender.bytes { $0[way].total }?.median ?? 0) - payload
        // An event that is written in the window may be acknowledged behind it, so that the two counts
        // may be a byte apart.
        let headers = max((contender.wire(way)?.median ?? 0) - payload - own, 0)
        return [(.payload, payload), (.technique, max(own, 0)), (.headers, headers)]
    }

    private static func bar(of contender: Contender, _ way: Way) -> StackedBars.Bar {
        let figure = contender.wire(way)
        return StackedBars.Bar(
            name: way.rawValue,
            segments: shares(of: contender, way).enumerated().map { part, share in
                StackedBars.Segment(
                    part: part, value: share.1,
                    note: "\(contender.name), \(way.rawValue): \(share.0.rawValue) "
                        + "\(NumberText.fixed(share.1, places: 1)) B")
            }, text: NumberText.fixed(figure?.median ?? 0, places: 0) + " B",
            expected: contender.comparison("wire_per_event.\(way.rawValue)_bytes")?.predicted,
            range: figure.flatMap { $0.highest > $0.lowest ? $0.lowest...$0.highest : nil })
    }

    private static func table(of contenders: [Contender]) -> TextTable {
        var table = TextTable(
            columns: [.init("transport", .left), .init("way", .left), .init("total")]
                + Share.allCases.map { .init($0.rawValue) } + [.init("packets"), .init("theory")])
        for contender in contenders {
            for way in Way.allCases {
                let cell = { (value: Double?, places: Int) -> TextTable.Cell in
                    value.map { .init(NumberText.fixed($0, places: places)) }
                        ?? .init(Readable.nothing, .faint)
                }
                let packets = contender.figure { result in
                    result.wirePerEvent.map { way == .down ? $0.downPackets : $0.upPackets }
                }
                table.append(
                    [
                        .init(contender.name), .init(way.rawValue),
                        cell(contender.wire(way)?.median, 1),
                    ] + shares(of: contender, way).map { cell($0.1, 1) } + [
                        cell(packets?.median, 2),
                        cell(
                            contender.comparison("wire_per_event.\(way.rawValue)_bytes")?.predicted,
                            1),
                    ])
            }
        }
        return table
    }
}

extension Contender {
    /// Bytes an event on the wire in one direction.
    fileprivate func wire(_ way: Way) -> Figure? {
        figure { result in
            guard result.deliveries.received > 0 else { return nil }
            return result.wirePerEvent.map { way == .down ? $0.downBytes : $0.upBytes }
        }
    }
}
