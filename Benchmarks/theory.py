#!/usr/bin/env python3
"""Holds what theory predicts against what a run measures, over a matrix of links and rates.

    Benchmarks/theory.py                      {techniques} × RTT {0, 20, 100 ms} × λR {0.1, 1, 10}
    Benchmarks/theory.py --output FILE        keeps the tables

A cell is one run of all techniques side by side, with few clients: the same events for all, over the
same link. Its schedule is fixed by the seed, so that theory replays the very events that were measured,
and no sampling error stands between the two. Gaps come from each run's probe, at 20, 50 and 100 ms.

Nothing is failed here: what is off is listed, for a reader to find the cause of.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Failure, Steal, end_on_signals, machine, table

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 240  # A cell takes a fifth of it.

# Round trip in ms, rate a second, what it is in events a round trip, and the gap probe's round trip.
# Without a link there is no λR: the rates of the 20 ms link are taken.
CELLS = [
    (0, 5, None, 50), (0, 50, None, 0), (0, 500, None, 0),
    (20, 5, 0.1, 0), (20, 50, 1, 20), (20, 500, 10, 0),
    (100, 1, 0.1, 0), (100, 10, 1, 100), (100, 100, 10, 0),
]

CAUSES = """

Causes known: an answer beyond the initial window of ten segments (RFC 6928) needs another round trip on
a connection that was idle, which no law here has. Without a link the blind window is the software's own
turnaround, which is no constant: events that come due while the server is at work leave in one answer,
so that there are some percent fewer requests than the mean window predicts.
"""

STREAMS = ["http-streaming", "forever-iframe", "sse", "websocket", "raw-tcp"]

# How near is near enough: a share of the prediction, and an absolute part for times.
SHARE = 0.02
TIME_NS = 200_000
GAP_SHARE = 0.01
GAP_NS = 300_000


def run(options, rtt, rate, gap, *how):
    """One run; its record."""
    seconds = max(options.seconds, 20 / rate)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        command = [options.pushbench, "run", *how, "--rate", rate, "--duration", f"{seconds:g}s", "--poll-interval", "500ms",
                   "--gap-rtt", f"{gap}ms", "--seed", options.seed, "--quiet", "--json", path]
        if rtt:
            command += ["--rtt", f"{rtt}ms"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=SECONDS)
        if done.returncode != 0:
            raise Failure(f"RTT {rtt} ms, {rate}/s: {done.stderr.strip()}")
        return json.loads(path.read_text())


def row_of(result, metric):
    """Predicted, measured, and why the law does not apply if it does not, as the record has them."""
    for row in result["prediction"]["rows"]:
        if row["metric"] == metric:
            verdict = row["verdict"]
            reason = verdict if "applicable" in verdict else None
            return row.get("predicted"), row.get("measured"), reason
    return None, None, "no prediction"


def ms(nanoseconds):
    return "–" if nanoseconds is None else f"{nanoseconds / 1e6:.2f}"


def judge(predicted, measured, share, absolute):
    """Whether it is near enough, and the difference in words."""
    if predicted is None or measured is None:
        return False, "–"
    miss = measured - predicted
    near = abs(miss) <= share * abs(predicted) + absolute
    relative = f"{miss / predicted:+.1%}" if predicted else f"{miss:+g}"
    return near, relative


def matrix_rows(rtt, rate, density, record):
    """A row for each technique, and what is off in it."""
    rows, off = [], []
    for result in record["results"]:
        latency = row_of(result, "latency_ns.mean")
        requests = row_of(result, "requests_per_event")
        near, miss = judge(*latency[:2], SHARE, TIME_NS)
        asked, asked_miss = judge(*requests[:2], SHARE, 0)
        excluded = latency[2] or requests[2]
        late = result["source"]["lateness_p99_ns"]
        rows.append([
            result["transport"], f"{rtt} ms", f"{rate}/s",
            "–" if density is None else f"{density:g}", ms(result["link"]["rtt_effective_ns"]),
            ms(latency[0]), ms(latency[1]), miss, f"{requests[0]:.4f}", f"{requests[1]:.4f}",
            asked_miss, "n/a" if excluded else "yes" if near and asked else "no"])
        where = f"{result['transport']}, RTT {rtt} ms, {rate}/s"
        if excluded:
            off.append(f"{where}: {excluded}")
        elif not near:
            off.append(f"{where}: the mean is off by {miss}; the source was late by {ms(late)} ms at "
                       "p99.")
        elif not asked:
            off.append(f"{where}: requests are off by {asked_miss}.")
    return rows, off


def gap_rows(record):
    """A row for each technique that asks, and for each that does not."""
    probe = record["gap_probe"]
    effective = probe["link"]["rtt_effective_ns"]
    rows, off = [], []
    for row in probe["rows"]:
        if row["batch_limit"] == 0 and row["events_per_delivery"] > 1.5:
            continue  # Batched: the same gap, with many events in a delivery.
        # Short polling's gap is its interval, and a stream has none.
        trips = {"keep-alive": 1, "close": 2}[row["connection"]]
        asks = row["transport"] in ("long-polling", "jsonp-polling")
        if not asks:
            continue
        near, miss = judge(trips * effective, row["gap"]["median_ns"], GAP_SHARE, GAP_NS)
        rows.append([row["transport"], row["connection"], ms(effective), f"{trips}",
                     ms(row["gap"]["minimum_ns"]), ms(row["gap"]["median_ns"]), miss,
                     "yes" if near else "no"])
        if not near:
            off.append(f"{row['transport']}, {row['connection']}: gap")
    return rows, off


def stream_rows(record, rtt):
    """Streams: the mean latency against half a round trip, less nothing."""
    rows, off = [], []
    for result in record["results"]:
        half = result["link"]["rtt_effective_ns"] / 2
        mean = result["latency_ns"]["mean"]
        near, miss = judge(half, mean, GAP_SHARE, GAP_NS)
        rows.append([result["transport"], f"{rtt} ms", ms(half), ms(mean), miss,
                     "yes" if near else "no"])
        if not near:
            off.append(f"{result['transport']}, RTT {rtt} ms: mean latency")
    return rows, off


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pushbench", default=ROOT / ".build/release/pushbench")
    parser.add_argument("--clients", type=int, default=2, help="of each technique")
    parser.add_argument("--seconds", type=float, default=10, help="measured in a cell, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", help="keep the tables here")
    options = parser.parse_args()
    end_on_signals()
    steal = Steal()
    rows, gaps, streams, off = [], [], [], []
    for rtt, rate, density, gap in CELLS:
        record = run(options, rtt, rate, gap, "--side-by-side", "--clients",
                     options.clients)
        more, wrong = matrix_rows(rtt, rate, density, record)
        rows += more
        off += wrong
        print(f"RTT {rtt} ms, {rate}/s: {len(wrong)} off", file=sys.stderr)
        if gap:
            more, wrong = gap_rows(record)
            gaps += more
            off += wrong
    # Streams one after the other with a single client, where nobody waits for anybody.
    for rtt in (20, 50, 100):
        record = run(options, rtt, 10, 0, "-t", ",".join(STREAMS), "--clients", 1)
        more, wrong = stream_rows(record, rtt)
        streams += more
        off += wrong
    text = f"""# Theory beside measurement

