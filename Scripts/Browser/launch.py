"""Browser processes: found, started on a profile of their own, ended by their process id."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from .connection import BrowserError, Deadline

# What the name of a file ends with while Chromium or Firefox writes it.
PARTIAL = (".crdownload", ".part", ".tmp")


class BrowserMissing(Exception):
    """No such browser on this machine."""


def find_program(browser, names):
    """The browser's program: what PUSHBENCH_CHROMIUM or PUSHBENCH_FIREFOX says, else what is found."""
    variable = f"PUSHBENCH_{browser.upper()}"
    named = os.environ.get(variable)
    for name in [named] if named else names:
        found = shutil.which(name)
        if found:
            return found
    looked = named or ", ".join(names)
    raise BrowserMissing(
        f"no {browser} here (looked for {looked}): install it (Debian: apt-get install {names[0]}), "
        f"or name its program in {variable}"
    )


class BrowserProcess:
    """A browser with a temporary profile. It leads a process group, and so its helpers end with it."""

    def __init__(self, name, prepare):
        """`prepare` gets the profile's folder and returns the command line."""
        self.name = name
        self.profile = pathlib.Path(tempfile.mkdtemp(prefix=f"pushbench-{name}-"))
        (self.profile / "downloads").mkdir()
        self._log = (self.profile / "pushbench-output.txt").open("wb")
        try:
            self._process = subprocess.Popen(
                prepare(self.profile), stdin=subprocess.DEVNULL, stdout=self._log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )
        except BaseException:
            self._remove_profile()
            raise

    @property
    def pid(self):
        return self._process.pid

    def members(self):
        """Name and id of every process of the browser's group (proc_pid_stat(5))."""
        found = []
        for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                head, _, rest = file.read_text().rpartition(")")
            except OSError:
                continue  # It ended while the folder was read.
            pid, _, name = head.partition(" (")
            if int(rest.split()[2]) == self.pid:
                found.append((name, int(pid)))
        return found

    def wait_for_file(self, name, seconds=60):
        """The text of a file that the browser writes into its profile once it can be spoken to."""
        file = self.profile / name
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = file.read_text() if file.exists() else ""
            if text.strip():
                return text
            if self._process.poll() is not None:
                raise BrowserError(
                    f"{self.name} ended with code {self._process.returncode}:\n{self.output()}"
                )
            time.sleep(0.05)
        raise Deadline(f"{self.name} did not start within {seconds} s:\n{self.output()}")

    def downloads(self):
        """What lies in the downloads folder, the oldest first; nothing while one is being written."""
        files = list((self.profile / "downloads").iterdir())
        # Firefox keeps the name by an empty file, and writes into one that has another suffix.
        if any(file.suffix in PARTIAL or file.stat().st_size == 0 for file in files):
            return []
        return sorted(files, key=lambda file: file.stat().st_mtime)

    def output(self):
        """The last lines that the browser wrote."""
        text = (self.profile / "pushbench-output.txt").read_text(errors="replace")
        return "\n".join(text.splitlines()[-20:])

    def end(self, asked):
        """Waits for the browser to go if it was asked to, else ends it; then removes its profile."""
        try:
            if asked and self._gone(10):
                return
            for sign in (signal.SIGTERM, signal.SIGKILL):
                self._signal(sign)
                if self._gone(5):
                    return
        finally:
            # Helpers that outlived the browser.
            self._signal(signal.SIGKILL)
            self._remove_profile()

    def _signal(self, sign):
        try:
            os.killpg(self._process.pid, sign)
        except ProcessLookupError:
            pass

    def _gone(self, seconds):
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _remove_profile(self):
        self._log.close()
        shutil.rmtree(self.profile, ignore_errors=True)
