import FoundationEssentials
import LabServer

/// The files of the pages, which are part of the program.
enum Asset {
    /// Every file by the name under which it is served, a line each in the order of the alphabet.
    static let all: [String: [UInt8]] = [
        "base.css": PackageResources.base_css,
        "chat.html": PackageResources.chat_html,
        "chat.js": PackageResources.chat_js,
        "controls.js": PackageResources.controls_js,
        "dom.js": PackageResources.dom_js,
        "export.js": PackageResources.export_js,
        "favicon.svg": PackageResources.favicon_svg,
        "fragment.js": PackageResources.fragment_js,
        "frame.html": PackageResources.frame_html,
        "frame.js": PackageResources.frame_js,
        "half-dead.js": PackageResources.half_dead_js,
        "i18n.js": PackageResources.i18n_js,
        "index.html": PackageResources.index_html,
        "lab.js": PackageResources.lab_js,
        "ladder.js": PackageResources.ladder_js,
        "lane-polling.js": PackageResources.lane_polling_js,
        "lane-streams.js": PackageResources.lane_streams_js,
        "lane.js": PackageResources.lane_js,
        "lanes.js": PackageResources.lanes_js,
        "law.js": PackageResources.law_js,
        "live.html": PackageResources.live_html,
        "live.js": PackageResources.live_js,
        "main.js": PackageResources.main_js,
        "page.css": PackageResources.page_css,
        "panel.css": PackageResources.panel_css,
        "panel.js": PackageResources.panel_js,
        "ring.js": PackageResources.ring_js,
        "room-link.js": PackageResources.room_link_js,
        "room-panel.js": PackageResources.room_panel_js,
        "room.css": PackageResources.room_css,
        "rows.js": PackageResources.rows_js,
        "send.js": PackageResources.send_js,
        "settings.js": PackageResources.settings_js,
        "slide-view.js": PackageResources.slide_view_js,
        "slide.css": PackageResources.slide_css,
        "slide.js": PackageResources.slide_js,
        "text-en.js": PackageResources.text_en_js,
        "text-zh.js": PackageResources.text_zh_js,
        "timeline.js": PackageResources.timeline_js,
        "tour-en.js": PackageResources.tour_en_js,
        "tour-steps.js": PackageResources.tour_steps_js,
        "tour-zh.js": PackageResources.tour_zh_js,
        "tour.js": PackageResources.tour_js,
        "transcript.js": PackageResources.transcript_js,
        "wall.js": PackageResources.wall_js,
    ]

    /// The same as they are sent.
    static let travelling: [String: [UInt8]] = Dictionary(
        uniqueKeysWithValues: all.map { name, bytes in
            let isText = name.hasSuffix(".js") || name.hasSuffix(".css")
            return (name, isText ? CompactText.compacted(bytes) : bytes)
        })

    /// The file called `name` for somebody who asked `host`: from `directory`, where who works on the
    /// pages keeps them, or else the one in the program.
    static func answer(
        to name: String, from directory: String?, host: String = ""
    ) -> HostedAnswer? {
        // Browsers ask for this name unasked, and complain to the console when there is nothing.
        let name = name == "favicon.ico" ? "favicon.svg" : name
        guard let type = contentType(of: name), let bytes = content(of: name, from: directory)
        else { return nil }
        let policy = name.hasSuffix(".html") ? PagePolicy.field(host: host) : ""
        return HostedAnswer(
            contentType: type,
            fields: "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n" + policy,
            body: bytes)
    }

    private static func content(of name: String, from directory: String?) -> [UInt8]? {
        guard let directory else { return travelling[name] }
        // Names have no separators: nothing outside the directory can be asked for.
        guard !name.contains("/"), !name.hasPrefix(".") else { return nil }
        return (try? Data(contentsOf: URL(filePath: directory).appending(path: name))).map {
            Array($0)
        }
    }

    private static func contentType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }
}
