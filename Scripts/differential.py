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
        fields = tuple(field(bytes.fromhex(name).lower(), bytes.fromhex(value))
                       for name, value in request["fields"])
        content = bytes.fromhex(request["content"]) if request["whole"] else None
        requests.append((request["method"].upper().encode(), target, fields, content))
    refused = verdict["refused"]
    return Verdict(requests, refused and f"{refused['rule']} {refused['status']}")


def field(name, value):
    """h11 tells a transfer coding in lower case."""
    return (name, value.lower() if name == b"transfer-encoding" else value)


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


def trailer_broken_early(data, ours, theirs):
    """A trailer line is refused where it breaks; they wait for its end, or take a LF for it."""
    return (we_refuse("http-trailer")(data, ours, theirs)
            and (theirs.items[-1][3] is None or re.search(rb"(?<!\r)\n", data)))


def keeps_old_connection(data, ours, theirs):
    """We go on after HTTP/1.0 with keep-alive, they end there."""
    return (theirs.refused is None and agree_so_far(theirs, ours) and b"HTTP/1.0" in data
            and (len(ours.items) > len(theirs.items) or ours.refused is not None))


def refused_early(data, ours, theirs):
    """The first byte that breaks a rule ends it here, they wait for the rest of the header."""
    rules = ("reserved-bit", "unknown-opcode", "masked-frame", "unmasked-frame", "long-control",
             "fragmented-control", "unexpected-continuation", "interrupted-message", "invalid-text")
    return (ours.refused is not None and theirs.refused is None and ours.items == theirs.items
            and any(rule in ours.refused for rule in rules))


CONTROL = rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]"

