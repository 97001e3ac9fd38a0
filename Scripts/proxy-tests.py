#!/usr/bin/env python3
"""Tests `pushbench doctor --through` and every technique behind nginx.

    Scripts/proxy-tests.py PUSHBENCH [--nginx PATH] [--only NAME] [--show]

Starts nginx with the configuration that Docs/Proxies.md documents (Scripts/Proxy/nginx.conf.in) as
this user, on free ports of loopback, and has the doctor look through it: it must find nothing wrong,
and a run of every stream must lose nothing. Then each thing that a proxy can do wrong is made so, one
after the other, and the doctor must find exactly that and say what to do about it. Takes about a
minute. Exits with 1 when something is not as it must be, with 2 when nginx or the program is missing.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from Proxy.cases import CASES
from Proxy.nginx import Nginx, NginxError, NginxMissing, configuration, find_nginx, free_port
from Proxy.relay import SlowRelay

# Nothing here takes half as long; a doctor that hangs is a failure, not a wait.
PATIENCE = 60


def examine(program, proxy_port, server_port, idle):
    """What the doctor says: its exit code, its JSON and what it wrote to standard error."""
    done = subprocess.run(
        [program, "doctor", "--json", "--through", f"http://127.0.0.1:{proxy_port}",
         "--server", f"127.0.0.1:{server_port}", "--idle", f"{round(idle * 1000)}ms"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if not done.stdout:
        return done.returncode, None, done.stderr.strip()
    return done.returncode, json.loads(done.stdout), done.stderr.strip()


def objections(case, code, findings, errors):
    """What is not as the case says, in words."""
    if findings is None:
        return [f"no findings, exit code {code}: {errors}"]
    found = []
    wanted = {**{name: "failed" for name in case.failed}, **{name: "warning" for name in case.warned}}
    seen = {check["id"]: check for check in findings["checks"] if check["state"] != "ok"}
    for name in wanted.keys() - seen.keys():
        found.append(f"{name} is not found")
    for name, check in seen.items():
        if wanted.get(name) != check["state"]:
            found.append(f"{name} is a {check['state']}: {check['found']}")
    if code != (1 if case.failed else 0):
        found.append(f"exit code {code}")
    advice = " ".join(check.get("remedy", "") for check in seen.values())
    if case.advice not in advice:
        found.append(f"no advice says {case.advice!r}")
    return found


def run_case(case, program, nginx):
    """Has the doctor look at one configuration, and returns objections and findings."""
    place = free_port()
    behind = free_port() if case.is_down else place
    with Nginx(nginx, configuration(case.edits), behind) as proxy:
        if case.delay:
            with SlowRelay(proxy.port, case.delay) as relay:
                outcome = examine(program, relay.port, place, case.idle)
        else:
            outcome = examine(program, proxy.port, place, case.idle)
    return objections(case, *outcome), outcome[1]


def run_direct(program):
    """The doctor's own server with nothing before it: every row must be good."""
    place = free_port()
    outcome = examine(program, place, place, 0.5)
    return objections(CASES[0], *outcome), outcome[1]


def run_load(program, nginx):
    """A run of the streams through nginx, whose record must show that nothing was lost."""
    server_port = free_port()
    server = subprocess.Popen(
        [program, "serve", "--port", str(server_port), "--raw-port", "0", "--no-publish"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with Nginx(nginx, configuration(), server_port) as proxy, \
                tempfile.TemporaryDirectory(prefix="pushbench-proxy-") as folder:
            record = pathlib.Path(folder) / "record.json"
            done = subprocess.run(
                [program, "run", "--target", f"http://127.0.0.1:{proxy.port}", "--profile",
                 "pushbench", "--clients", "100", "--rate", "50", "--warmup", "500ms", "--duration",
                 "2s", "--quiet", "--no-color", "--json", str(record)],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                check=False)
            if done.returncode != 0 or not record.exists():
                return [f"exit code {done.returncode}: {done.stderr.strip()}"], "no record"
            results = json.loads(record.read_text())["results"]
    finally:
        server.terminate()
        server.wait(10)
    found, words = [], []
    for result in results:
        deliveries = result["deliveries"]
        wrong = {key: deliveries[key] for key in ("lost", "missing", "duplicate", "reordered")
                 if deliveries[key] != 0}
        if wrong or deliveries["received"] == 0:
            found.append(f"{result['transport']}: {wrong or 'nothing received'}")
        words.append(f"{result['transport']} {deliveries['received']}")
    return found, "deliveries: " + ", ".join(words)


def summary(findings):
    """The rows that are not good, in a few words."""
    if findings is None:
        return "nothing"
    rows = [f"{check['title']}: {check['found']}" for check in findings["checks"]
            if check["state"] != "ok"]
    return "; ".join(rows) or f"{len(findings['checks'])} rows, all good"


def show(findings):
    """Every row, indented."""
    for check in findings["checks"] if findings else []:
        print(f"      {check['state']:7}  {check['title']:24} {check['found']}")
        if "remedy" in check:
            print(f"               {check['remedy']}")


def main():
    parser = argparse.ArgumentParser(description="Tests pushbench behind nginx.")
    parser.add_argument("program", metavar="PUSHBENCH", help="the program, as it was built")
    parser.add_argument("--nginx", metavar="PATH", help="nginx's program (default: Debian's)")
    parser.add_argument("--only", metavar="NAME", help="only cases whose name has this in it")
    parser.add_argument("--show", action="store_true", help="print every row that the doctor found")
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        print(f"{arguments.program} is no program; build it first", file=sys.stderr)
        return 2
    program = os.path.abspath(arguments.program)
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        nginx = find_nginx(arguments.nginx)
    except NginxMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    steps = [("no proxy at all", lambda: run_direct(program))]
    steps += [(case.name, lambda case=case: run_case(case, program, nginx)) for case in CASES]
    steps += [("a run of the streams", lambda: run_load(program, nginx))]
    started = time.monotonic()
    failed = []
    for name, step in steps:
        if arguments.only and arguments.only not in name:
            continue
        begun = time.monotonic()
        try:
            found, findings = step()
        except (NginxError, OSError, subprocess.TimeoutExpired, ValueError) as error:
            found, findings = [str(error)], None
        words = findings if isinstance(findings, str) else summary(findings)
        print(f"{'FAILED' if found else 'ok':6}  {time.monotonic() - begun:4.1f} s  {name:34} {words}",
              flush=True)
        for objection in found:
            print(f"        {objection}")
        if found:
            failed.append(name)
        if arguments.show and not isinstance(findings, str):
            show(findings)
    took = time.monotonic() - started
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'Everything passed'} in {took:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
