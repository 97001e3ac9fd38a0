"""A server to be ill-treated, what the system says of a process, and faults made by strace."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 10


class Failed(Exception):
    """Something is not as it must be."""


def must(condition, text):
    if not condition:
        raise Failed(text)


def wait_until(condition, what, seconds=PATIENCE):
    """Waits for a condition and returns its value; what never comes is a failure."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


# What is said of a process

def cpu_seconds(pid):
    """User and system time of all threads so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise Failed(f"process {pid} has no memory any more")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            pass
    return found


class Program:
    """A run of the program, with what it said; leaving the block ends it."""

    def __init__(self, command, before=(), environment=None, stdin=subprocess.DEVNULL,
                 stdout=None, cwd=None):
        self.output = tempfile.TemporaryFile()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*before, *map(str, command)], stdin=stdin,
            stdout=self.output if stdout is None else stdout, stderr=self.errors, cwd=cwd,
            env={**os.environ, **(environment or {})})
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Asks it to end, and makes it: nobody stays behind."""
        orphans = children(self.pid) if is_running(self.pid) else []
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for orphan in orphans:
            if is_running(orphan):
                os.kill(orphan, signal.SIGKILL)
        self.output.close()
        self.errors.close()

    def wait(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"did not end within {seconds} s; it says: {self.complaint}") from None

    @property
    def said(self):
        self.output.seek(0)
        return self.output.read().decode(errors="replace")

    @property
    def complaint(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace").strip()


class Server(Program):
    """`pushbench serve` on ports of its own."""

    def __init__(self, program, *options, rate=20, **how):
        super().__init__(
            [program, "serve", "--port", "0", "--raw-port", "0", "--rate", rate, *options], **how)
        pattern = re.compile(r"serves http://(?:[\d.]+):(\d+)/ and raw TCP on (?:[\d.]+):(\d+)")
        try:
            found = wait_until(
                lambda: pattern.search(self.complaint) or self.process.poll() is not None,
                "the server to say where it listens")
            must(found is not True, f"the server did not start: {self.complaint}")
        except Failed:
            self.__exit__()
            raise
        self.http, self.raw = int(found[1]), int(found[2])

    def port(self, technique):
        return self.raw if technique == "raw-tcp" else self.http

    def connect(self, technique="sse", timeout=5.0, receive_buffer=None):
        one = socket.socket()
        one.settimeout(timeout)
        if receive_buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            one.connect(("127.0.0.1", self.port(technique)))
        except OSError:
            one.close()
            raise
        return one

    def get(self, path):
        with self.connect() as one:
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while part := one.recv(65536):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        must(head.split(b" ", 2)[1:2] == [b"200"], f"{path} is answered {head[:60]!r}")
        return body.decode()

    def metrics(self):
        """All samples, by name and labels."""
        samples = {}
        for line in self.get("/metrics").splitlines():
            if not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                samples[name] = float(value)
        return samples

    def disconnects(self, reason):
        return int(self.metrics().get(f'pushbench_disconnects_total{{reason="{reason}"}}', 0))


# Faults made by strace

class Fault:
    """System calls of a running process that fail while the block lasts.

    `calls` are strace's injections, such as `accept4:error=EMFILE`.
    """

    def __init__(self, pid, *calls):
        self.pid = pid
        self.calls = calls

    def __enter__(self):
        self.log = tempfile.NamedTemporaryFile(mode="r", prefix="pushbench-strace-")
        names = ",".join(call.split(":")[0] for call in self.calls)
        injections = [word for call in self.calls for word in ("-e", f"inject={call}")]
        self.tracer = subprocess.Popen(
            ["strace", "-f", "-p", str(self.pid), "-o", self.log.name, "-e", f"trace={names}",
             *injections],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(
            lambda: self._is_attached() or self.tracer.poll() is not None, "strace to attach")
        if self.tracer.poll() is not None:
            raise Failed(f"strace cannot attach: {self.tracer.stderr.read().decode().strip()}")
        return self

    def _is_attached(self):
        """Whether every thread is traced."""
        try:
            tasks = list(pathlib.Path(f"/proc/{self.pid}/task").iterdir())
            return all(
                re.search(r"^TracerPid:\t[1-9]", (task / "status").read_text(), re.MULTILINE)
                for task in tasks)
        except OSError:
            return False

    def __exit__(self, *_):
        if self.tracer.poll() is None:
            self.tracer.send_signal(signal.SIGINT)
            try:
                self.tracer.wait(5)
            except subprocess.TimeoutExpired:
                self.tracer.kill()
                self.tracer.wait()
        self.tracer.stderr.close()
        self.log.seek(0)
        lines = self.log.read().splitlines()
        # What was done to the process, and all that it called of these.
        self.injected = sum("(INJECTED)" in line for line in lines)
        self.called = sum("(" in line for line in lines)
        self.log.close()
