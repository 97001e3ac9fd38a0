#!/usr/bin/env python3
"""Measures the packet mirror: how true its round trips are, and how many packets it carries.

    Benchmarks/link.py                        R_eff at several round trips, before and after the trim
    Benchmarks/link.py --uid 65534            the same without any privilege
    Benchmarks/link.py flood                  packets a second until some are dropped

Everything happens in private network namespaces, which end with the processes in them. `flood` is
for root: it enters the mirror's namespace from outside.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from harness import Failure, Steal, end_on_signals, machine, median, table

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60  # No link here takes half as long to open, measure and describe.
STEP_SECONDS = 1.0  # Long enough for ten of the mirror's windows of 100 ms.
BURST_SECONDS = 0.001  # A flood is sent in bursts of this distance: what is due since the last.


def fields(line):
    """The key=value fields of a line of `pushbench probe-link`."""
    return dict(field.split("=", 1) for field in line.strip().split("\t") if "=" in field)


def probe(options, link, *more):
    """Opens a link, measures it, and gives back what was said."""
    command = [options.pushbench, "probe-link", "--link", link, "--tier", options.tier, *more]
    if options.uid is not None:
        command = ["setpriv", "--reuid", options.uid, "--regid", options.uid, "--clear-groups",
                   *command]
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise Failure(f"probe-link {link}: {done.stderr.strip()}")
    return fields(done.stdout)


def milliseconds(nanoseconds):
    return f"{float(nanoseconds) / 1e6:.3f}"


def measure_round_trips(options):
    rows = []
    for link in options.links.split(","):
        runs = [probe(options, link) for _ in range(options.repeat)]
        row = [link]
        for key in ("nominal", "before", "after", "trim", "connect"):
            row.append(milliseconds(median(float(run[key]) for run in runs)))
        errors = [abs(float(run["after"]) - float(run["nominal"])) for run in runs]
        nominal = float(runs[0]["nominal"])
        row.append(f"{100 * max(errors) / nominal:.2f} %" if nominal else "–")
        for key in ("lateness_p50", "lateness_p99"):
            if key in runs[0]:
                row.append(f"{median(float(run[key]) for run in runs) / 1e3:.0f}")
        rows.append(row)
    head = ["link", "nominal ms", "before ms", "after ms", "trim ms", "connect ms", "worst error",
            "late p50 µs", "late p99 µs"]
    print(f"{options.tier}, {options.repeat} runs each, medians\n")
    print(table(head, rows))


class HeldLink:
    """A link that stays open until the block is left; then `carried` is what the mirror counted."""

    def __init__(self, options, link):
        self.process = subprocess.Popen(
            [str(options.pushbench), "probe-link", "--link", link, "--tier", "mirror", "--hold"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.carried = None

    def __enter__(self):
        self.opened = fields(self.process.stdout.readline())
        if not self.opened:
            raise Failure("probe-link did not open the link.")
        return self

    def __exit__(self, *_):
        try:
            rest, _ = self.process.communicate(timeout=SECONDS)
            self.carried = fields(rest)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def flood_from_inside(rate, size, seconds):
    """Sends datagrams to the mirrored address at a rate; they come back to a socket of ours, which
    drops most of them. Prints how many were sent, and in how many seconds."""
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("10.9.0.1", 9))
    source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    source.connect(("10.9.0.2", 9))
    payload = bytes(size - 28)  # 20 of IP and 8 of UDP.
    send = source.send
    sent = 0
    start = time.monotonic()
    while (elapsed := time.monotonic() - start) < seconds:
        due = int(rate * elapsed) - sent
        for _ in range(due):
            send(payload)
        sent += due
        if due * 2 < rate * BURST_SECONDS:
            time.sleep(BURST_SECONDS)
    print(sent, elapsed)


def measure_flood(options):
    rows = []
    for rate in options.rates.split(","):
        steal = Steal()
        with HeldLink(options, options.flood_link) as link:
            said = subprocess.run(
                ["nsenter", "-t", str(link.process.pid), "-n", sys.executable, __file__,
                 "--inside", rate, str(options.bytes)],
                capture_output=True, text=True, timeout=SECONDS)
            if said.returncode != 0:
                raise Failure(f"The flood: {said.stderr.strip()}")
            sent, seconds = said.stdout.split()
        carried = link.carried
        packets = int(carried["up_packets"])
        lost = int(carried["overflowed"]) + int(carried["dropped_by_kernel"])
        rows.append([
            rate, f"{int(sent) / float(seconds):.0f}", carried["peak_packets_per_second"], lost,
            f"{int(carried['cpu']) / packets / 1e3:.2f}",
            f"{int(carried['lateness_p50']) / 1e3:.0f}",
            f"{int(carried['lateness_p99']) / 1e3:.0f}", carried["most_under_way"],
            f"{100 * steal.share():.0f} %"])
    head = ["asked/s", "sent/s", "peak/s", "dropped", "CPU µs a packet", "late p50 µs",
            "late p99 µs", "under way", "steal"]
    print(f"datagrams of {options.bytes} bytes one way over {options.flood_link}\n")
    print(table(head, rows))


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["round-trips", "flood"], default="round-trips")
    parser.add_argument("--pushbench", type=Path, default=ROOT / ".build/release/pushbench")
    parser.add_argument("--tier", choices=["netem", "mirror", "loopback"], default="mirror")
    parser.add_argument("--links", default="5ms,20ms,50ms,100ms")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--uid", help="run as this user, by setpriv; needs root")
    parser.add_argument("--rates", default="20000,50000,100000,150000,200000,300000")
    parser.add_argument("--bytes", type=int, default=200, help="IP bytes of a flood's packet")
    parser.add_argument("--flood-link", default="50ms")
    parser.add_argument("--inside", nargs=2, type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse()
    end_on_signals()
    if options.inside:
        flood_from_inside(*options.inside, STEP_SECONDS)
        return
    if not os.access(options.pushbench, os.X_OK):
        raise Failure(f"There is no {options.pushbench}: swift build -c release")
    print(f"{machine()}\n")
    (measure_flood if options.what == "flood" else measure_round_trips)(options)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"link.py: {failure}")
