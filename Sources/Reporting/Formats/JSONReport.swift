import Measurement

extension Report {
    /// The record itself: what every other format can be made from again.
    package static let json = Report(
        name: "json", summary: "the run record itself", fileExtension: "json",
        render: { try $0.encoded() })
}
