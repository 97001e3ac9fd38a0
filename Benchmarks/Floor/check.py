#!/usr/bin/env python3
"""Checks that the floor is right before anything is measured against it: `make check`.

The server is read by a strict reader written here, the client is fed by a server written here that
cuts, repeats and leaves out events, and then the two are put together. Loopback only, seconds.
"""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = 20  # Seconds that anything may take; on a busy machine everything takes well under one.
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MODES = ("websocket", "raw-tcp", "sse", "http-streaming", "forever-iframe")


class Program:
    """One of the floor's programs; leaving the block ends it."""

    def __init__(self, name, **options):
        command = [str(HERE / name)]
        for key, value in options.items():
            command += [f"--{key.replace('_', '-')}"] + ([] if value is True else [str(value)])
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        return json.loads(self.process.stdout.readline())


class Reader:
    """A socket read by exact counts and by lines; never reads further than it is asked."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(LIMIT)
        self.socket.connect(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")

    def exactly(self, count):
        data = self.file.read(count)
        assert len(data) == count, "the stream ended early"
        return data

    def until(self, end):
        data = b""
        while not data.endswith(end):
            data += self.exactly(1)
        return data

    def close(self):
        self.file.close()
        self.socket.close()


def request(mode, key="dGhlIHNhbXBsZSBub25jZQ=="):
    if mode == "raw-tcp":
        return b"SUBSCRIBE\n"
    upgrade = (
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n") if mode == "websocket" else ""
    return f"GET /events/{mode} HTTP/1.1\r\nHost: 127.0.0.1\r\n{upgrade}\r\n".encode()


def read_payload(reader, mode):
    """The payload of the next event, every byte of its framing checked."""
    if mode == "raw-tcp":
        return reader.until(b"\n")[:-1]
    if mode == "websocket":
        first, length = reader.exactly(2)
        assert first == 0x81 and length < 128, "an unmasked, final text frame"
        if length > 125:
            shortest = {126: 126, 127: 65536}[length]
            length = int.from_bytes(reader.exactly({126: 2, 127: 8}[length]), "big")
            assert length >= shortest, "the length is written in the shortest form"
        return reader.exactly(length)
    chunk = reader.exactly(int(reader.until(b"\r\n"), 16))
    assert reader.exactly(2) == b"\r\n"
    if mode == "http-streaming":
        assert chunk.endswith(b"\n")
        return chunk[:-1]
    if mode == "forever-iframe":
        opening, closing = b"<script>parent.push(", b")</script>\n"
        assert chunk.startswith(opening) and chunk.endswith(closing)
        return chunk[len(opening):-len(closing)]
    identity, data, *rest = chunk.split(b"\n")
    assert rest == [b"", b""] and data.startswith(b"data: ")
    assert identity == b"id: %d" % json.loads(data[6:])["id"]
    return data[6:]


def check_handshake():
    with Program("floor_server") as server:
        port = server.hear()["port"]
        keys = ["dGhlIHNhbXBsZSBub25jZQ=="]
        keys += [base64.b64encode(os.urandom(16)).decode() for _ in range(20)]
        for key in keys:
            reader = Reader(port)
            for byte in request("websocket", key):
                reader.socket.send(bytes([byte]))
            head = reader.until(b"\r\n\r\n").decode()
            accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            assert head.startswith("HTTP/1.1 101 ") and f"Accept: {accept}\r\n" in head
            reader.close()
        reader = Reader(port)
        reader.socket.send(request("sse"))
        assert reader.file.read() == b"", "a request without a key is refused"
        reader.close()


def check_server(mode, payload, coalesce):
    options = {"coalesce": True} if coalesce else {}
    with Program("floor_server", mode=mode, payload=payload, events=50, rate=20000,
                 arrivals="poisson", **options) as server:
        reader = Reader(server.hear()["port"])
        reader.socket.send(request(mode))
        if mode != "raw-tcp":
            reader.until(b"\r\n\r\n")
        if mode == "forever-iframe":
            prelude = reader.exactly(int(reader.until(b"\r\n"), 16))
            assert len(prelude) == 1024 and prelude.endswith(b" \n")
            assert reader.exactly(2) == b"\r\n"
        server.say("start")
        start = server.hear()["publishing"]["start_ns"]
        times = []
        for expected in range(1, 51):
            body = read_payload(reader, mode)
            event = json.loads(body)
            assert len(body) == payload and list(event) == ["id", "t", "data"]
            assert event["id"] == expected
            times.append(event["t"])
        assert start <= times[0] and times == sorted(times)
        published = server.hear()["published"]
        assert (published["first"], published["last"], published["deliveries"]) == (1, 50, 50)
        reader.close()


def check_slow_reader():
    """A reader that reads nothing for a while gets every byte in the end, in order."""
    with Program("floor_server", payload=20_000, events=300, rate=100_000,
                 start_in_ns=0) as server:
        reader = Reader(server.hear()["port"], receive_buffer=4096)
        reader.socket.send(request("websocket"))
        reader.until(b"\r\n\r\n")
        server.say("start")
        server.hear()
        time.sleep(0.2)
        ids = [json.loads(read_payload(reader, "websocket"))["id"] for _ in range(300)]
        assert ids == list(range(1, 301))
        published = server.hear()["published"]
        assert published["sends"] > 2 and published["dropped"] == 0
        reader.close()


def read_answer(reader):
    """The cursor and the events of a poll's answer."""
    head = reader.until(b"\r\n\r\n").decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    length = int(head.lower().partition("content-length: ")[2].split("\r\n")[0])
    content = json.loads(reader.exactly(length))
    return content["cursor"], content["events"]


