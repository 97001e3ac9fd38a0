"""Faults of the load generator, and of processes that are killed, stopped and cut off."""

import os
import pathlib
import signal
import subprocess
import time

from .crowd import Crowd
from .process import Fault, Server, cpu_seconds, descriptors, must, wait_until
from .record import Run, deliveries, no_orphans
from .table import NotHere, case

CALLS = "System calls of the load generator"
PROCESSES = "Processes killed, stopped and interrupted"
STREAMS = "Standard input, output and errors"
CLOCKS = "Clocks"


# MARK: System calls

def one_call(stand, call, demands_reconnects, seconds=0.5, technique="sse"):
    """Has a run suffer `call` for a while in its measured window."""
    with Run(stand, "-t", technique) as run:
        run.wait_for("measure")
        server = run.server()
        with Fault(run.pid, *call) as fault:
            time.sleep(seconds)
        code = run.wait(20)
        no_orphans(server)
        expected, missing = deliveries(run.record)
        stand.saw(f"{fault.injected} calls failed; exit code {code}, {missing} of {expected} "
                  f"deliveries missing, warnings: {', '.join(run.warnings) or 'none'}")
        must(fault.injected > 0, "no call failed")
        must(code == 0 and not run.record["partial"], "the run did not reach its end")
        must(missing == 0, "deliveries are missing")
        must(("reconnects" in run.warnings) == demands_reconnects,
             "the record says nothing of it" if demands_reconnects else "clients reconnected")


@case(CALLS, "every other `recvfrom`, `recvmsg`, `sendto` and `epoll_pwait2` is interrupted",
      "they are repeated, and the record is that of a run without", quick=True)
def generator_eintr(stand):
    one_call(stand, [f"{name}:error=EINTR:when=1+2" for name in
                     ("recvfrom", "recvmsg", "sendto", "epoll_pwait2")], False)


@case(CALLS, "every 50th `recvmsg` fails with ECONNRESET",
      "clients connect again and resume; the record warns of `reconnects` and misses nothing",
      quick=True)
def generator_receive_econnreset(stand):
    one_call(stand, ["recvmsg:error=ECONNRESET:when=50+50"], True)


@case(CALLS, "every third `sendto` of polling clients fails with EPIPE",
      "clients connect again and resume; the record warns of `reconnects` and misses nothing")
def generator_send_epipe(stand):
    one_call(stand, ["sendto:error=EPIPE:when=3+3"], True, technique="long-polling")


def refused(stand, code):
    """Has some of the first connects of a run fail."""
    injection = f"inject=connect:error={code}:when=3..12"
    with Run(stand, "-t", "sse",
             before=["strace", "-f", "-qq", "-o", stand.folder / "trace", "-e", "trace=connect",
                     "-e", injection]) as run:
        code = run.wait(30)
        expected, missing = deliveries(run.record)
        failed = pathlib.Path(stand.folder / "trace").read_text().count("(INJECTED)")
        stand.saw(f"{failed} connects failed; exit code {code}, {missing} of {expected} "
                  f"deliveries missing, warnings: {', '.join(run.warnings) or 'none'}")
        must(failed == 10, "connects did not fail")
        must(code == 0 and missing == 0 and expected > 0, "the run did not reach its end")


for refusal in ("ECONNREFUSED", "EADDRNOTAVAIL", "ETIMEDOUT"):
    def body(stand, refusal=refusal):
        refused(stand, refusal)
    body.__name__ = f"generator_connect_{refusal.lower()}"
    case(CALLS, f"ten of the first connects fail with {refusal}",
         "they are tried again, and the run is measured with all clients",
         quick=refusal == "ECONNREFUSED")(body)


@case(CALLS, "all but the first connects fail with ECONNREFUSED",
      "the run gives up in time, with the system's reason and a remedy; exit code 1")
