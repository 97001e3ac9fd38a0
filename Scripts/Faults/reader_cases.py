"""Servers that run out of descriptors, and clients that read slowly or not at all."""

import socket
import time

from . import techniques
from .crowd import Crowd
from .process import (
    Server, cpu_seconds, descriptors, must, resident_bytes, wait_until)
from .table import case

DESCRIPTORS = "Descriptors run out"
READERS = "Slow and dead readers"


@case(DESCRIPTORS, "a server that may open 64 files (`ulimit -n 64`) gets 200 clients",
      "it serves those it has, turns to the rest as some leave, and does not spin meanwhile",
      quick=True)
def server_descriptors(stand):
    with Server(stand.program, before=["bash", "-c", "ulimit -n 64; exec \"$@\"", "bash"]
                ) as server, Crowd(server, names=("sse", "websocket", "raw-tcp")) as crowd:
        crowd.start()
        before = resident_bytes(server.pid)
        waiting = [server.connect() for _ in range(200)]
        for one in waiting:
            one.sendall(techniques.client("sse").opening())
        time.sleep(0.5)
        began = cpu_seconds(server.pid)
        time.sleep(1)
        cpu = cpu_seconds(server.pid) - began
        held = descriptors(server.pid)
        served = count_served(waiting)
        stand.saw(f"{served} of 200 served at first, {held} descriptors, {cpu * 100:.0f} % CPU")
        must(held == 64, "it does not use the descriptors that it has")
        must(cpu < 0.2, "it spins")
        must(not crowd.faults and crowd.reconnects == 0, "clients that it had noticed")
        rounds, total = 0, served
        while waiting and rounds < 40:
            rounds += 1
            waiting = leave(waiting)
            time.sleep(0.15)
            total += count_served(waiting)
        stand.saw(f"all {total} were served in turn, as others left")
        must(total == 200, "some never were")
        wait_until(lambda: descriptors(server.pid) < 30, "the descriptors to come back")
        stand.saw(f"memory {(resident_bytes(server.pid) - before) / 1e6:+.1f} MB")


def count_served(clients):
    """How many have had an answer that they had not before."""
    count = 0
    for one in clients:
        one.setblocking(False)
        try:
            if one.recv(1, socket.MSG_PEEK) and id(one) not in SERVED:
                SERVED.add(id(one))
                count += 1
        except (BlockingIOError, ConnectionError):
            pass
    return count


SERVED = set()


def leave(clients):
    """Those who were served leave; the rest."""
    for one in clients:
        if id(one) in SERVED:
            one.close()
    return [one for one in clients if one.fileno() >= 0]


@case(READERS, "a client with the smallest receive buffer reads one byte at a time, while events "
      "of 2,000 B come twenty times a second", "every technique gives it every byte, in order",
      quick=True)
def byte_by_byte(stand):
    size = 2000
    with Server(stand.program, "--payload", size) as server:
        clients = []
        for name in techniques.TECHNIQUES:
            one = server.connect(name, receive_buffer=1)
            conversation = techniques.client(name, since=0)
            one.sendall(conversation.opening())
            one.setblocking(False)
            clients.append((one, conversation, techniques.Audit(size)))
        deadline = time.monotonic() + 30
        while (time.monotonic() < deadline
               and not all(audit.events > 20 for _, _, audit in clients)):
            for one, conversation, audit in clients:
                for _ in range(400):
                    try:
                        data = one.recv(1)
                    except BlockingIOError:
                        break
                    must(data, f"{conversation.technique} was cut off")
                    messages, reply = conversation.feed(data)
                    for message in messages:
                        audit.take(message)
                    if reply:
                        one.sendall(reply)
        for one, conversation, audit in clients:
            one.close()
            must(not audit.faults, f"{conversation.technique}: {audit.faults[:2]}")
            must(audit.events > 20, f"{conversation.technique} got {audit.events} events")
        stand.saw(f"{sum(audit.events for _, _, audit in clients)} events of "
                  f"{len(clients)} techniques, each byte as it was published")


def held_peak(metrics):
    return metrics["pushbench_held_peak_bytes"]


def stuff(server, name, question):
    """A client that says all of this and never reads."""
    one = server.connect(name, receive_buffer=4096)
    one.setblocking(False)
    try:
        while question:
            question = question[one.send(question):]
    except (BlockingIOError, ConnectionError):
        pass
    return one


@case(READERS, "100 clients resume from the beginning of a log of 32 MiB and never read, by every "
      "technique", "the server holds what its limit allows, others are served, and those who do "
      "not read are ended after the idle timeout", quick=True)
def resume_and_never_read(stand):
    with Server(stand.program, "--payload", "64KiB", "--no-publish", "--backlog", "256KiB",
                "--total-backlog", "16MiB", "--idle-timeout", "3s") as server:
        body = b'"' + b"x" * 65000 + b'"'
        head = (f"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
                ).encode()
        with server.connect() as publisher:
            for _ in range(512):
                publisher.sendall(head + body)
                publisher.recv(4096)
        before = resident_bytes(server.pid)
        clients = [
            stuff(server, name, techniques.client(name, since=0).opening())
            for name in techniques.TECHNIQUES for _ in range(13)][:100]
        time.sleep(1)
        growth = resident_bytes(server.pid) - before
        with server.connect(timeout=2) as other:
            began = time.monotonic()
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            must(other.recv(100).startswith(b"HTTP/1.1 200"), "others are not served")
            took = time.monotonic() - began
        metrics = server.metrics()
        stand.saw(f"memory {growth / 1e6:+.1f} MB with 100 of them (a log each would be 3,355 MB), "
                  f"{held_peak(metrics) / 1e6:.1f} MB held at most, another is answered in "
                  f"{took * 1e3:.1f} ms")
        must(growth < (16 << 20) * 1.6, "more than the bound is held")
        must(held_peak(metrics) <= 16 << 20, "the server itself says that it held more")
        wait_until(lambda: server.metrics()["pushbench_open_sockets"] <= 1, "all to be ended", 10)
        stand.saw(f"all ended, {server.disconnects('slow-reader')} as slow readers and "
                  f"{server.disconnects('timeout')}, whose answer the kernel took, as idle")
        for one in clients:
            one.close()


