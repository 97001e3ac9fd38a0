"""The lanes: every technique by the browser's real means, through quiet times and broken ones."""

import json

from ..harness import must, test

# The techniques that a browser speaks; a raw TCP connection is not among them.
TECHNIQUES = [
    "short-polling", "long-polling", "jsonp-polling", "http-streaming", "forever-iframe", "sse",
    "websocket",
]

# Keeps the ids as the lanes hand them on, so that the page's own counts are not the only witness.
AUDIT = """import('/lanes.js').then(({lanes}) => {
    window.audit = {};
    for (const [id, lane] of lanes) {
        audit[id] = [];
        lane.addEventListener('event', (event) => audit[id].push((event.detail ?? event).id));
    }
})"""

COUNTS = """Object.fromEntries(Object.entries(pushbench.lanes).map(([id, lane]) => [id, {
    received: lane.received, lost: lane.lost, duplicate: lane.duplicate,
    reordered: lane.reordered, lastId: lane.lastId, requests: lane.requests}]))"""


def must_be_whole(page):
    """Every lane has all events from the first that it saw, each once and in order."""
    for technique, lane in page.evaluate(COUNTS).items():
        for wrong in ("lost", "duplicate", "reordered"):
            must(lane[wrong] == 0, f"{technique}: {lane[wrong]} {wrong}: {lane}")
    for technique, ids in page.evaluate("audit").items():
        must(len(ids) > 0, f"{technique} handed on no event")
        holes = [(a, b) for a, b in zip(ids, ids[1:]) if b != a + 1]
        must(not holes, f"{technique}: the ids do not count up by one: {holes[:5]}")


def wait_for_all(page, condition, what, seconds=30):
    """Waits until the condition holds of every lane, which it knows by the name `lane`."""
    page.wait_for(
        f"Object.values(pushbench.lanes).every((lane) => {condition})", f"every lane: {what}",
        seconds)


# Whether the server says that so many lanes are cut off.
CUT_LANES = """fetch('/lab/state').then((answer) => answer.json()).then((state) =>
    state.lanes.filter((lane) => lane.cut_until_ns > state.now_ns).length === %d)"""


def newest(case):
    return case.demo.get("/lab/state")["newest"]


@test("every lane delivers 50 events in order, none lost")
def fifty_events(case):
    page = case.lab()
    found = page.evaluate("Object.keys(pushbench.lanes)")
    must(sorted(found) == sorted(TECHNIQUES), f"the lanes are {found}")
    page.evaluate(AUDIT)
    case.demo.change(rate=20)
    page.wait_for("Object.values(audit).every((ids) => ids.length >= 50)", "50 events a lane")
    must_be_whole(page)


@test("every lane says when its first event came")
def first_event(case):
    case.demo.change(rate=50)
    page = case.lab()
    wait_for_all(page, "lane.firstEventMs > 0", "its first event")
    times = page.evaluate(
        "Object.fromEntries(Object.entries(pushbench.lanes).map(([id, l]) => [id, l.firstEventMs]))")
    case.note("first event at 50 events/s, ms after opening: "
              + ", ".join(f"{id} {value:.0f}" for id, value in times.items()))


@test("a burst of 200 reaches every lane")
def burst(case):
    page = case.lab()
    page.evaluate(AUDIT)
    wait_for_all(page, "lane.received >= 1", "an event")
    case.demo.post("/lab/burst", {"count": 200})
    end = newest(case)
    wait_for_all(page, f"lane.lastId >= {end}", "the whole burst")
    must_be_whole(page)


# What the log of a lane says when something was wrong, and when all was well again.
NOTICED = ["lane.log.noticed", "lane.log.broke", "lane.log.browser"]
RECOVERED = ["lane.log.reconnected", "lane.log.caught-up"]


@test("every lane notices that the cable is cut for 5 s and recovers, none lost",
      loads_may_fail=True)
def cable_cut(case):
    page = case.lab()
    page.evaluate(AUDIT)
    case.demo.change(rate=10)
    wait_for_all(page, "lane.received >= 5", "5 events before the cut")
    page.click("#fault-cut")
    page.wait_for(CUT_LANES % len(TECHNIQUES), "all cables to be cut")
    page.wait_for(CUT_LANES % 0, "the cables to be plugged in")
    end = newest(case)
    wait_for_all(page, f"lane.lastId > {end}", "events from after the cut", seconds=60)
    for keys in (NOTICED, RECOVERED):
        wait_for_all(page, f"lane.log.some((line) => {json.dumps(keys)}.includes(line.key))",
                     f"a line of its log: {keys}")
    must_be_whole(page)
    case.picture(page, "after-a-cut")


@test("a reset connection is opened again by every lane, none lost", loads_may_fail=True)
def reset(case):
    page = case.lab()
    page.evaluate(AUDIT)
    case.demo.change(rate=10)
    wait_for_all(page, "lane.received >= 5", "5 events before the reset")
    before = page.evaluate(COUNTS)
    case.demo.post("/lab/reset", {"lane": None})
    end = newest(case)
    wait_for_all(page, f"lane.lastId > {end + 10}", "events from after the reset", seconds=60)
    must_be_whole(page)
    after = page.evaluate(COUNTS)
    for technique in TECHNIQUES:
        must(after[technique]["requests"] > before[technique]["requests"],
             f"{technique} did not ask again: {json.dumps(after[technique])}")


@test("a client that was frozen catches up", loads_may_fail=True)
def freeze(case):
    page = case.lab()
    page.evaluate(AUDIT)
    case.demo.change(rate=10)
    wait_for_all(page, "lane.received >= 5", "5 events before")
    for technique in ("sse", "websocket"):
        case.demo.post("/lab/freeze", {"lane": technique, "on": True})
    page.wait_for(
        "pushbench.lanes['http-streaming'].lastId > pushbench.lanes.sse.lastId + 10",
        "the frozen lane to fall behind")
    for technique in ("sse", "websocket"):
        case.demo.post("/lab/freeze", {"lane": technique, "on": False})
    end = newest(case)
    wait_for_all(page, f"lane.lastId > {end}", "events from after the freeze", seconds=60)
    must_be_whole(page)
