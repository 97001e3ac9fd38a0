import Link
import Measurement

/// A ladder as a picture that stands alone: time runs down to scale, the client is the left line and
/// the server the right one, and a message slants because it takes time.
///
/// On the server's line a dot is an event that is due, on the client's one that has arrived, and a
/// bar beside the server's line is how long it had to wait before it could leave. Where the server
/// cannot reach the client, the page is shaded. Text is text, nothing outside the file is needed, and
/// the reader's theme (`prefers-color-scheme`) chooses the colours.
package struct LadderChart: Sendable {
    private let ladder: Ladder
    private let title: String
    private let subtitle: String

    /// A picture of `ladder` under a title and a line about its conditions.
    package init(_ ladder: Ladder, title: String, subtitle: String) {
        self.ladder = ladder
        self.title = title
        self.subtitle = subtitle
    }

    // Places in pixels. The page is as wide as a slide shows it at full size, so that text of 15
    // pixels is read from the last row.
    private static let width = 1000.0
    private static let client = 265.0
    private static let server = 735.0
    private static let axis = 66.0
    private static let top = 128.0
    private static let footer = 64.0
    /// The drop of a message that takes the usual time, where the picture does not get too high.
    private static let drop = 100.0
    private static let heights = 340.0...960.0
    /// The least distance between two remarks.
    private static let lineHeight = 21.0

    /// The picture as an SVG document, ending with a line break.
    package func document() -> String {
        let frame = Frame(ladder)
        var page = Markup()
        page.add(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox":
                    "0 0 \(SVG.number(Self.width)) \(SVG.number(frame.bottom + Self.footer))",
                "width": SVG.number(Self.width),
                "height": SVG.number(frame.bottom + Self.footer), "role": "img",
                "aria-labelledby": "title summary", "font-size": "15",
            ]
        ) { svg in
            svg.breakLine()
            svg.add("title", ["id": "title"], text: "\(title): who speaks when")
            svg.add("desc", ["id": "summary"], text: summary)
            svg.add("style") { $0.add(markup: Self.style) }
            svg.breakLine()
            svg.add("rect", ["class": "paper", "width": "100%", "height": "100%"])
            drawHeading(&svg)
            svg.breakLine()
            drawAxis(frame, &svg)
            svg.breakLine()
            drawBlindness(frame, &svg)
            drawLines(frame, &svg)
            svg.breakLine()
            drawMessages(frame, &svg)
            svg.breakLine()
            drawEvents(frame, &svg)
            svg.breakLine()
            drawLegend(frame, &svg)
        }
        page.breakLine()
        return page.text
    }

    /// The picture in sentences, for those who do not see it.
    private var summary: String {
        var sentences = ["Time runs down from the client on the left to the server and back."]
        for message in ladder.messages {
            let who = message.way == .up ? "The client sends" : "The server sends"
            sentences.append(
                "\(who) \(message.caption) at \(time(message.sent)), there at "
                    + "\(time(message.arrived)).")
        }
        for blind in ladder.blindness {
            sentences.append(
                "From \(time(blind.from)) to \(time(blind.to)) the server cannot reach the client.")
        }
        for event in ladder.events {
            let arrival = event.arrived.map { "arrives at \(time($0)), after \(took(event, $0))" }
            sentences.append(
                "Event \(event.id) is due at \(time(event.due)) and "
                    + "\(arrival ?? "does not arrive").")
        }
        return sentences.joined(separator: " ")
    }

    private func time(_ moment: Instant) -> String {
        let nanoseconds = Double(moment.nanoseconds(since: ladder.start))
        return nanoseconds == 0 ? "0" : Readable.duration(nanoseconds: nanoseconds)
    }

    private func took(_ event: Ladder.Event, _ arrived: Instant) -> String {
        Readable.duration(nanoseconds: Double(arrived.nanoseconds(since: event.due)))
    }

    // MARK: - Time

    /// Where moments are on the page.
    private struct Frame {
        let scale: Scale
        let bottom: Double
        private let start: Instant

        init(_ ladder: Ladder) {
            start = ladder.start
            let span = max(Double(ladder.end.nanoseconds(since: ladder.start)), 1)
            let transits = ladder.messages.map { Double($0.arrived.nanoseconds(since: $0.sent)) }
                .sorted()
            let usual = transits.isEmpty ? span : max(transits[transits.count / 2], 1)
            let height = min(
                max(span / usual * LadderChart.drop, LadderChart.heights.lowerBound),
                LadderChart.heights.upperBound)
            bottom = LadderChart.top + height
            // A mark every 80 pixels or so; the lines go on a little after the last moment.
            scale = .linear([0, span * 1.03], steps: Int(height / 80), isTight: true)
        }

        func y(_ moment: Instant) -> Double {
            y(nanoseconds: Double(moment.nanoseconds(since: start)))
        }

        func y(nanoseconds: Double) -> Double {
            LadderChart.top + scale.share(of: nanoseconds) * (bottom - LadderChart.top)
        }
    }

    private func drawHeading(_ svg: inout Markup) {
        svg.label(title, x: Self.axis - 50, y: 40, class: "title")
        svg.label(subtitle, x: Self.axis - 50, y: 66, class: "muted")
        svg.label("client", x: Self.client, y: Self.top - 14, .middle, class: "end")
        svg.label("server", x: Self.server, y: Self.top - 14, .middle, class: "end")
    }

    private func drawAxis(_ frame: Frame, _ svg: inout Markup) {
        for tick in frame.scale.ticks {
            let y = frame.y(nanoseconds: tick.value)
            svg.line(Self.axis, y, Self.width - 16, y, class: "grid")
            svg.label(
                AxisText.duration(nanoseconds: tick.value), x: Self.axis - 8, y: y + 5, .end,
                class: "muted")
        }
    }

    private func drawLines(_ frame: Frame, _ svg: inout Markup) {
        for x in [Self.client, Self.server] {
            svg.line(x, Self.top, x, frame.bottom, class: "life")
        }
    }

    private func drawBlindness(_ frame: Frame, _ svg: inout Markup) {
        for blind in ladder.blindness {
            let (from, to) = (frame.y(blind.from), frame.y(blind.to))
            svg.add("g") { svg in
                let length = Readable.duration(nanoseconds: blind.nanoseconds)
                svg.add("title", text: "for \(length) the server cannot reach the client")
                svg.add(
                    "rect",
                    [
                        "class": "blind", "x": SVG.number(Self.client), "y": SVG.number(from),
                        "width": SVG.number(Self.width - 16 - Self.client),
                        "height": SVG.number(max(to - from, 1)),
                    ])
                svg.add(
                    "rect",
                    [
                        "class": "bar", "x": SVG.number(Self.server - 4), "y": SVG.number(from),
                        "width": "8", "height": SVG.number(max(to - from, 1)),
                    ])
            }
        }
    }

    // MARK: - Messages

    private func drawMessages(_ frame: Frame, _ svg: inout Markup) {
        let arrows = ladder.messages.map { message in
            LadderArrow(
                message: message, client: Self.client, server: Self.server,
                sent: frame.y(message.sent), arrived: frame.y(message.arrived))
        }
        for arrow in arrows {
            svg.add("g", ["class": arrow.colorClass]) { svg in
                svg.add(
                    "title",
                    text: "\(arrow.message.caption): \(time(arrow.message.sent)) to "
                        + time(arrow.message.arrived))
                arrow.draw(&svg)
            }
        }
        for label in LadderArrow.labels(of: arrows) { label.draw(&svg) }
    }

    // MARK: - Events

    private func drawEvents(_ frame: Frame, _ svg: inout Markup) {
        for event in ladder.events { drawDots(of: event, frame, &svg) }
        let bounds = Self.top...max(frame.bottom, Self.top)
        var wanted = ladder.events.map { frame.y($0.due) }
        var remarks = ladder.events.map {
            (text: "\($0.id) due at \(time($0.due))", style: ladder.isBlind(for: $0) ? "late" : "")
        }
        for blind in ladder.blindness {
            wanted.append((frame.y(blind.from) + frame.y(blind.to)) / 2)
            let length = Readable.duration(nanoseconds: blind.nanoseconds)
            remarks.append((text: "blind for \(length)", style: "alarm"))
        }
        let right = LabelSpread.places(wanted, distance: Self.lineHeight, within: bounds)
        for (place, remark) in zip(right, remarks) {
            svg.label(remark.text, x: Self.server + 24, y: place + 5, class: remark.style)
        }
        let arrivals = ladder.events.compactMap { event in
            event.arrived.map { (event: event, arrived: $0) }
        }
        let left = LabelSpread.places(
            arrivals.map { frame.y($0.arrived) }, distance: Self.lineHeight, within: bounds)
        for (place, arrival) in zip(left, arrivals) {
            svg.label(
                "\(arrival.event.id) took \(took(arrival.event, arrival.arrived))",
                x: Self.client - 16, y: place + 5, .end,
                class: ladder.isBlind(for: arrival.event) ? "late" : "good")
        }
    }

    private func drawDots(of event: Ladder.Event, _ frame: Frame, _ svg: inout Markup) {
        let isBlind = ladder.isBlind(for: event)
        let due = frame.y(event.due)
        svg.add("g", ["class": isBlind ? "waiting" : "prompt"]) { svg in
            svg.add("title", text: note(on: event))
            if let carrier = ladder.carrier(of: event) {
                let left = frame.y(carrier.sent)
                if left > due + 1 {
                    svg.line(Self.server + 10, due, Self.server + 10, left, class: "wait")
                }
            }
            dot(x: Self.server, y: due, class: "due", &svg)
            if let arrived = event.arrived {
                dot(x: Self.client, y: frame.y(arrived), class: "had", &svg)
            }
        }
    }

    private func note(on event: Ladder.Event) -> String {
        guard let arrived = event.arrived, let carrier = ladder.carrier(of: event) else {
            return "event \(event.id), due at \(time(event.due))"
        }
        let wait = Double(max(carrier.sent.nanoseconds(since: event.due), 0))
        let way = Double(arrived.nanoseconds(since: carrier.sent))
        return "event \(event.id), due at \(time(event.due)): waited "
            + "\(Readable.duration(nanoseconds: wait)), on its way "
            + Readable.duration(nanoseconds: way)
    }

    private func dot(x: Double, y: Double, class name: String, _ svg: inout Markup) {
        svg.add(
            "circle", ["class": name, "cx": SVG.number(x), "cy": SVG.number(y), "r": "5.5"])
    }

    // MARK: - What the signs mean

    private func drawLegend(_ frame: Frame, _ svg: inout Markup) {
        let y = frame.bottom + 34
        var x = Self.axis - 50
        func entry(_ text: String, _ svg: inout Markup, sample: (inout Markup) -> Void) {
            sample(&svg)
            svg.label(text, x: x + 22, y: y + 5, class: "muted")
            x += 22 + Double(text.count) * 8.6 + 26
        }
        entry("an event is due", &svg) { svg in
            svg.add("g", ["class": "prompt"]) { dot(x: x + 7, y: y, class: "due", &$0) }
        }
        entry("it has arrived", &svg) { svg in
            svg.add("g", ["class": "prompt"]) { dot(x: x + 7, y: y, class: "had", &$0) }
        }
        guard !ladder.blindness.isEmpty else { return }
        entry("it waits", &svg) { svg in
            svg.add("g", ["class": "waiting"]) {
                $0.line(x + 7, y - 9, x + 7, y + 9, class: "wait")
            }
        }
        entry("the server cannot reach the client", &svg) { svg in
            svg.add(
                "rect",
                [
                    "class": "bar", "x": SVG.number(x + 3), "y": SVG.number(y - 9), "width": "8",
                    "height": "18",
                ])
        }
    }
}
