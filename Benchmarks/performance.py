#!/usr/bin/env python3
"""Measures what pushbench claims of its speed, and writes Reports/Sample/performance.md.

    Benchmarks/performance.py                          everything, five rounds: some three hours
    Benchmarks/performance.py --only fan-out,latency   some sections
    Benchmarks/performance.py --quick                  a round of short runs, to see that it works
    Benchmarks/performance.py --report                 the report of what was measured so far

The server has one processor, the client another. Every outcome is appended to --outcomes as a line
of JSON when it is there, and a later start goes on behind the last one, so that hours of measuring
need not be made at a stretch. A case that cannot be measured is named at the end and tried again
then. Peers are measured when Benchmarks/Peers/setup.sh has installed them.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

from harness import Failure, check_processors, end_on_signals, write_aside

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "Peers"))

import peers  # noqa: E402
from performance_report import report  # noqa: E402
from performance_sections import SECTIONS, Guesses  # noqa: E402

fan_out = import_module("fan-out")

REPORT = ROOT / "Reports" / "Sample" / "performance.md"
QUICK_SECONDS = 2


class Options(argparse.Namespace):
    """What was asked for, and which peers there are."""

    def has(self, who):
        """Whether that peer can be measured."""
        needed = {"node ws": ["node ws"], "Python's websockets": ["Python's websockets"]}
        return self.has_peers and all(
            self.versions[name] for name in needed.get(who, ["nginx", "nchan"]))

    def peers_for(self, technique):
        """The peers that speak it."""
        names = ["nchan"] if technique in peers.NCHAN_TECHNIQUES else []
        if technique == "websocket":
            names += ["node ws", "Python's websockets"]
        return [name for name in names if self.has(name)]


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", default=",".join(SECTIONS), help=f"of {', '.join(SECTIONS)}")
    add("--case", default="", help="only cases whose name contains this")
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=6, help="of each run, after its warm-up")
    add("--quick", action="store_true", dest="is_quick",
        help=f"one round of {QUICK_SECONDS} s, into a file of its own")
    add("--no-peers", action="store_false", dest="has_peers", help="leave the others out")
    add("--outcomes", type=Path, help="(.build/performance-outcomes.jsonl)")
    add("--report", action="store_true", help="measure nothing")
    add("--output", type=Path, help="(Reports/Sample/performance.md; with --quick only printed)")
    add("--server-core", type=int, default=0)
    add("--client-core", type=int, default=1)
    add("--pushbench", type=Path, help="a built pushbench; nothing is built then but the floor")
    add("--no-build", action="store_true", help="take .build/release/pushbench as it is")
    options = parser.parse_args(namespace=Options())
    options.sections = options.only.split(",")
    unknown = [name for name in options.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"--only: there is no section {unknown[0]}; there are {', '.join(SECTIONS)}.")
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be positive.")
    if options.is_quick:
        options.rounds, options.seconds = 1, QUICK_SECONDS
    name = "performance-quick.jsonl" if options.is_quick else "performance-outcomes.jsonl"
    options.outcomes = options.outcomes or ROOT / ".build" / name
    if not options.is_quick and not options.output:
        options.output = REPORT
    options.measurement = "performance"  # What fan-out.py's build() asks for.
    return options


def read(options):
    """The outcomes so far of runs as long as these; half a line at the end is none."""
    outcomes = []
    if options.outcomes.exists():
        for line in options.outcomes.read_text().splitlines():
            try:
                outcome = json.loads(line)
            except ValueError:
                continue
            if outcome["seconds_a_run"] == options.seconds:
                outcomes.append(outcome)
    return outcomes


def build_name(options):
    """The version of the program and the beginning of its hash."""
    digest = hashlib.sha256(options.pushbench.read_bytes()).hexdigest()[:10]
    said = subprocess.run([options.pushbench, "version"], capture_output=True, text=True)
    return f"{said.stdout.strip()} ({digest})"


def make_cases(options, guesses):
    return [case for name in SECTIONS for case in SECTIONS[name](options, guesses)]


def plan(options, cases, outcomes):
    """What is left to run, in the order of the rounds."""
    done = {(o["section"], o["case"], o["who"], o["round"]) for o in outcomes}
    jobs = []
    for number in range(options.rounds):
        for case in cases:
            if case.section not in options.sections or options.case not in case.name:
                continue
            if number >= (case.rounds or options.rounds):
                continue
            sides = list(case.sides)
            for who in sides if number % 2 == 0 else reversed(sides):
                if (case.section, case.name, who, number) not in done:
                    jobs.append((case, who, number))
    return jobs


def measure(options, cases, outcomes, guesses):
    """Runs what is left, and gives what could not be measured, in words."""
    jobs, failures = plan(options, cases, outcomes), []
    build = build_name(options)
    left = sum(case.seconds for case, _, _ in jobs)
    print(f"{len(jobs)} runs, some {left / 60:.0f} minutes.", file=sys.stderr, flush=True)
    options.outcomes.parent.mkdir(parents=True, exist_ok=True)
    for index, (case, who, number) in enumerate(jobs):
        left -= case.seconds
        label = f"{case.section}, {case.name}, {who}, round {number + 1}"
        began = time.monotonic()
        try:
            figures = case.sides[who]()
        except (Failure, OSError, ValueError, subprocess.SubprocessError) as error:
            failures.append(f"{label}: {error}")
            print(f"{index + 1} of {len(jobs)}: {label}: {error}", file=sys.stderr, flush=True)
            continue
        outcome = {
            "section": case.section, "case": case.name, "who": who, "round": number,
            "seconds_a_run": options.seconds, "build": build, "at": round(time.time()),
            "took": round(time.monotonic() - began, 1), "doubts": figures.pop("doubts"),
            "figures": figures}
        with open(options.outcomes, "a", encoding="utf-8") as file:
            file.write(json.dumps(outcome, sort_keys=True) + "\n")
        guesses.learn(outcome)
        shown = ", ".join(f"{name} {value:,.2f}" for name, value in figures.items()
                          if isinstance(value, (int, float)))
        print(f"{index + 1} of {len(jobs)}: {label}: {shown}; {left / 60:.0f} minutes left",
              file=sys.stderr, flush=True)
    return failures


def main():
    options = parse()
    end_on_signals()
    failures = []
    try:
        check_processors(options.server_core, options.client_core)
        if options.report:
            options.pushbench = options.pushbench or ROOT / ".build" / "release" / "pushbench"
        else:
            fan_out.build(options)
        options.pushbench = options.pushbench.resolve()
        options.versions = peers.versions()
        outcomes = read(options)
        guesses = Guesses(outcomes)
        cases = make_cases(options, guesses)
        if not options.report:
            # This script sleeps while it measures, and wakes on the client's processor.
            os.sched_setaffinity(0, {options.client_core})
            failures = measure(options, cases, outcomes, guesses)
    except (Failure, subprocess.CalledProcessError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        failures = ["Interrupted; start it again to go on."]
    outcomes = read(options)
    if not outcomes:
        print("\n".join(failures) or "Nothing was measured yet.", file=sys.stderr)
        return 1
    text, _ = report(cases, outcomes, options, options.versions)
    if failures:
        text += "\nNot measured:\n\n" + "\n".join(f"- {failure}" for failure in failures) + "\n"
    if options.output:
        write_aside(options.output, text)
    print(text)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
