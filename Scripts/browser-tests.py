#!/usr/bin/env python3
"""Tests the pages of `pushbench demo` in real browsers.

    Scripts/browser-tests.py PUSHBENCH [--browser chromium|firefox] [--only NAME] [--artifacts DIR]

Starts a demo and a browser, light and then dark, and prints a line for each test. Screenshots are
kept in the artifacts folder, those of failed tests among them. Exits with 1 when a test fails, with
2 when a browser or the program is missing.

Needs what is in Scripts/Browser/requirements.txt.
"""

import argparse
import os
import signal
import sys
import time

from Browser import BROWSERS, BrowserMissing, open_browser
from Browser import tests  # noqa: F401 - importing it declares the tests.
from Browser.harness import TESTS, run_all


def main():
    parser = argparse.ArgumentParser(description="Tests the pages of the demo in real browsers.")
    parser.add_argument("program", metavar="PUSHBENCH", help="the program, as it was built")
    parser.add_argument("--browser", choices=BROWSERS, help="only in this one (default: all)")
    parser.add_argument("--only", metavar="NAME", help="only tests whose name has this in it")
    parser.add_argument("--artifacts", metavar="DIR", default="Reports/Browser",
                        help="the folder for screenshots (default: %(default)s)")
    parser.add_argument("--assets", metavar="DIR",
                        help="take the pages' files from here, not from the program")
    parser.add_argument("--list", action="store_true", help="print the names of the tests")
    arguments = parser.parse_args()
    if arguments.list:
        for test in TESTS:
            print(f"{test.name}: {test.sentence}")
        return 0
    if not os.access(arguments.program, os.X_OK):
        print(f"{arguments.program} is no program; build it first", file=sys.stderr)
        return 2
    if arguments.only and not any(arguments.only in test.name for test in TESTS):
        print(f"no test has {arguments.only} in its name; --list prints them", file=sys.stderr)
        return 2
    options = ["--assets", arguments.assets] if arguments.assets else []
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    failed = []
    try:
        for name in [arguments.browser] if arguments.browser else BROWSERS:
            failed += run_all(
                arguments.program, name, open_browser, arguments.artifacts, arguments.only,
                options)
    except BrowserMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    took = time.monotonic() - started
    for one in failed:
        print(f"failed: {one}", file=sys.stderr)
    print(f"{'FAILED' if failed else 'Everything passed'} in {took:.0f} s; "
          f"screenshots in {arguments.artifacts}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
