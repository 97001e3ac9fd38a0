/// When each of some events was due and when one client had it: what a picture of batches and gaps is
/// drawn from.
package struct DeliveryTimeline: Hashable, Sendable, Codable {
    /// One event at the client.
    package struct Delivery: Hashable, Sendable, Codable {
        /// The event's id.
        package var id: UInt64
        /// When it was due, counted from the beginning of the timeline.
        package var dueNanoseconds: Int64
        /// When the client had it, counted from the same moment.
        package var deliveredNanoseconds: Int64

        package init(id: UInt64, dueNanoseconds: Int64, deliveredNanoseconds: Int64) {
            self.id = id
            self.dueNanoseconds = dueNanoseconds
            self.deliveredNanoseconds = deliveredNanoseconds
        }

        private enum CodingKeys: String, CodingKey {
            case id
            case dueNanoseconds = "due_ns"
            case deliveredNanoseconds = "delivered_ns"
        }
    }

    /// The first deliveries of the measured window at one client, in the order of their arrival.
    package var deliveries: [Delivery]

    package init(deliveries: [Delivery]) {
        self.deliveries = deliveries
    }
}
