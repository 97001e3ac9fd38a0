import LabServer
import Testing
import Transports

@testable import Demo

@Suite("What a POST costs")
struct EchoOrderTests {
    @Test("is told to the page, the answer itself included", arguments: [0, 9, 610, 65_536])
    func cost(requestBytes: Int) throws {
        var request = PlainRequest()
        request.wireBytes = requestBytes
        let answer = EchoOrder.answer(to: request)
        let head = ServerContext.headBytes(
            answer.status, contentType: answer.contentType, fields: answer.fields,
            bodyBytes: answer.body.count, to: request)
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(text == "{\"down\":\(head + answer.body.count),\"up\":\(requestBytes)}")
    }

    @Test(
        "is asked with a text and nothing else",
        arguments: ["{}", "[1]", "{\"text\":\"a\",\"b\":1}"])
    func refused(content: String) {
        #expect(throws: LabRefusal.self) { try EchoOrder.read(Array(content.utf8)) }
    }
}