def generator_connect_never(stand):
    with Run(stand, "-t", "sse",
             before=["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=connect", "-e",
                     "inject=connect:error=ECONNREFUSED:when=5+"]) as run:
        code = run.wait(30)
        stand.saw(f"exit code {code}: {run.complaint.splitlines()[-1]}")
        must(code == 1, "wrong exit code")
        must("Connection refused" in run.complaint and "clients" in run.complaint,
             "no reason and no remedy")


@case(CALLS, "the generator may open 40 files and is to hold 200 connections (`ulimit -n 40`)",
      "an error that names the limit and the remedy, no half measured run; exit code 1",
      quick=True)
def generator_descriptors(stand):
    with Run(stand, "-t", "sse", clients=200,
             before=["bash", "-c", "ulimit -n 40; exec \"$@\"", "bash"]) as run:
        code = run.wait(30)
        stand.saw(f"exit code {code}: {run.complaint.splitlines()[-1]}")
        must(code == 1, "wrong exit code")
        must("files" in run.complaint and ("ulimit" in run.complaint
                                           or "clients" in run.complaint), "no remedy")


# MARK: Processes

@case(PROCESSES, "the server is killed in the measured window of the first technique of two",
      "the run ends within 2 s with what it has: `partial`, a warning, exit code 1, no orphan",
      quick=True)
def server_killed(stand):
    with Run(stand, "-t", "sse,websocket", duration="10s") as run:
        run.wait_for("measure")
        server = run.server()
        time.sleep(0.7)
        os.kill(server, signal.SIGKILL)
        killed = time.monotonic()
        code = run.wait(20)
        took = time.monotonic() - killed
        no_orphans(server)
        stand.saw(f"ended after {took:.1f} s, exit code {code}")
        record = run.record
        stand.saw(f"partial {str(record['partial']).lower()}, {len(record['results'])} results, "
                  f"warnings: {', '.join(run.warnings)}")
        must(took < 3, "it took too long")
        must(code == 1 and record["partial"], "wrong exit code or record")
        must("round-failed" in run.warnings, "no warning")
        must(sum(r["deliveries"]["received"] for r in record["results"]) > 0,
             "what was measured is lost")
        must("transport" in run.said, "there is no table")


@case(PROCESSES, "the generator is killed (SIGKILL)", "its server ends by itself", quick=True)
def generator_killed(stand):
    with Run(stand, "-t", "sse", duration="10s") as run:
        run.wait_for("measure")
        server = run.server()
        os.kill(run.pid, signal.SIGKILL)
        killed = time.monotonic()
        run.process.wait()
        no_orphans(server)
        stand.saw(f"the server was gone after {time.monotonic() - killed:.2f} s")


def stop(pid, seconds):
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


@case(PROCESSES, "the generator is stopped for 3 s (SIGSTOP, SIGCONT) in a window of 6 s",
      "the run ends well; its record misses nothing, and warns that the generator stood still")
def generator_stopped(stand):
    with Run(stand, "-t", "sse", duration="6s") as run:
        run.wait_for("measure")
        time.sleep(0.5)
        stop(run.pid, 3)
        code = run.wait(30)
        judge_stopped(stand, run, code)
        must("generator-stalled" in run.warnings, "no warning of a generator that stood still")


@case(PROCESSES, "the server is stopped for 3 s (SIGSTOP, SIGCONT) in a window of 6 s",
      "the run ends well; its record misses nothing, and warns that the source was late")
def server_stopped(stand):
    with Run(stand, "-t", "sse", duration="6s") as run:
        run.wait_for("measure")
        time.sleep(0.5)
        stop(run.server(), 3)
        code = run.wait(30)
        judge_stopped(stand, run, code)
        must("source-late" in run.warnings, "no warning of a source that was late")