@case(READERS, "a client pipelines 16 KiB of requests for pages and polls and never reads",
      "its output is bounded, others are served", quick=True)
def pipeline_and_never_read(stand):
    with Server(stand.program, "--idle-timeout", "2s", "--log-events", "100") as server, \
            Crowd(server, names=("sse",)) as crowd:
        crowd.start()
        before = resident_bytes(server.pid)
        poll = b"GET /events/short-polling?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        page = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
        clients = [stuff(server, "sse", (poll * 8 + page * 8) * 2000) for _ in range(50)]
        time.sleep(1)
        growth = resident_bytes(server.pid) - before
        stand.saw(f"memory {growth / 1e6:+.1f} MB with 50 of them")
        must(growth < 16 << 20, "more than 300 KB a client is held")
        must(server.get("/healthz") == "ok\n", "others are not served")
        wait_until(lambda: server.metrics()["pushbench_open_sockets"] <= 2, "all to be ended", 10)
        must(not crowd.faults and crowd.reconnects == 0, "others noticed")
        stand.saw(f"all ended, {server.disconnects('slow-reader')} as slow readers")
        for one in clients:
            one.close()


@case(READERS, "a WebSocket that never reads sends pings without end",
      "pongs do not pile up, others are served, and it is ended", quick=True)
def ping_and_never_read(stand):
    with Server(stand.program, "--idle-timeout", "2s") as server, \
            Crowd(server, names=("websocket",)) as crowd:
        crowd.start()
        before = resident_bytes(server.pid)
        clients = []
        for _ in range(20):
            one = server.connect("websocket", receive_buffer=4096)
            one.sendall(techniques.client("websocket").opening())
            one.recv(4096)
            one.setblocking(False)
            clients.append(one)
        ping = techniques.client_frame(9, b"p" * 100) * 500
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            for one in clients:
                try:
                    one.send(ping)
                except (BlockingIOError, ConnectionError):
                    pass
        growth = resident_bytes(server.pid) - before
        stand.saw(f"memory {growth / 1e6:+.1f} MB with 20 of them")
        must(growth < 8 << 20, "more than 400 KB a client is held")
        wait_until(lambda: server.metrics()["pushbench_open_sockets"] <= 2, "all to be ended", 10)
        must(not crowd.faults and crowd.reconnects == 0, "others noticed")
        stand.saw(f"all ended, {server.disconnects('slow-reader')} as slow readers")
        for one in clients:
            one.close()


@case(READERS, "with the policy `drop`, a client reads nothing for 2 s while 2,000 events of "
      "10 kB come a second, and then reads on", "it is told how many it lost, and counts agree",
      quick=True)
def drop_and_tell(stand):
    with Server(stand.program, "--payload", "10000", "--slow-readers", "drop", "--backlog",
                "64KiB", rate=2000) as server:
        one = server.connect("raw-tcp", receive_buffer=4096)
        one.sendall(b"SUBSCRIBE\n")
        time.sleep(2)
        audit = techniques.Audit(10000, allows_loss=True)
        conversation = techniques.client("raw-tcp")
        deadline = time.monotonic() + 10
        first = None
        while time.monotonic() < deadline and not (audit.lost and audit.events > 2000):
            messages, _ = conversation.feed(one.recv(65536))
            for message in messages:
                content = audit.take(message)
                first = first or (content and content["id"])
        must(audit.lost > 0, "nothing was dropped")
        must(not audit.faults, str(audit.faults[:2]))
        must(audit.events + audit.lost == audit.last - first + 1, "counts do not agree")
        one.close()
        dropped = server.metrics()['pushbench_dropped_events_total{transport="raw-tcp"}']
        stand.saw(f"{audit.events} events and word of {audit.lost} lost; /metrics says "
                  f"{dropped:.0f}, {server.disconnects('slow-reader')} cut off")
        must(dropped >= audit.lost, "/metrics does not know of them")


@case(READERS, "with the policy `disconnect`, the same client", "it is cut off, counted, and "
      "resumes by its cursor", quick=True)
def disconnect_and_resume(stand):
    with Server(stand.program, "--payload", "10000", "--backlog", "64KiB", "--log-bytes", "1GiB",
                rate=2000) as server:
        one = server.connect("raw-tcp", receive_buffer=4096)
        one.sendall(b"SUBSCRIBE\n")
        time.sleep(2)
        audit = techniques.Audit(10000)
        conversation = techniques.client("raw-tcp")
        connections = 1
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and (connections < 2 or audit.events < 4000):
            try:
                data = one.recv(1 << 20)
            except ConnectionError:
                data = b""
            if not data:
                one.close()
                connections += 1
                one = server.connect("raw-tcp")
                conversation = techniques.client("raw-tcp", since=audit.last)
                one.sendall(conversation.opening())
                continue
            for message in conversation.feed(data)[0]:
                audit.take(message)
        one.close()
        stand.saw(f"{audit.events} events over {connections} connections without a gap, "
                  f"{server.disconnects('slow-reader')} cut off")
        must(not audit.faults, str(audit.faults[:2]))
        must(server.disconnects("slow-reader") >= 1 and audit.events >= 4000, "it was not cut off")
