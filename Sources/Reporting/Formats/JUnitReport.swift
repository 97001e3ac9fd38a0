import Measurement

extension Report {
    /// What was checked, for CI servers.
    package static let junit = Report(
        name: "junit", summary: "what was checked, as test cases for CI servers",
        fileExtension: "xml", render: { Array(JUnitReport.render($0).utf8) })
}

/// What was checked of a run as JUnit XML: one check is one test case. A record without checks is held
/// to what holds for every sound run; see `RunInvariants`.
///
/// The format has no standard. This keeps to what both Ant's and Jenkins' schemas allow, the stricter
/// of the two in each case: order of the elements, required attributes, a time without a zone.
/// `failure` is a check that failed; `skipped`, with its reason, is what could not be decided, or
/// was not checked.
///
/// ```
/// testsuites
///   testsuite name tests failures errors skipped time timestamp hostname id package
///     properties › property name value
///     testcase classname name time › failure message type | skipped message
///     system-out, system-err
/// ```
package enum JUnitReport {
    /// The report on `record`.
    package static func render(_ record: RunRecord) -> String {
        let checks = RunInvariants.checks(of: record)
        let failures = checks.count { $0.outcome == .failed }
        let skipped = checks.count { isUndecided($0.outcome) }
        let attributes: [(String, String)] = [
            ("id", "0"), ("package", record.tool.name), ("name", "\(record.tool.name) run"),
            ("tests", "\(checks.count)"), ("failures", "\(failures)"), ("errors", "0"),
            ("skipped", "\(skipped)"),
            ("time", NumberText.fixed(Double(record.durationNanoseconds) / 1e9, places: 3)),
            ("timestamp", timestamp(of: record)),
            // A record does not say whose machine it was.
            ("hostname", "localhost"),
        ]
        var text = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n<testsuites>\n"
        text += "  <testsuite" + XMLText.attributes(attributes) + ">\n"
        text += properties(of: record)
        for (check, name) in zip(checks, names(of: checks)) {
            text += testcase(check, named: name, in: record)
        }
        text += output(
            "system-out", WarningText.all(in: record, contenders: Contender.all(in: record)))
        text += output("system-err", [])
        return text + "  </testsuite>\n</testsuites>\n"
    }

    private static func isUndecided(_ outcome: CheckResult.Outcome) -> Bool {
        switch outcome {
        case .cannotTell, .skipped: true
        case .passed, .better, .failed: false
        }
    }

    private static func properties(of record: RunRecord) -> String {
        let properties = [
            ("version", record.tool.version), ("commit", record.tool.commit),
            ("command", RecordTitle.command(record)),
            ("scenario", RecordTitle.scenario(record.scenario)),
            ("machine", RecordTitle.machine(record.machine)),
        ]
        let lines = properties.map { name, value in
            "      <property" + XMLText.attributes([("name", name), ("value", value)]) + "/>\n"
        }
        return "    <properties>\n" + lines.joined() + "    </properties>\n"
    }

    private static func testcase(
        _ check: CheckResult, named name: String, in record: RunRecord
    ) -> String {
        let owner = check.transport.isEmpty ? "run" : check.transport
        // The checks are made from what was measured already, and take no time of their own.
        let head =
            "    <testcase"
            + XMLText.attributes([
                ("classname", "\(record.tool.name).\(owner)"), ("name", name), ("time", "0"),
            ])
        switch check.outcome {
        case .passed, .better:
            return head + "/>\n"
        case .failed:
            let attributes = [("message", check.message), ("type", check.kind.rawValue)]
            return head + ">\n      <failure" + XMLText.attributes(attributes) + ">"
                + XMLText.content(detail(of: check)) + "</failure>\n    </testcase>\n"
        case .cannotTell, .skipped:
            return head + ">\n      <skipped" + XMLText.attributes([("message", check.message)])
                + "/>\n    </testcase>\n"
        }
    }

    /// The figures of a check, a line each.
    private static func detail(of check: CheckResult) -> String {
        let unit = check.unit == "1" ? "" : " \(check.unit)"
        let figures = [("expected", check.expected), ("actual", check.actual)]
            .compactMap { name, value in
                value.map { "\(name): \(NumberText.exact($0))\(unit)" }
            }
        return ([check.message] + figures).joined(separator: "\n")
    }

    /// The names of test cases: the metric, and which of its checks it is where it has several, since
    /// servers know a test by its name.
    private static func names(of checks: [CheckResult]) -> [String] {
        var seen: [String: Int] = [:]
        return checks.map { check in
            let key = "\(check.transport) \(check.metric)"
            seen[key, default: 0] += 1
            let number = seen[key] ?? 1
            return number == 1 ? check.metric : "\(check.metric) (\(number))"
        }
    }

    private static func output(_ element: String, _ lines: [String]) -> String {
        "    <\(element)>\(XMLText.content(lines.joined(separator: "\n")))</\(element)>\n"
    }

    /// The time of the start as Ant's schema wants it, without the zone, which is always UTC.
    private static func timestamp(of record: RunRecord) -> String {
        let pattern = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/#
        return record.started.prefixMatch(of: pattern).map { String($0.output) }
            ?? "1970-01-01T00:00:00"
    }
}

/// Text in XML 1.0.
package enum XMLText {
    /// Text between tags.
    package static func content(_ text: String) -> String {
        escaped(text, isAttribute: false)
    }

    /// Text between the quotes of an attribute, where line breaks would otherwise become spaces.
    package static func attribute(_ text: String) -> String {
        escaped(text, isAttribute: true)
    }

    /// Attributes with a space before each.
    static func attributes(_ attributes: [(name: String, value: String)]) -> String {
        attributes.map { #" \#($0.name)="\#(attribute($0.value))""# }.joined()
    }

    private static func escaped(_ text: String, isAttribute: Bool) -> String {
        text.escaped { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case #"""#: isAttribute ? "&quot;" : nil
            case "\r": "&#13;"
            case "\n", "\t": isAttribute ? "&#\(scalar.value);" : nil
            // What XML 1.0 §2.2 does not allow, not even by its number.
            case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": "\u{FFFD}"
            default: nil
            }
        }
    }
}
