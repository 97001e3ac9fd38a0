"""Commands and events as JSON messages over one WebSocket, which is how both browsers are spoken to."""

import itertools
import json
import queue
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

# A screenshot of a long page, in base64, is the largest message: some megabytes.
LARGEST_MESSAGE = 256 << 20


class BrowserError(Exception):
    """The browser refused a command, or went away."""


class Deadline(BrowserError):
    """Something did not come about in time."""


class Connection:
    """One WebSocket to a browser: numbered commands, each answered once, and events in between.

    A thread of its own receives; `on_event` is called there with the whole message and must not
    send commands itself.
    """

    def __init__(self, address, on_event):
        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._waiting = {}
        self._lock = threading.Lock()
        self._closed = None
        # Neither pings nor compression: the peer is a process of this machine that may be busy.
        self._socket = connect(
            address, max_size=LARGEST_MESSAGE, open_timeout=30, ping_interval=None,
            compression=None, proxy=None,
        )
        self._receiver = threading.Thread(target=self._receive, daemon=True)
        self._receiver.start()

    def call(self, method, parameters=None, session=None, seconds=30):
        """Sends a command and returns its result."""
        answer = queue.SimpleQueue()
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters or {}}
        if session is not None:
            message["sessionId"] = session
        with self._lock:
            if self._closed is not None:
                raise BrowserError(f"{method}: {self._closed}")
            self._waiting[number] = answer
        try:
            self._socket.send(json.dumps(message))
            result, failure = answer.get(timeout=seconds)
        except queue.Empty:
            raise Deadline(f"{method}: no answer from the browser within {seconds} s") from None
        except ConnectionClosed as closed:
            raise BrowserError(f"{method}: {closed}") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        if failure is not None:
            raise BrowserError(f"{method}: {failure}")
        return result

    def close(self):
        self._socket.close()
        self._receiver.join(timeout=5)

    def _receive(self):
        ended = "the browser closed the connection"
        try:
            for text in self._socket:
                self._take(json.loads(text))
        except ConnectionClosed as closed:
            ended = str(closed)
        with self._lock:
            self._closed = ended
            for answer in self._waiting.values():
                answer.put((None, ended))

    def _take(self, message):
        if "id" not in message or message["id"] is None:
            self._on_event(message)
            return
        with self._lock:
            answer = self._waiting.get(message["id"])
        if answer is None:
            return
        if "error" in message:
            # DevTools has an object there, BiDi a code with the text beside it.
            error = message["error"]
            text = error.get("message") if isinstance(error, dict) else message.get("message")
            answer.put((None, text or str(error)))
        else:
            answer.put((message.get("result", {}), None))
