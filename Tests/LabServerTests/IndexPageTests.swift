import Testing
import Transports

@testable import LabServer

@Suite("The index page")
struct IndexPageTests {
    private let page = String(decoding: IndexPage.render(Transport.all), as: UTF8.self)

    @Test("shows every technique and where it is reached", arguments: Transport.all)
    func row(transport: Transport) {
        #expect(page.contains(">\(transport.title)<"))
        #expect(page.contains(">\(transport.summary)<"))
        if case .bare = transport.server {
            #expect(!page.contains(transport.path))
        } else {
            #expect(page.contains("href=\"\(transport.path)\""))
        }
    }

    @Test("is one HTML document that links to the state pages")
    func document() {
        #expect(page.hasPrefix("<!DOCTYPE html>\n"))
        #expect(page.hasSuffix("</html>\n"))
        #expect(page.contains("href=\"/healthz\"") && page.contains("href=\"/metrics\""))
    }
}
