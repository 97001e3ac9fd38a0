"""Reads Autobahn's index.json of one side or of both, and judges.

    python3 Scripts/Autobahn/report.py server=FOLDER/index.json client=FOLDER/index.json

Prints a table of cases by behaviour and then every case that is not simply OK. Ends with 1 when a case
failed, or is not strict without being one of 6.4.*: there, text that is no UTF-8 comes in pieces, and
whoever refuses it with the piece that is wrong and not with the whole message is strict. What is not
implemented is as bad, unless --plain says that there is no permessage-deflate.
"""

import json
import sys
from collections import Counter

BEHAVIOURS = ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED"]
# How a connection may end; the others are WRONG CODE, UNCLEAN and FAILED BY CLIENT.
CLEAN_ENDS = ["OK", "INFORMATIONAL"]


def behaviour(case: dict) -> str:
    """How a case went: what it was about and how the connection was closed, the worse of both."""
    if case["behavior"] not in BEHAVIOURS or case["behaviorClose"] not in CLEAN_ENDS:
        return "FAILED"
    return case["behavior"]


def read(argument: str) -> tuple[str, dict[str, str]]:
    """The side that an argument names, and its cases in the order of their numbers."""
    side, _, path = argument.partition("=")
    with open(path, encoding="utf-8") as file:
        agents = json.load(file)
    if len(agents) != 1:
        sys.exit(f"{path} tells of {len(agents)} agents; one was expected")
    (cases,) = agents.values()
    ordered = sorted(cases, key=lambda number: [int(part) for part in number.split(".")])
    return side, {number: behaviour(cases[number]) for number in ordered}


def main() -> int:
    """Prints the table and the list, and judges."""
    arguments = sys.argv[1:]
    is_plain = "--plain" in arguments
    sides = dict(read(argument) for argument in arguments if argument != "--plain")
    if not sides or not all(sides.values()):
        sys.exit("no case was run")
    print(f"{'':14}" + "".join(f"{side:>10}" for side in sides))
    for kind in BEHAVIOURS:
        counts = [Counter(cases.values())[kind] for cases in sides.values()]
        print(f"{kind:14}" + "".join(f"{count:>10}" for count in counts))
    print(f"{'cases':14}" + "".join(f"{len(cases):>10}" for cases in sides.values()))
    bad = 0
    for side, cases in sides.items():
        for number, kind in cases.items():
            if kind == "OK":
                continue
            print(f"{side} {number}: {kind}")
            if kind == "NON-STRICT":
                bad += not number.startswith("6.4.")
            elif kind == "UNIMPLEMENTED":
                bad += not is_plain
            else:
                bad += kind != "INFORMATIONAL"
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