def check_long_poll_server(coalesce):
    """Every event once, in order, however the requests are cut; late polls get what they missed."""
    options = {"coalesce": True} if coalesce else {}
    with Program("floor_server", mode="long-polling", payload=70_000, events=12, rate=1000,
                 **options) as server:
        port = server.hear()["port"]
        waiting, late = Reader(port), Reader(port)
        poll = b"GET /events/long-polling?since=%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        for byte in poll % 0:
            waiting.socket.send(bytes([byte]))
        server.say("start")
        start = server.hear()["publishing"]["start_ns"]
        for reader in (waiting, late):
            cursor, answers = 0, 0
            if reader is late:
                reader.socket.send(poll % 0)
            while cursor < 12:
                newest, events = read_answer(reader)
                answers += 1
                assert [event["id"] for event in events] == list(range(cursor + 1, newest + 1))
                assert all(event["t"] >= start for event in events)
                assert all(len(event["data"]) > 69_900 for event in events)
                assert len(events) == 1 or coalesce
                cursor = newest
                if cursor < 12:
                    reader.socket.send(poll % cursor)
            # An answer has at most 256 KiB of events, and all were there when the late one asked.
            assert answers == 12 if not coalesce else answers == 4 or reader is waiting, answers
            reader.close()


def check_short_poll_server():
    with Program("floor_server", mode="short-polling") as server:
        reader = Reader(server.hear()["port"])
        poll = b"GET /events/short-polling?since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        together = poll * 100
        for at in range(0, len(together), 777):
            reader.socket.send(together[at:at + 777])
        assert [read_answer(reader) for _ in range(100)] == [(0, [])] * 100
        reader.close()


