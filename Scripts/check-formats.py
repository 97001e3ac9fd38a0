#!/usr/bin/env python3
"""Holds every format that `pushbench report` makes against readers that others wrote.

    Scripts/check-formats.py PUSHBENCH RECORD.json

Every format is made from the record, and from a copy of it that has checks of all outcomes and
hostile text in it, and read: the histogram log by hdrhistogram, whose counts must be the record's;
JUnit XML by a schema; OpenMetrics by prometheus-client; the JSON formats by their schemas; CSV by
Python's csv; Go's text by its grammar. Then each check is shown a broken file, and must refuse it.

Needs what is in Scripts/Formats/requirements.txt.
"""

import copy
import csv
import html.parser
import io
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from fractions import Fraction

import jsonschema
from hdrh.log import HistogramLogReader
from hdrh.histogram import HdrHistogram
from lxml import etree
from prometheus_client.openmetrics.parser import text_string_to_metric_families

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "Scripts" / "Formats"

HOSTILE = "a<b>&\"c\"'|d`e*f_g,h:i%j\\k\r\nl\tm [n]( o) @p #q \u0301 ]]> --> {r=\"s\"}"


class Refused(Exception):
    """A file is not what its format says, or not what the record says."""


def must(condition, message):
    if not condition:
        raise Refused(message)


def close(left, right):
    return math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-12)


def medians(record, path):
    """The median over the rounds of a figure, by technique; `path` is that of the record."""
    found = {}
    for result in record["results"]:
        value = result
        for key in path.split("."):
            value = value[key]
        found.setdefault(result["transport"], []).append(value)
    return {transport: statistics.median(values) for transport, values in found.items()}


def schema(name):
    return json.loads((SCHEMAS / name).read_text())


# One function a format: the files' bytes and the record. Each raises when something is wrong.


def check_console(files, record):
    text = files[0].decode("utf-8")
    for result in record["results"]:
        must(f"\n{result['transport']}" in text, f"{result['transport']} has no row")


def check_json(files, record):
    found = json.loads(files[0])
    jsonschema.validate(found, json.loads((ROOT / "Docs/run-record.schema.json").read_text()))
    must(found == record, "it is not the record that it was made from")


