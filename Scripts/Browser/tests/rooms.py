"""The two rooms: a chat between pages, over each of its ways, and a live text with late readers."""

import json

from ..harness import must, test

# The ways of a room, best first; a page can be told to pretend that it has no better one.
WAYS = ["websocket", "sse", "long-polling", "jsonp-polling"]

# Makes constructors that fail as they do in a browser or behind a proxy that lacks the technique.
WITHOUT = """for (const name of %s) window[name] = class extends EventTarget {
    constructor() {
        super();
        this.readyState = 2;
        setTimeout(() => { this.onerror?.(new Event('error')); this.onclose?.(new Event('close')); });
    }
    static CLOSED = 2;
    close() {}
}; ''"""

# A picture of one red pixel.
PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4GBgYEBAAoEAgBwh6T4"
         "AAAAAElFTkSuQmCC")


def enter(page, name):
    """Enters the chat as a person would."""
    page.wait_for("window.room", "the page's script")
    page.evaluate(f"document.querySelector('#name').value = {json.dumps(name)}")
    page.click("#entry button")
    page.wait_for("!document.querySelector('#room').hidden && room.link.state === 'open'",
                  f"the chat to let {name} in")


def say(page, text):
    """Says something, and waits until the room has it."""
    page.evaluate(f"document.querySelector('#text').value = {json.dumps(text)}")
    page.click("#composer button.primary")
    page.wait_for("room.link.unsent === 0", f"the room to take {text}")
    problem = page.evaluate("document.querySelector('#problem').textContent")
    must(not problem, f"{text} was refused: {problem}")


def wait_for_line(page, text, count=1):
    """Waits until the chat shows a text in so many of its lines."""
    page.wait_for(f"""[...document.querySelectorAll('#log > *')]
        .filter((line) => line.textContent.includes({json.dumps(text)})).length === {count}""",
                  f"{count} line(s) with {text}")


def wait_for_online(page, names):
    """Waits until exactly these are online, of all who have a name of this test."""
    test = names[0].partition(" ")[2]
    page.wait_for(f"""JSON.stringify([...room.online.values()].map((user) => user.name)
        .filter((name) => name.endsWith({json.dumps(test)})).sort()) ===
        JSON.stringify({json.dumps(sorted(names))}) &&
        document.querySelectorAll('#online li').length === room.online.size""",
        f"{names} to be online")


def chat(case, way):
    """Two pages enter, see each other, speak in turn; one leaves, which the other sees."""
    address = case.demo.room("chat") + f"?way={way}"
    first, second = case.open(address), case.open(address)
    # The room is the same for all tests, some of whose people may just be leaving.
    ann, bo = f"Ann {way}", f"Bo {way}"
    enter(first, ann)
    enter(second, bo)
    wait_for_line(first, bo)
    for page in (first, second):
        must(page.evaluate("room.link.way.id") == way, "another way is used")
        wait_for_online(page, [ann, bo])
    for turn in range(2):
        say(first, f"hello {turn} over {way}")
        say(second, f"reply {turn} over {way}")
    for page in (first, second):
        for turn in range(2):
            wait_for_line(page, f"hello {turn} over {way}")
            wait_for_line(page, f"reply {turn} over {way}")
        must(page.evaluate("[room.link.lost, room.link.repeated]") == [0, 0],
             "messages were lost or came twice")
    case.picture(first, f"chat-{way}")
    second.click("#leave")
    wait_for_line(first, f"{bo}\u2069 left")
    wait_for_online(first, [ann])


@test("two pages chat over WebSocket")
def chat_websocket(case):
    chat(case, "websocket")


@test("two pages chat over SSE and POST")
def chat_sse(case):
    chat(case, "sse")


@test("two pages chat over long polling and POST")
def chat_long_polling(case):
    chat(case, "long-polling")


@test("two pages chat over JSONP alone")
def chat_jsonp(case):
    chat(case, "jsonp-polling")


@test("a page without the better ways falls back step by step")
def chat_falls_back(case):
    partner = case.open(case.demo.room("chat"))
    enter(partner, "Modern")
    for missing, way in ((["WebSocket"], "sse"), (["WebSocket", "EventSource"], "long-polling")):
        page = case.open(case.demo.room("chat"))
        page.run(WITHOUT % json.dumps(missing))
        enter(page, f"Without {len(missing)}")
        must(page.evaluate("room.link.way.id") == way, f"without {missing} it is not {way}")
        say(page, f"over {way}")
        wait_for_line(partner, f"over {way}")
        say(partner, f"to {way}")
        wait_for_line(page, f"to {way}")


@test("three people of one name are told apart, and a page that is closed leaves")
def same_names(case):
    pages = [case.open(case.demo.room("chat")) for _ in range(3)]
    for page in pages:
        enter(page, "Kim")
    count = "[...room.online.values()].filter((user) => user.name === 'Kim').length"
    for page in pages:
        page.wait_for(f"{count} === 3", "all three online")
        tags = page.evaluate("""[...document.querySelectorAll('#online .tag')]
            .filter((tag) => !tag.hidden).map((tag) => tag.textContent)""")
        must(len(set(tags)) == 3, f"the tags are {tags}")
    pages[2].close()
    case.pages.remove(pages[2])
    pages[0].wait_for(f"{count} === 2", "the closed page to be gone")


def log_in(case, page):
    page.wait_for("window.room", "the page's script")
    page.evaluate("document.querySelector('#host').open = true")
    page.evaluate(f"document.querySelector('#token').value = {json.dumps(case.demo.host_token())}")
    page.click("#login button")
    page.wait_for("!document.querySelector('#composer').hidden && room.link.state === 'open'",
                  "the host to be let in")


def post(page, text):
    page.evaluate(f"document.querySelector('#text').value = {json.dumps(text)}")
    page.click("#composer button.primary")
    wait_for_post(page, text)


def wait_for_post(page, text):
    page.wait_for(f"document.querySelector('#posts').textContent.includes({json.dumps(text)})",
                  f"the post {text}")


@test("the host posts text and a picture; every reader has both, a late one too")
def live_text(case):
    address = case.demo.room("live")
    early = [case.open(f"{address}?way={way}") for way in WAYS]
    host = case.open(address)
    log_in(case, host)
    post(host, "Kick-off")
    for reader in early:
        wait_for_post(reader, "Kick-off")
    host.evaluate(f"""(() => {{
        const bytes = Uint8Array.from(atob('{PIXEL}'), (one) => one.charCodeAt(0));
        const files = new DataTransfer();
        files.items.add(new File([bytes], 'goal.png', {{type: 'image/png'}}));
        const input = document.querySelector('#image');
        input.files = files.files;
        input.dispatchEvent(new Event('change'));
    }})()""")
    post(host, "1 : 0")
    late = case.open(address)
    for reader in [*early, late]:
        wait_for_post(reader, "Kick-off")
        wait_for_post(reader, "1 : 0")
        reader.evaluate("document.querySelector('#posts img').scrollIntoView()")
        reader.wait_for("document.querySelector('#posts img').naturalWidth === 1", "the picture")
    case.picture(late, "live-text")
    case.picture(host, "live-host")


@test("who has no token cannot post", loads_may_fail=True)
def live_token(case):
    page = case.open(case.demo.room("live"))
    page.wait_for("window.room", "the page's script")
    page.evaluate("document.querySelector('#host').open = true")
    page.evaluate("document.querySelector('#token').value = 'x'.repeat(22)")
    page.click("#login button")
    page.wait_for("document.querySelector('#login-problem').textContent", "a refusal")
    must(page.evaluate("document.querySelector('#composer').hidden"), "a wrong token opens the form")
