"""The checks themselves, shown a page that is wrong in every way: each must say so."""

import urllib.parse

from ..connection import Deadline
from ..harness import Failed, must, test
from .accessibility import findings, walk_by_keyboard
from .hostile import must_be_text
from .reading import UNTRANSLATED, must_fit

# Executed text, an unlabelled field, grey on grey, a focus that cannot be seen, a control that Tab does
# not reach, a key for a text, and a line that does not fit a phone.
WRONG = """<!DOCTYPE html><html lang="en"><title>wrong</title><meta name="viewport"
content="width=device-width"><body style="color:#999;background:#aaa"><style>:focus{outline:0}
</style><main><h1>grey on grey</h1><div style="width:2000px">lane.status.parked</div><input>
<button>one</button><button>two</button><img src="x" onerror="window.injected = 1"></main>
<script>console.error('said');
document.addEventListener('click', () => { throw new Error('thrown'); });</script>"""


def must_refuse(check, what):
    try:
        check()
    except Failed:
        return
    raise Failed(f"{what} is not found on a page made to have it")


@test("the checks find what is wrong on a page that is made to be wrong")
def wrong_page(case):
    # Not opened by the case, which would take the page's complaints for a failure.
    page = case.browser.open()
    try:
        page.navigate("data:text/html," + urllib.parse.quote(WRONG))
        page.wait_for("window.injected", "the text to be executed")
        must_refuse(lambda: must_be_text(page, "wrong"), "executed text")
        must_refuse(lambda: walk_by_keyboard(page, "wrong"), "an invisible focus")
        must(page.evaluate(UNTRANSLATED) == ["lane.status.parked"], "a bare key is not found")
        grave = {one["id"] for one in findings(page)[0]}
        must({"color-contrast", "label"} <= grave, f"axe-core finds only {grave}")
        must_refuse(lambda: must_fit(case, page, "wrong"), "a wide page")
        page.click("button")
        for text in ("said", "thrown"):
            must(any(text in one.text for one in page.errors()), f"the error {text} is not heard")
        try:
            page.wait_for("false", "what never comes", seconds=0.2)
        except Deadline:
            return
        raise Failed("a wait for what never comes ends well")
    finally:
        page.close()
