// ws for node at its best: no compression, no per-message copies; the frame of an event is built
// once and written to every socket. Events come as lines over a connection of the publisher's.
//
// Says {"port":N,"publish_port":M}; the end of standard input ends it.
"use strict";

const http = require("http");
const net = require("net");
const { Sender, WebSocketServer } = require("ws");

const sockets = new Set();
const server = http.createServer();
const webSockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false });

webSockets.on("connection", (webSocket) => {
    const socket = webSocket._socket;
    socket.setNoDelay(true);
    sockets.add(socket);
    webSocket.on("close", () => sockets.delete(socket));
    webSocket.on("error", () => sockets.delete(socket));
});

// A final, unmasked text frame (RFC 6455 section 5.2) as one buffer.
function frame(event) {
    return Buffer.concat(Sender.frame(event, {
        fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true,
    }));
}

const publisher = net.createServer((connection) => {
    let rest = Buffer.alloc(0);
    connection.on("data", (bytes) => {
        rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
        let end;
        while ((end = rest.indexOf(10)) >= 0) {
            const bytes = frame(rest.subarray(0, end));
            rest = rest.subarray(end + 1);
            for (const socket of sockets) socket.write(bytes);
        }
    });
});

publisher.listen(0, "127.0.0.1", () => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 65535 }, () => {
        console.log(JSON.stringify({
            port: server.address().port, publish_port: publisher.address().port,
        }));
    });
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
