"""nginx in the foreground, with a folder of its own and on free ports of loopback."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

TEMPLATE = pathlib.Path(__file__).with_name("nginx.conf.in")


class NginxMissing(Exception):
    """No nginx on this machine."""


class NginxError(Exception):
    """nginx did not start, or the configuration is not what the test takes it for."""


def find_nginx(named=None):
    """The program: the one that is named, else Debian's, which stands outside of users' PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which(named or "nginx", path=path)
    if found:
        return found
    raise NginxMissing(
        f"no nginx here (looked for {named or 'nginx'}): install it (Debian: apt-get install "
        "nginx-light), or name its program with --nginx")


def free_port():
    """A port of loopback on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(edits=()):
    """The documented configuration with some of its text replaced, each exactly as often as told."""
    text = TEMPLATE.read_text()
    for old, new in edits:
        if text.count(old) != 1:
            raise NginxError(f"{TEMPLATE.name} has {old!r} {text.count(old)} times, and not once")
        text = text.replace(old, new)
    return text


class Nginx:
    """One nginx, from its start to its end."""

    def __init__(self, program, text, server_port):
        self.port = free_port()
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="pushbench-nginx-"))
        for word, value in [("@LISTEN@", f"127.0.0.1:{self.port}"),
                            ("@SERVER@", f"127.0.0.1:{server_port}"),
                            ("@PREFIX@", str(self._folder))]:
            text = text.replace(word, value)
        # Two workers are enough to show what many do.
        text = text.replace("worker_processes auto;", "worker_processes 2;")
        path = self._folder / "nginx.conf"
        path.write_text(text)
        self._log = (self._folder / "output.txt").open("wb")
        # Before it has read its configuration it would write to the folder it was built with.
        self._process = subprocess.Popen(
            [program, "-p", str(self._folder), "-c", str(path), "-e", str(self._folder / "error.log"),
             "-g", "daemon off;"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise NginxError(f"nginx ended at once:\n{self._said()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise NginxError(f"nginx does not listen after 10 s:\n{self._said()}")

    def _said(self):
        texts = []
        for name in ("output.txt", "error.log"):
            path = self._folder / name
            if path.exists():
                texts.append(path.read_text(errors="replace"))
        return "".join(texts)[-2000:]

    def stop(self):
        """Ends it at once, its workers with it, and removes its folder."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
