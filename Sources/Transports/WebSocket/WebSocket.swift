/// WebSocket: an HTTP request that turns its connection into a two-way line of framed messages.
///
/// What the others work around, this was made for (RFC 6455, 2011): after one handshake either side
/// speaks when it likes, a message from the server costs two bytes of framing, and the connection is
/// known to be alive by ping and pong. It is not HTTP any more, so proxies must let it through.
///
///     > GET /events/websocket?since=16 HTTP/1.1
///     > Host: 127.0.0.1:8080
///     > Connection: Upgrade
///     > Upgrade: websocket
///     > Sec-WebSocket-Version: 13
///     > Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
///     >
///     < HTTP/1.1 101 Switching Protocols
///     < Connection: Upgrade
///     < Upgrade: websocket
///     < Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
///     <
///     < 81 0d {"cursor":16}
///     < 81 2f {"id":17,"t":81234567890123,"data":"xxxxxxxxx"}
///     < 89 02 hb                                              ping
///     > 8a 82 37 fa 21 3d 5f 98                               pong, masked
///     < 88 02 03 e9                                           close, 1001: going away
///     > 88 82 1c 0b 5a 77 1f e2                               close, masked
///
/// Reference: RFC 6455.
package enum WebSocket {
    /// What a ping carries; the pong repeats it.
    static let heartbeat = Array("hb".utf8)

    /// A message from the server: an event of any size that the lab can publish.
    static let eventLimit = 16 << 20
}

extension Transport {
    package static let webSocket = Transport(
        id: "websocket", aliases: ["ws"], title: "WebSocket",
        summary: "a two-way line of framed messages after one handshake",
        reference: "RFC 6455",
        story: """
            What the others work around, this was made for (2011): after one handshake either side \
            speaks when it likes, a short message from the server costs two bytes of framing, and ping \
            and pong say that the connection is alive. It is not HTTP any more, so proxies must let it \
            through.
            """,
        server: .streaming(WebSocketServer()),
        theory: WebSocket.theory,
        makeClient: { WebSocketClient(profile: $0) })
}
