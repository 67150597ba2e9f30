"""Build and score on a Spark cluster of this machine, beside the same on as many cores without it.

    python benchmarks/cluster.py [--rows N] [--method METHOD] [--only build|score]
                                 [--csv FILE --text-column NAME --label-column NAME]

It starts a master and workers of one core each on loopback, each held to a core of its own, and
runs whole commands on one core and on two, without Spark and with as many workers: `data build`
with a method, and `score` with a small model that is trained for it. Each runs on all rows and on a
few, which shows its fixed cost, what it takes whatever the rows. It prints seconds and rows/s by
the clock (of scores: different texts/s), the processor's time of all processes, the driver's,
Java's and the workers', the most memory that a worker held (its share of pages, Java's and Python's
together), and, without the fixed costs, the share of the rows/s without Spark and of twice those of
one worker. On a busy machine only the processor's time says much.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "spark"))
from data_build import rows_file  # noqa: E402
from spark_cluster import Cluster, why_not  # noqa: E402

del os.environ["TF_USE_LEGACY_KERAS"]  # which data_build sets, for TFMR

ROWS = 2_000_000
FEW_ROWS = 1_000
MOST_CORES = 2
METHODS = "ablate", "neutral", "substitute"
POLL_SECONDS = 0.5
EVENHAND = Path(sys.executable).parent / "evenhand"
TICKS = os.sysconf("SC_CLK_TCK")


class Used(NamedTuple):
    """What a command took: seconds by the clock and of the processors, MB of each worker."""

    wall: float
    processor: float
    worker_mb: float
    did: int  # rows, or texts


class Cost(NamedTuple):
    """What a command took for a few rows, and for all."""

    fixed: Used
    whole: Used

    @property
    def rate(self) -> float:
        """Rows or texts a second by the clock, without the fixed cost."""
        return self._rate(self.whole.wall - self.fixed.wall)

    @property
    def processor_rate(self) -> float:
        """Likewise, a second of the processor."""
        return self._rate(self.whole.processor - self.fixed.processor)

    def _rate(self, seconds: float) -> float:
        """Return NaN where there are so few rows that other work of the machine hides them."""
        return (self.whole.did - self.fixed.did) / seconds if seconds > 0 else math.nan


class Work(NamedTuple):
    """A command: its words before and after the input, and what it counts."""

    name: str
    command: list[str]
    options: list[str]
    without_spark: Callable[[int], list[str]]  # more options, for so many cores
    unit: str


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--text-column", default="comment_text")
    parser.add_argument("--label-column", default="toxicity")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--method", choices=METHODS, default="neutral", help="of `data build`")
    parser.add_argument("--only", choices=("build", "score"))
    arguments = parser.parse_args()
    if arguments.rows <= FEW_ROWS:
        sys.exit(f"--rows has to be more than {FEW_ROWS}, which show the fixed cost")
    if reason := why_not():
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = rows_file(arguments, folder)
        few = folder / "few.csv"
        with source.open() as rows, few.open("w") as file:
            file.writelines(next(rows) for _ in range(FEW_ROWS + 1))
        for work in works(arguments, few, folder):
            compare(work, source, few, folder)


def works(arguments: argparse.Namespace, few: Path, folder: Path) -> Iterator[Work]:
    """Give the commands to run."""
    text = ["--text-column", arguments.text_column]
    build = ["data", "build"]
    options = [*text, "--label-column", arguments.label_column, "--method", arguments.method]
    if arguments.only != "score":
        name = f"data build, method {arguments.method}"
        yield Work(
            name,
            build,
            [*options, "--output", str(folder / "out")],
            lambda cores: ["--workers", str(cores)],
            "rows",
        )
    if arguments.only != "build":
        model, data = str(folder / "model.keras"), str(folder / "few")
        baseline = ["remediate", "baseline", "--data", data, "--output", model, "--epochs", "1"]
        for words in ([*build, str(few), *options, "--output", data], baseline):
            subprocess.run([EVENHAND, *words], stdout=subprocess.DEVNULL, check=True)
        options = [*text, "--model", model, "--output", str(folder / "scores.parquet")]
        yield Work(
            "score, a small model", ["score"], options, lambda cores: ["--no-cache"], "texts"
        )


def compare(work: Work, source: Path, few: Path, folder: Path) -> None:
    """Run a command on all rows and on a few, without Spark and on a cluster."""
    print(work.name)
    costs = dict[int, Cost]()
    for cores in range(1, MOST_CORES + 1):
        here = work.without_spark(cores)
        local = Cost(*(run(work, each, here, cores) for each in (few, source)))
        report(f"{cores} core(s), no Spark", local, work.unit)
        with cluster(folder / f"{work.unit}-{cores}", cores) as (url, sessions):
            there = ["--engine", "spark", "--master", url]
            costs[cores] = Cost(
                *(run(work, each, there, cores, sessions) for each in (few, source))
            )
        report(f"{cores} worker(s)", costs[cores], work.unit)
        print(
            f"    share of the {work.unit}/s without Spark, without fixed costs: "
            f"{costs[cores].rate / local.rate:.2f} by the clock, "
            f"{costs[cores].processor_rate / local.processor_rate:.2f} by the processor's time"
        )
    scaling = costs[MOST_CORES].rate / (MOST_CORES * costs[1].rate)
    print(f"  {MOST_CORES} workers: {scaling:.2f} of linear scaling by the clock", flush=True)


def report(name: str, cost: Cost, unit: str) -> None:
    """Print what a command took."""
    for used, what in ((cost.fixed, " (fixed cost)"), (cost.whole, "")):
        memory = f", {used.worker_mb:,.0f} MB a worker" if used.worker_mb else ""
        print(
            f"  {name}, {used.did:,} {unit}{what}: {used.wall:.1f} s, "
            f"{used.did / used.wall:,.0f} {unit}/s, {used.processor:.1f} s of the processor{memory}"
        )
    print(f"    load {os.getloadavg()[0]:.1f}", flush=True)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[int]]]:
    """Give the URL of a new cluster, and the sessions of its workers' processes."""
    folder.mkdir()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    started = Cluster(folder, folder, {})
    all_cores = os.sched_getaffinity(0)
    try:
        sessions = []
        for core in sorted(all_cores)[:workers]:
            os.sched_setaffinity(0, {core})  # for the worker, which inherits it
            sessions.append(started.start_worker().pid)
        os.sched_setaffinity(0, all_cores)
        yield started.url, sessions
    finally:
        os.sched_setaffinity(0, all_cores)
        started.stop()


