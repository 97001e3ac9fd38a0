import Measurement

extension Report {
    /// The record itself: what every other format can be made from again.
    package static let json = Report(
        name: "json", summary: "the record, from which all formats can be made again",
        fileExtension: "json",
        render: { try $0.encoded() })
}
