#!/usr/bin/env python3
"""Holds the bytes that a run reports against a packet capture of the same run.

    Benchmarks/capture.py                     every technique, connections kept and new, bare and 20 ms
    Benchmarks/capture.py --techniques sse,long-polling --links 0 --clients 50

For root: tcpdump enters the private network that the run made, before the first client connects, and
tshark adds up the lengths of the IP packets. A difference of one byte is an error.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Failure, end_on_signals, machine, table

ROOT = Path(__file__).resolve().parent.parent
TECHNIQUES = ("short-polling,long-polling,jsonp-polling,http-streaming,forever-iframe,sse,"
              "websocket,raw-tcp")
SECONDS = 90  # No run here takes a third of it.
SENDER = "10.9.0.1"  # Of both ends on the mirror's cable.
SNAP_BYTES = 128  # Enough for the headers; lengths are read from them.


def wait_for(condition, seconds, what):
    """Polls; what is waited for takes milliseconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.001)
    raise Failure(f"{what} took more than {seconds} s")


def interface_of(pid, link):
    """The interface that the run's packets leave by; None until it is up in a private network."""
    try:
        if os.stat(f"/proc/{pid}/ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino:
            return None
    except FileNotFoundError:
        raise Failure("pushbench ended before it had a private network") from None
    said = subprocess.run(["nsenter", "-t", str(pid), "-n", "ip", "-o", "link", "show", "up"],
                          capture_output=True, text=True)
    names = [line.split(":")[1].split("@")[0].strip() for line in said.stdout.splitlines()]
    names = [name for name in names if (name == "lo") == (link == "0")]
    return min(names, default=None)


class Capture:
    """tcpdump in the network of a process, writing what `interface` sends."""

    def __init__(self, pid, interface, path):
        # On lo a packet is seen once; on the cable also when the mirror has sent it back, which is
        # then from the mirrored address.
        sent = [] if interface == "lo" else ["and", "src", "host", SENDER]
        self.process = subprocess.Popen(
            ["nsenter", "-t", str(pid), "-n", "tcpdump", "-i", interface, "--immediate-mode", "-U",
             "-n",
             "-s", str(SNAP_BYTES), "-B", "65536", "-Z", "root", "-w", path, "ip", "and", "tcp", *sent],
            stderr=subprocess.PIPE, text=True)
        said = ""
        while "listening on" not in said:
            line = self.process.stderr.readline()
            if not line:
                raise Failure(f"tcpdump did not start: {said.strip()}")
            said += line

    def end(self):
        """Ends it; packets that tcpdump itself lost would be a difference of its own."""
        time.sleep(0.5)
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=20)[1]
        dropped = re.search(r"(\d+) packets dropped by kernel", said)
        if not dropped or dropped.group(1) != "0":
            raise Failure(f"tcpdump lost packets: {said.strip()}")


def captured(path):
    """Bytes and packets each way, by tshark, of the connections to the lab server.

    The calibration's echo comes first, on a port of its own, and may have begun before the capture.
    """
    done = subprocess.run(
        ["tshark", "-r", path, "-Y", "tcp", "-T", "fields", "-E", "separator=,",
         "-e", "tcp.srcport", "-e", "tcp.dstport", "-e", "ip.len", "-e", "tcp.flags"],
        capture_output=True, text=True, check=True)
    packets = [line.split(",") for line in done.stdout.splitlines()]
    dialled = [target for _, target, _, flags in packets if int(flags, 16) & 0x12 == 0x02]
    if not dialled:
        raise Failure("the capture has no connection in it")
    server = dialled[-1]
    up = [int(length) for _, target, length, _ in packets if target == server]
    down = [int(length) for source, _, length, _ in packets if source == server]
    return (sum(up), len(up)), (sum(down), len(down))


def measure(options, technique, policy, link, folder):
    """One run with a capture beside it; a row of the table."""
    path = str(Path(folder) / "run.pcap")
    record_path = Path(folder) / "run.json"
    command = [options.pushbench, "run", "-t", technique, "--clients", options.clients,
               "--duration", "2s", "--warmup", "500ms", "--connection", policy, "--gap-rtt", "0",
               "--poll-interval", "200ms", "--no-color", "--quiet", "--json", record_path]
    if link != "0":
        command += ["--rtt", link]
    process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    try:
        interface = wait_for(
            lambda: interface_of(process.pid, link), 10, "the private network")
        # Nothing may be sent before the capture listens.
        process.send_signal(signal.SIGSTOP)
        capture = Capture(process.pid, interface, path)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=SECONDS)[1]
        if process.returncode != 0:
            raise Failure(f"{technique}: {said.strip()}")
        capture.end()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    result = json.loads(record_path.read_text())["results"][0]
    wire = result["wire"]
    up, down = captured(path)
    reported = wire["up_bytes"] + wire["down_bytes"]
    difference = reported - up[0] - down[0]
    row = [technique, policy, link, result["deliveries"]["received"], wire["connections"],
           f"{wire['up_bytes']:,}", f"{up[0]:,}", f"{wire['down_bytes']:,}", f"{down[0]:,}",
           wire["up_packets"] + wire["down_packets"] - up[1] - down[1],
           wire.get("interface_bytes", reported) - reported, difference]
    print(f"{technique} {policy} {link}: difference {difference} B", file=sys.stderr)
    return row, difference, wire


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pushbench", default=ROOT / ".build/release/pushbench")
    parser.add_argument("--techniques", default=TECHNIQUES)
    parser.add_argument("--links", default="0,20ms", help="round trips; 0 is bare loopback")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--output", help="keep the table here")
    options = parser.parse_args()
    end_on_signals()
    rows, differing = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for link in options.links.split(","):
            for technique in options.techniques.split(","):
                for policy in ("keep-alive", "close"):
                    row, difference, wire = measure(options, technique, policy, link, folder)
                    rows.append(row)
                    if difference:
                        differing += 1
                        print(f"  {json.dumps(wire)}", file=sys.stderr)
    head = ["technique", "connections", "round trip", "deliveries", "opened", "up, reported",
            "up, captured", "down, reported", "down, captured", "packets, difference",
            "interface, difference", "bytes, difference"]
    text = f"{machine()}\n\n{table(head, rows)}\n"
    print(text)
    if options.output:
        Path(options.output).write_text(text)
    print(f"{len(rows) - differing} of {len(rows)} runs agree to the byte.")
    return 1 if differing else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, subprocess.SubprocessError) as failure:
        sys.exit(f"capture.py: {failure}")