def run(
    work: Work, source: Path, more: Sequence[str], cores: int, workers: Sequence[int] = ()
) -> Used:
    """Run a command in a process, on so many cores where there are no workers, and measure it."""
    words = [*work.command, source, *work.options, *more, "--overwrite", "--json"]
    held = ["taskset", "--cpu-list", f"0-{cores - 1}"] if not workers else []
    before = sum(processor_of(session) for session in workers)
    waited_before = processor_of_ended()
    most = dict.fromkeys(workers, 0.0)
    seen = {"command": 0.0, "workers": 0.0}
    began = time.perf_counter()
    process = subprocess.Popen(
        [*held, EVENHAND, *words], stdout=subprocess.PIPE, text=True, start_new_session=True
    )

    def watch() -> None:
        while process.poll() is None:
            seen["command"] = max(seen["command"], processor_of(process.pid))
            seen["workers"] = sum(processor_of(each) for each in workers)
            for session in workers:
                most[session] = max(most[session], memory_of(session))
            time.sleep(POLL_SECONDS)

    watching = threading.Thread(target=watch)
    watching.start()
    shown = json.loads(process.communicate()[0] or "{}")
    wall = time.perf_counter() - began
    watching.join()
    if process.returncode:
        sys.exit(process.returncode)
    did = shown["texts"] if "texts" in shown else sum(each["rows"] for each in shown["sources"])
    # Local workers have sessions of their own, and are waited for; Spark's Java is not waited for
    of_command = max(seen["command"], processor_of_ended() - waited_before)
    processor = of_command + max(0.0, seen["workers"] - before)
    return Used(wall, processor, max(most.values(), default=0.0), did)


def processes_of(session: int) -> Iterator[tuple[Path, list[str]]]:
    """Give the processes of a session: their folders in /proc, and their numbers."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                numbers = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(numbers[3]) == session:
                    yield folder, numbers


def processor_of(session: int) -> float:
    """Return the processor's time of a session's processes, ended children's too, in seconds."""
    return sum(sum(map(int, numbers[11:15])) for _, numbers in processes_of(session)) / TICKS


def processor_of_ended() -> float:
    """Return the processor's time of all children that ended, and of what they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_of(session: int) -> float:
    """Return the memory that a session's processes hold, in MB; shared pages count in part."""
    total = 0
    for folder, _ in processes_of(session):
        with suppress(OSError):
            lines = (folder / "smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1e3


if __name__ == "__main__":
    main()
