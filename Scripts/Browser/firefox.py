"""Firefox over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/)."""

import json
import re

from .connection import Connection
from .launch import BrowserProcess, find_program
from .page import EvaluationFailed, Message, Page

# WebDriver's code points for keys without a character (W3C WebDriver, 17.4.2).
KEYS = {
    "Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Backspace": "\ue003",
    "End": "\ue010", "Home": "\ue011",
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}
SHIFT = "\ue008"

KINDS = {"error": "error", "warn": "warning"}

# How the console tells of a WebSocket that broke or did not open: there is no other event of it.
BROKEN = re.compile(r"^(The connection to|Firefox can.t establish a connection to the server at) wss?:")

# What ends a load because the page itself wanted so.
ABORTED = ("NS_BINDING_ABORTED", "NS_ERROR_ABORT")

# Beside those that Firefox sets itself when it is driven: no traffic of its own to anywhere.
PREFERENCES = {
    "browser.startup.page": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "intl.accept_languages": "en-US, en",
    # The time of a page is not rounded to 1 ms for a page that asks for better.
    "privacy.reduceTimerPrecision": False,
}


class Firefox:
    """A running Firefox; every page has a user context, and so storage, of its own."""

    name = "firefox"

    def __init__(self, dark=False):
        program = find_program("firefox", ["firefox-esr", "firefox"])
        self._dark = dark
        self._pages = {}
        self._process = BrowserProcess(self.name, lambda profile: self._command(program, profile))
        try:
            server = json.loads(self._process.wait_for_file("WebDriverBiDiServer.json"))
            self._connection = Connection(
                f"ws://{server['ws_host']}:{server['ws_port']}/session", self._take)
            self._capabilities = self._connection.call(
                "session.new", {"capabilities": {}})["capabilities"]
            self._connection.call("session.subscribe", {"events": [
                "log.entryAdded", "network.fetchError", "network.responseCompleted",
                "browsingContext.contextCreated",
            ]})
        except BaseException:
            self._process.end(asked=False)
            raise

    def _command(self, program, profile):
        # 0 is dark and 1 is light: StaticPrefList.yaml of Gecko.
        scheme = {"layout.css.prefers-color-scheme.content-override": 0 if self._dark else 1}
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in {**PREFERENCES, **scheme}.items()
        ]
        (profile / "user.js").write_text("".join(lines))
        return [
            program, "--headless", "--no-remote", "--profile", str(profile),
            "--remote-debugging-port", "0", "about:blank",
        ]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def version(self):
        return f"Firefox/{self._capabilities['browserVersion']}"

    def open(self, address="about:blank", width=1280, height=900):
        """Opens a page in a window of its own."""
        call = self._connection.call
        user = call("browser.createUserContext")["userContext"]
        call("browser.setDownloadBehavior", {"userContexts": [user], "downloadBehavior": {
            "type": "allowed", "destinationFolder": str(self._process.profile / "downloads"),
        }})
        context = call("browsingContext.create", {
            "type": "window", "userContext": user, "background": False,
        })["context"]
        page = FirefoxPage(self._connection, context, user)
        self._pages[context] = page
        page.resize(width, height)
        if address != "about:blank":
            page.navigate(address)
        return page

    def downloads(self):
        """The files that pages have downloaded, once they are complete."""
        return self._process.downloads()

    def processes(self):
        """Type and id of each of the browser's processes; those of pages are renderers."""
        return [
            ("renderer" if name.startswith(("Web Content", "Isolated Web")) else name, pid)
            for name, pid in self._process.members()
        ]

    def close(self):
        asked = True
        try:
            self._connection.call("browser.close", seconds=10)
        except Exception:  # It may be gone already, or hang: its process is ended either way.
            asked = False
        finally:
            self._connection.close()
            self._process.end(asked)

    def _take(self, message):
        event = message.get("params", {})
        context = event.get("context") or event.get("source", {}).get("context")
        if message["method"] == "browsingContext.contextCreated":
            # A frame is part of the page that it is in.
            if event.get("parent") in self._pages:
                self._pages[context] = self._pages[event["parent"]]
            return
        page = self._pages.get(context)
        if page is not None:
            page.take(message["method"], event)


class FirefoxPage(Page):
    """A page of Firefox: one top-level browsing context."""

    def __init__(self, connection, context, user):
        super().__init__()
        self._connection = connection
        self._context = context
        self._user = user

    def call(self, method, parameters=None, seconds=30):
        """A command of WebDriver BiDi, about this page."""
        return self._connection.call(
            method, {"context": self._context, **(parameters or {})}, seconds=seconds)

    def run(self, script, seconds=30):
        answer = self._connection.call("script.evaluate", {
            "expression": script, "target": {"context": self._context}, "awaitPromise": True,
            "userActivation": True,
        }, seconds=seconds)
        if answer["type"] == "exception":
            details = answer["exceptionDetails"]
            raise EvaluationFailed(details["text"])
        return answer["result"].get("value") if answer["result"]["type"] == "string" else None

    def navigate(self, address, seconds=30):
        self.call("browsingContext.navigate", {"url": address, "wait": "interactive"}, seconds)

    def resize(self, width, height, mobile=False):
        self.call("browsingContext.setViewport", {"viewport": {"width": width, "height": height}})

    def press(self, key, shift=False):
        value = KEYS.get(key, key)
        actions = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        if shift:
            actions = [
                {"type": "keyDown", "value": SHIFT}, *actions, {"type": "keyUp", "value": SHIFT},
            ]
        self.call("input.performActions", {
            "actions": [{"type": "key", "id": "keyboard", "actions": actions}],
        })

    def click_at(self, x, y):
        self.call("input.performActions", {"actions": [{
            "type": "pointer", "id": "mouse", "actions": [
                {"type": "pointerMove", "x": round(x), "y": round(y)},
                {"type": "pointerDown", "button": 0},
                {"type": "pointerUp", "button": 0},
            ],
        }]})

    def close(self):
        self.call("browsingContext.close")
        self._connection.call("browser.removeUserContext", {"userContext": self._user})

    def _capture(self, full):
        origin = "document" if full else "viewport"
        return self.call("browsingContext.captureScreenshot", {"origin": origin}, seconds=60)["data"]

    def take(self, method, event):
        """Takes an event about this page; called on the connection's thread."""
        if method == "log.entryAdded":
            text = event.get("text") or ""
            kind = "load" if BROKEN.match(text) else KINDS.get(event["level"], "log")
            self.messages.append(Message(kind, text))
        elif method == "network.fetchError":
            if event["errorText"] not in ABORTED:
                address = event["request"]["url"]
                self.messages.append(Message("load", f"{address}: {event['errorText']}"))
        elif method == "network.responseCompleted":
            answer = event["response"]
            if answer["status"] >= 400:
                self.messages.append(Message("load", f"{answer['url']}: {answer['status']}"))
