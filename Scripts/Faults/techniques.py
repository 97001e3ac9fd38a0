"""Clients of all techniques without sockets: bytes in, messages and bytes to send out.

Written from the formats alone (RFC 9112, RFC 6455, the WHATWG's event streams), and not from the
program's own clients, so that both can be wrong only in different ways. They read what this server
says and nothing more: they are no parsers for the wild.
"""

import base64
import json
import os
import re
import struct

POLLING = ("short-polling", "long-polling", "jsonp-polling")
STREAMING = ("http-streaming", "forever-iframe", "sse", "websocket", "raw-tcp")
TECHNIQUES = POLLING + STREAMING


class Broken(Exception):
    """The server said what it must not say."""


class Chunks:
    """The content of a chunked answer (RFC 9112 §7.1)."""

    def __init__(self):
        self.pending = b""
        self.has_ended = False

    def feed(self, data):
        self.pending += data
        content = b""
        while not self.has_ended:
            size, line_end, rest = self.pending.partition(b"\r\n")
            if not line_end:
                break
            length = int(size, 16)
            if len(rest) < length + 2:
                break
            if rest[length:length + 2] != b"\r\n":
                raise Broken("a chunk that does not end where it says")
            content += rest[:length]
            self.pending = rest[length + 2:]
            self.has_ended = length == 0
        return content


class Lines:
    """A message a line."""

    def __init__(self):
        self.pending = b""

    def feed(self, data):
        *lines, self.pending = (self.pending + data).split(b"\n")
        return [line for line in lines if line.strip()]


class Scripts:
    """A message a script element, as the page that a forever iframe loads."""

    ELEMENT = re.compile(rb"<script>parent\.push\((.*?)\)</script>\n?", re.DOTALL)

    def __init__(self):
        self.pending = b""

    def feed(self, data):
        self.pending += data
        messages = []
        while found := self.ELEMENT.search(self.pending):
            messages.append(found[1])
            self.pending = self.pending[found.end():]
        return messages


class EventStream:
    """The data of server-sent events; one without data says only where the stream stands."""

    def __init__(self):
        self.pending = b""

    def feed(self, data):
        *blocks, self.pending = (self.pending + data).split(b"\n\n")
        messages = []
        for block in blocks:
            lines = block.split(b"\n")
            messages += [line[6:] for line in lines if line.startswith(b"data: ")]
            if len(lines) == 1 and lines[0].startswith(b"id: "):
                messages.append(b'{"cursor":' + lines[0][4:] + b"}")
        return messages


class Frames:
    """The messages of a WebSocket, and the pongs owed for its pings (RFC 6455 §5)."""

    def __init__(self):
        self.pending = b""
        self.pongs = b""
        self.close_code = None

    def feed(self, data):
        self.pending += data
        messages = []
        while (frame := self._take()) is not None:
            opcode, payload = frame
            if opcode in (1, 2):
                messages.append(payload)
            elif opcode == 9:
                self.pongs += client_frame(10, payload)
            elif opcode == 8:
                self.close_code = struct.unpack(">H", payload[:2])[0] if payload else 1005
        return messages

    def _take(self):
        if len(self.pending) < 2:
            return None
        first, length = self.pending[0], self.pending[1]
        if length & 0x80 or not first & 0x80:
            raise Broken("a masked or fragmented frame of the server")
        start = 2
        if length in (126, 127):
            start += 2 if length == 126 else 8
            if len(self.pending) < start:
                return None
            length = int.from_bytes(self.pending[2:start], "big")
        if len(self.pending) < start + length:
            return None
        payload = self.pending[start:start + length]
        self.pending = self.pending[start + length:]
        return first & 0x0F, payload


