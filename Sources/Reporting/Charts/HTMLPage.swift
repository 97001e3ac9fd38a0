/// A page of one file that loads nothing: no network, no script, no font, no image.
///
/// The theme is the reader's own (`prefers-color-scheme`), and a checkbox turns it round; that is a
/// rule of CSS (`:has`), so that nothing on the page needs a script. A content security policy says
/// the same to the browser: whatever text of a record should come through unescaped one day, it could
/// neither run nor load anything.
package enum HTMLPage {
    private static let policy = "default-src 'none'; style-src 'unsafe-inline'"

    /// A page with `title` and the content that `body` writes.
    package static func document(title: String, body: (inout Markup) -> Void) -> String {
        var page = Markup()
        page.add(markup: "<!DOCTYPE html>\n")
        page.add("html", ["lang": "en"]) { page in
            page.add("head") { page in
                page.add("meta", ["charset": "utf-8"])
                page.add(
                    "meta", ["http-equiv": "Content-Security-Policy", "content": policy])
                page.add(
                    "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
                page.add("meta", ["name": "color-scheme", "content": "light dark"])
                page.add("title", text: title)
                page.breakLine()
                page.add("style") { $0.add(markup: "\n" + style) }
            }
            page.breakLine()
            page.add("body") { page in
                page.add("label", ["class": "theme"]) { page in
                    page.add("input", ["type": "checkbox", "id": "theme"])
                    page.add(text: " switch theme")
                }
                page.breakLine()
                page.add("main", content: body)
            }
        }
        page.breakLine()
        return page.text
    }

    // MARK: - Style

    /// The colours of a theme. Text has at least 4.5 : 1 on its ground (WCAG 2.2 §1.4.3).
    struct Theme: Sendable {
        let scheme: String
        let ground: String
        let panel: String
        let ink: String
        let muted: String
        let line: String
        let accent: String
        let good: String
        let doubtful: String
        let bad: String
        let neutral: String
        let series: [String]

        fileprivate var variables: String {
            let colors = [
                "bg": ground, "panel": panel, "ink": ink, "muted": muted, "line": line,
                "accent": accent, "good": good, "doubtful": doubtful, "bad": bad,
                "neutral": neutral,
            ]
            let named = colors.sorted { $0.key < $1.key }.map { "--\($0.key):\($0.value);" }
            let numbered = series.enumerated().map { "--s\($0.offset):\($0.element);" }
            return "color-scheme:\(scheme);" + (named + numbered).joined()
        }
    }

    static let light = Theme(
        scheme: "light", ground: "#ffffff", panel: "#f5f6f8", ink: "#1c1f23", muted: "#5b6470",
        line: "#dfe3e8", accent: "#0b62a5", good: "#1a7f37", doubtful: "#8f5400", bad: "#b3261e",
        neutral: "#8b939d",
        series: SeriesStyle.light)

    static let dark = Theme(
        scheme: "dark", ground: "#14171b", panel: "#1d2126", ink: "#e7e9ec", muted: "#a2abb6",
        line: "#323840", accent: "#7cc4ff", good: "#57c97a", doubtful: "#e8b04a", bad: "#ff8a80",
        neutral: "#7d8691",
        series: SeriesStyle.dark)

    private static var style: String {
        let themes = """
            :root{\(light.variables)}
            @media screen and (prefers-color-scheme:dark){:root{\(dark.variables)}}
            @media screen and (prefers-color-scheme:dark){:root:has(#theme:checked){\(light.variables)}}
            @media screen and (prefers-color-scheme:light){:root:has(#theme:checked){\(dark.variables)}}

            """
        let series = SeriesStyle.light.indices.map { ".c\($0){--c:var(--s\($0))}" }.joined()
        return themes + series + ".cn{--c:var(--neutral)}\n" + layout + charts + media
    }

    private static let layout = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--ink);line-height:1.55;
        font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        main{max-width:1040px;margin:0 auto;padding:56px 40px 96px}
        h1{font-size:32px;line-height:1.2;letter-spacing:-.015em;margin:0 0 8px;text-wrap:balance;
        overflow-wrap:anywhere}
        h2{font-size:21px;line-height:1.3;letter-spacing:-.01em;margin:0 0 6px}
        h3{font-size:16px;margin:28px 0 4px}
        section{margin-top:64px}
        p,li,dd{max-width:72ch}
        p{margin:0 0 12px}
        a{color:var(--accent)}
        .over{color:var(--muted);font-size:14px;margin:0 0 10px}
        .lead{font-size:18px;color:var(--muted);margin:0}
        .caption,.note{color:var(--muted);font-size:15px}
        .note{font-size:14px;margin-top:10px}
        ul.words{padding:0;margin:10px 0 0;list-style:none}
        ul.words li{padding:0 0 0 20px;margin:0 0 9px;position:relative}
        ul.words li::before{content:"";position:absolute;left:2px;top:.68em;width:6px;height:2px;
        background:var(--accent)}
        .notice{border-left:3px solid var(--doubtful);background:var(--panel);padding:12px 18px;
        margin:24px 0 0;border-radius:0 6px 6px 0;max-width:none}
        .notice.grave{border-color:var(--bad)}
        .notice p{margin:0 0 4px}
        .notice p:last-child{margin:0}
        dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:6px 24px;margin:24px 0 0;
        font-size:15px}
        dl.facts dt{color:var(--muted)}
        dl.facts dd{margin:0;overflow-wrap:anywhere}
        code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
        pre{background:var(--panel);padding:12px 16px;border-radius:6px;margin:0;
        white-space:pre-wrap;overflow-wrap:anywhere}
        .scroll{overflow-x:auto;margin:14px 0 0;max-width:100%}
        .scroll:focus-visible,summary:focus-visible,.theme:focus-within{outline:2px solid
        var(--accent);outline-offset:2px}
        table{border-collapse:collapse;font-size:14px;line-height:1.4;
        font-variant-numeric:tabular-nums}
        table.full{width:100%}
        th,td{padding:5px 0 5px 18px;text-align:right;white-space:nowrap;vertical-align:baseline;
        border-bottom:1px solid var(--line)}
        th{font-weight:500;color:var(--muted);font-size:13px}
        th.l,td.l{text-align:left}
        th:first-child,td:first-child{padding-left:0;position:sticky;left:0;background:var(--bg)}
        td:first-child{font-weight:500}
        table.prose td:last-child{white-space:normal;min-width:280px}
        nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:28px 0 0;padding:12px 0 0;font-size:14px;
        border-top:1px solid var(--line)}
        nav a{text-decoration:none}nav a:hover{text-decoration:underline}
        .remedy{color:var(--muted)}
        .good{color:var(--good)}.doubtful{color:var(--doubtful)}
        .bad{color:var(--bad);font-weight:600}.faint{color:var(--muted)}
        details{margin-top:12px}
        summary{cursor:pointer;color:var(--accent);font-size:14px;width:max-content}
        .theme{position:absolute;top:16px;right:20px;font-size:13px;color:var(--muted);
        cursor:pointer;display:none;padding:2px 6px;border-radius:4px}
        @supports selector(:has(a)){.theme{display:block}}
        .theme input{vertical-align:-2px;margin:0 2px 0 0;accent-color:var(--accent)}

        """

    private static let charts = """
        figure{margin:22px 0 0}
        figure svg{display:block;overflow:visible}
        .wide>svg,.narrow>svg{width:100%;height:auto}
        .narrow{display:none}
        .wide{max-width:880px}
        ul.legend{display:flex;flex-wrap:wrap;gap:6px 22px;list-style:none;padding:0;
        margin:0 0 16px;font-size:13px}
        ul.legend.narrow{display:none}
        ul.legend li{display:flex;align-items:center;gap:8px;max-width:none}
        ul.legend svg{flex:none}
        figure text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
        fill:var(--ink);font-variant-numeric:tabular-nums}
        figure text.tick,figure text.axis,figure text.batch{fill:var(--muted)}
        figure text.batch{font-size:10.5px}
        figure text.name{font-weight:500}
        figure text.name,figure text.value,figure text.rule-name{paint-order:stroke;
        stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}
        figure text.rule-name{fill:var(--muted);font-size:11.5px}
        .grid{stroke:var(--line);stroke-width:1}.grid.minor{stroke-opacity:.5}
        .base{stroke:var(--muted);stroke-width:1}.lane{stroke:var(--line);stroke-width:1}
        .rule{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}
        .curve{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;
        stroke-linecap:butt}
        .mark{fill:var(--c);stroke:var(--bg);stroke-width:1}
        .target{fill:transparent}
        .spread{stroke:var(--c);stroke-width:1.5;stroke-opacity:.6}
        .leader{stroke:var(--c);stroke-width:1;stroke-opacity:.6}
        .segment{fill:var(--c);stroke:var(--bg);stroke-width:1}
        .hatch{stroke:var(--bg);stroke-width:1.4;stroke-opacity:.75;fill:none}
        .whisker{stroke:var(--ink);stroke-width:1.2}
        .expected{stroke:var(--ink);stroke-width:2.4}
        .torn{fill:none;stroke:var(--bg);stroke-width:3}
        .flight{stroke:var(--c);stroke-width:1.3;stroke-opacity:.75}
        .due{fill:var(--bg);stroke:var(--c);stroke-width:1.4}
        .had{fill:var(--c)}
        .hover:hover .mark,.hover:hover .had,.hover:hover .due{stroke:var(--ink);stroke-width:2}
        .hover:hover .segment{stroke:var(--ink)}
        .hover:hover .flight{stroke:var(--ink);stroke-width:2;stroke-opacity:1}

        """

    private static let media = """
        @media (max-width:720px){
        main{padding:44px 20px 64px}
        h1{font-size:26px}
        section{margin-top:48px}
        .wide{display:none}
        .narrow{display:block;max-width:460px}
        ul.legend.narrow{display:flex}
        dl.facts{grid-template-columns:1fr;gap:0}
        dl.facts dd{margin:0 0 10px}
        th,td{padding-left:13px}
        }
        @media print{
        @page{margin:16mm 14mm}
        body{font-size:11pt}
        main{padding:0;max-width:none}
        .theme,summary,nav{display:none}
        .wide{display:block}.narrow,ul.legend.narrow{display:none}
        section{margin-top:28pt}
        h2,h3{break-after:avoid}
        .caption{break-after:avoid}
        figure,table,.notice,li{break-inside:avoid}
        .scroll{overflow:visible}
        table{font-size:8.5pt}
        th,td{padding-left:9pt}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
        }

        """
}
