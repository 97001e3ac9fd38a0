"""The runs that performance.py is made of: a server, a client, a load; figures come back.

A run gives a dictionary of figures and, under "doubts", what makes it doubtful, in words. Servers
and most of the work are fan-out.py's and Peers/peers.py's.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "Peers"))

import peers  # noqa: E402
from harness import Child, Failure, Steal, cpu_ns, memory_bytes  # noqa: E402

fan_out = import_module("fan-out")

# A rate is saturated when one delivery in a hundred takes longer, or when anything is lost.
P99_LIMIT_MS = 100
# A search begins where the last one ended and goes in such steps until it has a rate that holds and
# one that does not; then it halves the space between them until they are as close as that.
STEP, CLOSE = 1.5, 1.05
PROBE_WARM_UP, PROBE_SECONDS = 1, 2
# Who has so much of its processor is the bottleneck of a closed loop; when both have less than the
# other share, neither is.
BUSY, IDLE = 0.95, 0.85
# Every process may have 20,000 descriptors on common machines; a client process keeps below.
CONNECTIONS_A_PROCESS = 18_000
SETTLE_SECONDS = fan_out.SETTLE_SECONDS


def load(options, clients, rate, payload=100, seconds=None, warm_up=1, **more):
    """The options of fan-out.py for one run."""
    seconds = options.seconds if seconds is None else seconds
    warm_up_events = max(1, round(warm_up * rate))
    return argparse.Namespace(
        clients=clients, rate=rate, payload=payload, seconds=seconds, warm_up=warm_up,
        total_seconds=warm_up + seconds, warm_up_events=warm_up_events,
        events=warm_up_events + max(1, round(seconds * rate)),
        server_core=options.server_core, client_core=options.client_core,
        pushbench=options.pushbench, **more)


@contextmanager
def floor_coalescing(of, technique):
    of = argparse.Namespace(**{**vars(of), "floor_options": ["--coalesce"]})
    with fan_out.floor_server(of, technique) as server:
        yield server


def pushbench_with(*serve_options):
    """pushbench serve with options of its own."""
    @contextmanager
    def start(of, technique):
        of = argparse.Namespace(**{**vars(of), "serve_options": serve_options})
        with fan_out.pushbench_server(of, technique) as server:
            yield server
    return start


# Who can be asked, by the name that the report uses.
SERVERS = {
    "pushbench": fan_out.pushbench_server,
    "pushbench, one event an answer": pushbench_with("--batch", "1"),
    "pushbench, 2 loops": pushbench_with("--loops", "2"),
    "pushbench, 4 loops": pushbench_with("--loops", "4"),
    "floor": fan_out.floor_server,
    "floor --coalesce": floor_coalescing,
    "nchan": peers.nchan,
    "nchan, batches": peers.nchan_batched,
    "nginx, tiny answer": peers.nginx_tiny,
    "node ws": peers.node_ws,
    "Python's websockets": peers.python_websockets,
}


def stream(of, technique, who):
    return fan_out.run_once(of, technique, SERVERS[who])


# ------------------------------------------------------------------------------------------------
# Saturation


def saturate(options, technique, who, clients, payload, guess):
    """The highest rate at which p99 stays within its limit and nothing is lost."""
    tried, probes = {}, 0

    def probe(rate):
        nonlocal probes
        probes += 1
        of = load(options, clients, rate, payload, PROBE_SECONDS, PROBE_WARM_UP)
        try:
            sample = fan_out.run_once(of, technique, SERVERS[who])
        except Failure as failure:
            sample = {"failure": str(failure), "undelivered": 1, "p99_ms": float("inf")}
        tried[rate] = sample
        return sample["undelivered"] == 0 and sample["p99_ms"] <= P99_LIMIT_MS

    def holds(rate):
        # The machine's own pauses fail one probe in ten, far below the rate that a server reaches.
        return probe(rate) or probe(rate)

    low, high = bracket(holds, guess)
    if low is None:
        failure = tried[min(tried)].get("failure", "its p99 is beyond the limit or events are lost")
        raise Failure(f"{who} does not hold {min(tried):.0f} events/s: {failure}")
    while high / low > CLOSE:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if holds(middle) else (low, middle)
    best = tried[low]
    return {
        "events_per_second": low, "deliveries_per_second": low * clients,
        "p99_ms": best["p99_ms"], "server_us": best["server_us"],
        "client_us": best["client_us"], "probes": probes,
        # Lateness is what saturation is made of; a client that is busier than the server is not.
        "doubts": [doubt for doubt in best["doubts"] if "stolen" in doubt
                   or "client" in doubt and best["client_us"] > best["server_us"]],
    }


def bracket(holds, guess):
    """A rate that holds and one that does not, a step apart; no rate that holds after 12 steps."""
    if holds(guess):
        low = guess
        for _ in range(24):
            high = low * STEP
            if not holds(high):
                return low, high
            low = high
        return low, low
    high = guess
    for _ in range(12):
        low = high / STEP
        if holds(low):
            return low, high
        high = low
    return None, high


# ------------------------------------------------------------------------------------------------
# Polls in a closed loop


def ask_at_full_speed(of, technique, who, publishes):
    """Answers a second when each client asks as soon as it is answered.

    With `publishes` more events are published than can be answered, so that no poll waits: cycles
    of long polling. Without, nothing is published: empty short polls.
    """
    of = argparse.Namespace(**vars(of))
    of.events = round(of.rate * (of.total_seconds + 1))
    with SERVERS[who](of, technique) as server, fan_out.client_of(of, technique, server) as client:
        client.hear("connected", fan_out.CONNECT_SECONDS)
        if publishes:
            server.child.say(server.order)
            server.child.hear("publishing", 10)
            time.sleep(fan_out.START_IN_NS / 1e9)
        time.sleep(of.warm_up)
        client.say("reset")
        client.hear("reset_ns", 10)
        steal, opened_ns = Steal(), time.monotonic_ns()
        before = cpu_ns(server.pid), cpu_ns(client.pid)
        time.sleep(of.seconds)
        after = cpu_ns(server.pid), cpu_ns(client.pid)
        elapsed_ns = time.monotonic_ns() - opened_ns
        client.say("report")
        report = client.hear("answers", 10)
    answers = report["answers"]
    if answers == 0:
        raise Failure(f"{who} answered nothing.")
    server_share, client_share = ((b - a) / elapsed_ns for a, b in zip(before, after))
    doubts = []
    if client_share > BUSY and server_share < BUSY:
        doubts.append(f"the client was the bottleneck ({client_share:.0%} of its processor, the "
                      f"server {server_share:.0%})")
    elif max(client_share, server_share) < IDLE:
        doubts.append(f"neither was busy (server {server_share:.0%}, client {client_share:.0%}): "
                      "something else had the processors")
    if steal.share() > fan_out.STEAL_LIMIT:
        doubts.append(f"{steal.share():.0%} of the processors stolen")
    for name in ("lost", "duplicate", "closed"):
        if report[name]:
            doubts.append(f"{report[name]} {name}")
    return {
        "answers_per_second": report["answers_per_second"],
        "server_us": (after[0] - before[0]) / answers / 1e3,
        "client_us": (after[1] - before[1]) / answers / 1e3,
        "server_share": server_share, "exchange_p50_ms": report["exchange_p50_ns"] / 1e6,
        "exchange_p99_ms": report["exchange_p99_ns"] / 1e6, "doubts": doubts,
    }


# ------------------------------------------------------------------------------------------------
# Idle connections


def hold_idle(of, technique, who):
    """Bytes of the server's memory for each idle connection, and the time to connect all.

    More connections than one process may have are several processes. Each has addresses of its
    own, so that no side's time is the kernel's search for a free port.
    """
    processes = -(-of.clients // CONNECTIONS_A_PROCESS)
    shares = [of.clients // processes + (i < of.clients % processes) for i in range(processes)]
    with SERVERS[who](of, technique) as server, ExitStack() as stack:
        time.sleep(SETTLE_SECONDS)
        fields = {"pss_bytes": "Pss", "anonymous_bytes": "Pss_Anon"}
        empty = {name: memory_bytes(server.pid, field) for name, field in fields.items()}
        clients = []
        for number, share in enumerate(shares):
            mine = argparse.Namespace(**{**vars(of), "clients": share})
            clients.append(stack.enter_context(fan_out.client_of(
                mine, technique, server, "--source", f"127.0.{number + 1}.1")))
        connected = [client.hear("connected", fan_out.CONNECT_SECONDS) for client in clients]
        time.sleep(SETTLE_SECONDS)
        sample = {
            name: (memory_bytes(server.pid, field) - empty[name]) / of.clients
            for name, field in fields.items()}
        closed = 0
        for client in clients:
            client.say("report")
            closed += client.hear("closed", 10)["closed"]
    sample["connect_ms"] = max(said["connect_ns"] for said in connected) / 1e6
    sample["doubts"] = [f"{closed} connections closed"] if closed else []
    return sample


# ------------------------------------------------------------------------------------------------
# The generator of pushbench run


def generate(of, technique):
    """pushbench run: processor time a message, and messages a second of one core."""
    sample = fan_out.run_pushbench(of, technique)
    sample["messages_per_second"] = 1e6 / sample["client_us"]
    return sample


def receive(of, technique):
    """The C client under the same server and load."""
    sample = fan_out.run_once(of, technique, fan_out.pushbench_server)
    sample["messages_per_second"] = 1e6 / sample["client_us"]
    return sample


def generator_memory(of, technique, few):
    """Bytes of the generator's memory for each connection beyond `few`."""
    peaks = [
        generator_peak(argparse.Namespace(**{**vars(of), "clients": clients}), technique)
        for clients in (few, of.clients)]
    return {"bytes": (peaks[1] - peaks[0]) / (of.clients - few), "doubts": []}


