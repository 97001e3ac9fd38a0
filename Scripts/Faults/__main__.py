"""The command behind Scripts/faults.sh."""

import argparse
import os
import platform
import signal
import subprocess
import sys
import time

from . import (  # noqa: F401 - importing them declares their cases.
    file_cases, reader_cases, run_cases, server_cases)
from .table import CASES, markdown, run


def main():
    parser = argparse.ArgumentParser(
        prog="Scripts/faults.sh", description="Does what can go wrong to the program, on purpose.")
    parser.add_argument(
        "program", metavar="PUSHBENCH", nargs="?", help="the program, as it was built")
    parser.add_argument("cases", metavar="CASE", nargs="*", help="only these (default: all)")
    parser.add_argument("--list", action="store_true", help="print the cases and end")
    parser.add_argument("--quick", action="store_true", help="only those that take a second or two")
    parser.add_argument("--markdown", metavar="FILE", help="write the table there, too")
    arguments = parser.parse_args()
    if arguments.list:
        for one in CASES:
            print(f"{one.name}{' (quick)' if one.is_quick else ''}: {one.fault}: {one.demand}")
        return 0
    if not arguments.program or not os.access(arguments.program, os.X_OK):
        parser.error(f"{arguments.program or 'PUSHBENCH'} is no program; build it first")
    unknown = set(arguments.cases) - {one.name for one in CASES}
    if unknown:
        parser.error(f"no case is called {', '.join(sorted(unknown))}; --list prints them")
    chosen = [one for one in CASES
              if (not arguments.cases or one.name in arguments.cases)
              and (not arguments.quick or one.is_quick)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    outcomes = []
    for one in chosen:
        outcome = run(one, os.path.abspath(arguments.program))
        outcomes.append(outcome)
        print(f"{outcome.verdict:7} {one.name} ({outcome.seconds:.1f} s): {outcome.seen}",
              flush=True)
    took = time.monotonic() - began
    if arguments.markdown:
        write(arguments.markdown, heading(arguments.program) + markdown(outcomes))
    failed = [outcome.case.name for outcome in outcomes if outcome.verdict == "failed"]
    skipped = sum(outcome.verdict == "skipped" for outcome in outcomes)
    print(f"{len(outcomes) - len(failed) - skipped} of {len(outcomes)} cases are as they must be, "
          f"{skipped} skipped, in {took:.0f} s"
          + (f"; FAILED: {' '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def heading(program):
    version = subprocess.run([program, "version"], capture_output=True, text=True).stdout
    strace = subprocess.run(["strace", "-V"], capture_output=True, text=True).stdout
    return (f"{version.splitlines()[0] if version else 'pushbench'}, Linux {platform.release()}, "
            f"strace {strace.split()[3] if strace else '?'}.\n\n")


def write(path, text):
    """Writes a file whole or not at all."""
    aside = f"{path}.part"
    with open(aside, "w") as file:
        file.write(text)
    os.replace(aside, path)


if __name__ == "__main__":
    sys.exit(main())
