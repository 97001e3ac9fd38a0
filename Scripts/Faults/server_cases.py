"""Faults of the system calls of a server that has clients."""

import contextlib
import time

from .crowd import Crowd
from .process import (
    Failed, Fault, Server, cpu_seconds, descriptors, must, resident_bytes, wait_until)
from .table import case

GROUP = "System calls of the server"
# A second of a faulted server costs some ticks of 10 ms for its 160 deliveries, each of which
# stops twice for strace; a loop that spins costs what strace leaves of a processor, 0.3 or more.
SPINNING = 0.15
# What a faulted server may take beyond its memory before: the allocator's own arenas and what a
# thread's stack has come to touch, in bytes.
GROWTH = 3 << 20


def poke(server, count):
    """Has some clients ask for a page, and says how many were answered in half a second."""
    answered = 0
    for _ in range(count):
        with contextlib.suppress(OSError, Failed, IndexError):
            with server.connect(timeout=0.3) as one:
                one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answered += one.recv(100).startswith(b"HTTP/1.1 200")
    return answered


def ill_treat(stand, calls, keeps_connections, pokes=3, seconds=1.0, options=(), calls_limit=None,
              serves=None):
    """Has a server with a client of every technique suffer `calls`, and looks at it afterwards.

    `keeps_connections` says whether the clients must not notice; `calls_limit` how many of the
    faulted calls there may be a second; `serves` whether new clients are served meanwhile.
    """
    with Server(stand.program, *options) as server, Crowd(server) as crowd:
        crowd.start()
        time.sleep(0.3)
        before = descriptors(server.pid), resident_bytes(server.pid)
        with Fault(server.pid, *calls) as fault:
            began, cpu = time.monotonic(), cpu_seconds(server.pid)
            heard = crowd.events
            answered = poke(server, pokes)
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))
            took = time.monotonic() - began
            heard = crowd.events - heard
            cpu = (cpu_seconds(server.pid) - cpu) / took
            must(server.process.poll() is None, f"the server ended: {server.complaint}")
        must(fault.injected > 0, "no call failed")
        stand.saw(f"{fault.injected} calls failed in {took:.1f} s, {cpu * 100:.0f} % CPU")
        must(cpu < SPINNING, f"the server spins: {cpu * 100:.0f} % CPU")
        # Twenty a second for each of eight clients.
        must(heard > 80 * took, f"clients got only {heard} events meanwhile")
        if calls_limit:
            must(fault.called / took <= calls_limit, f"{fault.called / took:.0f} calls a second")
        if serves is not None:
            must((answered == pokes) == serves,
                 f"{answered} of {pokes} new clients were served meanwhile")
        newest = crowd.newest
        wait_until(lambda: crowd.all_have(newest + 5), "everybody to get the events after it")
        must(poke(server, 3) == 3, "new clients are not served afterwards")
        must(not crowd.faults, "; ".join(crowd.faults[:3]))
        stand.saw(f"{crowd.reconnects} clients came back" if crowd.reconnects
                  else "no client noticed")
        if keeps_connections:
            must(crowd.reconnects == 0, "clients lost their connections")
        wait_until(lambda: descriptors(server.pid) == before[0],
                   f"{before[0]} descriptors, not {descriptors(server.pid)}")
        growth = resident_bytes(server.pid) - before[1]
        must(growth < GROWTH, f"memory grew by {growth / 1e6:.1f} MB")
        stand.saw(f"nothing lost, descriptors as before, memory {growth / 1e6:+.1f} MB")


SERVES_OTHERS = "clients notice nothing, new ones are served afterwards, nothing spins or leaks"
RESUMES = "who loses its connection resumes without a loss; nothing spins or leaks"


def declare(name, fault, demand, calls, quick=False, **how):
    def body(stand):
        ill_treat(stand, calls, **how)
    body.__name__ = name
    case(GROUP, fault, demand, quick)(body)


for code, text in (
        ("EMFILE", "no descriptor left in the process"), ("ENFILE", "none left in the system"),
        ("ENOBUFS", "no memory for a socket"), ("ENOMEM", "no memory for a socket")):
    # The door is shut for 100 ms after each failure: ten calls a second for each of two doors.
    declare(f"accept_{code.lower()}", f"`accept4` fails with {code}: {text}",
            f"the door is tried ten times a second; {SERVES_OTHERS}",
            [f"accept4:error={code}"], quick=code == "EMFILE", keeps_connections=True,
            calls_limit=30, serves=False)
for code in ("ECONNABORTED", "EPROTO", "ENETDOWN"):
    declare(f"accept_{code.lower()}", f"every other `accept4` fails with {code}: the connection "
            "is dead already", f"the next one is taken; {SERVES_OTHERS}",
            [f"accept4:error={code}:when=1+2"], keeps_connections=True, serves=True)
# 64 dead connections in a row shut the door for 100 ms.
declare("accept_always_enetdown", "every `accept4` fails with ENETDOWN",
        f"it is no endless loop; {SERVES_OTHERS}", ["accept4:error=ENETDOWN"], quick=True,
        keeps_connections=True, calls_limit=2 * 640 + 100, serves=False)
declare("accept_eintr", "every other `accept4` is interrupted", f"it is repeated; {SERVES_OTHERS}",
        ["accept4:error=EINTR:when=1+2"], keeps_connections=True, serves=True)
declare("send_eintr", "every other `sendto` is interrupted", f"it is repeated; {SERVES_OTHERS}",
        ["sendto:error=EINTR:when=1+2"], keeps_connections=True, serves=True)
declare("receive_eintr", "every other `recvfrom` is interrupted",
        f"it is repeated; {SERVES_OTHERS}", ["recvfrom:error=EINTR:when=1+2"],
        keeps_connections=True, serves=True)
declare("wait_eintr", "every other `epoll_pwait2` is interrupted",
        f"the loop looks at the clock and goes on; {SERVES_OTHERS}",
        ["epoll_pwait2:error=EINTR:when=1+2"], keeps_connections=True, serves=True)
declare("send_eagain", "every other `sendto` takes nothing",
        f"it is sent when the socket says so; {SERVES_OTHERS}",
        ["sendto:error=EAGAIN:when=1+2"], keeps_connections=True, serves=True)
for code in ("EPIPE", "ECONNRESET", "ENOBUFS", "ENOMEM"):
    declare(f"send_{code.lower()}", f"every fifth `sendto` fails with {code}", RESUMES,
            [f"sendto:error={code}:when=5+5"], quick=code == "EPIPE", keeps_connections=False)
declare("receive_econnreset", "every third `recvfrom` fails with ECONNRESET", RESUMES,
        ["recvfrom:error=ECONNRESET:when=3+3"], quick=True, keeps_connections=False)
