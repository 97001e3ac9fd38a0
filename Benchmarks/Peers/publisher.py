#!/usr/bin/env python3
"""Publishes events to a peer on a schedule that is fixed beforehand, over one kept connection.

    publisher.py --port 8000 --post /publish --rate 50 --events 500      nchan
    publisher.py --port 8000 --lines --rate 50 --events 500              the peers of this folder

It is a process of its own, so that what publishing costs is not counted as the peer's, and speaks
as floor_server does: `start` on standard input begins, and standard output says {"publishing":{...}}
and {"published":{...}}. An event's `t` is its due time, however late it leaves. Answers are read
but not waited for: a peer that is behind must not slow its publisher down.
"""

import argparse
import ctypes
import json
import select
import socket
import sys
import time

# From linux/prctl.h. The default slack of 50 µs would make every event that late.
PR_SET_TIMERSLACK = 29


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--port", type=int, required=True)
    add("--post", metavar="PATH", help="publish by POST")
    add("--lines", action="store_true", help="publish as lines")
    add("--rate", type=float, default=50, help="events a second")
    add("--events", type=int, default=500)
    add("--payload", type=int, default=100, help="bytes of JSON an event")
    add("--start-in-ns", type=int, default=100_000_000)
    options = parser.parse_args()
    if options.lines == bool(options.post):
        parser.error("Either --post or --lines.")
    if options.rate <= 0 or options.events < 1:
        parser.error("--rate and --events must be positive.")
    return options


def event(options, number, due_ns):
    opening = b'{"id":%d,"t":%d,"data":"' % (number, due_ns)
    return opening + b"x" * (options.payload - len(opening) - 2) + b'"}'


def message(options, body):
    if options.lines:
        return body + b"\n"
    return (b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (options.post.encode(), len(body))) + body


def drain(connection):
    """Forgets the answers that have come."""
    while select.select([connection], [], [], 0)[0]:
        if not connection.recv(65536):
            raise SystemExit("The peer closed the publisher's connection.")


def publish(options, connection):
    start_ns = time.monotonic_ns() + options.start_in_ns
    print(json.dumps({"publishing": {"start_ns": start_ns}}), flush=True)
    lateness = []
    for number in range(1, options.events + 1):
        due_ns = start_ns + int((number - 1) * 1e9 / options.rate)
        while (left := due_ns - time.monotonic_ns()) > 0:
            time.sleep(left / 1e9)
        lateness.append(time.monotonic_ns() - due_ns)
        connection.sendall(message(options, event(options, number, due_ns)))
        drain(connection)
    lateness.sort()
    print(json.dumps({"published": {
        "first": 1, "last": options.events, "lateness_p50_ns": lateness[len(lateness) // 2],
        "lateness_p99_ns": lateness[len(lateness) * 99 // 100]}}), flush=True)


def main():
    options = parse()
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    with socket.create_connection(("127.0.0.1", options.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            if line.strip() == "start":
                publish(options, connection)


if __name__ == "__main__":
    main()
