#!/usr/bin/env python3
"""Measures what the demo's page costs a browser, and how right the figures are that it shows.

    Scripts/browser-measure.py PUSHBENCH [--browser chromium|firefox] [--minutes 10] [PART ...]

Parts: weight (bytes of all assets), first (first event of every lane), frames (frame times at 50
events/s), latency (the page's p50 against `pushbench run` at 50 and 100 ms), memory (over the
minutes). All of them without a part named. Prints tables in Markdown. Not part of the tests: the
figures are this machine's, which should do nothing else meanwhile.

Needs what is in Scripts/Browser/requirements.txt.
"""

import argparse
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from Browser import BROWSERS, open_browser
from Browser.demo import Demo

# How often a page is opened for the median of its first events.
OPENINGS = 7
# The load that the page must bear at 60 frames a second.
BUSY_RATE = 50
FRAMES_SECONDS = 20
# A frame at 60 a second lasts 16.7 ms; 55 a second is what still looks smooth.
SMOOTH_MS = 1000 / 55
ROUND_TRIPS_MS = (50, 100)
LATENCY_RATE = 20
LATENCY_SECONDS = 30

# Deltas of the browser's own frame callbacks, and the tasks that it calls long (over 50 ms;
# Firefox does not report them).
FRAMES = """new Promise((done) => {
    const deltas = [], long = [];
    if (PerformanceObserver.supportedEntryTypes.includes('longtask'))
        new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration)))
            .observe({type: 'longtask'});
    let last = null;
    const end = performance.now() + SECONDS * 1000;
    const step = (now) => {
        if (last !== null) deltas.push(now - last);
        last = now;
        if (now < end) requestAnimationFrame(step); else done({deltas, long});
    };
    requestAnimationFrame(step);
})"""


def open_lab(demo, browser):
    page = browser.open()
    page.navigate(demo.address)
    page.wait_for("window.pushbench && Object.keys(pushbench.lanes).length >= 7", "the lanes")
    return page


def table(heads, rows):
    print("| " + " | ".join(heads) + " |")
    print("|" + " --- |" * len(heads))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure_weight(demo, browser, _):
    if browser.name != "chromium":
        print("weight: only Chromium says how many bytes were transferred\n")
        return
    page = open_lab(demo, browser)
    page.wait_for("Object.values(pushbench.lanes).every((lane) => lane.received > 0)", "events")
    assets = {
        address: count for address, count in page.received.items()
        if not urllib.parse.urlsplit(address).path.startswith(("/lab/", "/events"))
    }
    print("Bytes received for each asset, heads included:\n")
    rows = sorted(assets.items(), key=lambda one: -one[1])
    rows.append(("together", sum(assets.values())))
    table(["asset", "bytes"], rows)
    page.close()


def measure_first(demo, browser, _):
    print(f"First event of each lane, ms after opening ({OPENINGS} openings):\n")
    for rate in (4, BUSY_RATE):
        demo.change(rate=rate)
        found = {}
        for _ in range(OPENINGS):
            page = open_lab(demo, browser)
            page.wait_for(
                "Object.values(pushbench.lanes).every((lane) => lane.firstEventMs > 0)", "events")
            lanes = page.evaluate("Object.fromEntries(Object.entries(pushbench.lanes)"
                                  ".map(([id, lane]) => [id, lane.firstEventMs]))")
            for technique, value in lanes.items():
                found.setdefault(technique, []).append(value)
            page.close()
        table([f"at {rate} events/s", "median", "max"], [
            (technique, f"{statistics.median(values):.0f}", f"{max(values):.0f}")
            for technique, values in found.items()
        ])


def measure_frames(demo, browser, _):
    demo.change(rate=BUSY_RATE)
    page = open_lab(demo, browser)
    page.wait_for("Object.values(pushbench.lanes).every((lane) => lane.received >= 100)", "events")
    found = page.evaluate(
        FRAMES.replace("SECONDS", str(FRAMES_SECONDS)), seconds=FRAMES_SECONDS + 30)
    deltas = found["deltas"]
    smooth = sum(1 for delta in deltas if delta <= SMOOTH_MS) / len(deltas)
    print(f"Frame times with {BUSY_RATE} events/s on 7 lanes for {FRAMES_SECONDS} s:\n")
    table(["frames", "frames/s", "median ms", "p95 ms", "p99 ms", "max ms", "≥ 55 frames/s",
           "long tasks"], [(
        len(deltas), f"{1000 / statistics.mean(deltas):.1f}", f"{statistics.median(deltas):.1f}",
        f"{percentile(deltas, 0.95):.1f}", f"{percentile(deltas, 0.99):.1f}", f"{max(deltas):.1f}",
        f"{smooth:.1%}", f"{len(found['long'])} {[round(x) for x in found['long']][:8]}",
    )])
    page.close()


