#!/usr/bin/env python3
"""Leaves a server alone with clients that stay and a crowd that comes and goes, and looks at it.

    Scripts/soak.py PUSHBENCH [--minutes M | --visits N] [--churn PER_SECOND] [--json FILE]

Clients of every technique stay for the whole time and check that they get every event once, in
order and whole. Beside them others connect and leave, each technique in every way: with a goodbye,
without, by a reset, by half a close, in the middle of a request, or after a while. Memory,
descriptors and the gauges of /metrics are sampled; at the end nothing may be lost, nobody may be left
in /metrics who has gone, and memory must be what it was. Exits with 1 when something is not as it
must be.

With --visits it ends after so many visits, as fast as they can be made. What the server says on
standard error when it ends is looked at, too: a build with the address sanitizer reports its leaks
there (Scripts/leaks.sh).
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import socket
import statistics
import struct
import sys
import threading
import time

from Faults import techniques
from Faults.crowd import Crowd
from Faults.process import Failed, Server, descriptors, must, resident_bytes, wait_until

# What memory may grow by from the first minute to the last: the slab of connections keeps the size of
# its largest crowd, and the allocator's arenas settle. A leak of 8 bytes a visit would be 0.9 MB.
GROWTH = 512 << 10
# In a run of seconds the slab and the arenas are still on their way to that size.
SHORT_GROWTH = 2 << 20
# The log is full within the first minute, so that its growth is none of the server's.
LOG_EVENTS = 500


class Churn:
    """Clients that come and go, on a thread of their own."""

    WAYS = (
        "goodbye", "abrupt", "reset", "half-close", "mid-request", "mid-request-reset", "linger")

    def __init__(self, server, per_second, visits=None):
        self.server = server
        self.per_second = per_second
        self.limit = visits
        self.visits = 0
        self.refused = 0
        self.answered = 0
        self.is_over = False
        self.failure = None
        # Every technique in every way, over and over.
        self.kinds = itertools.cycle(itertools.product(techniques.TECHNIQUES, self.WAYS))
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            asyncio.run(self._churn())
        except Exception as error:  # The main thread is told, whatever it was.
            self.failure = f"{type(error).__name__}: {error}"

    async def _churn(self):
        """Begins visits at the rate that is asked for, or as many at once as is polite."""
        running = set()
        began = time.monotonic()
        while not self.is_over and (self.limit is None or self.visits < self.limit):
            if self.limit is None:
                due = began + self.visits / self.per_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            elif len(running) >= 100:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            self.visits += 1
            task = asyncio.create_task(self._visit(*next(self.kinds)))
            running.add(task)
            task.add_done_callback(running.discard)
        if running:
            await asyncio.wait(running, timeout=10)

    async def _visit(self, technique, way):
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection("127.0.0.1", self.server.port(technique)), 5)
        except (OSError, asyncio.TimeoutError):
            self.refused += 1
            return
        try:
            await asyncio.wait_for(self._stay(technique, way, reader, writer), 10)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            if way.endswith("reset"):
                # Closing resets the connection (SO_LINGER with no time).
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _stay(self, technique, way, reader, writer):
        client = techniques.client(technique, since=0 if way == "linger" else None)
        opening = client.opening()
        if way.startswith("mid-request"):
            writer.write(opening[:len(opening) // 2])
            return await writer.drain()
        writer.write(opening)
        await writer.drain()
        if way == "abrupt":
            return None
        messages = []
        while not messages:
            data = await reader.read(65536)
            if not data:
                return None
            messages, _ = client.feed(data)
        self.answered += 1
        if way == "linger":
            await asyncio.sleep(0.5)
        if way == "goodbye":
            writer.write(client.goodbye())
            await writer.drain()
        if way in ("goodbye", "half-close"):
            writer.write_eof()
            while await reader.read(65536):
                pass
        return None


class Samples:
    """What the server was like, from time to time."""

    def __init__(self, server, began):
        self.server = server
        self.began = began
        self.rows = []

    def take(self):
        metrics = self.server.metrics()
        row = {
            "at_s": round(time.monotonic() - self.began, 1),
            "rss_bytes": resident_bytes(self.server.pid),
            # The question itself takes one.
            "descriptors": descriptors(self.server.pid),
            "open_sockets": int(metrics["pushbench_open_sockets"]) - 1,
            "accepted": int(metrics["pushbench_accepted_connections_total"]),
            "backlog_bytes": int(metrics["pushbench_backlog_bytes"]),
        }
        self.rows.append(row)
        print(f"{row['at_s']:6.0f} s  memory {row['rss_bytes'] / 1e6:6.2f} MB  descriptors "
              f"{row['descriptors']:4}  sockets {row['open_sockets']:4}  accepted "
              f"{row['accepted']:7}", flush=True)

    def memory(self, start, end):
        """The median within a stretch of time, in seconds."""
        return statistics.median(
            row["rss_bytes"] for row in self.rows if start <= row["at_s"] <= end)


def connections(metrics):
    """Open connections by technique, those whose last request was for it."""
    return {name: int(metrics[f'pushbench_connections{{transport="{name}"}}'])
            for name in techniques.TECHNIQUES}


def soak(arguments):
    options = ["--log-events", LOG_EVENTS, "--hold", "5s", "--heartbeat", "5s"]
    with Server(arguments.program, *options, rate=arguments.rate) as server:
        with Crowd(server, each=arguments.each) as crowd:
            crowd.start()
            resting = descriptors(server.pid)
            began = time.monotonic()
            samples = Samples(server, began)
            churn = Churn(server, arguments.churn, arguments.visits)
            churn.thread.start()
            seconds = arguments.minutes * 60
            interval = min(arguments.sample, seconds / 12) if not arguments.visits else 5
            while churn.thread.is_alive():
                left = interval if arguments.visits else seconds - (time.monotonic() - began)
                if left <= 0:
                    churn.is_over = True
                    churn.thread.join(15)
                    break
                churn.thread.join(min(interval, left))
                samples.take()
            took = time.monotonic() - began
            print(f"{churn.visits} visits in {took:.0f} s, {churn.answered} of them heard "
                  f"something, {churn.refused} could not connect", flush=True)
            must(not churn.failure, f"the churn broke down: {churn.failure}")
            must(churn.refused == 0, "clients could not connect")
            judge_stayers(server, crowd, arguments)
            wait_until(lambda: descriptors(server.pid) <= resting,
                       f"{resting} descriptors as before", 20)
        wait_until(lambda: server.metrics()["pushbench_open_sockets"] == 1,
                   "everybody to be gone from /metrics", 20)
        metrics = server.metrics()
        must(metrics["pushbench_backlog_bytes"] == 0, "a backlog remains of nobody")
        must(sum(connections(metrics).values()) == 0, f"ghosts: {connections(metrics)}")
        print("everybody left: no connection and no backlog in /metrics")
        reasons = {name.split('"')[1]: int(value) for name, value in metrics.items()
                   if name.startswith("pushbench_disconnects_total") and value}
        print(f"how they left: {reasons}")
        # Visits are made for a build that looks for leaks itself, whose memory is the sanitizer's.
        if not arguments.visits:
            judge_memory(samples, took)
        judge_end(server)
    return samples.rows


def judge_stayers(server, crowd, arguments):
    """Nothing is lost by those who stay, and nobody else is left."""
    stayers = len(crowd.members)
    newest = crowd.newest
    wait_until(lambda: crowd.all_have(newest), "those who stay to have the newest event")
    must(not crowd.faults, f"those who stay complain: {crowd.faults[:5]}")
    must(crowd.reconnects == 0, f"{crowd.reconnects} of those who stay were cut off")
    print(f"{stayers} stayed: {crowd.events} events, none lost, repeated, reordered or changed")
    wanted = {name: arguments.each for name in techniques.TECHNIQUES}
    wait_until(lambda: server.metrics()["pushbench_open_sockets"] == stayers + 1,
               f"/metrics to have {stayers} connections and the one that asks", 20)
    now = connections(server.metrics())
    must(now == wanted, f"ghosts in /metrics: {now}")


def judge_memory(samples, took):
    """From the first minute to the last, or from the second sixth to the last one."""
    span = 60 if took >= 180 else took / 6
    first = samples.memory(0 if span == 60 else span, span * (1 if span == 60 else 2))
    last = samples.memory(took - span, took + 60)
    named = "minute 1" if span == 60 else "the second sixth"
    final = f"minute {took / 60:.0f}" if span == 60 else "the last sixth"
    print(f"memory: {first / 1e6:.2f} MB in {named}, {last / 1e6:.2f} MB in {final} "
          f"({(last - first) / 1e3:+.0f} kB)")
    bound = GROWTH if span == 60 else SHORT_GROWTH
    must(last - first <= bound, f"memory grew by more than {bound / 1e6:.1f} MB")


def judge_end(server):
    """A server that is told to ends, and has nothing to complain of."""
    server.process.send_signal(signal.SIGTERM)
    code = server.wait(60)
    complaint = server.complaint
    for word in ("LeakSanitizer", "AddressSanitizer", "ThreadSanitizer", "Fatal error"):
        must(word not in complaint, f"the server says:\n{complaint[-6000:]}")
    must(code == 0, f"the server ended with {code}: {complaint[-500:]}")
    print("the server ended by itself, with exit code 0 and no complaint")


def main():
    parser = argparse.ArgumentParser(
        description="Leaves a server alone with clients that stay and a crowd that comes and goes.")
    parser.add_argument("program", metavar="PUSHBENCH", help="the program, as it was built")
    parser.add_argument("--minutes", type=float, default=10, help="default: %(default)s")
    parser.add_argument("--visits", type=int, help="end after so many visits instead")
    parser.add_argument("--churn", type=float, default=200, metavar="PER_SECOND",
                        help="visits a second (default: %(default)s)")
    parser.add_argument("--each", type=int, default=3,
                        help="clients of each technique that stay (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=20, help="events a second (%(default)s)")
    parser.add_argument("--sample", type=float, default=10, help="seconds between samples")
    parser.add_argument("--json", metavar="FILE", help="write the samples there")
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        parser.error(f"{arguments.program} is no program; build it first")
    arguments.program = os.path.abspath(arguments.program)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        rows = soak(arguments)
    except (Failed, AssertionError) as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    if arguments.json:
        with open(f"{arguments.json}.part", "w") as file:
            json.dump(rows, file, indent=1)
        os.replace(f"{arguments.json}.part", arguments.json)
    print("soak: everything as it must be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
