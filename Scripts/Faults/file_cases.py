"""Faults of disks and of files, while a record is written."""

import contextlib
import os
import re
import subprocess

from .process import Failed, Program, must
from .record import Run
from .table import NotHere, case

GROUP = "Files and disks"
# What stands where the record is to go: a failure must leave it as it was.
OLD = '{"old": "record"}\n'


def judge(stand, run, code, reason):
    """Nothing is lost: the old record is whole, the table was printed, and it is said why."""
    left = sorted(path.name for path in run.path.parent.iterdir())
    stand.saw(f"exit code {code}: {run.complaint.splitlines()[-1] if run.complaint else 'nothing'}")
    must(code == 1, "wrong exit code")
    must(re.search(reason, run.complaint), "the reason is not told")
    must(str(run.path) in run.complaint, "the file is not named")
    must(run.path.read_text() == OLD, "the old record is not what it was")
    must(left == [run.path.name], f"half files remain: {left}")
    must("latency" in run.said or "p50" in run.said, "the table was not printed")
    stand.saw("the old record is whole, nothing else is in the folder, the table was printed")


def short_run(stand, folder, **how):
    return Run(
        stand, "-t", "sse", record=folder / "record.json", duration="300ms", clients=3, **how)


@case(GROUP, "the disk is full when the record is written (ENOSPC, a tmpfs of 64 KiB)",
      "an error that names the file and the reason, exit code 1; the old record survives, no half "
      "file stays, the table is printed", quick=True)
def disk_full(stand):
    folder = stand.folder / "disk"
    folder.mkdir()
    with small_disk(folder):
        (folder / "record.json").write_text(OLD)
        # All but one page of the disk is taken by a file that is then hidden: its name goes, it
        # stays open.
        with open(folder / "filler", "wb") as held:
            with contextlib.suppress(OSError):
                held.write(bytes(56 * 1024))
                held.flush()
            os.unlink(folder / "filler")
            with short_run(stand, folder) as run:
                judge(stand, run, run.wait(20), "no space left")


@contextlib.contextmanager
def small_disk(folder):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
                          capture_output=True, text=True)
    if done.returncode:
        raise NotHere(f"no file system can be mounted here: {done.stderr.strip()[:80]}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def failing(call, code, reason, quick=False):
    """A case in which one of the calls that write the record fails."""
    def body(stand):
        # A run writes lines of progress by the clock, so that the count may be another's next time.
        for attempt in range(8):
            folder = stand.folder / f"disk{attempt}"
            folder.mkdir()
            (folder / "record.json").write_text(OLD)
            trace = stand.folder / "trace"
            count = count_of(stand, call, attempt)
            with short_run(stand, folder,
                           before=["strace", "-f", "-qq", "-y", "-o", trace, "-e",
                                   f"trace={call}", "-e",
                                   f"inject={call}:error={code}:when={count}"]) as run:
                status = run.wait(30)
                if any("(INJECTED)" in line and str(folder) in line
                       for line in trace.read_text().splitlines()):
                    return judge(stand, run, status, reason)
        raise Failed("the call that writes the record was never hit")
    body.__name__ = f"record_{call}_{code.lower()}"
    case(GROUP, f"`{call}` of the record fails with {code}", "as when the disk is full",
         quick)(body)


def count_of(stand, call, attempt):
    """Which of a thread's calls of this name is the first that concerns the record."""
    folder = stand.folder / f"rehearsal{attempt}"
    folder.mkdir()
    trace = stand.folder / "rehearsed"
    with short_run(stand, folder,
                   before=["strace", "-f", "-qq", "-y", "-o", trace, "-e", f"trace={call}"]) as run:
        run.wait(30)
    counts = {}
    for line in trace.read_text().splitlines():
        thread, _, rest = line.partition(" ")
        if not rest.lstrip().startswith(f"{call}("):
            continue
        counts[thread] = counts.get(thread, 0) + 1
        if str(folder) in rest:
            return counts[thread]
    raise NotHere(f"{call} is not called to write a record")


failing("write", "ENOSPC", "no space left")
failing("write", "EIO", "(?i)input/output error|EIO")
failing("fsync", "EIO", "(?i)input/output error|EIO", quick=True)
failing("rename", "EIO", "(?i)input/output error|EIO")


@case(GROUP, "the folder is made unwritable while the run lasts",
      "as when the disk is full", quick=True)
def folder_vanishes(stand):
    folder = stand.folder / "disk"
    folder.mkdir()
    with short_run(stand, folder) as run:
        run.wait_for("measure")
        os.rmdir(folder)
        code = run.wait(20)
        stand.saw(f"exit code {code}: {run.complaint.splitlines()[-1]}")
        must(code == 1 and str(run.path) in run.complaint, "the failure is not told")
        must("p50" in run.said or "latency" in run.said, "the table was not printed")


@case(GROUP, "files may have 4 KiB at most (`ulimit -f`, SIGXFSZ)", "as when the disk is full")
def file_size_limit(stand):
    folder = stand.folder / "disk"
    folder.mkdir()
    (folder / "record.json").write_text(OLD)
    # Output and errors go through pipes: the limit is for the record alone.
    with short_run(stand, folder, stdout=subprocess.PIPE,
                   before=["bash", "-c", "ulimit -f 4; exec \"$@\" 2> >(cat >&2)", "bash"]) as run:
        table = run.process.stdout.read().decode()
        code = run.wait(20)
        run.output.write(table.encode())
        judge(stand, run, code, "ulimit -f")


@case(GROUP, "a server's source file is a folder", "an error that names it; exit code 2",
      quick=True)
def source_is_a_folder(stand):
    with Program([stand.program, "serve", "--port", "0", "--raw-port", "0", "--source",
                  stand.folder]) as one:
        code = one.wait(10)
        stand.saw(f"exit code {code}: {one.complaint.splitlines()[-1]}")
        must(code == 2 and str(stand.folder) in one.complaint, "no clear error")
