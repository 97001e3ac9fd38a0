"""Chromium over the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""

import os

from .connection import Connection
from .launch import BrowserProcess, find_program
from .page import EvaluationFailed, Message, Page

# key: code and Windows virtual key code, which Chromium derives a key's default action from; and
# the text that it enters.
KEYS = {
    "Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, ""),
    " ": ("Space", 32, " "), "Backspace": ("Backspace", 8, ""),
    "End": ("End", 35, ""), "Home": ("Home", 36, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowUp": ("ArrowUp", 38, ""),
    "ArrowRight": ("ArrowRight", 39, ""), "ArrowDown": ("ArrowDown", 40, ""),
}

KINDS = {"error": "error", "assert": "error", "warning": "warning"}


class Chromium:
    """A running Chromium; every page has a browser context, and so storage, of its own."""

    name = "chromium"

    def __init__(self, dark=False):
        program = find_program("chromium", ["chromium", "chromium-browser", "google-chrome"])
        self._dark = dark
        self._pages = {}
        self._process = BrowserProcess(self.name, lambda profile: self._command(program, profile))
        try:
            port, path = self._process.wait_for_file("DevToolsActivePort").split()
            self._connection = Connection(f"ws://127.0.0.1:{port}{path}", self._take)
        except BaseException:
            self._process.end(asked=False)
            raise

    @staticmethod
    def _command(program, profile):
        command = [
            program, "--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}",
            "--no-first-run", "--no-default-browser-check", "--disable-extensions",
            "--disable-component-update", "--disable-background-networking", "--disable-sync",
            "--disable-crash-reporter", "--disable-gpu", "--lang=en-US",
            "--password-store=basic", "--mute-audio",
            # A window that is not in front must still draw, and keep its timers.
            "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows",
        ]
        if os.geteuid() == 0:
            # Chromium's sandbox refuses to run as root.
            command.append("--no-sandbox")
        return command + ["about:blank"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def version(self):
        return self._connection.call("Browser.getVersion")["product"]

    def open(self, address="about:blank", width=1280, height=900):
        """Opens a page in a window of its own."""
        call = self._connection.call
        context = call("Target.createBrowserContext")["browserContextId"]
        target = call("Target.createTarget", {
            "url": "about:blank", "browserContextId": context, "newWindow": True,
        })["targetId"]
        session = call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = ChromiumPage(self._connection, session, target, context)
        self._pages[session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        call("Browser.setDownloadBehavior", {
            "behavior": "allow", "browserContextId": context,
            "downloadPath": str(self._process.profile / "downloads"),
        })
        if self._dark:
            page.call("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": "dark"}],
            })
        page.resize(width, height)
        if address != "about:blank":
            page.navigate(address)
        return page

    def downloads(self):
        """The files that pages have downloaded, once they are complete."""
        return self._process.downloads()

    def processes(self):
        """Type and id of each of the browser's processes."""
        found = self._connection.call("SystemInfo.getProcessInfo")["processInfo"]
        return [(process["type"], process["id"]) for process in found]

    def close(self):
        asked = True
        try:
            self._connection.call("Browser.close", seconds=10)
        except Exception:  # It may be gone already, or hang: its process is ended either way.
            asked = False
        finally:
            self._connection.close()
            self._process.end(asked)

    def _take(self, message):
        page = self._pages.get(message.get("sessionId"))
        if page is not None:
            page.take(message["method"], message["params"])


class ChromiumPage(Page):
    """A page of Chromium: one target and the session that it is spoken to in."""

    def __init__(self, connection, session, target, context):
        super().__init__()
        self._connection = connection
        self._session = session
        self._target = target
        self._context = context
        self._requests = {}
        # Bytes as they were received (heads and coded content), by the address they came from.
        self.received = {}

    def call(self, method, parameters=None, seconds=30):
        """A command of the DevTools protocol, to this page."""
        return self._connection.call(method, parameters, self._session, seconds)

    def run(self, script, seconds=30):
        answer = self.call("Runtime.evaluate", {
            "expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True,
        }, seconds)
        if "exceptionDetails" in answer:
            raise EvaluationFailed(exception_text(answer["exceptionDetails"]))
        value = answer["result"].get("value")
        return value if isinstance(value, str) else None

    def navigate(self, address, seconds=30):
        answer = self.call("Page.navigate", {"url": address}, seconds)
        if answer.get("errorText"):
            raise EvaluationFailed(f"{address}: {answer['errorText']}")
        self.wait_for("document.readyState !== 'loading'", f"{address} to be read", seconds)

    def resize(self, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile,
        })
        self.call("Emulation.setTouchEmulationEnabled", {"enabled": mobile})

    def press(self, key, shift=False):
        code, number, text = KEYS.get(key, ("", 0, key))
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        event["modifiers"] = 8 if shift else 0
        down = "keyDown" if text else "rawKeyDown"
        self.call("Input.dispatchKeyEvent", {"type": down, "text": text, **event})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def click_at(self, x, y):
        event = {"x": x, "y": y, "button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
        self.call("Input.dispatchMouseEvent", {"type": "mousePressed", **event})
        self.call("Input.dispatchMouseEvent", {"type": "mouseReleased", **event})

    def close(self):
        self._connection.call("Target.closeTarget", {"targetId": self._target})
        self._connection.call("Target.disposeBrowserContext", {"browserContextId": self._context})

    def _capture(self, full):
        parameters = {"format": "png"}
        if full:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            parameters["captureBeyondViewport"] = True
            parameters["clip"] = {**size, "scale": 1}
        return self.call("Page.captureScreenshot", parameters, seconds=60)["data"]

    def take(self, method, event):
        """Takes an event of the session; called on the connection's thread."""
        if method == "Runtime.consoleAPICalled":
            texts = [str(a.get("value", a.get("description", a["type"]))) for a in event["args"]]
            self.messages.append(Message(KINDS.get(event["type"], "log"), " ".join(texts)))
        elif method == "Runtime.exceptionThrown":
            self.messages.append(Message("error", exception_text(event["exceptionDetails"])))
        elif method == "Log.entryAdded":
            entry = event["entry"]
            # Failed loads are taken from the Network events, which name their reason; of a WebSocket
            # that broke or did not open only the log tells.
            is_socket = entry["text"].startswith("WebSocket connection to")
            if entry["source"] != "network" or is_socket:
                kind = "load" if is_socket else KINDS.get(entry["level"], "log")
                self.messages.append(Message(kind, f"{entry['text']} {entry.get('url', '')}"))
        elif method == "Network.requestWillBeSent":
            self._requests[event["requestId"]] = event["request"]["url"]
        elif method == "Network.responseReceived":
            answer = event["response"]
            if answer["status"] >= 400:
                self.messages.append(Message("load", f"{answer['url']}: {answer['status']}"))
        elif method == "Network.loadingFinished":
            self._count(event["requestId"], event["encodedDataLength"])
        elif method == "Network.loadingFailed" and not event.get("canceled"):
            address = self._requests.get(event["requestId"], "?")
            self.messages.append(Message("load", f"{address}: {event['errorText']}"))

    def _count(self, request, bytes_received):
        address = self._requests.get(request, "?")
        self.received[address] = self.received.get(address, 0) + int(bytes_received)


def exception_text(details):
    thrown = details.get("exception", {})
    text = thrown.get("description") or str(thrown.get("value", details.get("text")))
    place = f"{details.get('url', '')}:{details.get('lineNumber', 0) + 1}"
    return f"{text} ({place})"
