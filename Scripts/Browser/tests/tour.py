"""The guided tour: eight steps, each of which a link can lead to."""

import re

from ..harness import must, test

STEPS = 8


@test("every step of the tour loads from its link, sets its controls and says what to see")
def tour_steps(case):
    page = case.lab("#tour=1")
    texts = []
    settings = []
    for step in range(1, STEPS + 1):
        page.navigate(f"{case.demo.address}#tour={step}")
        page.wait_for(f"pushbench.tour?.step === {step}", f"step {step}")
        must(page.evaluate("pushbench.tour.steps") == STEPS, "the tour has another number of steps")
        texts.append(page.wait_for(
            "document.querySelector('#tour').innerText.trim()", f"the text of step {step}"))
        # What the page orders, the server must have.
        page.wait_for("""fetch('/lab/state').then((answer) => answer.json()).then((state) =>
            Object.entries(state.settings).every(([name, value]) =>
                !(name in pushbench.settings) || pushbench.settings[name] === value))""",
            f"the server to have the settings of step {step}")
        page.wait_for("Object.values(pushbench.lanes).some((lane) => lane.p50 > 0)", "figures")
        settings.append(page.evaluate("JSON.stringify(pushbench.settings)"))
        case.picture(page, f"tour-{step}", full=False)
    must(len(set(texts)) == STEPS, "two steps say the same")
    must(len(set(settings)) > 3, f"the steps hardly change a setting: {settings}")


@test("a link to a step works on opening, and a wrong one is no harm")
def tour_link(case):
    page = case.lab("#tour=4")
    page.wait_for("pushbench.tour?.step === 4", "step 4")
    for wrong in ("0", "9", "%3Cb%3E"):
        page = case.lab(f"#tour={wrong}")
        page.wait_for("Object.values(pushbench.lanes).some((l) => l.received > 0)", "events")
        step = page.evaluate("pushbench.tour?.step")
        must(step is None or re.fullmatch(r"[0-8]", str(step)), f"#tour={wrong} leads to {step}")