def resident(pid):
    """Bytes of memory of a process that are resident and its own (RssAnon of proc(5))."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines()
                 if line.startswith("RssAnon:")), 0)


def measure_memory(demo, browser, minutes):
    demo.change(rate=BUSY_RATE)
    page = open_lab(demo, browser)
    if browser.name == "chromium":
        # Who listens to the network makes the renderer keep what it received.
        for domain in ("Network", "Log", "Runtime"):
            page.call(f"{domain}.disable")
    print(f"Memory over {minutes} min at {BUSY_RATE} events/s:\n")
    rows = []
    started = time.monotonic()
    while True:
        at = time.monotonic() - started
        row = [f"{at:.0f}"]
        if browser.name == "chromium":
            # What is alive: garbage that waits for its collection says nothing of a leak.
            page.call("HeapProfiler.collectGarbage", seconds=60)
            page.call("Performance.enable")
            metrics = {m["name"]: m["value"] for m in page.call("Performance.getMetrics")["metrics"]}
            row += [f"{metrics['JSHeapUsedSize'] / 2**20:.1f}", f"{metrics['Nodes']:.0f}",
                    f"{metrics['JSEventListeners']:.0f}", f"{metrics['Frames']:.0f}"]
        else:
            row += ["–"] * 4
        by_type = {}
        for kind, pid in browser.processes():
            by_type[kind] = by_type.get(kind, 0) + resident(pid)
        row += [f"{by_type.get('renderer', 0) / 2**20:.0f}",
                f"{sum(by_type.values()) / 2**20:.0f}", f"{resident(demo.pid) / 2**20:.1f}",
                page.evaluate("Object.values(pushbench.lanes)"
                              ".reduce((sum, lane) => sum + lane.received, 0)")]
        rows.append(row)
        print("  " + "  ".join(str(cell) for cell in row), flush=True)
        left = minutes * 60 - (time.monotonic() - started)
        if left <= 0:
            break
        time.sleep(min(30, left))
    print()
    table(["s", "heap MiB", "nodes", "listeners", "frames", "renderer MiB", "browser MiB",
           "demo MiB", "events"], rows)
    page.close()


def page_medians(demo, browser, rtt):
    """The p50 in ms that the page shows of each lane, its clock's error and its poll interval."""
    demo.change(rate=LATENCY_RATE, rtt_ms=rtt)
    page = open_lab(demo, browser)
    count = LATENCY_RATE * LATENCY_SECONDS
    page.wait_for(
        f"Object.values(pushbench.lanes).every((lane) => lane.received >= {count})", "the events",
        seconds=LATENCY_SECONDS * 3)
    medians = page.evaluate("Object.fromEntries(Object.entries(pushbench.lanes)"
                            ".map(([id, lane]) => [id, lane.p50]))")
    clock = page.evaluate("pushbench.clock")
    interval = page.evaluate("pushbench.settings.poll_ms ?? null")
    page.close()
    return medians, clock, interval


def generator_medians(program, rtt, interval, techniques):
    """The p50 in ms that the load generator measures of one client of each technique."""
    with tempfile.TemporaryDirectory() as folder:
        record = pathlib.Path(folder) / "record.json"
        subprocess.run([
            program, "run", "--transport", ",".join(techniques), "--clients", "1",
            "--rate", str(LATENCY_RATE), "--rtt", f"{rtt}ms", "--gap-rtt", "0",
            "--poll-interval", f"{interval}ms", "--duration", f"{LATENCY_SECONDS}s",
            "--headers", "browser", "--quiet", "--no-color", "--json", str(record),
        ], check=True, stdout=subprocess.DEVNULL)
        results = json.loads(record.read_text())["results"]
    return {one["transport"]: (one["latency_ns"]["p50"] / 1e6, one["link"]["tier"])
            for one in results}


def measure_latency(demo, browser, _):
    rows = []
    for rtt in ROUND_TRIPS_MS:
        shown, clock, interval = page_medians(demo, browser, rtt)
        print(f"At {rtt} ms the page states its clock as {json.dumps(clock)}.")
        demo.change(rate=0)
        measured = generator_medians(demo.program, rtt, interval or 1000, list(shown))
        for technique, value in shown.items():
            generator, tier = measured[technique]
            rows.append((f"{rtt} ms", technique, f"{value:.1f}", f"{generator:.1f}",
                         f"{value - generator:+.1f}", tier))
    demo.change(rtt_ms=0)
    print("\np50 shown by the page against the load generator's, ms:\n")
    table(["round trip", "technique", "page", "pushbench run", "difference", "its link"], rows)


PARTS = {
    "weight": measure_weight, "first": measure_first, "frames": measure_frames,
    "latency": measure_latency, "memory": measure_memory,
}


def main():
    parser = argparse.ArgumentParser(description="Measures what the demo's page costs a browser.")
    parser.add_argument("program", metavar="PUSHBENCH")
    parser.add_argument("parts", metavar="PART", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--browser", choices=BROWSERS, default="chromium")
    parser.add_argument("--minutes", type=float, default=10, help="how long memory is watched")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part is called {unknown[0]}; there are {', '.join(PARTS)}")
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for part in arguments.parts or PARTS:
        # Each part has a browser and a demo of its own, so that none inherits another's memory.
        with Demo(arguments.program) as demo, open_browser(arguments.browser) as browser:
            print(f"## {part}: {browser.version()}\n", flush=True)
            PARTS[part](demo, browser, arguments.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