def check_poller(piece, cursor):
    """What the poller counts and asks does not depend on how the answers are cut."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT)
        with Program("floor_poller", port=listener.getsockname()[1], cursor=cursor, from_id=3,
                     path="/poll?since=") as poller:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(LIMIT)
            now = time.monotonic_ns()
            # 1 and 2 are warm-up, 5 and 6 are lost, 7 comes twice; one answer is empty.
            batches = [[], [1], [2, 3, 4], [7], [7, 8], list(range(9, 101))]
            newest, tag = 0, ""
            for number, batch in enumerate(batches):
                request = connection.recv(4096).decode()
                assert request.endswith("\r\n\r\n")
                line = f"GET /poll?since={newest if cursor == 'query' else ''} HTTP/1.1\r\n"
                assert request.startswith(line), request
                assert ("If-None-Match: " in request) == bool(tag)
                assert tag in request
                newest = max([newest, *batch])
                content = b"".join(b'{"id":%d,"t":%d,"data":"{"},' % (i, now) for i in batch)
                if cursor == "fields":
                    tag = f"If-None-Match: {number}:0\r\n"
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\netag: %d:0\r\n\r\n" % (
                    len(content), number)
                if not batch:
                    head = b"HTTP/1.1 304 Not Modified\r\nEtag: %d:0\r\n\r\n" % number
                data = head + content
                for at in range(0, len(data), piece):
                    connection.send(data[at:at + piece])
            assert connection.recv(4096), "the poller asks at once again"
            assert poller.hear()["connected"] == 1
            poller.say("report")
            report = poller.hear()
            connection.close()
    counted = [report[name] for name in ("answers", "empty", "received", "lost", "duplicate")]
    assert counted == [len(batches), 1, 96, 2, 1], counted


def check_poller_together(coalesce):
    options = {"coalesce": True} if coalesce else {}
    with Program("floor_server", mode="long-polling", events=200, rate=400, **options) as server:
        port = server.hear()["port"]
        with Program("floor_poller", port=port, clients=100, from_id=51,
                     source="127.0.0.9") as poller:
            assert poller.hear()["connected"] == 100
            server.say("start")
            server.hear()
            server.hear()
            report = {"received": -1}
            deadline = time.monotonic() + LIMIT
            while report["received"] < 100 * 150 and time.monotonic() < deadline:
                time.sleep(0.05)
                poller.say("report")
                report = poller.hear()
            poller.say("reset")
            assert poller.hear()["reset_ns"] > 0
            poller.say("report")
            assert poller.hear()["received"] == 0
    counted = [report[name] for name in ("received", "lost", "missing", "duplicate", "closed")]
    assert counted == [100 * 150, 0, 0, 0, 0], counted
    assert report["answers"] <= 100 * 200 and report["empty"] == 0


def check_client(piece):
    """What the client counts does not depend on how the bytes are cut."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT)
        with Program("floor_client", port=listener.getsockname()[1], mode="http-streaming",
                     from_id=3, field="TE: chunked") as client:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(LIMIT)
            asked = request("http-streaming")[:-2] + b"TE: chunked\r\n\r\n"
            assert connection.recv(4096) == asked
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            # 1 and 2 are warm-up, 5 and 6 are lost, 7 comes twice, and `{` alone is no event.
            now = time.monotonic_ns()
            ids = [1, 2, 3, 4, 7, 7, *range(8, 101)]
            lines = b"".join(
                b'{{"id{\n{"id":%d,"t":%d,"data":"{"}\n' % (i, now - 10**10 - i * 10**7)
                for i in ids)
            data = head + lines
            for at in range(0, len(data), piece):
                connection.send(data[at:at + piece])
            assert client.hear()["connected"] == 1
            elapsed = time.monotonic_ns() - now
            report = {"received": -1}
            deadline = time.monotonic() + LIMIT
            while report["received"] < 96 and time.monotonic() < deadline:
                client.say("report")
                report = client.hear()
            connection.close()
        counted = [report[name] for name in ("received", "lost", "missing", "duplicate")]
        assert counted == [96, 2, 0, 1], counted
        assert 11.0e9 <= report["max_ns"] <= 11.2e9 + elapsed
        exact = 10**10 + 52 * 10**7  # Rank 48 of 3, 4, 7 … 100 is id 52.
        assert exact * 0.99 <= report["p50_ns"] <= exact * 1.01 + elapsed, report["p50_ns"]


def check_together(mode, coalesce):
    options = {"coalesce": True} if coalesce else {}
    with Program("floor_server", mode=mode, events=200, rate=1000, **options) as server:
        port = server.hear()["port"]
        with Program("floor_client", port=port, mode=mode, clients=100, from_id=51) as client:
            assert client.hear()["connected"] == 100
            server.say("start")
            server.hear()
            published = server.hear()["published"]
            time.sleep(0.2)
            client.say("report")
            report = client.hear()
        assert published["deliveries"] == 100 * 200 and published["subscribers"] == 100
        counted = [report[name] for name in ("received", "lost", "missing", "duplicate", "closed")]
        assert counted == [100 * 150, 0, 0, 0, 0], counted


def main():
    checks = [("handshake", check_handshake)]
    for mode in MODES:
        for payload, coalesce in ((100, False), (100, True), (126, False), (70_000, False)):
            name = f"server, {mode}, {payload} bytes{', coalescing' if coalesce else ''}"
            checks.append((name, lambda m=mode, p=payload, c=coalesce: check_server(m, p, c)))
        for coalesce in (False, True):
            name = f"together, {mode}{', coalescing' if coalesce else ''}"
            checks.append((name, lambda m=mode, c=coalesce: check_together(m, c)))
    checks.append(("slow reader", check_slow_reader))
    for piece in (1, 2, 7, 51, 10**6):
        checks.append((f"client, pieces of {piece}", lambda p=piece: check_client(p)))
        for cursor in ("query", "fields", "none"):
            name = f"poller, pieces of {piece}, cursor {cursor}"
            checks.append((name, lambda p=piece, c=cursor: check_poller(p, c)))
    checks.append(("server, short polling", check_short_poll_server))
    for coalesce in (False, True):
        ending = ", coalescing" if coalesce else ""
        checks.append((f"server, long polling{ending}",
                       lambda c=coalesce: check_long_poll_server(c)))
        checks.append((f"together, long polling{ending}",
                       lambda c=coalesce: check_poller_together(c)))

    failures = 0
    for name, check in checks:
        try:
            check()
            print(f"ok      {name}")
        except Exception as error:  # A check that cannot run is a check that failed.
            failures += 1
            print(f"FAILED  {name}: {type(error).__name__} {error}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
