"""Build on a Spark cluster of this machine, beside a build without Spark on as many cores.

    python benchmarks/cluster.py [--rows N] [--csv FILE --text-column NAME --label-column NAME]

It starts a master and workers of one core each on loopback, and runs whole commands: locally and on
Spark, with one and with two workers, on the same rows and on a few, which shows what Spark costs
whatever the rows. It prints seconds and rows/s by the clock, the processor's time of all processes,
the driver's, Java's and the workers', and the most memory that a worker held (its share of pages,
Java's and Python's together). On a busy machine only the processor's time says much.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "spark"))
from data_build import rows_file  # noqa: E402
from spark_cluster import Cluster, why_not  # noqa: E402

ROWS = 2_000_000
FEW_ROWS = 1_000
POLL_SECONDS = 0.5
EVENHAND = Path(sys.executable).parent / "evenhand"
TICKS = os.sysconf("SC_CLK_TCK")


class Used(NamedTuple):
    """What a command took: seconds by the clock and of the processors, MB of each worker."""

    wall: float
    processor: float
    worker_mb: float


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--text-column", default="comment_text")
    parser.add_argument("--label-column", default="toxicity")
    parser.add_argument("--rows", type=int, default=ROWS)
    arguments = parser.parse_args()
    if reason := why_not():
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = rows_file(arguments, folder)
        few = folder / "few.csv"
        with source.open() as rows, few.open("w") as file:
            file.writelines(next(rows) for _ in range(FEW_ROWS + 1))
        columns = ["--text-column", arguments.text_column, "--label-column", arguments.label_column]
        for cores in (1, 2):
            compare(source, few, arguments.rows, columns, cores, folder)


def compare(
    source: Path, few: Path, rows: int, columns: list[str], cores: int, folder: Path
) -> None:
    """Run a build of all rows and of a few, locally and on a cluster, on some cores."""
    local = ["--workers", str(cores)]
    here = build(source, [*columns, *local], folder, cores)
    report(f"local, {cores} core(s)", here, rows)
    with cluster(folder / f"cluster{cores}", cores) as (url, sessions):
        there = ["--engine", "spark", "--master", url]
        fixed = build(few, [*columns, *there], folder, cores, sessions)
        report(f"Spark, {cores} worker(s), {FEW_ROWS:,} rows", fixed, FEW_ROWS)
        all_rows = build(source, [*columns, *there], folder, cores, sessions)
        report(f"Spark, {cores} worker(s)", all_rows, rows)
    for words, less in (("", 0), (" without the fixed cost", 1)):
        wall = here.wall / (all_rows.wall - less * fixed.wall)
        processor = here.processor / (all_rows.processor - less * fixed.processor)
        print(
            f"  share of the local rows/s{words}: {wall:.2f} by the clock, {processor:.2f} by the "
            f"processor's time; load {os.getloadavg()[0]:.1f}"
        )


def report(name: str, used: Used, rows: int) -> None:
    """Print what a command took."""
    memory = f", {used.worker_mb:,.0f} MB a worker" if used.worker_mb else ""
    print(
        f"{name}: {used.wall:.1f} s, {rows / used.wall:,.0f} rows/s, "
        f"{used.processor:.1f} s of the processor{memory}; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[int]]]:
    """Give the URL of a new cluster, and the sessions of its workers' processes."""
    folder.mkdir()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    started = Cluster(folder, folder, {})
    try:
        yield started.url, [started.start_worker().pid for _ in range(workers)]
    finally:
        started.stop()


def build(
    source: Path, options: Sequence[str], folder: Path, cores: int, workers: Sequence[int] = ()
) -> Used:
    """Run a build in a process, on so many cores where there are no workers, and measure it."""
    words = ["data", "build", source, *options, "--output", folder / "out", "--overwrite"]
    held = ["taskset", "--cpu-list", f"0-{cores - 1}"] if not workers else []
    before = sum(processor_of(session) for session in workers)
    most = dict.fromkeys(workers, 0.0)
    seen = [0.0]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*held, EVENHAND, *words, "--json"], stdout=subprocess.DEVNULL, start_new_session=True
    )

    def watch() -> None:
        while process.poll() is None:
            used = processor_of(process.pid) + sum(processor_of(each) for each in workers)
            seen[0] = max(seen[0], used)
            for session in workers:
                most[session] = max(most[session], memory_of(session))
            time.sleep(POLL_SECONDS)

    watching = threading.Thread(target=watch)
    watching.start()
    code = process.wait()
    wall = time.perf_counter() - began
    watching.join()
    if code:
        sys.exit(code)
    return Used(wall, seen[0] - before, max(most.values(), default=0.0))


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
