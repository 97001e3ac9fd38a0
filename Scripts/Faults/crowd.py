"""Clients that stay: one or more of every technique, on a thread of their own."""

import selectors
import socket
import threading
import time

from . import techniques


class Member:
    """One client, on one connection after the other; it resumes where it was cut off."""

    def __init__(self, technique, port, payload_bytes):
        self.technique = technique
        self.port = port
        self.audit = techniques.Audit(payload_bytes)
        self.connections = 0
        self.socket = None
        self.ask_at = 0.0
        self.question = b""


class Crowd:
    """Runs its members while the block lasts, and tells what they saw."""

    # How long a member waits before it connects again.
    RETRY = 0.1

    def __init__(self, server, names=techniques.TECHNIQUES, each=1, payload_bytes=100):
        self.members = [
            Member(name, server.port(name), payload_bytes) for name in names for _ in range(each)]
        self.selector = selectors.DefaultSelector()
        self.is_over = False
        self.failure = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join(5)
        for member in self.members:
            self._leave(member)
        self.selector.close()

    @property
    def events(self):
        return sum(member.audit.events for member in self.members)

    @property
    def reconnects(self):
        return sum(max(0, member.connections - 1) for member in self.members)

    @property
    def faults(self):
        """What anybody got that was not as it must be."""
        return [f"{member.technique}: {fault}" for member in self.members
                for fault in member.audit.faults] + ([self.failure] if self.failure else [])

    def all_have(self, more_than):
        """Whether everybody has an event with a greater id."""
        return all((member.audit.last or 0) > more_than for member in self.members)

    @property
    def newest(self):
        return max((member.audit.last or 0) for member in self.members)

    def _run(self):
        try:
            while not self.is_over:
                now = time.monotonic()
                for member in self.members:
                    if member.ask_at and member.ask_at <= now:
                        self._act(member)
                for key, _ in self.selector.select(0.02):
                    self._read(key.data)
        except Exception as error:  # The main thread is told, whatever it was.
            self.failure = f"{type(error).__name__}: {error}"

        # Nobody waits for a crowd that has broken down.

    def start(self, patience=10):
        """Waits until everybody is connected and has heard something."""
        for member in self.members:
            member.ask_at = time.monotonic()
        deadline = time.monotonic() + patience
        while not all(member.audit.events > 1 for member in self.members):
            if self.failure or time.monotonic() > deadline:
                silent = [m.technique for m in self.members if m.audit.events <= 1]
                raise AssertionError(self.failure or f"these hear nothing: {silent}")
            time.sleep(0.02)

    def _act(self, member):
        """Connects, or asks what it had to wait with."""
        member.ask_at = 0.0
        try:
            if member.socket is None:
                member.socket = socket.create_connection(("127.0.0.1", member.port), 2)
                member.connections += 1
                member.client = techniques.client(member.technique, since=member.audit.last)
                member.question = member.client.opening()
                self.selector.register(member.socket, selectors.EVENT_READ, member)
            member.socket.sendall(member.question)
        except OSError:
            self._leave(member)

    def _read(self, member):
        try:
            data = member.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self._leave(member)
        messages, reply = member.client.feed(data)
        for message in messages:
            member.audit.take(message)
        if not reply:
            return None
        member.question = reply
        if member.client.pause:
            member.ask_at = time.monotonic() + member.client.pause
            return None
        return self._act(member)

    def _leave(self, member):
        if member.socket is None:
            return
        try:
            self.selector.unregister(member.socket)
        except (KeyError, ValueError):
            pass
        member.socket.close()
        member.socket = None
        member.ask_at = time.monotonic() + self.RETRY
