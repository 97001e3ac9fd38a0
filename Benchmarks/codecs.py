#!/usr/bin/env python3
"""What each technique's codec costs: nanoseconds, bytes, instructions and allocations.

    Benchmarks/codecs.py                          all cases, about two minutes
    Benchmarks/codecs.py --case sse/decode        those whose names begin so
    Benchmarks/codecs.py --quick                  fewer batches, and events of 100 B only
    Benchmarks/codecs.py --json FILE              what was found, for performance.py
    Benchmarks/codecs.py --compare OLD.json       differences above 1 % in instructions

Nanoseconds drift with the machine. Instructions, counted by callgrind, repeat to a thousandth, and so
do the calls that allocate memory or count references: judge a change by those.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import Failure, end_on_signals, machine, table, write_aside

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build/release/CodecBench"
# The functions of CodecBench between which nothing but the operation runs.
START, END = "*startCount*", "*endCount*"
# Calls that are counted, by what they mean. The run time's own allocations end in malloc too, and
# one that grows by realloc is an allocation like another.
CALLS = {
    "allocations": ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"),
    "references": ("swift_retain", "swift_release", "swift_bridgeObjectRetain",
                   "swift_bridgeObjectRelease", "swift_retain_n", "swift_release_n"),
    "exclusivity": ("swift_beginAccess",),
}
# Differences in instructions that are shown: what callgrind's counts may move by without a cause,
# from the run time's caches and hashing, is a tenth of it.
NOTABLE = 0.01


def build():
    command = ["swift", "build", "-c", "release", "--product", "CodecBench"]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, "PUSHBENCH_BENCHMARKS": "1"},
                      stdout=sys.stderr).returncode:
        raise Failure("CodecBench does not build; see above.")


def run(command, seconds, **options):
    """The JSON lines that a command prints."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
            # Hashing is seeded anew in each process, and collisions are instructions.
            env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"}, **options)
    except subprocess.TimeoutExpired:
        raise Failure(f"{command[0]} did not end within {seconds} s.") from None
    if done.returncode:
        raise Failure(f"{Path(command[0]).name} ended with {done.returncode}: "
                      f"{done.stderr.strip()[-600:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def timed(program, prefix, quick):
    """The cases with their nanoseconds, on one processor."""
    command = ["taskset", "-c", str(min(os.sched_getaffinity(0))), str(program), "--case", prefix]
    return run(command + (["--quick"] if quick else []), 600)


def counted(program, prefix, quick):
    """By case: instructions an operation, and calls an operation of each kind in CALLS."""
    if not shutil.which("valgrind"):
        raise Failure("valgrind is missing: apt-get install valgrind, or --no-count.")
    with tempfile.TemporaryDirectory() as folder:
        # valgrind 3.19 cannot read Swift's DWARF 5; the names of functions stay.
        bare = Path(folder) / "CodecBench"
        if subprocess.run(["strip", "--strip-debug", "-o", str(bare), str(program)]).returncode:
            raise Failure(f"strip cannot read {program}.")
        cases = run(
            ["valgrind", "--quiet", "--tool=callgrind", f"--dump-before={START}",
             f"--dump-before={END}", f"--callgrind-out-file={folder}/out", str(bare),
             "--counted", "--case", prefix] + (["--quick"] if quick else []), 900)
        # Each case makes two parts: what ran before it, and the case itself.
        parts = [Path(f"{folder}/out.{2 * number + 2}") for number in range(len(cases))]
        if not all(part.exists() for part in parts):
            raise Failure(
                f"callgrind wrote no part for a case: are there functions {START} and {END}?")
        return {case["name"]: costs(part, case["iterations"])
                for case, part in zip(cases, parts)}


def costs(part, iterations):
    """What one dump of callgrind says, for one operation."""
    names, calls, caller, callee, total = {}, dict.fromkeys(CALLS, 0), "", "", 0
    kinds = {name: kind for kind, list_of in CALLS.items() for name in list_of}

    def named(text):
        # A name is written out the first time and is a number afterwards; 'N counts recursion.
        number, _, name = text.partition(" ")
        return names.setdefault(number, name).split("'")[0]

    for line in part.read_text(errors="replace").splitlines():
        if line.startswith("fn="):
            caller = named(line[3:])
        elif line.startswith("cfn="):
            callee = named(line[4:])
        elif line.startswith("calls="):
            kind = kinds.get(callee)
            # One that hands on to another of its kind is one call.
            if kind and kinds.get(caller) != kind:
                calls[kind] += int(line[6:].split()[0])
        elif line.startswith("totals:"):
            total = int(line.split()[1])
    return {"instructions": round(total / iterations, 1),
            **{kind: round(number / iterations, 2) for kind, number in calls.items()}}


def rows(cases):
    """The table's rows: an event where there are events, an operation where there are none."""
    for case in cases:
        per = max(case["events"], 1)
        yield [case["name"], f"{case['wire_bytes'] / per:.0f}",
               f"{case['ns']:,.0f}", f"{case['ns'] / per:,.1f}",
               *(f"{case[key] / per:,.1f}" if key in case else "" for key in
                 ("instructions", *CALLS))]


def differences(cases, old):
    """Lines for the cases whose instructions or allocations have changed."""
    before = {case["name"]: case for case in old["cases"]}
    for case in cases:
        was = before.get(case["name"])
        if not was or "instructions" not in case or "instructions" not in was:
            continue
        ratio = case["instructions"] / was["instructions"] - 1
        if abs(ratio) > NOTABLE or case["allocations"] != was["allocations"]:
            per = max(case["events"], 1)
            yield [case["name"], f"{was['instructions'] / per:,.1f}",
                   f"{case['instructions'] / per:,.1f}", f"{ratio:+.1%}",
                   f"{was['allocations'] / per:.2f}", f"{case['allocations'] / per:.2f}",
                   f"{was['ns'] / per:,.1f}", f"{case['ns'] / per:,.1f}"]


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", default="", metavar="NAME", help="cases that begin so")
    parser.add_argument("--quick", action="store_true",
                        help="fewer batches, and events of 100 B only")
    parser.add_argument("--no-build", action="store_true", help="take the program as it is")
    parser.add_argument("--no-count", action="store_true", help="nanoseconds only")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="another CodecBench")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found")
    parser.add_argument("--compare", type=Path, metavar="OLD.json",
                        help="show differences from an earlier --json")
    return parser.parse_args()


def main():
    end_on_signals()
    choice = options()
    old = json.loads(choice.compare.read_text()) if choice.compare else None
    if not choice.no_build and choice.program == PROGRAM:
        build()
    if not choice.program.exists():
        raise Failure(f"{choice.program} is missing; leave out --no-build.")
    cases = timed(choice.program, choice.case, choice.quick)
    if not choice.no_count:
        counts = counted(choice.program, choice.case, choice.quick)
        cases = [{**case, **counts[case["name"]]} for case in cases]
    if old:
        print(table(["case", "instructions before", "after", "change", "allocations before",
                     "after", "ns before", "after"], list(differences(cases, old))))
    else:
        print(table(["case", "wire B/event", "ns/operation", "ns/event", "instructions/event",
                     *(f"{kind}/event" for kind in CALLS)], list(rows(cases))))
        print("\nWhere an operation concerns no event, it is what counts as one.")
    if choice.json:
        write_aside(choice.json, json.dumps(
            {"machine": machine(), "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except (Failure, OSError, ValueError) as error:
        print(f"codecs.py: {error}", file=sys.stderr)
        sys.exit(1)
