"""What a run leaves behind: its record, its exit code, and nobody who still runs."""

import json

from .process import Program, children, is_running, must, wait_until


class Run(Program):
    """`pushbench run` with a record in `folder`."""

    def __init__(self, stand, *options, before=(), environment=None, stdout=None, stdin=None,
                 record="record.json", warmup="200ms", duration="2s", clients=20):
        self.path = stand.folder / record
        how = {"before": before, "environment": environment, "stdout": stdout}
        if stdin is not None:
            how["stdin"] = stdin
        super().__init__(
            [stand.program, "run", "--warmup", warmup, "--duration", duration, "--rate", "50",
             "--clients", clients, "--gap-rtt", "0", "--no-color", "--json", self.path, *options],
            **how)

    def server(self):
        """The number of the server's process, which the run starts."""
        return wait_until(lambda: children(self.pid), "the run to start its server")[0]

    def wait_for(self, phase):
        """Waits until the run says that it is in `phase`."""
        wait_until(lambda: phase in self.complaint, f"the phase {phase}", 20)

    @property
    def record(self):
        must(self.path.exists(), f"there is no record; it says: {self.complaint[-300:]}")
        return json.loads(self.path.read_text())

    @property
    def warnings(self):
        """The ids of all warnings of the record and of its results."""
        record = self.record
        found = record["warnings"] + [
            warning for result in record["results"] for warning in result["warnings"]]
        return sorted({warning["id"] for warning in found})


def no_orphans(*pids):
    wait_until(lambda: not any(is_running(pid) for pid in pids), "the run's server to end", 5)


def deliveries(record):
    """What was expected, and what of it is missing, of all results."""
    counts = [result["deliveries"] for result in record["results"]]
    return (sum(count["expected"] for count in counts),
            sum(count["lost"] + count["missing"] for count in counts))
