#!/usr/bin/env python3
"""Measures pushbench's server and generator against the floor: plain C, one send() a delivery.

    Benchmarks/fan-out.py                     server against floor, each technique
    Benchmarks/fan-out.py generator           generator against the C client
    Benchmarks/fan-out.py memory              bytes an idle connection costs the server
    Benchmarks/fan-out.py floor               the floor alone

Each pair runs A and B one after the other under the same load, in alternating order, the server on
one processor and the client on another. Benchmarks/README.md says why, and how to read the tables.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from harness import (
    Child, Failure, Steal, check_processors, compare_row, cpu_ns, end_on_signals, machine, median,
    memory_bytes, sleep_until, table, write_aside)

ROOT = Path(__file__).resolve().parent.parent
FLOOR = ROOT / "Benchmarks" / "Floor"

START_IN_NS = 1_000_000_000  # Between the order and the first event: time to fall asleep again.
CONNECT_SECONDS = 60  # 10,000 connections take one or two; more means that something is stuck.
DRAIN_SECONDS = 0.5  # After the last event; a fan-out takes milliseconds.
SETTLE_SECONDS = 1  # Before memory is read, so that what is freed late is freed.

# What the client has to ask for again and again.
POLLED = ("short-polling", "long-polling")

# Beyond these the machine, not the program, made the figures.
STEAL_LIMIT = 0.05
LATENESS_LIMIT_NS = 4_000_000  # One scheduler tick at 250 Hz.
CLIENT_BUSY_LIMIT = 0.8


# ------------------------------------------------------------------------------------------------
# Servers: both are told to publish, and say when they begin and when they are done.


class Server:
    """A server under measurement: its port, the process that is measured, and its publisher.

    The publisher is the child that is told `order` and then says when it begins and when it is
    done: the server itself, or for a peer a process beside it. `client` are options that the C
    client needs for this server.
    """

    def __init__(self, child, port, order, pid=None, client=()):
        self.child, self.port, self.order = child, port, order
        self.pid = pid or child.pid
        self.client = client


@contextmanager
def floor_server(options, technique):
    command = [
        FLOOR / "floor_server", "--mode", technique, "--rate", options.rate,
        "--payload", options.payload, "--events", options.events, "--start-in-ns", START_IN_NS,
        *getattr(options, "floor_options", ())]
    with Child(command, options.server_core) as child:
        yield Server(child, child.hear("port", 10)["port"], "start")


@contextmanager
def pushbench_server(options, technique):
    command = [options.pushbench, "serve", "--port", 0, "--raw-port", 0, "--control",
               *getattr(options, "serve_options", ())]
    order = {"publish": {
        "rate": options.rate, "arrivals": "periodic", "payload_bytes": options.payload,
        "events": options.events, "start_in_ns": START_IN_NS, "seed": 1}}
    with Child(command, options.server_core) as child:
        listening = child.hear("listening", 10)["listening"]
        address = listening["raw" if technique == "raw-tcp" else "http"]
        yield Server(child, int(address.rpartition(":")[2]), json.dumps(order))


def client_of(options, technique, server, *more):
    """The C client for this technique: one that subscribes, or one that asks again and again."""
    command = [FLOOR / "floor_client", "--mode", technique]
    if technique in POLLED:
        command = [FLOOR / "floor_poller", "--path", f"/events/{technique}?since="]
    command += ["--port", server.port, "--clients", options.clients, *server.client, *more]
    return Child(command, options.client_core)


# ------------------------------------------------------------------------------------------------
# One run


def run_once(options, technique, start_server):
    """One server, the C client, one schedule: what was measured after the warm-up."""
    warm_up = options.warm_up_events
    with start_server(options, technique) as server, client_of(
            options, technique, server, "--from-id", warm_up + 1) as client:
        client.hear("connected", CONNECT_SECONDS)
        server.child.say(server.order)
        start_ns = server.child.hear("publishing", 10)["publishing"]["start_ns"]

        # The window opens while everybody sleeps: a quarter of a period before the first event
        # that counts, and closes when the last one has been drained.
        sleep_until(start_ns + int((warm_up - 0.25) / options.rate * 1e9))
        steal, opened_ns = Steal(), time.monotonic_ns()
        if technique in POLLED:
            client.say("reset")
        before = cpu_ns(server.pid), cpu_ns(client.pid)
        published = server.child.hear("published", options.total_seconds + 30)["published"]
        time.sleep(DRAIN_SECONDS)
        after = cpu_ns(server.pid), cpu_ns(client.pid)
        busy_ns = time.monotonic_ns() - opened_ns - int(DRAIN_SECONDS * 1e9)
        stolen = steal.share()
        client.say("report")
        report = client.hear("received", 10)

    expected = options.clients * (options.events - warm_up)
    sample = {
        "server_us": (after[0] - before[0]) / expected / 1e3,
        "client_us": (after[1] - before[1]) / expected / 1e3,
        "p50_ms": report["p50_ns"] / 1e6,
        "p99_ms": report["p99_ns"] / 1e6,
        "p999_ms": report["p999_ns"] / 1e6,
        "undelivered": expected - report["received"] + report["closed"],
        "doubts": [],
    }
    if technique in POLLED:
        sample["cycle_us"] = (after[0] - before[0]) / max(1, report["answers"]) / 1e3
    doubt = sample["doubts"].append
    for name in ("lost", "missing", "duplicate", "closed"):
        if report[name]:
            doubt(f"{report[name]} {name}")
    if report["received"] != expected:
        doubt(f"{report['received']:,} of {expected:,} received")
    if published["lateness_p99_ns"] > LATENESS_LIMIT_NS:
        doubt(f"events published {published['lateness_p99_ns'] / 1e6:.1f} ms late at p99")
    if stolen > STEAL_LIMIT:
        doubt(f"{stolen:.0%} of the processors stolen")
    if after[1] - before[1] > CLIENT_BUSY_LIMIT * busy_ns:
        doubt(f"the client was busy {(after[1] - before[1]) / busy_ns:.0%} of the time")
    return sample


def run_pushbench(options, technique):
    """`pushbench run` with its own server and generator: what its record says."""
    with tempfile.TemporaryDirectory() as folder:
        record_path = Path(folder) / "record.json"
        command = [
            options.pushbench, "run", "--transport", technique, "--clients", options.clients,
            "--rate", options.rate, "--payload", options.payload, "--arrivals", "periodic",
            "--duration", f"{options.seconds}s", "--warmup", f"{options.warm_up}s",
            "--server-processor", options.server_core, "--client-processor", options.client_core,
            "--json", record_path]
        steal = Steal()
        # The process is pinned by its own options; the mask only has to allow both processors.
        both = f"{options.server_core},{options.client_core}"
        with Child(command, both) as child:
            # The gap probe and the start-up of each phase come on top of the measured seconds.
            child.drain_until_end(options.total_seconds + 120)
        record = json.loads(record_path.read_text())
    try:
        result = record["results"][0]
        sample = {
            "client_us": result["generator"]["cpu_ns_per_delivery"] / 1e3,
            "server_us": result["server"]["cpu_ns_per_delivery"] / 1e3,
            "p50_ms": result["latency_ns"]["p50"] / 1e6,
            "p99_ms": result["latency_ns"]["p99"] / 1e6,
            "doubts": [w["id"] for w in [*record["warnings"], *result["warnings"]]],
        }
        if result["deliveries"]["lost"]:
            sample["doubts"].append(f"{result['deliveries']['lost']} lost")
    except (KeyError, IndexError, TypeError) as error:
        raise Failure(f"The record of pushbench run lacks a figure: {error!r}.") from None
    if steal.share() > STEAL_LIMIT:
        sample["doubts"].append(f"{steal.share():.0%} of the processors stolen")
    return sample


def hold_idle(options, technique, start_server):
    """Bytes of the server's memory that each idle connection added, and the time to connect all."""
    with start_server(options, technique) as server:
        time.sleep(SETTLE_SECONDS)
        fields = {"pss_bytes": "Pss", "anonymous_bytes": "Pss_Anon"}
        empty = {name: memory_bytes(server.pid, field) for name, field in fields.items()}
        with client_of(options, technique, server) as client:
            connected = client.hear("connected", CONNECT_SECONDS)
            time.sleep(SETTLE_SECONDS)
            sample = {
                name: (memory_bytes(server.pid, field) - empty[name]) / options.clients
                for name, field in fields.items()}
            client.say("report")
            closed = client.hear("closed", 10)["closed"]
    sample["connect_ms"] = connected["connect_ns"] / 1e6
    sample["doubts"] = [f"{closed} connections closed"] if closed else []
    return sample