def check_markdown(files, record):
    text = files[0].decode("utf-8")
    must("\r" not in text, "it has a carriage return")
    for result in record["results"]:
        must(f"\n| {result['transport']} " in text, f"{result['transport']} has no row")
    # A bar that is escaped is none; all lines of a table must have as many cells.
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        must(len(cells) == 1, f"a table has lines of {sorted(cells)} bars")
    prose = re.sub(r"^(```+).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    must("<b>" not in prose, "a tag of the record's text is still one")


def check_csv(files, record):
    text = files[0].decode("utf-8")
    must(text.count("\n") >= text.count("\r\n") > 0, "lines do not end with CRLF")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    must(rows, "it has no row")
    for row in rows:
        must(None not in row and None not in row.values(), f"a row of another length: {row}")
        must(row["better"] in ("lower", "higher", "none"), f"better: {row['better']}")
        must(math.isfinite(float(row["value"])), f"value: {row['value']}")
    keys = [tuple(list(row.values())[:6]) for row in rows]
    must(len(set(keys)) == len(keys), "a figure is there twice")
    for result in record["results"]:
        own = [
            row for row in rows
            if row["transport"] == result["transport"] and row["round"] == str(result["round"])
        ]
        figures = {row["metric"]: float(row["value"]) for row in own}
        if result["latency_ns"]["count"]:
            must(figures["latency.p99"] == result["latency_ns"]["p99"], "latency.p99 differs")
        must(figures["lost"] == result["deliveries"]["lost"], "lost differs")
        total = result["bytes_per_event"]["down"]["total"] + result["bytes_per_event"]["up"]["total"]
        must(close(figures["bytes.total_per_event"], total), "bytes.total_per_event differs")


def check_junit(files, record):
    tree = etree.fromstring(files[0])
    junit = etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd"))
    must(junit.validate(tree), str(junit.error_log.last_error))
    for suite in tree:
        counts = {name: len(suite.findall(f"testcase/{name}")) for name in ("failure", "skipped")}
        must(int(suite.get("tests")) == len(suite.findall("testcase")), "tests is not their number")
        must(int(suite.get("failures")) == counts["failure"], "failures is not their number")
        must(int(suite.get("skipped")) == counts["skipped"], "skipped is not their number")
        names = [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")]
        must(len(set(names)) == len(names), "two test cases have one name")
    checks = record.get("checks")
    if checks is not None:
        must(len(tree.findall("testsuite/testcase")) == len(checks), "a check is no test case")
        failed = [check["message"] for check in checks if check["outcome"] == "failed"]
        found = [failure.get("message") for failure in tree.iter("failure")]
        must(found == failed, "the failures' messages are not the checks'")


def value_at(histogram, percentile):
    """The value that at least so many percent do not exceed, out of the reader's own counts.

    The reader's method rounds the rank to the nearest, so that it is one too low for a few counts.
    """
    needed = max(1, math.ceil(Fraction(str(percentile)) * histogram.get_total_count() / 100))
    for item in histogram.get_recorded_iterator():
        if item.total_count_to_this_value >= needed:
            return item.value_iterated_to
    return 0


def check_hlog(files, record):
    with tempfile.NamedTemporaryFile(suffix=".hlog") as log:
        log.write(files[0])
        log.flush()
        reader = HistogramLogReader(log.name, HdrHistogram(1, 3_600_000_000_000, 3))
        intervals = []
        while (interval := reader.get_next_interval_histogram()) is not None:
            intervals.append(interval)
    results = [result for result in record["results"] if "latency_histogram" in result]
    must(results, "the record has no histogram")
    must(len(intervals) == len(results), f"{len(intervals)} lines of {len(results)} were read")
    lines = [line for line in files[0].decode("utf-8").splitlines() if line.startswith("Tag=")]
    for result in results:
        name = f"{result['transport']}, round {result['round']}"
        # The line is found by its text, and not by its place.
        place = next(
            (i for i, line in enumerate(lines) if line.endswith("," + result["latency_histogram"])),
            None)
        must(place is not None, f"{name}: the histogram is not in the log")
        interval, latency = intervals[place], result["latency_ns"]
        must(interval.get_tag() == result["transport"], f"{name}: the tag is {interval.get_tag()}")
        must(
            interval.get_total_count() == latency["count"],
            f"{name}: {interval.get_total_count()} values of {latency['count']}")
        for key, percentile in [("p50", 50), ("p90", 90), ("p99", 99), ("p99_9", 99.9)]:
            value = min(value_at(interval, percentile), latency["max"])
            must(value == latency[key], f"{name}: {key} is {value}, and {latency[key]} in the record")
        must(
            interval.values_are_equivalent(interval.get_max_value(), latency["max"]),
            f"{name}: the maximum differs")
        must(
            math.isclose(interval.get_mean_value(), latency["mean"], rel_tol=1e-3),
            f"{name}: the mean differs")


def check_github_action_benchmark(files, record):
    smaller, bigger = (json.loads(file) for file in files)
    for entries in (smaller, bigger):
        jsonschema.validate(entries, schema("github-action-benchmark.schema.json"))
    entries = smaller + bigger
    names = [entry["name"] for entry in entries]
    must(len(set(names)) == len(names), "a name is there twice")
    for transport, p50 in medians(record, "latency_ns.p50").items():
        found = [entry for entry in smaller if entry["name"] == f"{transport}: latency.p50"]
        must(len(found) == 1, f"{transport}: latency.p50 is not there once")
        must(found[0]["value"] == p50 and found[0]["unit"] == "ns", f"{transport}: latency.p50")
    must(all(entry["name"].endswith("per_second") for entry in bigger), "more than rates are bigger")


def check_bencher(files, record):
    found = json.loads(files[0])
    jsonschema.validate(found, schema("bencher.schema.json"))
    for transport, p50 in medians(record, "latency_ns.p50").items():
        must(found[transport]["latency"]["value"] == p50, f"{transport}: latency differs")
    for measures in found.values():
        for measure in measures.values():
            must(
                measure.get("lower_value", measure["value"]) <= measure["value"]
                <= measure.get("upper_value", measure["value"]), "a value is outside its bounds")


def check_go_benchmark(files, record):
    number = r"-?[0-9]+(?:\.[0-9]+)?"
    grammar = {
        "configuration": re.compile(r"[a-z][^A-Z\s:]*: \S.*"),
        "comment": re.compile(r"# .*"),
        "unit": re.compile(r"Unit (\S+)((?: (?:better=(?:lower|higher)|assume=exact))*)"),
        "result": re.compile(rf"Benchmark[A-Z]\S*-\d+\t[1-9]\d*(?:\t{number} \S+)+"),
    }
    units, results = set(), []
    for line in files[0].decode("utf-8").split("\n")[:-1]:
        kinds = [kind for kind, pattern in grammar.items() if pattern.fullmatch(line)]
        must(len(kinds) == 1, f"the line is none of the format: {line!r}")
        if kinds == ["unit"]:
            units.add(line.split(" ")[1])
        elif kinds == ["result"]:
            must(units, "a result comes before the units")
            results.append([field.split(" ") for field in line.split("\t")])
    must(files[0].endswith(b"\n"), "the last line has no end")
    must(len(results) == len(record["results"]), "there is not one line a round")
    for result in results:
        for _, unit in result[2:]:
            must(unit in units, f"{unit} is not declared")
    found = sorted(float(result[2][0]) for result in results if result[2][1] == "latency.p50-ns")
    must(found == sorted(r["latency_ns"]["p50"] for r in record["results"]), "latency.p50 differs")


def check_openmetrics(files, record):
    text = files[0].decode("utf-8")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    latency = families["pushbench_result_delivery_latency_seconds"]
    must(latency.type == "histogram" and latency.unit == "seconds", "the latencies are no histogram")
    counts = {
        (sample.labels["transport"], sample.labels["round"]): sample.value
        for sample in latency.samples if sample.name.endswith("_count")
    }
    p50 = {
        (sample.labels["transport"], sample.labels["round"]): sample.value
        for sample in families["pushbench_result_latency_p50_seconds"].samples
    }
    for result in record["results"]:
        key = (result["transport"], str(result["round"]))
        must(counts[key] == result["latency_ns"]["count"], f"{key}: the count differs")
        must(close(p50[key], result["latency_ns"]["p50"] / 1e9), f"{key}: p50 differs")
    if record.get("checks"):
        messages = [s.labels["message"] for s in families["pushbench_run_check"].samples]
        written = [check["message"].replace("\r", " ") for check in record["checks"]]
        must(messages == written, "the messages of the checks differ")


def check_github(files, record):
    text = files[0].decode("utf-8")
    lines = text.split("\n")[:-1]
    for line in lines:
        match = re.fullmatch(r"::(error|warning) title=([^:,\r\n]+)::([^\r\n]+)", line)
        must(match, f"it is no workflow command: {line!r}")
        must(not re.search(r"%(?!25|0D|0A|3A|2C)", line), f"a percent sign is not escaped: {line!r}")
    failed = [check for check in record.get("checks") or [] if check["outcome"] == "failed"]
    errors = [line for line in lines if line.startswith("::error")]
    must(len(errors) == min(len(failed), 10) or "checks" not in record, "an error is missing")


class PageReader(html.parser.HTMLParser):
    """Finds what a page would fetch."""

    def __init__(self):
        super().__init__()
        self.fetched = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "data", "poster") or (tag == "link" and name == "href"):
                if not (value or "").startswith("data:"):
                    self.fetched.append(value)


def check_html(files, record):
    text = files[0].decode("utf-8")
    must(text.lower().startswith("<!doctype html>"), "it does not begin as a page")
    reader = PageReader()
    reader.feed(text)
    must(not reader.fetched, f"it fetches {reader.fetched}")
    must(not re.search(r"url\(\s*['\"]?https?:", text), "its style fetches something")
    for result in record["results"]:
        must(result["transport"] in text, f"{result['transport']} is not on the page")


def spoil_last_digit(content):
    """The content with the last figure of a technique changed."""
    place = max(content.rfind(b"%d" % digit) for digit in range(10))
    return content[:place] + (b"8" if content[place:place + 1] != b"8" else b"7") + content[place + 1:]


# Each format's check, and a way to break a file of it that the check must notice.
FORMATS = {
    "console": (check_console, lambda content: b""),
    "json": (check_json, lambda content: content.replace(b'"schema"', b'"scheme"', 1)),
    "markdown": (check_markdown, lambda content: content.replace(b" | ", b" ", 1)),
    "csv": (check_csv, lambda content: content.replace(b",latency.p99,", b",latency.p99,1", 1)),
    "junit": (check_junit, lambda content: content.replace(b' classname="', b' class="', 1)),
    "hlog": (check_hlog, lambda content: content.replace(b"HISTFAAA", b"HISTFAAB", 1)),
    "github-action-benchmark": (
        check_github_action_benchmark,
        lambda content: content.replace(b'"unit": "ns"', b'"unit": 1', 1)
        if b'"ns"' in content else b"[]"),
    "bencher": (check_bencher, lambda content: content.replace(b'"value"', b'"Value"', 1)),
    "go-benchmark": (check_go_benchmark, lambda content: content.replace(b"-ns", b" ns", 1)),
    "openmetrics": (check_openmetrics, lambda content: content.replace(b"# EOF\n", b"")),
    "github": (check_github, lambda content: content + b"::error title=a:b::c\n"),
    "html": (check_html, lambda content: content.replace(b"</body>", b'<img src="x"></body>')),
}


def hostile(record):
    """The record with a check of every kind and outcome, and with text that no format may trip on."""
    record = copy.deepcopy(record)
    warning = {"id": "made-up", "cause": HOSTILE, "remedy": HOSTILE}
    record["warnings"].append(warning)
    record["results"][0]["warnings"].append(warning)
    record["machine"]["cpu"] = HOSTILE
    record["command"] = ["pushbench", "run", HOSTILE, "it's ```"]
    record["checks"] = [
        {
            "kind": kind, "transport": transport, "metric": "latency.p99", "outcome": outcome,
            "message": HOSTILE, "unit": "ns", "expected": 20_000_000, "actual": 31_200_000.5,
        }
        for kind in ("exact", "threshold", "paired", "descriptive")
        for outcome in ("passed", "better", "failed", "cannot-tell", "skipped")
        for transport in ("", record["results"][0]["transport"])
    ]
    return record


def formats_of(pushbench):
    """The names that the program itself lists."""
    answer = subprocess.run(
        [pushbench, "report", "/dev/null", "--format", "?"], capture_output=True, text=True)
    names = re.search(r"known are (.*)", answer.stderr)
    must(names, f"the program does not list its formats: {answer.stderr}")
    return names.group(1).strip().rstrip(".").split(", ")


def make(pushbench, name, record, folder):
    """The files of a format, as bytes, in the order of their names."""
    before = set(folder.iterdir())
    subprocess.run(
        [pushbench, "report", record, "--format", name, "--output", folder / name], check=True)
    made = sorted(set(folder.iterdir()) - before, reverse=True)
    return [path.read_bytes() for path in made]


def refusal(check, files, record):
    """Why the check does not accept the files; nothing when it does."""
    try:
        check(files, record)
    except Exception as error:  # Every reader has exceptions of its own.
        return str(error).split("\n")[0] or type(error).__name__
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pushbench = str(pathlib.Path(sys.argv[1]).resolve())
    measured = json.loads(pathlib.Path(sys.argv[2]).read_text())
    failures = []
    names = formats_of(pushbench)
    for name in sorted(set(names) - set(FORMATS)):
        failures.append(f"{name}: there is no check of this format")
    with tempfile.TemporaryDirectory() as scratch:
        for title, record in [("measured", measured), ("hostile", hostile(measured))]:
            folder = pathlib.Path(scratch) / title
            folder.mkdir()
            path = folder.parent / f"{title}.json"
            path.write_text(json.dumps(record))
            for name in [name for name in names if name in FORMATS]:
                check, spoil = FORMATS[name]
                files = make(pushbench, name, path, folder)
                reason = refusal(check, files, record)
                if reason is not None:
                    failures.append(f"{name} of the {title} record: {reason}")
                    continue
                for index, file in enumerate(files):
                    spoilt = files[:index] + [spoil(file)] + files[index + 1:]
                    if refusal(check, spoilt, record) is None:
                        failures.append(f"{name}: the check accepts a file that was broken")
                size = sum(len(file) for file in files)
                print(f"{name}, {title} record: {size} bytes are as they should be")
    for failure in failures:
        print(f"check-formats: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
