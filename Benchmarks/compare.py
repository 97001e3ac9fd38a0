#!/usr/bin/env python3
"""Does pushbench compare cry wolf, and does it find what it should?

    Benchmarks/compare.py                     30 times a build against itself, 20 times against one
                                              whose fan-out wastes 0.7 µs a message
    Benchmarks/compare.py --same 5 --slow 5   fewer of them
    Benchmarks/compare.py --report            the table of what was measured so far, nothing else

Every comparison is appended to --outcomes as a line of JSON when it is done, and a later start goes
on behind the last one: hours of measuring need not be made at a stretch. One comparison takes about
half a minute, and one that is flagged twice as long, since it is then made again. What is counted is
the outcome of the whole command, its exit code: 0 nothing got worse, 3 something did, 4 cannot tell.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Failure, Steal, end_on_signals, machine, median, table, write_aside

ROOT = Path(__file__).resolve().parent.parent

# The slowdown that has to be found: a busy loop of so long for each message.
WASTE = "700ns"
# At most so many flags among identical programs, and at least such a share among different ones.
FALSE_ALARMS = 1
FOUND_SHARE = 19 / 20
SECONDS = 600  # One comparison takes a minute at most; more means that something is stuck.

CPU_WITH_MANY = "server.cpu_per_delivery@"


def server(options, waste):
    """The same command but for the waste, so that both programs are started alike."""
    return (f"{shlex.quote(str(options.pushbench))} serve --port {{port}} --raw-port {{raw-port}} "
            f"--no-publish --heartbeat 0s --slow-delivery {waste}")


def compare(options, kind, number):
    """One comparison: what it said and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        record_path = Path(folder) / "record.json"
        command = [
            options.pushbench, "compare", "--base", server(options, "0s"),
            "--change", server(options, WASTE if kind == "slow" else "0s"),
            "--transport", options.technique, "--restarts", options.restarts,
            "--seed", number, "--quiet", "--json", record_path]
        steal, began = Steal(), time.monotonic()
        done = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            said = done.communicate(timeout=SECONDS)[1]
        finally:
            # Asked, and not killed: it has two servers to end.
            if done.poll() is None:
                done.terminate()
                done.communicate(timeout=20)
        if done.returncode not in (0, 3, 4):
            raise Failure(f"pushbench compare ended with {done.returncode}: {said[-600:]}")
        record = json.loads(record_path.read_text())
    passes = record["comparison"]["passes"]
    return {
        "kind": kind, "number": number, "technique": options.technique,
        "restarts": options.restarts, "exit": done.returncode, "passes": len(passes),
        "seconds": round(time.monotonic() - began, 1), "steal": round(steal.share(), 4),
        "lateness_p99_ns": max(one["lateness_p99_ns"] for one in passes),
        "outcomes": {check["metric"]: check["outcome"] for check in record["checks"]},
        "first": verdicts(passes[0]), "ratios": ratios(passes[-1]),
    }


def verdicts(one):
    return {f"{m['metric']}@{m['connections']}": m["verdict"] for m in one["metrics"]}


def ratios(one):
    return {f"{m['metric']}@{m['connections']}": [
        round(m[name], 4) for name in ("ratio", "lower_ratio", "upper_ratio") if name in m]
        for m in one["metrics"]}


# ------------------------------------------------------------------------------------------------
# What was measured


def read(path, options):
    """The outcomes so far, of this technique and so many restarts; half a line at the end is none."""
    if not path.exists():
        return []
    outcomes = []
    for line in path.read_text().splitlines():
        try:
            outcome = json.loads(line)
        except ValueError:
            continue
        if (outcome["technique"], outcome["restarts"]) == (options.technique, options.restarts):
            outcomes.append(outcome)
    return outcomes


def append(path, outcome):
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(outcome, sort_keys=True) + "\n")


def is_found(outcome):
    """Whether the waste was found where it must be: in the processor time with many connections."""
    return any(
        name.startswith(CPU_WITH_MANY) and not name.endswith("@1") and verdict == "failed"
        for name, verdict in outcome["outcomes"].items())


