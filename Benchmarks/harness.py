"""What a paired measurement needs: pinned children with deadlines, /proc, medians, and a table.

Nothing here knows what is measured. A child is spoken to in lines and answers in lines of JSON; it
is always ended, and nothing that this process did not start is ever touched.
"""

import json
import os
import platform
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median


class Failure(Exception):
    """A measurement that could not be made; the text says why."""


def end_on_signals():
    """Makes SIGTERM and SIGHUP end this process like any error does, so that children are ended."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))


class Child:
    """A child process pinned to one processor. Leaving the block ends it.

    `environment` is added to this process's own.
    """

    def __init__(self, command, processor, environment=None):
        self.name = Path(command[0]).name
        self.lines = b""
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(processor), *map(str, command)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0,
            env={**os.environ, **(environment or {})})
        # taskset becomes the command, so its number is the command's own.
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends the child: by the end of its input, else by SIGTERM, else by SIGKILL."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        for ask, patience in ((None, 5), (self.process.terminate, 3), (self.process.kill, 3)):
            if ask:
                ask()
            try:
                self.process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.stdout.close()
        self.errors.close()

    def say(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
        except BrokenPipeError:
            raise self.failure("no longer listens") from None

    def hear(self, key, seconds):
        """The next JSON object that has `key`; other lines are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            line, newline, rest = self.lines.partition(b"\n")
            if newline:
                self.lines = rest
                try:
                    message = json.loads(line)
                except ValueError:
                    continue
                if isinstance(message, dict) and key in message:
                    return message
                continue
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise self.failure(f"did not say \"{key}\" within {seconds:.0f} s")
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise self.failure(f"ended before it said \"{key}\"")
            self.lines += more

    def drain_until_end(self, seconds):
        """Waits for an end that is a success, and passes over all that is said until then."""
        try:
            self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise self.failure(f"did not end within {seconds:.0f} s") from None
        if self.process.returncode != 0:
            raise self.failure(f"ended with {self.process.returncode}")

    def failure(self, what):
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip()
        return Failure(f"{self.name} {what}" + (f": {said[-600:]}" if said else "."))


def sleep_until(monotonic_ns):
    left = monotonic_ns - time.monotonic_ns()
    if left > 0:
        time.sleep(left / 1e9)


def cpu_ns(pid):
    """Processor time of all threads that a process has now, user and kernel, in nanoseconds.

    The scheduler's own account: not rounded to ticks, and exact while the threads sleep.
    """
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total


def memory_bytes(pid, field):
    """A sum over all mappings of a process: `Pss`, or `Pss_Anon` for what it has allocated."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise Failure(f"This kernel's smaps_rollup has no {field}.")


class Steal:
    """The share of processor time that the hypervisor gave to others since this was made."""

    def __init__(self):
        self.before = self.read()

    @staticmethod
    def read():
        ticks = [int(t) for t in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return ticks[7], sum(ticks)

    def share(self):
        stolen, total = self.read()
        return (stolen - self.before[0]) / max(1, total - self.before[1])


def check_processors(*wanted):
    available = os.sched_getaffinity(0)
    missing = [p for p in wanted if p not in available]
    if missing:
        raise Failure(
            f"Processor {missing[0]} is not available; these are: {sorted(available)}. "
            "Choose with --server-core and --client-core.")
    if len(set(wanted)) < len(wanted):
        print("Server and client share a processor: figures will be poor.", file=sys.stderr)


def machine():
    """One line that says what the figures were taken on."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    control = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    return (f"{model}, {os.cpu_count()} processors, Linux {platform.release()}, "
            f"congestion control {control}")


def ratios(pairs, name):
    """B ÷ A of each pair."""
    return [b[name] / a[name] if a[name] else float("nan") for a, b in pairs]


def compare_row(label, pairs, name, form):
    """A row: both medians, the median of the pairs' ratios, their range, and each of them.

    The median of ratios is not the ratio of medians: only the former takes out the drift of the
    machine from one pair to the next.
    """
    each = ratios(pairs, name)
    a, b = (median(sample[name] for sample in side) for side in zip(*pairs))
    return [label, form.format(a), form.format(b), f"**{median(each):.2f}**",
            f"{min(each):.2f}–{max(each):.2f}", " ".join(f"{r:.2f}" for r in each)]


def table(head, rows):
    """A Markdown table, its columns padded so that it also reads as text."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in lines)


def write_aside(path, text):
    """Writes a file whole or not at all."""
    aside = Path(f"{path}.part")
    aside.write_text(text)
    aside.replace(path)
