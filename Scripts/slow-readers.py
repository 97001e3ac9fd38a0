#!/usr/bin/env python3
"""Measures what clients that read pay for clients that do not.

    Scripts/slow-readers.py PUSHBENCH [--technique NAME ...] [--markdown FILE]

For each of three streaming techniques, on servers of their own: first all clients read, then half
of them have stopped reading, once under the policy `drop` and once under `disconnect`, where whoever
is cut off comes back and stops again. Prints the latency of those who read, and the server's memory
over time against its bound. Exits with 1 when the 99th percentile is more than twice what it was
with all reading, when memory passes the bound, or when those who read lose anything.

Server and clients are pinned to a processor each (--server-core, --client-core). All of it happens
in a network namespace of its own whose segments are as short as Ethernet's: over an ordinary
loopback, with segments of 64 KiB, the kernel takes 2.6 MB for each client before the server notices
that it does not read. Needs the right to make one (root, or unshare's --map-root-user).
"""

import argparse
import fcntl
import json
import os
import pathlib
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

from Faults import techniques
from Faults.process import Failed, Program, Server, must, resident_bytes

# Those that `run --target` speaks; the other streams are sent by the same walk over the same arrays.
MEASURED = ("sse", "websocket", "http-streaming")
PAYLOAD = 1000
BACKLOG = 256 << 10
# What all connections together may have of their own.
TOTAL = 16 << 20
# A stream's array holds what its slowest client is behind, twice at most before it is moved, and an
# array that grows has room for twice as much; codings are two, and one is used.
SHARED = 4 * BACKLOG
# What a server's memory does beside its backlog: events' log, the slab, the allocator's arenas.
OVERHEAD = 16 << 20
# A 99th percentile, in milliseconds, from which queues grow and nothing can be compared with it.
SATURATED = 1000


class Stopped:
    """Clients that subscribe, read nothing, and come back when they are cut off."""

    def __init__(self, server, technique, count):
        self.server, self.technique, self.count = server, technique, count
        self.sockets = []
        self.is_over = False
        self.thread = threading.Thread(target=self._come_back, daemon=True)

    def __enter__(self):
        for _ in range(self.count):
            self.sockets.append(self._subscribe())
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join(5)
        for one in self.sockets:
            one.close()

    def _subscribe(self):
        one = self.server.connect(self.technique, receive_buffer=4096)
        one.sendall(techniques.client(self.technique).opening())
        return one

    def _come_back(self):
        """Once a second: connections that the server has reset or ended are made again.

        A hundred a second at most and behind everything else on this processor, which belongs to
        those who read: they are measured, and not what it costs to connect.
        """
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while not self.is_over:
            time.sleep(1)
            for index, one in enumerate(self.sockets):
                if not is_closed(one):
                    continue
                one.close()
                try:
                    self.sockets[index] = self._subscribe()
                except OSError:
                    return
                if self.is_over:
                    return
                time.sleep(0.01)


# TCP_INFO's first byte is the state; 1 is ESTABLISHED (linux/tcp.h, net/tcp_states.h).
def is_closed(one):
    return one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != 1


def measure(arguments, technique, policy, readers, stopped):
    """One run of those who read; its figures, and the server's memory."""
    options = ["--no-publish", "--backlog", BACKLOG, "--total-backlog", TOTAL, "--slow-readers",
               policy, "--processor", arguments.server_core]
    with Server(arguments.program, *options) as server, \
            Stopped(server, technique, stopped), \
            tempfile.TemporaryDirectory() as folder:
        before = resident_bytes(server.pid)
        record = pathlib.Path(folder) / "record.json"
        command = ["taskset", "-c", str(arguments.client_core), arguments.program, "run",
                   "--target", f"http://127.0.0.1:{server.http}", "--profile", "pushbench",
                   "-t", technique, "--clients", str(readers), "--rate", "100", "--payload",
                   str(PAYLOAD), "--warmup", f"{arguments.warmup}s", "--duration",
                   f"{arguments.duration}s", "--no-color", "--quiet", "--json", str(record)]
        memory = []
        with Program(command) as run:
            while run.process.poll() is None:
                memory.append(resident_bytes(server.pid))
                time.sleep(0.5)
            must(run.process.returncode == 0,
                 f"the run ended with {run.process.returncode}: {run.complaint[-500:]}")
        metrics = server.metrics()
        result = json.loads(record.read_text())["results"][0]
        peak = metrics[f'pushbench_backlog_peak_bytes{{transport="{technique}"}}']
        return {
            "p50": result["latency_ns"]["p50"] / 1e6, "p99": result["latency_ns"]["p99"] / 1e6,
            "lost": result["deliveries"]["lost"] + result["deliveries"]["missing"],
            "base": before, "memory": memory, "cut_off": server.disconnects("slow-reader"),
            "dropped": metrics[f'pushbench_dropped_events_total{{transport="{technique}"}}'],
            "peak": peak, "held": metrics["pushbench_held_peak_bytes"],
        }


