"""Text that wants to be markup: names, messages, posts and the data of events stay text."""

import json

from ..harness import must, test
from .rooms import enter, log_in, post, say

# Each would set window.injected, load something or turn the line round if it were more than text.
TEXTS = [
    "<script>window.injected = 1</script>",
    "<img src=x onerror=\"window.injected = 2\">",
    "</script><script>window.injected = 3</script>",
    "<a href=\"javascript:window.injected=4\">x</a>",
    "\"><svg onload=window.injected=5>",
    "<!--<script>", "]]>&lt;b&gt;", "${window.injected=6}", "');window.injected=7;('",
    "<iframe srcdoc=\"<script>parent.injected=8</script>\">", "\u2028window.injected=9\u2029",
    "\u202egnp.exe \u2066hidden", "<style>*{display:none}</style>",
]

# Names are short, and are attacked with what fits.
NAMES = [
    "<img src=x onerror=injected=1>", "<script>injected=2</script>", "\u202enaem", "\"><b>bold</b>",
]

# Elements that a text would have made: nothing in the pages carries a handler, or an address of these.
MARKS = """[...document.querySelectorAll('*')].filter((element) =>
    [...element.attributes].some((one) => one.name.startsWith('on') ||
        (['href', 'src', 'srcdoc', 'action'].includes(one.name) &&
            /^javascript:|^x$|parent\\.injected/.test(one.value))) ||
    (element.localName === 'script' && !element.src) ||
    (['style', 'b', 'base', 'object', 'embed'].includes(element.localName) &&
        element.closest('body'))).map((element) => element.outerHTML.slice(0, 120))"""


def must_be_text(page, what):
    injected = page.evaluate("window.injected ?? null")
    must(injected is None, f"{what}: text number {injected} was executed")
    found = page.evaluate(MARKS)
    must(not found, f"{what}: text became {found}")


@test("the data of events stays text in every lane and transcript")
def hostile_events(case):
    case.demo.change(rate=0)
    page = case.lab()
    before = page.evaluate("Math.max(...Object.values(pushbench.lanes).map((l) => l.lastId))")
    for text in TEXTS:
        # As a string, and as a part of somebody's own data.
        case.demo.publish(json.dumps(text))
        case.demo.publish(json.dumps({"text": text}, ensure_ascii=False))
    end = before + 2 * len(TEXTS)
    page.wait_for(f"Object.values(pushbench.lanes).every((lane) => lane.lastId >= {end})",
                  "the hostile events in every lane")
    for technique in page.evaluate("Object.keys(pushbench.lanes)"):
        page.evaluate("document.dispatchEvent(new CustomEvent('lanechosen', "
                      f"{{detail: {json.dumps(technique)}}}))")
        mark = f"injected-{technique}"
        case.demo.publish(json.dumps(f"<img src=x onerror=injected=0>{mark}"))
        page.wait_for(f"document.querySelector('#panel').textContent.includes('{mark}')",
                      f"the transcript of {technique}")
        must_be_text(page, technique)
    frames = page.evaluate("document.querySelectorAll('iframe').length")
    must(frames == 1, f"{frames} frames, of which one is the lane's")


@test("hostile names and messages stay text in the chat")
def hostile_chat(case):
    reader = case.open(case.demo.room("chat"))
    enter(reader, "Reader")
    spoken = 0
    for number, name in enumerate(NAMES):
        other = case.open(case.demo.room("chat"))
        enter(other, name)
        # No more than a newcomer may say at once.
        for text in TEXTS[number::len(NAMES)]:
            say(other, text)
            spoken += 1
        reader.wait_for(f"document.querySelectorAll('#log .said').length === {spoken}",
                        "the messages")
        must_be_text(other, name)
        other.close()
        case.pages.remove(other)
    case.picture(reader, "hostile-chat", full=False)
    must_be_text(reader, "the reader's page")


@test("hostile posts stay text in the live text")
def hostile_posts(case):
    reader = case.open(case.demo.room("live"))
    host = case.open(case.demo.room("live"))
    log_in(case, host)
    for text in TEXTS[:4]:
        post(host, text)
        reader.wait_for(
            f"document.querySelector('#posts').textContent.includes({json.dumps(text)})", text)
    for page in (host, reader):
        must_be_text(page, "the live text")