# ------------------------------------------------------------------------------------------------
# Pairs and tables


def run_pairs(options, label, a, b, shown):
    """Runs A and B `--pairs` times in alternating order: A B, B A, A B …"""
    pairs = []
    for index in range(options.pairs):
        sides = {}
        for name, run in ((("A", a), ("B", b)) if index % 2 == 0 else (("B", b), ("A", a))):
            sides[name] = run()
        pairs.append((sides["A"], sides["B"]))
        left, right = sides["A"][shown], sides["B"][shown]
        print(f"{label}, pair {index + 1} of {options.pairs}: "
              f"{left:.2f} and {right:.2f} ({shown})", file=sys.stderr, flush=True)
    return pairs


def doubts_of(label, pairs):
    """What makes a pair doubtful, in words."""
    return [
        f"- {label}, pair {index + 1}, {side}: {', '.join(sample['doubts'])}."
        for index, pair in enumerate(pairs) for side, sample in zip("AB", pair)
        if sample["doubts"]]


def each_technique(options, measure):
    """Measures each technique, and goes on to the next when one cannot be measured."""
    rows, notes, failed = [], [], False
    for technique in options.techniques:
        try:
            more_rows, more_notes = measure(technique)
            rows += more_rows
            notes += more_notes
        except (Failure, OSError, ValueError) as error:
            failed = True
            notes.append(f"- **{technique} could not be measured**: {error}")
            print(f"{technique}: {error}", file=sys.stderr)
    return rows, notes, failed