def client_frame(opcode, payload):
    """A masked frame of fewer than 126 bytes; the mask is zero, which RFC 6455 allows to send."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


def request(path, host="127.0.0.1", fields=""):
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode()


class Stream:
    """A client of a streaming technique on one connection."""

    # A stream is never asked again.
    pause = None

    def __init__(self, technique, since=None):
        self.technique = technique
        self.since = since
        self.head = None if technique != "raw-tcp" else b""
        self.received = b""
        self.content = None
        if technique == "websocket":
            self.messages = Frames()
        else:
            self.messages = {
                "http-streaming": Lines, "raw-tcp": Lines, "forever-iframe": Scripts,
                "sse": EventStream,
            }[technique]()
            self.content = Chunks() if technique != "raw-tcp" else None

    def opening(self):
        query = "" if self.since is None else f"?since={self.since}"
        if self.technique == "raw-tcp":
            return b"SUBSCRIBE" + query.replace("?", " ").encode() + b"\n"
        fields = ""
        if self.technique == "websocket":
            key = base64.b64encode(os.urandom(16)).decode()
            fields = ("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: {key}\r\n")
        return request(f"/events/{self.technique}{query}", fields=fields)

    def feed(self, data):
        """What the server says with these bytes, and what is to be sent for it."""
        if self.head is None:
            self.received += data
            head, end, data = self.received.partition(b"\r\n\r\n")
            if not end:
                return [], b""
            self.head = head
            wanted = b"101" if self.technique == "websocket" else b"200"
            if head.split(b" ", 2)[1] != wanted:
                raise Broken(head.split(b"\r\n")[0].decode(errors="replace"))
        if self.content:
            data = self.content.feed(data)
        messages = self.messages.feed(data)
        reply = b""
        if self.technique == "websocket":
            reply, self.messages.pongs = self.messages.pongs, b""
        return messages, reply

    def goodbye(self):
        """What a polite client sends before it leaves."""
        if self.technique == "websocket":
            return client_frame(8, struct.pack(">H", 1000))
        return b""


class Poll:
    """A client of a polling technique on one connection."""

    BODY = re.compile(rb"^/\*\*/cb\((.*)\);?\s*$", re.DOTALL)

    def __init__(self, technique, since=None, interval=0.1):
        self.technique = technique
        self.cursor = since
        # Seconds between an answer and the next request.
        self.pause = interval if technique == "short-polling" else 0
        self.received = b""

    def opening(self):
        query = "" if self.cursor is None else f"since={self.cursor}"
        if self.technique == "jsonp-polling":
            query += ("&" if query else "") + "callback=cb"
        return request(f"/events/{self.technique}" + (f"?{query}" if query else ""))

    def feed(self, data):
        """What the server says with these bytes, and the next request if an answer is whole."""
        self.received += data
        head, end, rest = self.received.partition(b"\r\n\r\n")
        if not end:
            return [], b""
        status = head.split(b" ", 2)[1]
        if status == b"204":
            self.received = rest
            return [], self.opening()
        if status != b"200":
            raise Broken(head.split(b"\r\n")[0].decode(errors="replace"))
        length = int(re.search(rb"(?i)\r\nContent-Length: (\d+)", head)[1])
        if len(rest) < length:
            return [], b""
        body, self.received = rest[:length], rest[length:]
        if self.technique == "jsonp-polling":
            body = self.BODY.match(body)[1]
        answer = json.loads(body)
        self.cursor = answer["cursor"]
        notice = {"cursor": self.cursor, "lost": answer.get("lost", 0)}
        messages = [json.dumps(event, separators=(",", ":")).encode()
                    for event in answer["events"]]
        # Where the answer ends; what it lost came before its events.
        if notice["lost"]:
            notice["cursor"] -= len(messages)
            messages.insert(0, json.dumps(notice).encode())
        elif not messages:
            messages = [json.dumps(notice).encode()]
        return messages, self.opening()

    def goodbye(self):
        return b""


def client(technique, since=None):
    """A client on a new connection, which has everything up to event `since`."""
    return (Poll if technique in POLLING else Stream)(technique, since)


class Audit:
    """Whether one client gets every event once, in order and whole."""

    def __init__(self, payload_bytes=100, allows_loss=False):
        self.payload_bytes = payload_bytes
        self.allows_loss = allows_loss
        self.last = None
        self.events = 0
        self.lost = 0
        self.faults = []

    def take(self, message):
        """Looks at one message of the server; what is wrong with it is kept."""
        try:
            content = json.loads(message)
        except ValueError:
            return self._fault(f"no JSON: {message[:80]!r}")
        if "cursor" in content:
            lost = content.get("lost", 0)
            self.lost += lost
            if lost and not self.allows_loss:
                self._fault(f"{lost} events are said to be lost at {content['cursor']}")
            if self.last is None or lost:
                self.last = content["cursor"]
            return None
        identity = content["id"]
        if self.last is not None and identity != self.last + 1:
            self._fault(f"event {identity} follows {self.last}")
        if len(message) != self.payload_bytes or content["data"].strip("x"):
            self._fault(f"event {identity} is not as it was published: {message[:80]!r}")
        self.last = identity
        self.events += 1
        return content

    def _fault(self, text):
        if len(self.faults) < 20:
            self.faults.append(text)
