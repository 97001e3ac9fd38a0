import Link
import LinkEmulation
import Synchronization
import Transports

/// What the lab asks of the link between a browser and the lanes: `LinkRelay`, or a test.
package protocol LaneLink: Sendable {
    /// Gives a lane, or all of them, another link.
    func set(_ profile: LinkProfile, door: Int?)
    /// Pulls the cable for so long.
    func cut(door: Int?, for duration: Duration)
    /// Pulls the cable until it is switched off again.
    func blackhole(door: Int?, _ isOn: Bool)
    /// Makes the clients stop reading.
    func freeze(door: Int?, _ isOn: Bool)
    /// Resets every connection.
    func reset(door: Int?)
    /// Bytes that are on their way to the clients, of each lane.
    var bytesOnTheirWay: [Int] { get }
}

extension LinkRelay: LaneLink {
    package var bytesOnTheirWay: [Int] { statistics.doors.map(\.heldDownBytes) }
}

/// What stands around the page, once all ports are open.
struct LabSite: Sendable {
    /// A technique and the port at which a browser gets it.
    struct Lane: Sendable {
        let transport: Transport
        let port: UInt16
    }

    /// The techniques in the order of the registry; the place of each is its door.
    let lanes: [Lane]
    /// The ports of the rooms, by name.
    let rooms: [String: UInt16]
    /// The link of the lanes.
    let link: any LaneLink

    /// The techniques that a browser can speak.
    static let transports = Transport.all.filter(\.isHTTP)

    /// The door of the lane called `technique`; nil for all when there is no name.
    func door(of technique: String?) throws(LabRefusal) -> Int? {
        guard let technique else { return nil }
        return try door(ofLane: technique)
    }

    /// The door of the lane called `technique`.
    func door(ofLane technique: String) throws(LabRefusal) -> Int {
        guard let door = lanes.firstIndex(where: { $0.transport.id == technique }) else {
            let known = lanes.map(\.transport.id).joined(separator: ", ")
            throw LabRefusal(
                "There is no lane \"\(technique.prefix(40))\".",
                remedy: "There are \(known), and null for all of them.")
        }
        return door
    }
}

/// Where a site is laid down for the application, which is there first: the relay needs the server,
/// and the application is part of the server.
final class LabSiteBoard: Sendable {
    private let laidDown = Mutex<LabSite?>(nil)

    func open(_ site: LabSite) {
        laidDown.withLock { $0 = site }
    }

    var site: LabSite? {
        laidDown.withLock { $0 }
    }
}