def report(outcomes):
    """The table, and whether the figures are what they must be."""
    names = sorted({name for outcome in outcomes for name in outcome["ratios"]})
    rows, notes, is_fine = [], [], True
    for kind, label in (("same", "a build and itself"), ("slow", f"{WASTE} a message slower")):
        own = [outcome for outcome in outcomes if outcome["kind"] == kind]
        if not own:
            continue
        undecided = [outcome for outcome in own if outcome["exit"] == 4]
        flagged = [outcome for outcome in own if outcome["exit"] == 3]
        for name in names:
            each = [o["ratios"][name][0] for o in own if o["ratios"].get(name)]
            worse = sum(o["outcomes"].get(name) == "failed" for o in own)
            first = sum(o["first"].get(name) == "worse" for o in own)
            rows.append([
                label, name, len(own), first, f"**{worse}**",
                f"{median(each):.3f}" if each else "–",
                f"{min(each):.3f}–{max(each):.3f}" if each else "–"])
        seconds = [outcome["seconds"] for outcome in own]
        notes.append(
            f"{label}: {len(own)} comparisons, {len(flagged)} flagged, {len(undecided)} undecided; "
            f"{median(seconds):.0f} s each, {max(seconds):.0f} s at most.")
        decided = len(own) - len(undecided)
        if kind == "same":
            is_fine = is_fine and len(flagged) <= FALSE_ALARMS
        else:
            is_fine = is_fine and sum(map(is_found, own)) >= FOUND_SHARE * decided > 0
    head = ["programs", "figure", "times", "worse in pass 1", "worse in both", "ratio, median",
            "range"]
    return table(head, rows) + "\n\n" + "\n".join(f"- {note}" for note in notes) + "\n", is_fine


# ------------------------------------------------------------------------------------------------
# Command line


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--same", type=int, default=30, help="comparisons of a build with itself")
    add("--slow", type=int, default=20, help="comparisons with the slower one")
    add("--restarts", type=int, default=15)
    add("--technique", default="websocket")
    add("--outcomes", type=Path, default=ROOT / ".build" / "compare-outcomes.jsonl",
        help="where each outcome is kept, a line each (.build/compare-outcomes.jsonl)")
    add("--report", action="store_true", help="measure nothing")
    add("--pushbench", type=Path, help="a built pushbench; nothing is built then")
    add("--no-build", action="store_true", help="take .build/release/pushbench as it is")
    add("--output", type=Path, help="write the table to this file, too")
    options = parser.parse_args()
    if min(options.same, options.slow) < 0 or options.restarts < 1:
        parser.error("--same, --slow and --restarts are counts.")
    return options


def build(options):
    if options.pushbench is None:
        if not options.no_build:
            subprocess.run(
                ["swift", "build", "--package-path", ROOT, "-c", "release"], check=True,
                stdout=sys.stderr)
        options.pushbench = ROOT / ".build" / "release" / "pushbench"
    if not os.access(options.pushbench, os.X_OK):
        raise Failure(f"There is no pushbench at {options.pushbench}; leave out --no-build.")
    options.pushbench = options.pushbench.resolve()


def measure(options):
    outcomes = read(options.outcomes, options)
    # In turn, so that neither kind has the machine's better hours.
    wanted = sorted(
        [((n + 1) / options.same, "same", n + 1) for n in range(options.same)]
        + [((n + 1) / options.slow, "slow", n + 1) for n in range(options.slow)])
    done = {(outcome["kind"], outcome["number"]) for outcome in outcomes}
    left = [(kind, number) for _, kind, number in wanted if (kind, number) not in done]
    for index, (kind, number) in enumerate(left):
        outcome = compare(options, kind, number)
        append(options.outcomes, outcome)
        print(f"{index + 1} of {len(left)}: {kind} {number}: exit code {outcome['exit']} after "
              f"{outcome['seconds']:.0f} s, {outcome['passes']} passes, "
              f"{outcome['ratios']}", file=sys.stderr, flush=True)


def main():
    options = parse()
    end_on_signals()
    failure = None
    try:
        if not options.report:
            build(options)
            measure(options)
    except (Failure, subprocess.SubprocessError, OSError) as error:
        failure = error
    except KeyboardInterrupt:
        failure = "Interrupted; start it again to go on."
    outcomes = read(options.outcomes, options)
    if not outcomes:
        print(failure or "Nothing was measured yet.", file=sys.stderr)
        return 1
    body, is_fine = report(outcomes)
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    text = (f"## pushbench compare: {options.technique}, {options.restarts} restarts\n\n"
            f"{machine()}; {when}.\n\n{body}")
    print(text)
    if options.output:
        write_aside(options.output, text)
    if failure:
        print(failure, file=sys.stderr)
    return 1 if failure or not is_fine else 0


if __name__ == "__main__":
    sys.exit(main())
