import Glibc
import Link
import Reactor
import Testing

extension LiveTests {
    @Suite("A socket")
    struct SocketTests {
        @Test("carries bytes both ways and counts them to the byte")
        func echoes() throws {
            let connection = try Connection()
            let opener = connection.opener.descriptor
            let acceptor = connection.acceptor.descriptor
            let request = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
            let sent = try request.withUnsafeBytes { try Socket.send(opener, $0) }
            #expect(sent == 1_000)
            let heard = try receive(1_000, from: acceptor)
            #expect(heard == request)
            _ = try heard.withUnsafeBytes { try Socket.send(acceptor, $0) }
            #expect(try receive(1_000, from: opener) == request)

            // The end of both halves, the opener's last: the reading that is exact.
            connection.acceptor.shutdownWriting()
            #expect(try receive(1, from: opener) == [])
            connection.opener.shutdownWriting()
            let info = try connection.opener.tcpInfo()
            #expect(info.bytesSent == 1_000)
            #expect(info.bytesReceived == 1_000 + 1, "The peer's FIN counts as a byte.")
            #expect(info.retransmits == 0)
            #expect(info.segmentsOut >= 4 && info.segmentsIn >= 3)
            #expect(info.sendingMSS >= 536)
            #expect(info.roundTripTime > .zero)
        }

        @Test("has nothing to receive, and nobody to accept, before anything came")
        func wouldBlock() throws {
            let connection = try Connection()
            var buffer: [UInt8] = [0]
            let received = try buffer.withUnsafeMutableBytes {
                try connection.opener.receive(into: $0)
            }
            #expect(received == nil)
            let listener = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
            let isNobody = try listener.accept() == nil
            #expect(isNobody)
        }

        @Test("takes bytes until its queue is full and then says so")
        func fillsUp() throws {
            let connection = try Connection()
            let block = [UInt8](repeating: 1, count: 65_536)
            var total = 0
            while let sent = try block.withUnsafeBytes({ try connection.opener.send($0) }) {
                total += sent
            }
            let waiting = connection.opener.bytesNotSent()
            #expect(waiting > 0 && waiting <= total)
        }

        @Test("knows the addresses of both ends, and connects from the one it is given")
        func knowsAddresses() throws {
            let connection = try Connection(from: .loopback(index: 5, port: 0))
            let local = connection.opener.localAddress
            #expect(local.host == "127.0.0.6")
            #expect(local.port != 0)
            let remote = connection.acceptor.remoteAddress
            #expect(remote == local)
            let listener = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
            let nobody = listener.remoteAddress
            #expect(nobody == nil)
        }

        @Test("tells a closed half from a lost connection")
        func tellsLoss() throws {
            let survivor = try Connection().reset()
            let readiness = try waitUntil(survivor.descriptor, .readable)
            #expect(readiness.failed && readiness.hungUp)
            let error = survivor.pendingError()
            #expect(error?.code == ECONNRESET)
            #expect(error?.isConnectionLoss == true)
            let none = survivor.pendingError()
            #expect(none == nil)
            let sending = #expect(throws: SystemError.self) {
                try [1].withUnsafeBytes { try survivor.send($0) }
            }
            #expect(sending == SystemError(call: "send", code: EPIPE))
            survivor.shutdownWriting()
        }

        @Test("learns that nobody listens")
        func isRefused() throws {
            let address = try Socket.listen(
                on: .loopback(port: 0), backlog: 1, sharingPort: false
            ).localAddress
            let socket = try Socket.connect(to: address)
            let readiness = try waitUntil(socket.descriptor, .writable)
            #expect(readiness.failed)
            let error = socket.pendingError()
            #expect(error?.description == "connection: Connection refused")
        }

        @Test("shares a port with those that share it, and with no other")
        func sharesPorts() throws {
            let first = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: true)
            let address = first.localAddress
            let second = try Socket.listen(on: address, backlog: 1, sharingPort: true)
            let other = second.localAddress
            #expect(other == address)
            let error = #expect(throws: SystemError.self) {
                _ = try Socket.listen(on: address, backlog: 1, sharingPort: false)
            }
            #expect(error?.code == EADDRINUSE)
            #expect(error?.description.hasSuffix("\(address): Address already in use") == true)
        }

        @Test("refuses to listen on an address that is not this machine's")
        func refusesForeignAddress() throws {
            // TEST-NET-1, which no machine has (RFC 5737).
            let address = try #require(SocketAddress("192.0.2.1", port: 0))
            let error = #expect(throws: SystemError.self) {
                _ = try Socket.listen(on: address, backlog: 1, sharingPort: false)
            }
            #expect(
                error?.description == "bind 192.0.2.1:0: Cannot assign requested address")
            #expect(error?.isAddressExhausted == true)
        }

        @Test("stays open when its descriptor is given away")
        func isReleased() throws {
            let socket = try Socket.listen(on: .loopback(port: 0), backlog: 1, sharingPort: false)
            let address = socket.localAddress
            let again = Socket(adopting: socket.release())
            let same = again.localAddress
            #expect(same == address)
        }
    }
}
