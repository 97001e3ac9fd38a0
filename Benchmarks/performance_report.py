"""Writes Reports/Sample/performance.md from the outcomes of performance.py."""

import time
from statistics import median, quantiles

from harness import machine, table
from performance_sections import SECTIONS

HEAD = ["case", "figure", "who", "median", "quartiles", "beside", "its median", "ratio, median",
        "quartiles", "goal", ""]


def report(cases, outcomes, options, versions):
    """The whole report as text, and whether every goal with figures is met."""
    found = {}
    for outcome in outcomes:
        key = outcome["section"], outcome["case"], outcome["who"]
        found.setdefault(key, {})[outcome["round"]] = outcome
    text = [opening(outcomes, options, versions)]
    missed = []
    for section, make in SECTIONS.items():
        own = [case for case in cases if case.section == section]
        rows = []
        for case in own:
            for goal in case.goals:
                row, verdict = goal_row(case, goal, found)
                if row:
                    rows.append(row)
                if verdict.startswith("missed"):
                    missed.append(f"- {section}, {case.name}, {row[1]} {row[9]}: {verdict}.")
        text.append(f"## {section.capitalize()}\n\n{make.__doc__}")
        if section == "codecs":
            rows = codec_rows(found)
        if not rows:
            text.append("Not measured." if own else "Not measured: this machine or this build has "
                        "nothing to measure it with.")
        else:
            text.append(table(CODEC_HEAD if section == "codecs" else HEAD, rows))
    text.append("## Missed\n\n" + ("\n".join(missed) or "Nothing that was measured."))
    text.append("## Doubts\n\n" + ("\n".join(doubts(outcomes)) or "None."))
    return "\n\n".join(text) + "\n", not missed


def opening(outcomes, options, versions):
    times = sorted(outcome["at"] for outcome in outcomes)
    builds = {outcome["build"] for outcome in outcomes}
    day = [time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at)) for at in (times[0], times[-1])]
    lines = [
        "# Performance", "",
        "pushbench's server and generator beside the floor (plain C, one send an event; with "
        "`--coalesce` one send for all that is due) and beside others, made by "
        "`Benchmarks/performance.py`. [Benchmarks/README.md](../../Benchmarks/README.md) says how "
        "it is measured, [Peers](../../Benchmarks/Peers/README.md) how the others are set up.", "",
        f"- {machine()}",
        f"- The server on processor {options.server_core}, the client on {options.client_core}; "
        f"{options.seconds:g} s a run after the warm-up, {PROBE_TEXT}.",
        f"- Measured from {day[0]} to {day[1]}.",
        f"- Builds of pushbench: {', '.join(sorted(builds))}"
        + (" (**more than one: start anew for figures that belong together**)."
           if len(builds) > 1 else "."),
    ]
    lines += [f"- {name} {version}" for name, version in versions.items() if version]
    lines += [
        "", "Every round runs all sides of a case right after each other, in turn forwards and "
        "backwards. A ratio is pushbench's figure over the other one's *in the same round*; the "
        "median of these ratios is not the ratio of the medians, and is what to go by: the "
        "machine drifts, from one round to the next by a tenth and within hours by half. "
        "Differences under 15 % from five rounds are not established."]
    return "\n".join(lines)


PROBE_TEXT = "2 s a step of a search"


def goal_row(case, goal, found):
    """The cells of one figure, and the verdict; no cells when it was not measured."""
    own = values(found, case, goal.of, goal.figure)
    if not own:
        return None, ""
    row = [case.name, goal.unit, goal.of, goal.form.format(median(own.values())),
           spread(own.values(), goal.form)]
    limit = goal.at_most if goal.at_most is not None else goal.at_least
    sign = "≤" if goal.at_most is not None else "≥"
    if goal.against is None:
        row += ["", "", "", ""]
        reached, form = median(own.values()), goal.form
    else:
        other = values(found, case, goal.against, goal.figure)
        ratios = [own[r] / other[r] for r in own.keys() & other.keys() if other[r]]
        if not ratios:
            return None, ""
        row += [goal.against, goal.form.format(median(other.values())),
                f"**{median(ratios):.2f}**", spread(ratios, "{:.2f}")]
        reached, form = median(ratios), "{:.2f}"
    if limit is None:
        return row + ["", ""], ""
    is_met = reached <= limit if goal.at_most is not None else reached >= limit
    verdict = "met" if is_met else f"missed by {abs(reached / limit - 1):.0%}"
    each = sorted(own.values() if goal.against is None else ratios)
    if len(each) > 1 and each[0] <= limit <= each[-1]:
        verdict += ", not by every round"
    return row + [f"{sign} {form.format(limit)}", verdict], verdict


def values(found, case, who, figure):
    """A figure of each round."""
    rounds = found.get((case.section, case.name, who), {})
    return {number: outcome["figures"][figure] for number, outcome in rounds.items()
            if figure in outcome["figures"]}


def spread(numbers, form):
    """The quartiles, or the range of fewer than four."""
    numbers = sorted(numbers)
    if len(numbers) == 1:
        return "one round"
    if len(numbers) < 4:
        low, high = numbers[0], numbers[-1]
    else:
        low, _, high = quantiles(numbers, n=4, method="inclusive")
    return f"{form.format(low)}–{form.format(high)}"


CODEC_HEAD = ["case", "B an event", "ns an event", "instructions", "allocations"]


def codec_rows(found):
    rounds = found.get(("codecs", "all", "pushbench"), {})
    if not rounds:
        return []
    rows = []
    for case in rounds[max(rounds)]["figures"]["cases"]:
        per = max(case["events"], 1)
        rows.append([case["name"], f"{case['wire_bytes'] / per:.0f}", f"{case['ns'] / per:,.1f}",
                     *(f"{case[key] / per:,.1f}" if key in case else "–"
                       for key in ("instructions", "allocations"))])
    return rows


def doubts(outcomes):
    return [
        f"- {outcome['section']}, {outcome['case']}, {outcome['who']}, round "
        f"{outcome['round'] + 1}: {', '.join(outcome['doubts'])}."
        for outcome in outcomes if outcome["doubts"]]