def judge_stopped(stand, run, code):
    result = run.record["results"][0]
    expected, missing = deliveries(run.record)
    worst = result["latency_ns"]["max"] / 1e9
    stand.saw(f"exit code {code}, {missing} of {expected} deliveries missing, worst latency "
              f"{worst:.1f} s, warnings: {', '.join(run.warnings)}")
    must(code == 0 and missing == 0, "the run did not end well")
    must(worst > 2.5, "the standstill is not in the latencies")


@case(PROCESSES, "Ctrl-C in the measured window, and once more while it leaves",
      "what was measured is kept: `partial`, `interrupted`, the table, exit code 4, no orphan",
      quick=True)
def interrupted_twice(stand):
    interrupt(stand, signal.SIGINT, signal.SIGINT)


@case(PROCESSES, "SIGTERM in the measured window", "as for Ctrl-C", quick=True)
def terminated(stand):
    interrupt(stand, signal.SIGTERM)


def interrupt(stand, *signals):
    with Run(stand, "-t", "sse", duration="10s") as run:
        run.wait_for("measure")
        server = run.server()
        time.sleep(0.5)
        began = time.monotonic()
        for number in signals:
            run.process.send_signal(number)
            time.sleep(0.05)
        code = run.wait(20)
        no_orphans(server)
        record = run.record
        stand.saw(f"ended after {time.monotonic() - began:.1f} s, exit code {code}, partial "
                  f"{str(record['partial']).lower()}, warnings: {', '.join(run.warnings)}")
        must(code == 4 and record["partial"], "wrong exit code or record")
        must("interrupted" in run.warnings, "no warning")
        must("transport" in run.said and deliveries(record)[0] > 0, "what was measured is lost")


@case(PROCESSES, "a server with a client of every technique is stopped for 3 s",
      "clients notice nothing but the time; afterwards everything that was due arrives")
def serving_stopped(stand):
    with Server(stand.program) as server, Crowd(server) as crowd:
        crowd.start()
        newest = crowd.newest
        stop(server.pid, 3)
        wait_until(lambda: crowd.all_have(newest + 60), "the events of the standstill")
        must(not crowd.faults, "; ".join(crowd.faults[:3]))
        must(crowd.reconnects == 0, "clients lost their connections")
        began = cpu_seconds(server.pid)
        time.sleep(1)
        stand.saw(f"nothing lost, {(cpu_seconds(server.pid) - began) * 100:.0f} % CPU afterwards, "
                  f"{descriptors(server.pid)} descriptors")


# MARK: Standard streams

@case(STREAMS, "the table goes to `head -1`, which leaves (EPIPE)",
      "it ends quietly with exit code 0, and the record is written", quick=True)
def output_to_head(stand):
    reading, writing = os.pipe()
    os.close(reading)
    with Run(stand, "-t", "sse", stdout=writing, duration="500ms") as run:
        os.close(writing)
        code = run.wait(20)
        stand.saw(f"exit code {code}, record written: {str(run.path.exists()).lower()}")
        must(code == 0 and run.path.exists(), "it did not end quietly")
        must("roken pipe" not in run.complaint, "it complains of the pipe")


@case(STREAMS, "the table goes to a full disk (`/dev/full`, ENOSPC)",
      "the record is written, an error says that the table was not; exit code 1", quick=True)
def output_to_full_disk(stand):
    with open("/dev/full", "wb") as full, \
            Run(stand, "-t", "sse", stdout=full, duration="500ms") as run:
        code = run.wait(20)
        stand.saw(f"exit code {code}, record written: {str(run.path.exists()).lower()}; "
                  f"{run.complaint.splitlines()[-1]}")
        must(code == 1 and run.path.exists(), "the failure is not told")
        must("No space left" in run.complaint, "no reason")


@case(STREAMS, "standard input, output and errors are all closed",
      "no socket takes their numbers; the record is written, exit code 1 for the lost table",
      quick=True)