def load_title(options):
    return (f"{options.clients:,} clients × {options.rate:g} events/s, {options.payload} B, "
            f"{options.seconds:g} s after {options.warm_up:g} s of warm-up, {options.pairs} pairs")


def measure_fan_out(options):
    def measure(technique):
        pairs = run_pairs(
            options, technique,
            lambda: run_once(options, technique, floor_server),
            lambda: run_once(options, technique, pushbench_server), "server_us")
        rows = [
            compare_row(f"{technique}: server CPU, µs a delivery", pairs, "server_us", "{:.2f}"),
            compare_row(f"{technique}: p50, ms", pairs, "p50_ms", "{:.2f}"),
            compare_row(f"{technique}: p99, ms", pairs, "p99_ms", "{:.2f}"),
            compare_row(f"{technique}: client CPU, µs a message", pairs, "client_us", "{:.2f}")]
        return rows, doubts_of(technique, pairs)

    head = ["", "A: floor", "B: pushbench", "B ÷ A", "range", "each pair"]
    return f"Fan-out: {load_title(options)}", head, *each_technique(options, measure)


def measure_generator(options):
    def measure(technique):
        pairs = run_pairs(
            options, technique,
            lambda: run_once(options, technique, pushbench_server),
            lambda: run_pushbench(options, technique), "client_us")
        own = [b["client_us"] / b["server_us"] for _, b in pairs]
        rows = [
            compare_row(f"{technique}: client CPU, µs a message", pairs, "client_us", "{:.2f}"),
            compare_row(f"{technique}: server CPU, µs a delivery", pairs, "server_us", "{:.2f}"),
            compare_row(f"{technique}: p50, ms", pairs, "p50_ms", "{:.2f}"),
            compare_row(f"{technique}: p99, ms", pairs, "p99_ms", "{:.2f}"),
            [f"{technique}: generator ÷ server in one record", "", "", f"**{median(own):.2f}**",
             f"{min(own):.2f}–{max(own):.2f}", " ".join(f"{r:.2f}" for r in own)]]
        return rows, doubts_of(technique, pairs)

    head = ["", "A: C client", "B: generator", "B ÷ A", "range", "each pair"]
    return f"Generator: {load_title(options)}", head, *each_technique(options, measure)


def measure_memory(options):
    def measure(technique):
        pairs = run_pairs(
            options, technique,
            lambda: hold_idle(options, technique, floor_server),
            lambda: hold_idle(options, technique, pushbench_server), "pss_bytes")
        rows = []
        for label, name in (("bytes a connection (PSS)", "pss_bytes"),
                            ("of it allocated (anonymous)", "anonymous_bytes"),
                            ("connecting all, ms", "connect_ms")):
            sides = [[sample[name] for sample in side] for side in zip(*pairs)]
            rows.append([f"{technique}: {label}", *(
                f"{median(side):.0f} ({min(side):.0f}–{max(side):.0f})" for side in sides)])
        return rows, doubts_of(technique, pairs)

    # No ratios: the floor's bytes are so few that a page more or less would double them.
    head = ["", "A: floor", "B: pushbench"]
    title = f"Memory: {options.clients:,} idle connections, {options.pairs} pairs"
    return title, head, *each_technique(options, measure)


