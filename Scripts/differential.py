#!/usr/bin/env python3
"""Gives the same bytes to this project's decoders and to h11 and wsproto, and compares verdicts.

    Scripts/differential.py JUDGE [--mutants 4000] [--seed 1] [--table]

JUDGE is the program that `PUSHBENCH_JUDGE=1 swift build --product Judge` makes. The bytes are shapes
made by hand (smuggled requests, broken fields, odd hosts, every frame of RFC 6455) and mutations of
good ones by seed. Both must refuse, or both must read the same requests or messages; every other
outcome must be a difference that this file lists with its reason. An unlisted one fails, and so
does a listed one that no case shows any more.

Needs what is in Scripts/Differential/requirements.txt.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

import h11
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import ParseFailed
from wsproto.utilities import RemoteProtocolError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "Differential"))
import cases  # noqa: E402

# What a verdict is: the requests or messages, and why nothing more is read, if so.
Verdict = collections.namedtuple("Verdict", "items refused")


# MARK: - Verdicts


def judged(judge, subject, inputs):
    """What this project makes of each input."""
    lines = "".join(data.hex() + "\n" for data in inputs)
    done = subprocess.run(
        [judge, subject], input=lines, capture_output=True, text=True, timeout=60, check=False)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(verdicts) != len(inputs):
        sys.exit(f"differential.py: {judge} {subject} ended with {done.returncode} after "
                 f"{len(verdicts)} of {len(inputs)} verdicts: {done.stderr[-500:]}")
    return verdicts


def our_requests(verdict):
    requests = []
    for request in verdict["requests"]:
        target = bytes.fromhex(request["path"])
        if request["query"]:
            target += b"?" + bytes.fromhex(request["query"])
        fields = tuple((bytes.fromhex(name).lower(), bytes.fromhex(value))
                       for name, value in request["fields"])
        content = bytes.fromhex(request["content"]) if request["whole"] else None
        requests.append((request["method"].upper().encode(), target, fields, content))
    refused = verdict["refused"]
    return Verdict(requests, refused and f"{refused['rule']} {refused['status']}")


def h11_requests(data):
    """What h11 makes of a connection's bytes, answering each request to get at the next."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=32 * 1024)
    if data:  # Nothing would mean the end.
        connection.receive_data(data)
    requests, content = [], b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                content = b""
                requests.append((event.method, origin_form(event.target),
                                 tuple((name, value) for name, value in event.headers), None))
            elif isinstance(event, h11.Data):
                content += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                requests[-1] = requests[-1][:3] + (content,)
                connection.send(h11.Response(
                    status_code=404, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE:
                    break
                if connection.their_state is not h11.DONE:
                    break
                connection.start_next_cycle()
            else:  # More data is needed, or none will be read.
                break
    except h11.RemoteProtocolError as error:
        return Verdict(requests, f"{error} {error.error_status_hint}")
    return Verdict(requests, None)


def origin_form(target):
    """The target as the parser here tells it: path and query, without a scheme and a host."""
    if re.match(rb"(?i)http://", target):
        target = re.sub(rb"(?i)^http://[^/?]*", b"", target)
        if not target.startswith(b"/"):
            target = b"/" + target
    return target[:-1] if target.endswith(b"?") and target.count(b"?") == 1 else target


def our_messages(verdict):
    messages = []
    for kind, payload in verdict["messages"]:
        payload = bytes.fromhex(payload)
        messages.append((kind, payload[:2] or b"\x03\xed" if kind == "close" else payload))
    refused = verdict["refused"]
    return Verdict(messages, refused and f"{refused['rule']} {refused['code']}")


def wsproto_messages(data, role):
    connection = Connection(role)
    messages, begun = [], b""
    try:
        connection.receive_data(data)
        for event in connection.events():
            if isinstance(event, (TextMessage, BytesMessage)):
                kind = "text" if isinstance(event, TextMessage) else "binary"
                begun += event.data.encode() if kind == "text" else bytes(event.data)
                if event.message_finished:
                    messages.append((kind, begun))
                    begun = b""
            elif isinstance(event, Ping):
                messages.append(("ping", bytes(event.payload)))
            elif isinstance(event, Pong):
                messages.append(("pong", bytes(event.payload)))
            elif isinstance(event, CloseConnection):
                # Refusals come as goodbyes of the library's own.
                if connection.state is ConnectionState.REMOTE_CLOSING:
                    messages.append(("close", int(event.code).to_bytes(2, "big")))
                else:
                    return Verdict(messages, f"{event.reason} {int(event.code)}")
    except (ParseFailed, RemoteProtocolError) as error:
        return Verdict(messages, str(error))
    return Verdict(messages, None)


# MARK: - Differences that are meant


class Difference:
    """A difference that is meant: a test of the case and both verdicts, and the reason."""

    def __init__(self, name, reason, test):
        self.name, self.reason, self.test, self.seen = name, reason, test, []


def we_refuse(rule, pattern=rb"", more=lambda data: True):
    """We refuse by `rule` what has `pattern` in it, and they read on."""
    found = re.compile(pattern, re.DOTALL)
    return lambda data, ours, theirs: (
        ours.refused is not None and ours.refused.split()[0] == rule
        and agree_so_far(ours, theirs) and found.search(data) and more(data))


def they_refuse(words, pattern=rb""):
    """They refuse with these words what has `pattern` in it, and we read on."""
    found = re.compile(pattern, re.DOTALL)
    return lambda data, ours, theirs: (
        theirs.refused is not None and words in theirs.refused
        and agree_so_far(theirs, ours) and found.search(data))


def agree_so_far(refusing, reading):
    """Whether what was read before a refusal is what the other read, too."""
    for left, right in zip(refusing.items, reading.items):
        if left[:3] != right[:3]:
            return False
    return len(refusing.items) <= len(reading.items)


HTTP_DIFFERENCES = []
FRAME_DIFFERENCES = []


# MARK: - Comparing


def same(ours, theirs):
    if (ours.refused is None) != (theirs.refused is None):
        return False
    if ours.refused is None:
        return ours.items == theirs.items
    # Both refuse; how much either had read of the last item does not matter.
    return all(left[:3] == right[:3] for left, right in zip(ours.items, theirs.items))


def shorten(verdict):
    text = repr(tuple(verdict))
    return text if len(text) < 700 else text[:700] + "…"


def compare(subject, named, judge, ours_of, theirs_of, differences):
    """The number of cases, of agreements, and the unlisted differences."""
    named = list(named)
    verdicts = judged(judge, subject, [data for _, data in named])
    agreed, unlisted = 0, []
    for (name, data), verdict in zip(named, verdicts):
        ours, theirs = ours_of(verdict), theirs_of(data)
        if same(ours, theirs):
            agreed += 1
            continue
        for difference in differences:
            if difference.test(data, ours, theirs):
                difference.seen.append(name)
                break
        else:
            unlisted.append((name, data, ours, theirs))
    return len(named), agreed, unlisted


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("judge")
    options.add_argument("--mutants", type=int, default=4000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", type=int, default=10, help="unlisted differences shown at most")
    chosen = options.parse_args()
    judge = str(pathlib.Path(chosen.judge).resolve())
    runs = [
        ("http", "h11, server", cases.http_cases(chosen.mutants, chosen.seed), our_requests,
         h11_requests, HTTP_DIFFERENCES),
        ("websocket", "wsproto, server",
         cases.frame_cases(b"\x37\xfa\x21\x3d", chosen.mutants // 2, chosen.seed), our_messages,
         lambda data: wsproto_messages(data, ConnectionType.SERVER), FRAME_DIFFERENCES),
        ("websocket-client", "wsproto, client",
         cases.frame_cases(None, chosen.mutants // 2, chosen.seed), our_messages,
         lambda data: wsproto_messages(data, ConnectionType.CLIENT), FRAME_DIFFERENCES),
    ]
    failed = False
    for subject, title, named, ours_of, theirs_of, differences in runs:
        count, agreed, unlisted = compare(subject, named, judge, ours_of, theirs_of, differences)
        print(f"{title}: {count} cases, {agreed} verdicts the same, "
              f"{count - agreed - len(unlisted)} differ as listed, {len(unlisted)} otherwise")
        for name, data, ours, theirs in unlisted[: chosen.show]:
            print(f"  {name}: {data[:300]!r}\n    here:  {shorten(ours)}\n"
                  f"    there: {shorten(theirs)}")
        failed = failed or bool(unlisted)
    print()
    for difference in HTTP_DIFFERENCES + FRAME_DIFFERENCES:
        print(f"{len(difference.seen):6}  {difference.name}: {difference.reason}")
        if not difference.seen:
            print("        no case shows it any more: take it off the list")
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
