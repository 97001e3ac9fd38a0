"""Tests of the demo's pages: how one is declared, what it is given, and how it is run."""

import dataclasses
import pathlib
import time
import traceback
import typing

from .connection import BrowserError
from .demo import Demo


class Failed(Exception):
    """A page is not what it should be."""


def must(condition, message):
    if not condition:
        raise Failed(message)


@dataclasses.dataclass(frozen=True)
class Test:
    sentence: str
    body: typing.Callable
    # Seen in a browser that prefers dark, too.
    dark_too: bool
    # Connections are broken on purpose: loads may fail, errors of scripts may not.
    loads_may_fail: bool

    @property
    def name(self):
        return self.body.__name__.replace("_", "-")


TESTS = []


def test(sentence, dark_too=False, loads_may_fail=False):
    """Declares a test; its name is the function's, with hyphens."""
    def declare(body):
        TESTS.append(Test(sentence, body, dark_too, loads_may_fail))
        return body
    return declare


class Case:
    """What one run of a test is given: a browser, the demo, and a folder for pictures."""

    def __init__(self, browser, demo, program, artifacts, theme):
        self.browser = browser
        self.demo = demo
        self.program = program
        self.theme = theme
        self.notes = []
        self.pages = []
        self._artifacts = artifacts

    def open(self, address, **size):
        """Opens a page, which is closed when the test ends."""
        page = self.browser.open(**size)
        self.pages.append(page)
        page.navigate(address)
        return page

    def lab(self, fragment="", **size):
        """Opens the lab's page, and waits until every lane has heard from the server."""
        page = self.open(self.demo.address + fragment, **size)
        page.wait_for("window.pushbench && Object.keys(pushbench.lanes).length >= 7", "the lanes")
        return page

    def picture(self, page, name, full=True):
        page.screenshot(self.file(f"{name}.png"), full)

    def file(self, name):
        return self._artifacts / f"{self.browser.name}-{self.theme}-{name}"

    def note(self, text):
        """A figure that is printed and not judged."""
        self.notes.append(text)


def run_test(test, browser, demo, program, artifacts, theme):
    """Runs one test and prints its line; whether it passed."""
    case = Case(browser, demo, program, artifacts, theme)
    started = time.monotonic()
    failure = None
    try:
        demo.reset()
        test.body(case)
        kinds = ("error",) if test.loads_may_fail else ("error", "load")
        said = [message for page in case.pages for message in page.errors(kinds)]
        must(not said, "the page complained: " + "; ".join(str(one) for one in said[:5]))
    except (Failed, BrowserError) as expected:
        failure = str(expected)
    except Exception:
        failure = traceback.format_exc()
    finally:
        tidy(case, test, failure)
    took = time.monotonic() - started
    verdict = "FAILED" if failure else "ok    "
    print(f"{verdict} {browser.name:8} {theme:5} {test.sentence} ({took:.1f} s)", flush=True)
    for note in case.notes:
        print(f"       {note}", flush=True)
    if failure:
        print("       " + failure.replace("\n", "\n       "), flush=True)
    return failure is None


def tidy(case, test, failure):
    for number, page in enumerate(case.pages, 1):
        try:
            if failure:
                for message in page.errors()[:5]:
                    case.note(f"page {number} said: {message}")
                case.picture(page, f"failed-{test.name}-{number}")
                text = "\n".join(str(message) for message in page.messages)
                case.file(f"failed-{test.name}-{number}.txt").write_text(text + "\n")
            page.close()
        except BrowserError as error:
            case.note(f"page {number}: {error}")


def run_all(program, name, open_browser, artifacts, only=None, options=()):
    """Runs the tests in one browser, light and then dark; the names of those that failed.

    `options` are the demo's.
    """
    artifacts = pathlib.Path(artifacts)
    artifacts.mkdir(parents=True, exist_ok=True)
    failed = []
    wanted = [test for test in TESTS if only is None or only in test.name]
    for theme in ("light", "dark"):
        tests = [test for test in wanted if theme == "light" or test.dark_too]
        if not tests:
            continue
        with Demo(program, *options) as demo, open_browser(name, dark=theme == "dark") as browser:
            print(f"{browser.version()}, {theme}, {demo.address}", flush=True)
            for test in tests:
                if not run_test(test, browser, demo, program, artifacts, theme):
                    failed.append(f"{name} {theme}: {test.sentence}")
    return failed
