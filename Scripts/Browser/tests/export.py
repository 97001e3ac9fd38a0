"""What leaves the page: the run record."""

import json
import subprocess
import time

from ..harness import must, test


@test("the exported record is one that pushbench report reads")
def export_record(case):
    page = case.lab()
    case.demo.change(rate=20)
    page.wait_for("Object.values(pushbench.lanes).every((l) => l.received >= 20)", "20 events")
    page.click("#export")
    end = time.monotonic() + 30
    while not case.browser.downloads() and time.monotonic() < end:
        time.sleep(0.05)
    files = case.browser.downloads()
    must(files, "no file was downloaded within 30 s")
    record = json.loads(files[-1].read_text())
    must(record["schema"] == 1, f"schema {record['schema']}")
    names = sorted(result["transport"] for result in record["results"])
    must(names == sorted(page.evaluate("Object.keys(pushbench.lanes)")), f"it has only {names}")
    for result in record["results"]:
        deliveries = result["deliveries"]
        must(deliveries["received"] >= 20 and deliveries["lost"] == 0,
             f"{result['transport']}: {deliveries}")
    report = subprocess.run(
        [case.program, "report", str(files[-1]), "--no-color"], capture_output=True, text=True,
        timeout=60)
    must(report.returncode == 0, f"pushbench report: {report.returncode} {report.stderr}")
    for name in names:
        must(f"\n{name}" in report.stdout, f"the report has no row for {name}")
