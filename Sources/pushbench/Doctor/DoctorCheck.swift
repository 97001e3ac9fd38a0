/// One thing that a run needs or profits from: what was found, and what to do where it is lacking.
struct DoctorCheck: Hashable, Sendable, Encodable {
    /// How it stands with it.
    enum State: String, Hashable, Sendable, Encodable {
        /// As it should be.
        case good = "ok"
        /// A run is possible, but not everything, or not as exactly.
        case limited = "warning"
        /// A run is not possible.
        case missing = "failed"
    }

    /// The name that tools match.
    let id: String
    /// The name that people read.
    let title: String
    /// How it stands with it.
    let state: State
    /// What was found, in words.
    let found: String
    /// What to do about it; nil when nothing needs to be done.
    let remedy: String?
    /// The numbers behind the words, units last in their names.
    let values: [String: Double]

    init(
        _ id: String, _ title: String, _ state: State, _ found: String, remedy: String? = nil,
        values: [String: Double] = [:]
    ) {
        self.id = id
        self.title = title
        self.state = state
        self.found = found
        self.remedy = remedy
        self.values = values
    }

    /// A check that found everything in order.
    init(_ id: String, _ title: String, _ found: String, values: [String: Double] = [:]) {
        self.init(id, title, .good, found, values: values)
    }
}