def measure_floor(options):
    def measure(technique):
        samples = []
        for index in range(options.pairs):
            samples.append(run_once(options, technique, floor_server))
            print(f"{technique}, run {index + 1} of {options.pairs}: "
                  f"{samples[-1]['server_us']:.2f} µs", file=sys.stderr, flush=True)
        row = [technique]
        for name in ("server_us", "client_us", "p50_ms", "p99_ms", "p999_ms"):
            values = [sample[name] for sample in samples]
            row.append(f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})")
        return [row], doubts_of(technique, [(sample,) for sample in samples])

    head = ["technique", "server CPU, µs a delivery", "client CPU, µs a message", "p50, ms",
            "p99, ms", "p99.9, ms"]
    return f"Floor: {load_title(options)}", head, *each_technique(options, measure)


# ------------------------------------------------------------------------------------------------
# Command line

MEASUREMENTS = {
    "fan-out": (measure_fan_out, "websocket,sse,http-streaming,raw-tcp", 1_000),
    "generator": (measure_generator, "websocket", 1_000),
    "memory": (measure_memory, "websocket,sse", 10_000),
    "floor": (measure_floor, "websocket,sse,http-streaming,raw-tcp", 1_000),
}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("measurement", nargs="?", default="fan-out", choices=MEASUREMENTS)
    add("--pairs", type=int, default=5)
    add("--clients", type=int, help="default 1000; memory 10000")
    add("--rate", type=float, default=50, help="events a second")
    add("--payload", type=int, default=100, help="bytes of JSON an event")
    add("--seconds", type=float, default=8, help="measured, after the warm-up")
    add("--warm-up", type=float, default=1, help="seconds")
    add("--techniques", help="with commas between")
    add("--server-core", type=int, default=0)
    add("--client-core", type=int, default=1)
    add("--pushbench", type=Path, help="a built pushbench; nothing is built then but the floor")
    add("--no-build", action="store_true", help="take .build/release/pushbench as it is")
    add("--output", type=Path, help="write the tables to this file, too")
    options = parser.parse_args()
    for name in ("pairs", "rate", "payload", "seconds", "warm_up"):
        if getattr(options, name) <= 0:
            parser.error(f"--{name.replace('_', '-')} must be positive.")
    options.measure, techniques, clients = MEASUREMENTS[options.measurement]
    options.clients = clients if options.clients is None else options.clients
    if options.clients <= 0:
        parser.error("--clients must be positive.")
    options.techniques = (options.techniques or techniques).split(",")
    options.total_seconds = options.warm_up + options.seconds
    options.warm_up_events = max(1, round(options.warm_up * options.rate))
    options.events = options.warm_up_events + max(1, round(options.seconds * options.rate))
    return options


def build(options):
    subprocess.run(["make", "--silent", "-C", FLOOR, "all"], check=True)
    if options.measurement == "floor":
        return
    if options.pushbench is None:
        if not options.no_build:
            subprocess.run(
                ["swift", "build", "--package-path", ROOT, "-c", "release"], check=True,
                stdout=sys.stderr)
        options.pushbench = ROOT / ".build" / "release" / "pushbench"
    if not os.access(options.pushbench, os.X_OK):
        raise Failure(f"There is no pushbench at {options.pushbench}; leave out --no-build.")


def main():
    options = parse()
    end_on_signals()
    try:
        check_processors(options.server_core, options.client_core)
        build(options)
    except (Failure, subprocess.CalledProcessError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    # This script sleeps while it measures, and wakes on the client's processor.
    os.sched_setaffinity(0, {options.client_core})

    title, head, rows, notes, failed = options.measure(options)
    text = f"## {title}\n\n{machine()}; {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}.\n\n"
    text += table(head, rows) + "\n" if rows else "Nothing could be measured.\n"
    if notes:
        text += "\nDoubts:\n\n" + "\n".join(notes) + "\n"
    print(text)
    if options.output:
        write_aside(options.output, text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
