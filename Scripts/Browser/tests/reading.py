"""Reading the pages: on a phone, in two languages, by day and by night."""

import re

from ..harness import must, test

PHONE = {"width": 390, "height": 844}


def pages(case):
    """Every page of the demo, by name."""
    return {
        "lab": case.demo.address, "chat": case.demo.room("chat"), "live": case.demo.room("live"),
    }


def open_page(case, name, **size):
    if name == "lab":
        case.demo.change(rate=20)
        page = case.lab(**size)
        # Enough to see: latencies, and an exchange in the panel.
        page.wait_for("Object.values(pushbench.lanes).every((l) => l.received >= 20 && l.p50 > 0)"
                      " && document.querySelector('#panel').textContent.includes('HTTP/1.1 200')",
                      "events and an exchange")
        return page
    page = case.open(pages(case)[name], **size)
    page.wait_for("window.room", "the page's script")
    return page


def must_fit(case, page, name):
    """The page fits a phone."""
    page.resize(**PHONE, mobile=True)
    page.wait_for("innerHeight > innerWidth", "the phone's size")
    width = page.evaluate("document.documentElement.scrollWidth")
    widest = page.evaluate("""[...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > 391)
        .slice(0, 5).map((element) => element.outerHTML.slice(0, 90))""")
    case.picture(page, f"phone-{name}")
    # The view of a phone grows with what does not fit: it is held against the size asked for.
    must(width <= PHONE["width"], f"{name} is {width} px wide: {widest}")


@test("no page has to be scrolled sideways on a phone")
def phone_width(case):
    for name in pages(case):
        must_fit(case, open_page(case, name), name)


@test("every page in its theme", dark_too=True)
def pictures(case):
    for name in pages(case):
        page = open_page(case, name)
        case.picture(page, name)
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        must(dark == (case.theme == "dark"), "the browser does not prefer this theme")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        light = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) / 3
        must((light < 100) == dark, f"{name}: the ground is {ground}")


# Every text and accessible name that looks like a key: words with points between them.
UNTRANSLATED = r"""(() => {
    const key = /^[a-z][\w-]*(\.[a-z][\w-]*)+$/;
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) found.push(walk.currentNode.nodeValue.trim());
    for (const element of document.querySelectorAll('*'))
        for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
            found.push(element.getAttribute(name) ?? '');
    return found.filter((text) => key.test(text) && !text.endsWith('.js'));
})()"""


@test("switching the language changes every text, and no key is left")
def language(case):
    for name in pages(case):
        page = open_page(case, name)
        must(page.evaluate("document.documentElement.lang") == "en", f"{name} is not in English")
        must(page.evaluate(UNTRANSLATED) == [], f"{name}: {page.evaluate(UNTRANSLATED)}")
        page.click("#language [lang|=zh]")
        page.wait_for("document.documentElement.lang.startsWith('zh')", f"{name} in Chinese")
        must(page.evaluate(UNTRANSLATED) == [], f"{name}: {page.evaluate(UNTRANSLATED)}")
        chinese = page.evaluate(r"(document.body.innerText.match(/[\u4e00-\u9fff]/g) ?? []).length")
        must(chinese > 15, f"{name}: only {chinese} Chinese characters")
        case.picture(page, f"{name}-chinese")
        page.navigate(pages(case)[name])
        page.wait_for("document.documentElement.lang.startsWith('zh')", "the choice to be kept")


@test("both languages have the same texts, with the same places to fill in")
def texts(case):
    page = case.lab()
    english, chinese = page.evaluate("""Promise.all([import('/text-en.js'), import('/text-zh.js')])
        .then((modules) => modules.map((module) => module.default))""")
    must(set(english) == set(chinese), f"only in one: {sorted(set(english) ^ set(chinese))}")
    for key in english:
        places = [sorted(set(re.findall(r"\{\w+\}", text[key]))) for text in (english, chinese)]
        must(places[0] == places[1], f"{key}: {places}")
