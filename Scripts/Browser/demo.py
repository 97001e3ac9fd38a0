"""`pushbench demo` as a child process, and its control interface."""

import json
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from .connection import BrowserError


class Demo:
    """A running demo on ports of its own."""

    def __init__(self, program, *options):
        self.program = program
        self._process = subprocess.Popen(
            [program, "demo", "--port", "0", *options], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        self._lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.address = self._wait_for(r"open (http://\S+/)")
            self._settings = self.get("/lab/state")["settings"]
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    @property
    def pid(self):
        return self._process.pid

    def room(self, name):
        """The address of a room: chat or live."""
        words = {"chat": "the chat", "live": "the live text"}
        return self._wait_for(rf"{words[name]} is at (http://\S+/)")

    def host_token(self):
        """What lets the host of the live text post; the demo prints it at its start."""
        return self._wait_for(r"token\W+([A-Za-z0-9_-]{8,})")

    def get(self, path):
        with urllib.request.urlopen(self.address.rstrip("/") + path, timeout=30) as answer:
            return json.load(answer)

    def post(self, path, content):
        request = urllib.request.Request(
            self.address.rstrip("/") + path, json.dumps(content).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as refused:
            raise BrowserError(f"POST {path}: {refused.code} {refused.read().decode()}") from None

    def publish(self, data):
        """Publishes an event; `data` is JSON."""
        request = urllib.request.Request(self.address + "events", data.encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["id"]

    def change(self, **settings):
        self.post("/lab/settings", settings)

    def reset(self):
        """Gives it the settings again that it began with."""
        self.change(**self._settings)

    def end(self):
        """Ends the demo as Ctrl-C would, and returns its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._reader.join(timeout=5)
        return self._process.wait()

    def output(self):
        return "".join(self._lines)

    def _read(self):
        for line in self._process.stdout:
            self._lines.append(line)

    def _wait_for(self, pattern, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.output())
            if found:
                return found[1]
            if not self._reader.is_alive():
                break
            time.sleep(0.02)
        raise BrowserError(f"the demo did not print /{pattern}/:\n{self.output()}")