def streams_closed(stand):
    with Run(stand, "-t", "sse", duration="500ms",
             before=["bash", "-c", "exec \"$@\" <&- >&- 2>&-", "bash"]) as run:
        code = run.wait(20)
        stand.saw(f"exit code {code}, record written: {str(run.path.exists()).lower()}")
        must(run.path.exists(), "there is no record")
        _, missing = deliveries(run.record)
        must(missing == 0 and not run.record["partial"], "the run was disturbed")
        must(code == 1, "nobody is told that the table is lost")


@case(STREAMS, "a server's standard input, output and errors are all closed",
      "it serves as ever", quick=True)
def serving_closed(stand):
    with Server(stand.program, before=["bash", "-c", "exec 3>&2; exec \"$@\" <&- >&-", "bash"]
                ) as server, Crowd(server) as crowd:
        crowd.start()
        numbers = {number: os.readlink(f"/proc/{server.pid}/fd/{number}") for number in (0, 1)}
        stand.saw(f"0 and 1 are {numbers[0]} and {numbers[1]}")
        must(set(numbers.values()) == {"/dev/null"}, "a socket took a standard stream's number")
        must(not crowd.faults, "; ".join(crowd.faults[:3]))


# MARK: Clocks

SHIFT = pathlib.Path(__file__).with_name("clock.c")


def shifted(stand, after, seconds):
    """What has the wall clock jump by so much after so many of its readings, as environment."""
    library = stand.folder / "clock.so"
    built = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SHIFT, "-ldl"],
                           capture_output=True, text=True)
    if built.returncode:
        raise NotHere(f"no C compiler: {built.stderr[:200]}")
    return {"LD_PRELOAD": str(library), "CLOCK_SHIFT_AFTER": str(after),
            "CLOCK_SHIFT_SECONDS": str(seconds)}


def step(stand, seconds):
    with Run(stand, "-t", "sse", duration="1500ms") as run:
        must(run.wait(20) == 0, "the run did not end well")
        still = run.record["results"][0]["latency_ns"]
    with Run(stand, "-t", "sse", duration="1500ms", record="shifted.json",
             environment=shifted(stand, 40, seconds)) as run:
        code = run.wait(20)
        expected, missing = deliveries(run.record)
        moved = run.record["results"][0]["latency_ns"]
        stand.saw(f"exit code {code}, {missing} of {expected} deliveries missing, p50 "
                  f"{moved['p50'] / 1e6:.2f} ms and worst {moved['max'] / 1e6:.1f} ms (without: "
                  f"{still['p50'] / 1e6:.2f} and {still['max'] / 1e6:.1f}), warnings: "
                  f"{', '.join(run.warnings) or 'none'}")
        must(code == 0 and missing == 0, "the run did not end well")
        # A step of an hour in any latency would be ten thousand times the worst.
        must(moved["max"] < 1e9, "the step is in the latencies")
        must("clock-jumped" in run.warnings, "the record does not warn of it")


@case(CLOCKS, "the wall clock is set an hour forward in the run",
      "latencies are what they were; the record warns that the clock jumped")
def clock_forward(stand):
    step(stand, 3600)


@case(CLOCKS, "the wall clock is set an hour back in the run", "as when it is set forward")
def clock_back(stand):
    step(stand, -3600)


@case(CLOCKS, "the wall clock is set a day forward under a server with clients",
      "clients notice nothing: nobody times out, and only `Date` is another")
def clock_serving(stand):
    environment = shifted(stand, 20, 86_400)
    with Server(stand.program, environment=environment) as server, Crowd(server) as crowd:
        crowd.start()
        time.sleep(2)
        with server.connect() as one:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = one.recv(1000).decode()
        date = next(line for line in head.splitlines() if line.startswith("Date: "))
        today = time.strftime("%d %b", time.gmtime())
        stand.saw(f"{date}, {crowd.reconnects} clients came back")
        must(today not in date, "the clock did not jump")
        must(crowd.reconnects == 0 and not crowd.faults, "clients noticed")
