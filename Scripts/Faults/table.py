"""The table of faults: how a case is declared, run, judged and printed."""

import dataclasses
import pathlib
import tempfile
import time
import traceback
import typing

from .process import Failed


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    group: str
    # What is done, and what must happen then.
    fault: str
    demand: str
    body: typing.Callable
    # Whether it is among those that every change is held against.
    is_quick: bool


@dataclasses.dataclass(frozen=True)
class Outcome:
    case: Case
    # "ok", "failed", or "skipped" where the machine does not permit the fault.
    verdict: str
    seen: str
    seconds: float


class NotHere(Exception):
    """This machine does not permit the fault."""


CASES = []


def case(group, fault, demand, quick=False):
    """Declares a case; its name is the function's, with hyphens."""
    def declare(body):
        CASES.append(
            Case(body.__name__.replace("_", "-"), group, fault, demand, body, quick))
        return body
    return declare


class Stand:
    """What a case is given: the program, a folder of its own, and a place for what it saw."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(folder)
        self.notes = []

    def saw(self, text):
        """Notes what was seen, without names that are this run's alone."""
        self.notes.append(text.replace(f"{self.folder}/", "").replace(str(self.folder), "FOLDER"))


def run(case, program):
    """Runs one case and says how it went."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pushbench-fault-") as folder:
        stand = Stand(program, folder)
        try:
            case.body(stand)
            verdict = "ok"
        except NotHere as reason:
            verdict = "skipped"
            stand.saw(str(reason))
        except Failed as failure:
            verdict = "failed"
            stand.saw(f"but {failure}")
        except Exception as error:
            verdict = "failed"
            traceback.print_exc()
            stand.saw(f"but {type(error).__name__}: {error}")
    return Outcome(case, verdict, "; ".join(stand.notes), time.monotonic() - began)


def markdown(outcomes):
    """A table a group, and what it was taken with is the caller's to say."""
    lines = []
    for group in dict.fromkeys(outcome.case.group for outcome in outcomes):
        lines += [f"### {group}", "",
                  "| case | fault | what must happen | what was seen | |",
                  "| --- | --- | --- | --- | --- |"]
        for outcome in outcomes:
            one = outcome.case
            if one.group == group:
                cells = (f"`{one.name}`", one.fault, one.demand, outcome.seen, outcome.verdict)
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)
