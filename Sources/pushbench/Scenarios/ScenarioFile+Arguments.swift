import FoundationEssentials
import Measurement

extension ScenarioFile {
    /// The scenario of this name or in this file: what has a slash in it or ends in `.json` is a
    /// file, everything else the name of one that comes with the program.
    static func named(_ name: String, place: String) throws(UsageError) -> ScenarioFile {
        guard !name.contains("/"), !name.hasSuffix(".json") else {
            guard let text = try? Data(contentsOf: URL(filePath: name)) else {
                throw UsageError(
                    place: place, problem: "--scenario \(name) cannot be read",
                    remedy: "check the path, or name one of \(names)")
            }
            return try ScenarioFile(Array(text), place: name, options: RunRequest.settings)
        }
        guard let entry = BuiltInScenarios.all.first(where: { $0.name == name }) else {
            throw UsageError(
                place: place, problem: "there is no scenario \(name)",
                remedy: Suggestion.remedy(for: name, among: BuiltInScenarios.all.map(\.name))
                    + "; a file needs a slash or .json in its name")
        }
        return try ScenarioFile(
            Array(entry.text.utf8), place: "scenario \(name)", options: RunRequest.settings)
    }

    private static var names: String {
        BuiltInScenarios.all.map(\.name).joined(separator: ", ")
    }

    /// Options of a scenario that mean nothing any more when the command line has another one: a
    /// link replaces its own parts, and of two that exclude each other the one given stays.
    private static let superseded = [
        "link": ["rtt", "jitter", "loss", "bandwidth"],
        "batch": ["no-batch"], "no-batch": ["batch"],
        "lockstep": ["arrivals"], "arrivals": ["lockstep"],
    ]

    /// The values that count beside what stands on the command line.
    func values(beside arguments: ParsedArguments) -> [String: OptionValue] {
        let given = Self.superseded.filter { arguments.isGiven($0.key) }
        let gone = Set(given.values.joined())
        return values.filter { !gone.contains($0.key) }
    }
}

extension ParsedArguments {
    /// The scenario that `--scenario` names, if it is there.
    func scenarioIfAny() throws(UsageError) -> ScenarioFile? {
        guard let name = textIfAny("scenario") else { return nil }
        return try ScenarioFile.named(name, place: command.place)
    }

    /// These arguments with the values of the scenario that they name, where they say nothing
    /// themselves.
    ///
    /// A scenario that is a sweep is one run when the command line says which: `--scenario pimentel
    /// --rtt 50ms`.
    func applyingScenario() throws(UsageError) -> ParsedArguments {
        guard let scenario = try scenarioIfAny() else { return self }
        if let sweep = scenario.sweep, !isGiven(sweep.option.name) {
            throw error(
                "the scenario \(text("scenario")) is a sweep over \(sweep.option.name)",
                remedy: "\(CommandSpec.tool) sweep runs all of it; --\(sweep.option.name) "
                    + "\(sweep.points[0].text) one point")
        }
        return applying(scenario)
    }

    /// These arguments with the scenario's values beneath them.
    func applying(_ scenario: ScenarioFile) -> ParsedArguments {
        removing("scenario").filled(with: scenario.values(beside: self))
    }
}
