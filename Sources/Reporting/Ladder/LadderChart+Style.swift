/// The colours of a ladder's picture, once for each theme of the reader's.
///
/// Written as plain rules rather than variables, which not every program that shows SVG knows. Every
/// text has 4.5 : 1 at least against its page (WCAG 2.2 §1.4.3), and what is waiting or blind differs
/// from the rest by shape as well as by colour.
extension LadderChart {
    static let style = """

        text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;\
        font-variant-numeric:tabular-nums}
        .title{font-size:24px;font-weight:700}.end{font-size:17px;font-weight:700}
        .caption{paint-order:stroke;stroke-width:5px;stroke-linejoin:round}
        .late,.good,.alarm{font-weight:600}
        .life{stroke-width:2.5}.grid{stroke-width:1}
        .arrow{stroke-width:2.5;fill:none}.tcp .arrow{stroke-width:1.5;stroke-dasharray:5 4}
        .tcp .caption{font-size:13px}.wait{stroke-width:6}.had,.due{stroke-width:2.5}
        \(rules(light))
        @media (prefers-color-scheme:dark){
        \(rules(dark))
        }

        """

    private struct Theme {
        let paper, ink, muted, grid, life: String
        let up, down, event, late, alarm, blind: String
    }

    private static let light = Theme(
        paper: "#ffffff", ink: "#16191d", muted: "#59616b", grid: "#e6e9ec", life: "#3a4149",
        up: "#005a94", down: "#6b4fa0", event: "#00795a", late: "#a34200", alarm: "#b3261e",
        blind: "#fbe9e4")
    private static let dark = Theme(
        paper: "#14171a", ink: "#f4f5f6", muted: "#a3acb6", grid: "#272c32", life: "#c3cad2",
        up: "#5aaeea", down: "#b9a3ec", event: "#2cc79a", late: "#ffb25c", alarm: "#ff8a7d",
        blind: "#36221f")

    private static func rules(_ theme: Theme) -> String {
        """
        .paper{fill:\(theme.paper)}text{fill:\(theme.ink)}.muted{fill:\(theme.muted)}
        .grid{stroke:\(theme.grid)}.life{stroke:\(theme.life)}.caption{stroke:\(theme.paper)}
        .up .arrow{stroke:\(theme.up)}.up .head{fill:\(theme.up)}
        .down .arrow{stroke:\(theme.down)}.down .head{fill:\(theme.down)}
        .bearer .arrow{stroke:\(theme.event)}.bearer .head{fill:\(theme.event)}
        .tcp .arrow{stroke:\(theme.muted)}.tcp .head{fill:\(theme.muted)}
        .prompt .due{fill:\(theme.paper);stroke:\(theme.event)}\
        .prompt .had{fill:\(theme.event);stroke:\(theme.event)}
        .waiting .due{fill:\(theme.paper);stroke:\(theme.late)}\
        .waiting .had{fill:\(theme.late);stroke:\(theme.late)}
        .prompt .wait{stroke:\(theme.event)}.waiting .wait{stroke:\(theme.late)}
        .good{fill:\(theme.event)}.late{fill:\(theme.late)}.alarm{fill:\(theme.alarm)}
        .blind{fill:\(theme.blind)}.bar{fill:\(theme.alarm)}
        """
    }
}