def row(technique, label, figures, base, alone):
    memory = figures["memory"]
    step = max(1, len(memory) // 6)
    return (f"| {technique} | {label} | {figures['p50']:.2f} | {figures['p99']:.2f} "
            f"| {figures['p99'] / base['p99']:.2f} | {figures['p99'] / alone['p99']:.2f} "
            f"| {figures['lost']} | {figures['cut_off']} "
            f"| {figures['dropped']:.0f} | {figures['peak'] / 1e3:.0f} "
            f"| {figures['held'] / 1e6:.2f} | "
            f"{' '.join(f'{bytes / 1e6:.1f}' for bytes in memory[::step])} |")


COLUMNS = ("technique", "clients", "p50 ms", "p99 ms", "to all", "to alone", "lost", "cut off",
           "dropped", "furthest behind kB", "held MB", "memory of the server over time, MB")
HEAD = "\n".join(f"| {' | '.join(cells)} |" for cells in (COLUMNS, ["---"] * len(COLUMNS)))


def judge(technique, label, figures, base, alone):
    bound = base["base"] + TOTAL + SHARED + OVERHEAD
    worst = max(figures["memory"])
    complaints = []
    # Where the machine cannot serve all of them at this rate, there is nothing to compare with but as
    # many who read and are alone, which is the stricter rule.
    saturated = base["lost"] or base["p99"] > SATURATED
    times = figures["p99"] / (alone if saturated else base)["p99"]
    if times > 2:
        complaints.append(f"{technique}, {label}: p99 is {times:.2f} times what it was")
    if worst > bound:
        complaints.append(f"{technique}, {label}: {worst / 1e6:.1f} MB of {bound / 1e6:.1f}")
    if figures["lost"]:
        complaints.append(f"{technique}, {label}: {figures['lost']} events lost")
    if not figures["cut_off"] and not figures["dropped"]:
        complaints.append(f"{technique}, {label}: nobody was slow, so nothing was tried")
    return complaints


# linux/sockios.h and linux/if.h.
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU, IFF_UP = 0x8913, 0x8914, 0x8922, 1
INSIDE = "PUSHBENCH_SLOW_READERS_INSIDE"


def enter_network():
    """Starts this script over in a network of its own, and sets that up."""
    if INSIDE not in os.environ:
        words = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        os.environ[INSIDE] = "1"
        os.execvp(words[0], [*words, sys.executable, *sys.argv])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, SIOCSIFMTU, struct.pack("16si", b"lo", 1500) + bytes(20))
        flags = struct.unpack_from("h", fcntl.ioctl(
            one, SIOCGIFFLAGS, b"lo".ljust(16, b"\0") + bytes(24)), 16)[0]
        fcntl.ioctl(one, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP) + bytes(22))


def main():
    parser = argparse.ArgumentParser(
        description="Measures what clients that read pay for clients that do not.")
    parser.add_argument("program", metavar="PUSHBENCH")
    parser.add_argument("--technique", nargs="+", choices=MEASURED, default=MEASURED)
    parser.add_argument("--clients", type=int, default=2000, help="half of them stop (%(default)s)")
    parser.add_argument("--duration", type=float, default=8, help="seconds (%(default)s)")
    parser.add_argument("--warmup", type=float, default=8, help="seconds, in which backlogs grow")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--client-core", type=int, default=1)
    parser.add_argument("--markdown", metavar="FILE")
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        parser.error(f"{arguments.program} is no program; build it first")
    arguments.program = os.path.abspath(arguments.program)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    enter_network()
    os.sched_setaffinity(0, {arguments.client_core})
    half = arguments.clients // 2
    print(HEAD, flush=True)
    lines, complaints = [], []
    try:
        for technique in arguments.technique:
            base = measure(arguments, technique, "disconnect", arguments.clients, 0)
            alone = measure(arguments, technique, "disconnect", half, 0)
            for label, figures in ((f"{arguments.clients} read", base),
                                   (f"{half} read, nobody else", alone)):
                lines.append(row(technique, label, figures, base, alone))
                print(lines[-1], flush=True)
            for policy in ("drop", "disconnect"):
                label = f"{half} read, {half} do not: `{policy}`"
                figures = measure(arguments, technique, policy, half, half)
                lines.append(row(technique, label, figures, base, alone))
                print(lines[-1], flush=True)
                complaints += judge(technique, label, figures, base, alone)
    except Failed as failure:
        complaints.append(str(failure))
    if arguments.markdown:
        aside = f"{arguments.markdown}.part"
        pathlib.Path(aside).write_text("\n".join([HEAD, *lines]) + "\n")
        os.replace(aside, arguments.markdown)
    for complaint in complaints:
        print(f"FAILED: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
