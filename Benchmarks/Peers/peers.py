"""Starts each peer as fan-out.py starts its servers: a context manager that gives a Server.

Whoever measures calls `nchan(options, technique)`, `node_ws(…)` or `python_websockets(…)` where it
would call `floor_server(…)`. Peers are pinned like every server, publish what publisher.py sends
them from the client's processor, and are ended with the block.
"""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from harness import Child, Failure  # noqa: E402

fan_out = import_module("fan-out")
Server, START_IN_NS = fan_out.Server, fan_out.START_IN_NS

NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
NODE_MODULES = Path("/usr/share/nodejs")
VENV_PYTHON = ROOT / ".build" / "peers-venv" / "bin" / "python"
START_SECONDS = 10

# What each peer speaks, as pushbench names it.
NCHAN_TECHNIQUES = ("websocket", "sse", "http-streaming", "long-polling", "short-polling")


@contextmanager
def publisher(options, *where):
    """The process that publishes. It shares the client's processor, so that the server has its own
    to itself; an event costs it some 0.1 ms."""
    command = [
        sys.executable, HERE / "publisher.py", *where, "--rate", options.rate, "--events",
        options.events, "--payload", options.payload, "--start-in-ns", START_IN_NS]
    with Child(command, options.client_core) as child:
        child.hear("ready", START_SECONDS)
        yield child


# ------------------------------------------------------------------------------------------------
# nginx


@contextmanager
def nginx(options):
    """nginx with one worker; gives the port and the worker's number."""
    with tempfile.TemporaryDirectory(prefix="pushbench-nginx-") as prefix:
        # The worker may be another user's when this is root's: it has to reach its files.
        os.chmod(prefix, 0o755)
        port = free_port()
        text = (HERE / "nginx.conf").read_text()
        descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        for name, value in {
                "PORT": port, "MODULE": NCHAN_MODULE, "DESCRIPTORS": min(descriptors, 1_000_000),
                "PROCESSOR": format(1 << options.server_core, "b")}.items():
            text = text.replace(f"@{name}@", str(value))
        (Path(prefix) / "nginx.conf").write_text(text)
        command = ["nginx", "-e", "stderr", "-p", prefix, "-c", "nginx.conf"]
        with Child(command, options.server_core) as child:
            try:
                yield port, worker_of(child, port)
            finally:
                # The end of its input is nothing to nginx.
                child.process.send_signal(signal.SIGTERM)


def free_port():
    """A port that nobody has now; nginx cannot say which one the kernel chose."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def worker_of(child, port):
    """The number of nginx's only worker, once it answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.process.poll() is not None:
            raise child.failure("ended")
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET /empty HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                if children and connection.recv(64).startswith(b"HTTP/1.1 204"):
                    return int(children[0])
        except OSError:
            pass
        time.sleep(0.02)
    raise child.failure(f"did not answer within {START_SECONDS} s")


@contextmanager
def nchan(options, technique):
    if technique not in NCHAN_TECHNIQUES:
        raise Failure(f"nchan has no {technique}.")
    client = ["--path", f"/{technique}"]
    if technique == "http-streaming":
        client += ["--field", "TE: chunked"]
    if technique in fan_out.POLLED:
        client += ["--cursor", "fields"]
    with nginx(options) as (port, worker), publisher(
            options, "--port", port, "--post", "/publish") as child:
        yield Server(child, port, "start", pid=worker, client=client)


@contextmanager
def nchan_batched(options, technique):
    """Long polling with everything that a poll missed in one answer."""
    with nchan(options, technique) as server:
        server.client = ["--path", "/long-polling-batched", "--cursor", "fields"]
        yield server


@contextmanager
def nginx_tiny(options, _):
    """An answer as small as an empty short poll's, from the configuration itself."""
    with nginx(options) as (port, worker):
        yield Server(None, port, None, pid=worker, client=["--path", "/tiny", "--cursor", "none"])


# ------------------------------------------------------------------------------------------------
# WebSocket libraries


@contextmanager
def web_socket_peer(options, command, environment=None):
    with Child(command, options.server_core, environment) as server:
        said = server.hear("publish_port", START_SECONDS)
        with publisher(options, "--port", said["publish_port"], "--lines") as child:
            yield Server(child, said["port"], "start", pid=server.pid, client=["--path", "/"])


def node_ws(options, technique):
    check_web_socket("node ws", technique)
    return web_socket_peer(
        options, ["node", HERE / "node-ws.js"], {"NODE_PATH": str(NODE_MODULES)})


def python_websockets(options, technique):
    check_web_socket("Python's websockets", technique)
    return web_socket_peer(options, [VENV_PYTHON, HERE / "python-websockets.py"])


def check_web_socket(name, technique):
    if technique != "websocket":
        raise Failure(f"{name} has no {technique}.")


# ------------------------------------------------------------------------------------------------
# Versions


def said(*command):
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).strip()


def versions():
    """The version of each peer, or None when it is not installed."""
    nginx_version = re.search(r"nginx/(\S+)", said("nginx", "-v"))
    nchan_version = said("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan")
    ws = NODE_MODULES / "ws" / "package.json"
    packages = said(
        VENV_PYTHON, "-c", "import sys, websockets; print(websockets.__version__, 'on Python', "
        "sys.version.split()[0])")
    return {
        "nginx": nginx_version and nginx_version[1],
        "nchan": nchan_version if NCHAN_MODULE.exists() else None,
        "node ws": f"{json.loads(ws.read_text())['version']} on node {said('node', '--version')}"
        if ws.exists() else None,
        "Python's websockets": packages if packages[:1].isdigit() else None,
    }
