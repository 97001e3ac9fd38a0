"""Drives Chromium and Firefox through one interface, over the protocols that they speak themselves.

    with open_browser("chromium") as browser:
        page = browser.open("http://127.0.0.1:8080/")
        page.wait_for("document.title", "a title")
        page.screenshot("page.png")

Chromium is spoken to over the DevTools protocol, Firefox over WebDriver BiDi. Both run headless, on
a temporary profile which is removed, and are ended by the id of the process that was started.
"""

from .chromium import Chromium
from .connection import BrowserError, Deadline
from .firefox import Firefox
from .launch import BrowserMissing
from .page import EvaluationFailed, Message, Page

BROWSERS = {"chromium": Chromium, "firefox": Firefox}


def open_browser(name, dark=False):
    """Starts a browser; `dark` is what the page is told that the reader prefers."""
    return BROWSERS[name](dark=dark)


__all__ = [
    "BROWSERS", "BrowserError", "BrowserMissing", "Deadline", "EvaluationFailed", "Message", "Page",
    "open_browser",
]