{machine()}; {steal.share():.1%} of the processors' time stolen. Made by `Benchmarks/theory.py`.
All techniques side by side, {options.clients} clients each, Poisson arrivals, short polling every 500 ms.

## Mean latency and requests an event, by replay

Near enough is 2 % + 0.2 ms for the mean and 2 % for requests. Times are in ms. λR is how many events
fall into a round trip.

{table(["technique", "RTT", "rate", "λR", "R_eff", "mean, theory", "mean, measured", "off by",
        "req/ev, theory", "req/ev, measured", "off by", "holds"], rows)}

## The gap between deliveries, in round trips

Near enough is 1 % + 0.3 ms of R_eff on kept connections, of 2·R_eff on new ones.

{table(["technique", "connections", "R_eff", "law, in R", "minimum", "median", "off by", "holds"],
       gaps)}

## The latency of streams, half a round trip

Near enough is 1 % + 0.3 ms.

{table(["technique", "RTT", "R_eff ÷ 2", "mean", "off by", "holds"], streams)}

## What does not hold

"""
    text += "\n".join(f"- {line}" for line in off) if off else "Nothing."
    text += CAUSES if off else "\n"
    print(text)
    if options.output:
        Path(options.output).parent.mkdir(parents=True, exist_ok=True)
        Path(options.output).write_text(text)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, subprocess.SubprocessError) as failure:
        sys.exit(f"theory.py: {failure}")