def generator_peak(of, technique):
    """The most memory that the process of pushbench run had, its server apart."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            of.pushbench, "run", "--transport", technique, "--clients", of.clients, "--rate",
            of.rate, "--payload", of.payload, "--arrivals", "periodic", "--gap-rtt", "0",
            "--duration", f"{of.seconds}s", "--warmup", f"{of.warm_up}s", "--quiet",
            "--server-processor", of.server_core, "--client-processor", of.client_core,
            "--json", Path(folder) / "record.json"]
        peak = 0
        with Child(command, f"{of.server_core},{of.client_core}") as child:
            deadline = time.monotonic() + of.total_seconds + 60
            while child.process.poll() is None:
                if time.monotonic() > deadline:
                    raise child.failure("did not end in time")
                try:
                    peak = max(peak, memory_bytes(child.pid, "Pss_Anon"))
                except (OSError, Failure):
                    pass  # It has just ended.
                time.sleep(0.05)
            if child.process.returncode:
                raise child.failure(f"ended with {child.process.returncode}")
    return peak


# ------------------------------------------------------------------------------------------------
# Codecs


def codecs(quick):
    """What Benchmarks/codecs.py says."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codecs.json"
        command = [sys.executable, HERE / "codecs.py", "--json", path]
        with Child(command + (["--quick"] if quick else []), "0-1") as child:
            child.drain_until_end(1800)
        return {"cases": json.loads(path.read_text())["cases"], "doubts": []}
