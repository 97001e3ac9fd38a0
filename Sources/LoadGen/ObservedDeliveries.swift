import Link
import Measurement

/// The first deliveries of the measured window at one client, each with its moments: what a picture of
/// batches and gaps is drawn from.
///
/// One client of a technique is enough for a picture, and keeping more would cost every delivery of a
/// broadcast. When the limit is reached nobody is observed any more.
package struct ObservedDeliveries: Sendable {
    /// Deliveries that are kept: 20 seconds at the default rate, and more than a picture can show.
    package static let limit = 200

    private struct Delivery {
        let id: UInt64
        let due: Instant
        let delivered: Instant
    }

    private var deliveries: [Delivery] = []

    package init() {}

    /// Whether no more are kept.
    var isFull: Bool { deliveries.count >= Self.limit }

    /// Keeps a delivery of event `id`, unless there is one of it already.
    mutating func take(_ id: UInt64, due: Instant, delivered: Instant) {
        // A client's second copy of an event is rare, and the list is short.
        guard !isFull, !deliveries.contains(where: { $0.id == id }) else { return }
        deliveries.append(Delivery(id: id, due: due, delivered: delivered))
    }

    /// Takes over what another worker observed, if this one observed nobody.
    package mutating func merge(_ other: ObservedDeliveries) {
        if deliveries.isEmpty { deliveries = other.deliveries }
    }

    /// The deliveries on a time that begins at `start`; nil when there are none.
    package func timeline(from start: Instant) -> DeliveryTimeline? {
        guard !deliveries.isEmpty else { return nil }
        return DeliveryTimeline(
            deliveries: deliveries.map { delivery in
                DeliveryTimeline.Delivery(
                    id: delivery.id, dueNanoseconds: delivery.due.nanoseconds(since: start),
                    deliveredNanoseconds: delivery.delivered.nanoseconds(since: start))
            })
    }
}