HTTP_DIFFERENCES = [
    Difference("http: a length beside a coding, or two lengths",
               "refused, as RFC 9112 §6.3 allows: two readers may take different ones; h11 goes by the "
               "coding and takes equal lengths",
               we_refuse("http-conflicting-length", rb"(?i)content-length")),
    Difference("http: a list of equal lengths", "refused like two lengths; h11 takes one",
               we_refuse("http-content-length", rb"(?i)content-length:[^\n]*,")),
    Difference("http: a coding in HTTP/1.0", "refused, RFC 9112 §6.1: such a message is faulty",
               we_refuse("http-old-transfer-coding", rb"HTTP/1\.0")),
    Difference("http: HTTP/1.0 with keep-alive",
               "the connection is kept, as RFC 9112 §9.3 allows; h11 ends it",
               keeps_old_connection),
    Difference("http: content above the limit", "413 with the head; h11 leaves it to its program",
               we_refuse("http-body-too-large")),
    Difference("http: more than 100 fields", "431, a limit here",
               we_refuse("http-too-many-fields")),
    Difference("http: a head above 16 KiB", "431, a limit here", we_refuse("http-head-too-large")),
    Difference("http: a target above 8 KiB", "414, a limit here",
               we_refuse("http-target-too-long")),
    Difference("http: a method not in RFC 9110", "501, RFC 9110 §9.1; h11 leaves it to its program",
               we_refuse("http-method")),
    Difference("http: another major version", "505, RFC 9110 §15.6.6; h11 takes any digits",
               we_refuse("http-version", rb"HTTP/[02-9]\.")),
    Difference("http: an expectation other than 100-continue", "417, RFC 9110 §10.1.1",
               we_refuse("http-expect", rb"(?i)expect:")),
    Difference("http: a target of another form",
               "only /path, http://host/path and, for OPTIONS, * are served here; no user, no fragment",
               we_refuse("http-target")),
    Difference("http: a host that is none", "RFC 9112 §3.2: an invalid Host is answered 400; h11 "
               "does not look at the value", we_refuse("http-host-form", rb"(?i)host:|http://")),
    Difference("http: no host in HTTP/1.2 and above",
               "refused like HTTP/1.1, whose rules hold (RFC 9110 §6.2); h11 asks 1.1 alone for one",
               we_refuse("http-host", rb"HTTP/1\.[2-9]")),
    Difference("http: a field line that is folded", "refused, as RFC 9112 §5.2 allows; h11 unfolds",
               we_refuse("http-folding", rb"\r?\n[ \t]")),
    Difference("http: a control character in a value",
               "refused, as RFC 9110 §5.5 allows; h11 refuses NUL and line ends",
               we_refuse("http-field", CONTROL)),
    Difference("http: a line that ends in LF alone",
               "refused where it stands, RFC 9112 §2.2 leaves it open; h11 takes LF for CR LF",
               we_refuse("http-line-end", rb"(?<!\r)\n")),
    Difference("http: an empty line before a request",
               "skipped, as RFC 9112 §2.2 asks of a server; h11 refuses it",
               they_refuse("no request line received", rb"(^|\n)\r?\n")),
    Difference("http: a head that cannot become one",
               "limits and the time for a head end the wait; h11 looks at the first byte",
               they_refuse("illegal request line 400")),
    Difference("http: white space behind a chunk's size",
               "refused in a request, RFC 9112 §7.1; h11 bears it",
               we_refuse("http-chunk", rb"[0-9a-fA-F][ \t]+\r\n")),
    Difference("http: white space before a chunk's extension",
               "taken, RFC 9112 §7.1.1 allows it as bad white space; h11 refuses it",
               they_refuse("illegal chunk header", rb"[0-9a-fA-F][ \t]+;")),
    Difference("http: a control character in a chunk's extension or in a trailer",
               "refused, as in a field; h11 takes any byte, and all but NUL in a trailer",
               we_refuse("http-chunk", rb"[;:][^\n]*([\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n))")),
    Difference("http: a chunk's line that ends in LF alone",
               "refused at once; h11 waits for a CR LF, which takes the content for the line",
               we_refuse("http-chunk", rb"(?<!\r)\n|\r(?!\n)")),
    Difference("http: a chunk's size of more than 15 digits, or an extension of more than 1 KiB",
               "413, a limit here; h11 takes 20 digits and any extension",
               we_refuse("http-chunk-size", rb"[0-9a-fA-F]{16}|;[^\n]{1000}")),
    Difference("http: a trailer that breaks before it is whole, or ends in LF alone",
               "refused where it breaks; h11 waits for its end and takes LF for CR LF",
               trailer_broken_early),
    Difference("http: a trailer line that is folded", "refused like a folded field; h11 unfolds",
               we_refuse("http-trailer", rb"\n[ \t]")),
]

FRAME_DIFFERENCES = [
    Difference("websocket: close code 1014",
               "taken, IANA registered it in 2017; wsproto does not know it",
               they_refuse("CLOSE with unknown reserved code")),
    Difference("websocket: a frame or message above the limit",
               "1009 with the header; wsproto has no limit of its own",
               lambda data, ours, theirs: ours.refused is not None and "too-big" in ours.refused
               and ours.items == theirs.items and theirs.refused is None),
    Difference("websocket: a header or a text broken before it is whole",
               "refused at the first byte that breaks it, as RFC 6455 §8.1 allows of text; wsproto "
               "waits for the header, and for the end of a frame", refused_early),
]


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


def self_test(judge):
    """The comparison is shown a decoder that adds a byte to what it read, and must object."""
    named = [(f"good {index}", data) for index, data in enumerate(cases.GOOD_REQUESTS)]

    def lying(verdict):
        ours = our_requests(verdict)
        return Verdict([item[:1] + (item[1] + b"!",) + item[2:] for item in ours.items], ours.refused)

    _, _, unlisted = compare("http", named, judge, lying, h11_requests, HTTP_DIFFERENCES)
    if len(unlisted) != len(named):
        sys.exit("differential.py: a decoder that reads another target passed")


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
    self_test(judge)
    for difference in HTTP_DIFFERENCES:
        difference.seen.clear()
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
