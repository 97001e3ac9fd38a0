import Reporting
import Transports

extension Command {
    /// `pushbench list`.
    static let list = Command(
        spec: CommandSpec(
            "list", summary: "List the techniques.",
            options: [OptionSpec("no-color", .flag, help: "Print without colours.")]),
        run: { arguments in
            var table = TextTable(columns: [
                TextTable.Column("technique", .left), TextTable.Column("short", .left),
                TextTable.Column("what it is", .left), TextTable.Column("reference", .left),
            ])
            for transport in Transport.all {
                table.append([
                    TextTable.Cell(transport.id),
                    TextTable.Cell(transport.aliases.first ?? ""),
                    TextTable.Cell(transport.summary), TextTable.Cell(transport.reference),
                ])
            }
            let color = Terminal.output.allowsColor && !arguments.flag("no-color")
            Terminal.output.write(table.render(color: color))
            return .fine
        })
}
