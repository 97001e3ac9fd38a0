"""What a test does with a page, whichever browser shows it."""

import abc
import base64
import dataclasses
import json
import pathlib
import time

from .connection import BrowserError, Deadline


# Scrolls to an element, finds its middle, and notes whether the next click reaches it.
LOCATE = """(() => {
    const selector = %s;
    const element = document.querySelector(selector);
    if (!element) throw new Error('no element ' + selector);
    element.scrollIntoView({block: 'center', behavior: 'instant'});
    const box = element.getBoundingClientRect();
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    const top = document.elementFromPoint(x, y);
    if (!top || !(element.contains(top) || top.contains(element) ||
        [...(element.labels ?? [])].some((label) => label.contains(top))))
        throw new Error(selector + ' is covered by ' + top?.outerHTML.slice(0, 200));
    window.missedClick = true;
    const reached = () => { window.missedClick = false; };
    element.addEventListener('click', reached, {once: true, capture: true});
    return [x, y];
})()"""


class EvaluationFailed(BrowserError):
    """JavaScript threw, or its promise was rejected."""


@dataclasses.dataclass(frozen=True)
class Message:
    """Something that the page, or the browser on its behalf, said.

    `kind` is `error` (console.error, an uncaught error, a violated policy), `load` (a resource that
    could not be loaded, or was answered with a status of 400 and above), `warning` or `log`.
    """

    kind: str
    text: str

    def __str__(self):
        return f"{self.kind}: {self.text}"


class Page(abc.ABC):
    """One window with storage of its own."""

    def __init__(self):
        self.messages = []

    # What each browser does in its own way.

    @abc.abstractmethod
    def run(self, script, seconds=30):
        """Runs a script in the page, awaits its value if that is a promise; a string, or None."""

    @abc.abstractmethod
    def navigate(self, address, seconds=30):
        """Loads an address; returns once the document is read and its deferred scripts have run.

        It does not wait for the load event, which a frame that never ends loading keeps away.
        """

    @abc.abstractmethod
    def resize(self, width, height, mobile=False):
        """Sets the size of the view in CSS pixels."""

    @abc.abstractmethod
    def press(self, key, shift=False):
        """Presses and releases one key: a character, or a name such as Tab or Enter."""

    @abc.abstractmethod
    def click_at(self, x, y):
        """Moves the pointer there and clicks."""

    @abc.abstractmethod
    def close(self):
        """Closes the window."""

    @abc.abstractmethod
    def _capture(self, full):
        """A PNG in base64, of the view or of the full page."""

    # What follows from it.

    def evaluate(self, expression, seconds=30):
        """The value of an expression, awaited if it is a promise, as JSON would carry it."""
        text = self.run(
            f"(async () => JSON.stringify((await (\n{expression}\n)) ?? null))()", seconds
        )
        return None if text is None else json.loads(text)

    def wait_for(self, condition, what, seconds=30):
        """Waits until the expression is true, and returns its value."""
        end = time.monotonic() + seconds
        value = None
        while time.monotonic() < end:
            value = self.evaluate(condition)
            if value:
                return value
            time.sleep(0.05)
        raise Deadline(f"not within {seconds} s: {what} (last seen: {json.dumps(value)[:300]})")

    def click(self, selector):
        """Scrolls an element into view and clicks its middle, which nothing may cover.

        What moves between the look and the click, because something above it grew, is clicked again,
        as a person would.
        """
        for _ in range(10):
            x, y = self.evaluate(LOCATE % json.dumps(selector))
            self.click_at(x, y)
            # Undefined when the click has loaded another page.
            if not self.evaluate("window.missedClick ?? false"):
                return
        raise Deadline(f"{selector} does not hold still long enough to be clicked")

    def type(self, text):
        """Presses the key of each character."""
        for character in text:
            self.press(character)

    def screenshot(self, file, full=True):
        """Writes a PNG of the view, or of the full page."""
        file = pathlib.Path(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(self._capture(full)))

    def errors(self, kinds=("error", "load")):
        """The messages of these kinds since the page was opened."""
        return [message for message in self.messages if message.kind in kinds]
