#!/usr/bin/env python3
"""Shows that the exact gate finds what it should find, and nothing else.

    Benchmarks/exact-gate.py              both parts, some ten minutes of building
    Benchmarks/exact-gate.py alarms       the gate 20 times, with a busy loop on every processor
    Benchmarks/exact-gate.py changes      the gate of programs with one header byte or request more

`changes` copies the sources to a folder of its own, changes a line there, builds that, and lets the
changed program check itself against the baseline. The checkout is not touched. Exits with 1 when
there was a false alarm or a change was missed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import Failure, end_on_signals, machine, table

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "Benchmarks/Baselines/exact.json"
GATE_SECONDS = 120  # A run of the gate takes a second, on a busy machine some more.
BUILD_SECONDS = 1800
PASSED, REGRESSION = 0, 3

# What is changed, by which replacement in which files; and for some techniques the count that must be
# named for it, and what must be said of it.
CHANGES = [
    (
        "one byte more in the head of every answer",
        [
            ("Sources/Transports/Exchanges/PollingServer.swift",
             "Cache-Control: no-store", "Cache-Control:  no-store"),
            ("Sources/Transports/Exchanges/StreamingServer.swift",
             "Cache-Control: no-store", "Cache-Control:  no-store"),
        ],
        [
            ("long-polling", "exact.down_bytes", r"\+1B a delivery, response_head \+"),
            ("sse", "exact.connect_bytes.down.response_head", r"\+1B a client"),
        ],
    ),
    (
        "one request more, by a client that forgets its cursor once",
        [
            ("Sources/Transports/Exchanges/PollingClient.swift",
             "        cursor = context.cursor ?? cursor\n",
             "        cursor = context.cursor ?? cursor\n"
             "        if case .immediate = pace, cursor == 100, context.events.count > before {\n"
             "            cursor = nil\n"
             "        }\n"),
        ],
        [("long-polling", "exact.requests", r"300, now 303 \(\+3\)")],
    ),
    (
        "one byte less around each event of sse",
        [
            ("Sources/Transports/ServerSentEvents/EventStreamFraming.swift", '"data: "', '"data:"'),
        ],
        [("sse", "exact.bytes.down.message_framing", r"-1B a delivery")],
    ),
]


class BusyLoops:
    """One endless loop on each processor. They end with the block, and by themselves after a while,
    should this process be killed."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.children = []

    def __enter__(self):
        loop = f"import time\nend = time.time() + {self.seconds}\nwhile time.time() < end: pass"
        for processor in sorted(os.sched_getaffinity(0)):
            self.children.append(
                subprocess.Popen(["taskset", "-c", str(processor), sys.executable, "-c", loop]))
        return self

    def __exit__(self, *_):
        for child in self.children:
            child.terminate()
            child.wait()


def gate(pushbench, baseline):
    """Runs the gate: its exit code, what failed, what it printed, and how long it took."""
    started = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".json") as record:
        done = subprocess.run(
            [str(pushbench), "check", "--exact", str(baseline), "--no-color",
             "--json", record.name],
            capture_output=True, text=True, timeout=GATE_SECONDS)
        took = time.monotonic() - started
        try:
            checks = json.loads(Path(record.name).read_text()).get("checks", [])
        except ValueError:
            checks = []
    failed = [check for check in checks if check["outcome"] == "failed"]
    return done.returncode, failed, done.stdout + done.stderr, took


def count_alarms(options):
    """Whether the gate passes every time on a machine with something else to do."""
    codes, seconds = [], []
    with BusyLoops(GATE_SECONDS * options.repeat):
        for number in range(options.repeat):
            code, _, text, took = gate(options.pushbench, options.baseline)
            codes.append(code)
            seconds.append(took)
            print(f"run {number + 1} of {options.repeat}: exit code {code}, {took:.1f} s", flush=True)
            if code != PASSED:
                print(text, flush=True)
    alarms = sum(code != PASSED for code in codes)
    print()
    print(table(
        ["runs", "busy loops", "false alarms", "shortest", "longest"],
        [[str(len(codes)), str(len(os.sched_getaffinity(0))), str(alarms),
          f"{min(seconds):.1f} s", f"{max(seconds):.1f} s"]]))
    return alarms == 0


def copy_sources(folder):
    """The files that git knows, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "Package.swift", "Sources", "Tests"], cwd=ROOT, check=True,
        capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if not (ROOT / name).exists():
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)


def build(folder):
    done = subprocess.run(
        ["swift", "build", "-c", "release", "--product", "pushbench"], cwd=folder,
        capture_output=True, text=True, timeout=BUILD_SECONDS)
    if done.returncode != 0:
        raise Failure("the changed program does not build:\n" + done.stdout[-3000:])
    return folder / ".build/release/pushbench"


def find_changes(options):
    """Whether the gate finds each change, and names it."""
    rows, isFine = [], True
    with tempfile.TemporaryDirectory(prefix="exact-gate-") as name:
        folder = Path(name)
        copy_sources(folder)
        for title, replacements, expected in CHANGES:
            originals = {}
            for file, old, new in replacements:
                path = folder / file
                originals.setdefault(path, path.read_text())
                text = path.read_text()
                if text.count(old) != 1:
                    raise Failure(f"{file} does not have {old!r} once; mend this script")
                path.write_text(text.replace(old, new))
            print(f"building: {title}", flush=True)
            code, failed, text, _ = gate(build(folder), options.baseline)
            for path, original in originals.items():
                path.write_text(original)
            named = code == REGRESSION and all(
                any(check["transport"] == transport and check["metric"] == metric
                    and re.search(sentence, check["message"]) for check in failed)
                for transport, metric, sentence in expected)
            isFine = isFine and named
            for check in failed[:2]:
                print(f"  {check['transport']}, {check['metric']}: {check['message']}", flush=True)
            if not named:
                print(text, flush=True)
            techniques = sorted({check["transport"] for check in failed})
            rows.append([title, str(code), "yes" if named else "NO", str(len(failed)),
                         ", ".join(techniques)])
    print()
    print(table(["change", "exit code", "named", "counts", "techniques"], rows))
    return isFine


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("part", nargs="?", choices=["alarms", "changes"], help="only this part")
    parser.add_argument("--repeat", type=int, default=20, help="runs on the busy machine")
    parser.add_argument("--baseline", type=Path, default=BASELINE)
    parser.add_argument(
        "--pushbench", type=Path, default=ROOT / ".build/release/pushbench",
        help="the program whose false alarms are counted")
    options = parser.parse_args()
    options.pushbench = options.pushbench.resolve()
    options.baseline = options.baseline.resolve()
    end_on_signals()
    print(machine())
    parts = {"alarms": count_alarms, "changes": find_changes}
    wanted = [options.part] if options.part else list(parts)
    return 0 if all([parts[part](options) for part in wanted]) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, subprocess.TimeoutExpired, OSError) as error:
        print(f"exact-gate.py: {error}", file=sys.stderr)
        sys.exit(1)
