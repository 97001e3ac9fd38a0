"""What performance.py measures: sections of cases, each with its sides, its figures and its goals.

A case is a load under which several sides are run right after each other in each round. A goal says
what pushbench's figure has to be, by itself or as a share of another side's in the same round.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import performance_runs as runs
from performance_runs import load

OWN = "pushbench"
STREAMS = ("websocket", "sse", "http-streaming", "raw-tcp", "forever-iframe")
# Deliveries of one nchan subscriber cost so much of its processor's time at most, as shares of
# nchan's: 1.4 times its deliveries a CPU second.
NCHAN_SHARE = 1 / 1.4


@dataclass
class Goal:
    """A figure that is shown, and with `at_most` or `at_least` what it has to be.

    With `against` it is the ratio to that side's figure, in each round; else the figure itself.
    """
    figure: str
    unit: str
    against: str | None = None
    at_most: float | None = None
    at_least: float | None = None
    form: str = "{:,.2f}"
    # The side whose figure it is.
    of: str = OWN


@dataclass
class Case:
    section: str
    name: str
    # Who is run, and the run; a round goes through them in turn, every other round backwards.
    sides: dict[str, Callable[[], dict]]
    # What one side takes, for the estimate.
    seconds: float
    goals: list[Goal] = field(default_factory=list)
    # Rounds, when it is not the number that was asked for.
    rounds: int | None = None


class Guesses:
    """Where the next search begins: where the last one of the same side ended."""

    def __init__(self, outcomes):
        self.rates = {}
        for outcome in outcomes:
            self.learn(outcome)

    def learn(self, outcome):
        rate = outcome["figures"].get("events_per_second")
        if rate:
            self.rates[outcome["case"], outcome["who"]] = rate

    def of(self, case, who, default):
        return self.rates.get((case, who), default)


def saturation(options, guesses):
    """The highest rate of deliveries that arrive within 100 ms, on one core of the server."""
    for payload, least, start in ((100, 3.5e6, 5_000), (1_024, 2.2e6, 2_500)):
        for technique in (*STREAMS, "long-polling"):
            is_heavy = technique in ("forever-iframe", "long-polling")
            if is_heavy and payload != 100:
                continue
            name = f"{technique}, {payload} B"
            sides = {
                who: search(options, guesses, name, technique, who, payload, start)
                for who in (OWN, "floor --coalesce")}
            yield Case("saturation", name, sides, 55, [
                Goal("deliveries_per_second", "deliveries/s", form="{:,.0f}",
                     at_least=2e6 if is_heavy else least),
                Goal("deliveries_per_second", "deliveries/s", "floor --coalesce", form="{:,.0f}"),
                Goal("server_us", "server CPU, µs a delivery there", "floor --coalesce",
                     form="{:.3f}"),
                Goal("client_us", "client CPU, µs a delivery there", "floor --coalesce",
                     form="{:.3f}")])
    for technique, who in (("websocket", "nchan"), ("sse", "nchan"), ("websocket", "node ws"),
                           ("websocket", "Python's websockets"),
                           ("long-polling", "nchan, batches")):
        if not options.has(who):
            continue
        name = f"{technique}, 100 B: {who}"
        sides = {who: search(options, guesses, name, technique, who, 100, 90)}
        yield Case("saturation", name, sides, 35, [
            Goal("deliveries_per_second", "deliveries/s", form="{:,.0f}", of=who)])


def search(options, guesses, name, technique, who, payload, start):
    return lambda: runs.saturate(
        options, technique, who, 1_000, payload, guesses.of(name, who, start))


def fan_out(options, _):
    """Processor time a delivery of the server: 1,000 clients × 50 events/s × 100 B."""
    of = load(options, 1_000, 50)
    for technique in (*STREAMS, "long-polling"):
        others = ["floor", *options.peers_for(technique)]
        goals = [Goal("server_us", "µs a delivery", "floor",
                      at_most=1.10 if technique in STREAMS else None)]
        for who in others[1:]:
            goals.append(Goal("server_us", "µs a delivery", who,
                              at_most=NCHAN_SHARE if who == "nchan" else None))
        yield Case("fan-out", technique, streams(of, technique, (OWN, *others)),
                   of.total_seconds + 4, goals)


def streams(of, technique, sides):
    return {who: lambda who=who: runs.stream(of, technique, who) for who in sides}


def latency(options, _):
    """Latency of 1,000 clients × 10 events/s × 100 B."""
    of = load(options, 1_000, 10)
    for technique in (*STREAMS, "long-polling"):
        others = ["floor"]
        if technique == "websocket":
            others += options.peers_for(technique)
        is_bound = technique in STREAMS
        goals = []
        for who in others:
            for figure, unit in (("p50_ms", "p50, ms"), ("p99_ms", "p99, ms")):
                goals.append(Goal(figure, unit, who,
                                  at_most=1.10 if is_bound and who == "floor" else None))
        yield Case("latency", technique, streams(of, technique, (OWN, *others)),
                   of.total_seconds + 4, goals)


def polling(options, _):
    """Polls of clients that ask as soon as they are answered, and nginx and nchan beside."""
    over = load(options, 1_000, 300)
    one = "pushbench, one event an answer"
    sides = {one: "long-polling", "floor": "long-polling"}
    goals = [Goal("answers_per_second", "cycles/s", "floor", form="{:,.0f}", of=one),
             Goal("server_us", "server CPU, µs a cycle", "floor", of=one),
             Goal("client_us", "client CPU, µs a cycle", of=one)]
    if options.has("nchan"):
        sides["nchan"] = "long-polling"
        goals.insert(0, Goal("answers_per_second", "cycles/s", "nchan", at_least=1.4,
                             form="{:,.0f}", of=one))
        goals.append(Goal("server_us", "server CPU, µs a cycle", "nchan", of=one))
    yield Case("polling", "long polls that never wait, 1,000 clients, one event an answer",
               full_speed(over, sides, True), over.total_seconds + 4, goals)

    parked = load(options, 1_000, 20)
    others = ["floor", *(["nchan"] if options.has("nchan") else [])]
    yield Case("polling", "long polls that wait, 1,000 clients, 20 events/s",
               streams(parked, "long-polling", (OWN, *others)), parked.total_seconds + 4,
               [Goal("cycle_us", "server CPU, µs a cycle", who,
                     at_most=NCHAN_SHARE if who == "nchan" else None) for who in others])

    empty = load(options, 100, 1)
    sides = {OWN: "short-polling", "floor": "short-polling"}
    goals = [Goal("answers_per_second", "answers/s", "floor", form="{:,.0f}"),
             Goal("server_us", "server CPU, µs an answer", "floor"),
             Goal("client_us", "client CPU, µs an answer")]
    if options.has("nchan"):
        sides |= {"nginx, tiny answer": "short-polling", "nchan": "short-polling"}
        goals.insert(0, Goal("answers_per_second", "answers/s", "nginx, tiny answer",
                             at_least=1.0, form="{:,.0f}"))
        goals.append(Goal("server_us", "server CPU, µs an answer", "nginx, tiny answer"))
        goals.append(Goal("answers_per_second", "answers/s", "nchan", form="{:,.0f}"))
    yield Case("polling", "empty short polls, 100 clients", full_speed(empty, sides, False),
               empty.total_seconds + 3, goals)


def full_speed(of, sides, publishes):
    return {who: lambda who=who, technique=technique: runs.ask_at_full_speed(
        of, technique, who, publishes) for who, technique in sides.items()}


def idle(options, _):
    """Memory of the server for each idle connection, and the time to connect."""
    for technique in ("websocket", "sse", "long-polling"):
        of = load(options, 10_000, 1)
        sides = [OWN, "floor", *(["nchan"] if options.has("nchan") else [])]
        goals = [Goal("anonymous_bytes", "B a connection", at_most=512, form="{:,.0f}"),
                 Goal("pss_bytes", "B a connection, code and all", form="{:,.0f}"),
                 Goal("connect_ms", "ms to connect all", form="{:,.0f}",
                      at_most=350 if technique == "websocket" else None),
                 Goal("connect_ms", "ms to connect all", "floor", form="{:,.0f}")]
        if "nchan" in sides:
            goals.append(Goal("anonymous_bytes", "B a connection", "nchan", form="{:,.0f}"))
            goals.append(Goal("connect_ms", "ms to connect all", "nchan", form="{:,.0f}"))
        yield Case("idle", f"{technique}, 10,000 connections", holding(of, technique, sides), 7,
                   goals)
    for technique in ("websocket", "sse", "long-polling"):
        of, who = load(options, 50_000, 1), "pushbench, 4 loops"
        yield Case("idle", f"{technique}, 50,000 connections", holding(of, technique, [who]), 10, [
            Goal("anonymous_bytes", "B a connection", at_most=512, form="{:,.0f}", of=who),
            Goal("connect_ms", "ms to connect all", form="{:,.0f}", of=who)])


def holding(of, technique, sides):
    return {who: lambda who=who: runs.hold_idle(of, technique, who) for who in sides}


def generator(options, _):
    """The generator of pushbench run beside the C client."""
    for name, rate, goals in (
            ("websocket, 1,000 × 50/s", 50,
             [Goal("client_us", "µs a message", "C client", at_most=1.10)]),
            ("sse, 1,000 × 50/s", 50,
             [Goal("client_us", "µs a message", "C client", at_most=1.10)]),
            ("websocket, 1,000 × 3,000/s, coalesced", 3_000,
             [Goal("messages_per_second", "messages/s of one core", at_least=4e6, form="{:,.0f}"),
              Goal("messages_per_second", "messages/s of one core", "C client",
                   form="{:,.0f}")])):
        of = load(options, 1_000, rate, seconds=min(options.seconds, 4) if rate > 50 else None)
        technique = name.partition(",")[0]
        yield Case("generator", name, {
            OWN: lambda of=of, technique=technique: runs.generate(of, technique),
            "C client": lambda of=of, technique=technique: runs.receive(of, technique),
        }, of.total_seconds + 8, goals)
    of = load(options, 10_000, 1, seconds=2)
    yield Case("generator", "websocket, 10,000 connections", {
        OWN: lambda: runs.generator_memory(of, "websocket", 100)}, 30,
        [Goal("bytes", "B a connection", at_most=300, form="{:,.0f}")])


def scale(options, _):
    """Processor time a delivery with ten times the clients, at the same 50,000 deliveries/s."""
    few, many = load(options, 1_000, 50), load(options, 10_000, 5)
    for technique in ("websocket", "sse"):
        yield Case("scale", technique, {
            OWN: lambda technique=technique: runs.stream(many, technique, OWN),
            "pushbench, 1,000": lambda technique=technique: runs.stream(few, technique, OWN),
            "floor": lambda technique=technique: runs.stream(many, technique, "floor"),
            "floor, 1,000": lambda technique=technique: runs.stream(few, technique, "floor"),
        }, few.total_seconds + 5, [
            Goal("server_us", "µs a delivery to 10,000", "pushbench, 1,000", at_most=1.25),
            Goal("server_us", "µs a delivery to 10,000", "floor, 1,000", of="floor"),
            Goal("server_us", "µs a delivery to 10,000", "floor")])


def loops(options, guesses):
    """Saturation with one loop and with two; only where there are processors for both."""
    if len(os.sched_getaffinity(0)) <= 2:
        return
    sides = {who: search(options, guesses, "websocket, 100 B", "websocket", who, 100, 3_000)
             for who in (OWN, "pushbench, 2 loops")}
    yield Case("loops", "websocket, 100 B", sides, 40, [
        Goal("deliveries_per_second", "deliveries/s", OWN, form="{:,.0f}",
             of="pushbench, 2 loops")])


def codecs(options, _):
    """Encoding and decoding, without sockets."""
    if not (Path(__file__).resolve().parent / "codecs.py").exists():
        return
    yield Case("codecs", "all", {OWN: lambda: runs.codecs(options.is_quick)}, 180, rounds=1)


SECTIONS = {
    "saturation": saturation, "fan-out": fan_out, "latency": latency, "polling": polling,
    "idle": idle, "generator": generator, "scale": scale, "loops": loops,
    "codecs": codecs,
}
