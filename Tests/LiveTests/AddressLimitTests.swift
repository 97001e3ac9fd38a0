import LabServer
import Reactor
import Testing

extension Live {
    /// What one address may take of a server.
    @Suite("Over one address")
    struct AddressLimitTests {
        @Test(
            "comes no more than its number, on any loop, until somebody has left",
            arguments: [1, 2])
        func limit(loops: Int) throws {
            let counters = try withServer {
                $0.loops = loops
                $0.addressLimit = 2
            } _: { server in
                let first = try Visitor(server.address)
                #expect(try first.ask(Request.get("/healthz")).status == 200)
                let second = try Visitor(server.address)
                #expect(try second.ask(Request.get("/healthz")).status == 200)
                let third = try Visitor(server.address)
                let refusal = try third.takeAnswer()
                #expect(refusal.status == 429)
                #expect(refusal.field("retry-after") == "1")
                #expect(try third.takeToEnd().isEmpty)
                // Those who are there are served on.
                #expect(try second.ask(Request.get("/healthz")).status == 200)
                second.finishSending()
                #expect(try second.takeToEnd().isEmpty)
                // The server has forgotten it before it says so.
                let fourth = try Visitor(server.address)
                #expect(try fourth.ask(Request.get("/healthz")).status == 200)
            }
            #expect(counters.disconnects[.addressLimit] == 1)
        }
    }
}
