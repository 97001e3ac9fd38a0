"""Pages for those who do not point at things, or do not see them: keyboard, contrast, names."""

import importlib.util
import json
import pathlib

from ..harness import Failed, must, test
from .reading import open_page, pages

# The controls that the Tab key must reach: a group of radio buttons is one stop.
REACHABLE = """(() => {
    const groups = new Set();
    return [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex]')].filter((element) => {
        if (element.tabIndex < 0 || element.disabled || element.type === 'hidden') return false;
        if (element.checkVisibility && !element.checkVisibility({visibilityProperty: true}))
            return false;
        if (element.closest('[inert]')) return false;
        if (element.type !== 'radio') return true;
        const group = element.form?.id + '/' + element.name;
        return groups.has(group) ? false : groups.add(group);
    });
})()"""

# Marks the focused element and says whether it looks focused. A control that the eye does not see,
# such as a box drawn by its label, may show it on what stands beside it.
FOCUSED = """(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const seen = element.dataset.reached !== undefined;
    element.dataset.reached = '';
    if (element.type === 'radio')
        for (const other of document.getElementsByName(element.name)) other.dataset.reached = '';
    const shows = (one) => {
        const style = getComputedStyle(one);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) ||
            style.boxShadow !== 'none';
    };
    const label = [...(element.labels ?? [])];
    const visible = [element, element.nextElementSibling, ...label].some((one) => one && shows(one));
    return {seen, visible, tag: element.outerHTML.slice(0, 120)};
})()"""


def walk_by_keyboard(page, name):
    """Tab reaches every control, and each looks focused when it is."""
    stops = page.evaluate(f"{REACHABLE}.length")
    must(stops > 2, f"{name} has only {stops} controls")
    page.evaluate("document.activeElement?.blur()")
    for _ in range(stops + 20):
        page.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            continue
        if focused["seen"]:
            break
        must(focused["visible"], f"{name}: the focus cannot be seen on {focused['tag']}")
    missed = page.evaluate(
        f"{REACHABLE}.filter((one) => one.dataset.reached === undefined)"
        ".map((one) => one.outerHTML.slice(0, 120))")
    must(not missed, f"{name}: Tab does not reach {missed}")


@test("the keyboard reaches every control, and the focus can be seen")
def keyboard(case):
    for name in pages(case):
        page = open_page(case, name)
        if name == "lab":
            # The transcript's pieces are stops, too, and must not be replaced while they are counted.
            # Held by script: a click of the pointer would be where Tab begins.
            page.evaluate("document.querySelector('#panel [data-t=\"panel.hold\"]').click()")
        walk_by_keyboard(page, name)


# How one sees that the page shows this face.
FACES = {
    "#tour=2": "pushbench.tour.step === 2",
    "#half-dead": "!document.querySelector('#half-dead').hidden",
    "#slide": "!document.querySelector('#controls').checkVisibility()",
}


def axe_source():
    """axe-core, as a package from PyPI carries it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None:
        raise Failed("axe-core is missing: pip install --no-deps -r Scripts/Browser/requirements.txt")
    return (pathlib.Path(found.origin).parent / "axe.min.js").read_text()


def findings(page):
    """What axe-core finds that is serious or critical; the others as a count."""
    page.run(axe_source() + "\n;''")
    result = page.evaluate("""axe.run(document, {resultTypes: ['violations'], elementRef: false})
        .then((result) => result.violations.map((one) => ({id: one.id, impact: one.impact,
            help: one.help, nodes: one.nodes.slice(0, 5).map((node) => node.html.slice(0, 120) +
                ' ' + (node.any[0]?.message ?? ''))})))""", seconds=60)
    grave = [one for one in result if one["impact"] in ("serious", "critical")]
    return grave, [one for one in result if one not in grave]


@test("axe-core has no serious finding on any page", dark_too=True)
def axe(case):
    wrong = []
    shown = [(name, open_page(case, name), None) for name in pages(case)]
    # The other faces of the lab's page.
    shown += [(face, shown[0][1], face) for face in ("#tour=2", "#half-dead", "#slide")]
    for name, page, face in shown:
        if face:
            page.navigate(case.demo.address + face)
            page.wait_for(FACES[face], f"the page's {face}")
            case.picture(page, f"face-{face[1:5]}", full=False)
        grave, small = findings(page)
        for one in small:
            case.note(f"{name}: {one['impact']}: {one['help']} ({one['id']})")
        wrong += [f"{name}: {json.dumps(one, ensure_ascii=False)}" for one in grave]
    must(not wrong, "\n".join(wrong))
