"""Compare `evenhand data build` with TFMR's `build_counterfactual_data` on the same rows.

    python benchmarks/data_build.py [--csv FILE --text-column NAME --label-column NAME]
    python benchmarks/data_build.py --memory [--method METHOD]

The first runs, in one process, the whole command, from CSV in to Parquet and manifest out, and then
TFMR on texts one by one (its filter keeps a batch only if every row of it matches), whose result is
read one by one and, its best case, in batches. It prints rows a second and the processor's time
(medians of some runs, without imports, the load of the machine beside them), the ratios, and how
many pairs are wrong: the same as their original, or with a listed term still in them. On a busy
machine only the processor's time says much. Without --csv it takes the sample generator's comments.

The second prints the peak memory of builds of 1,000,000 and 5,000,000 rows, each in a process.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_USE_LEGACY_KERAS"] = "1"  # TFMR

ROWS = 200_000
RUNS = 3
METHODS = "ablate", "neutral", "substitute"
READ_BATCH = 1_024


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--text-column", default="comment_text")
    parser.add_argument("--label-column", default="toxicity")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--method", choices=METHODS, default="ablate", help="for --memory")
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        peak_of(arguments.peak_of, arguments.method)
        return
    with tempfile.TemporaryDirectory() as folder:
        if arguments.memory:
            memory(Path(folder), arguments.method)
        else:
            speed(arguments, Path(folder))


def speed(arguments: argparse.Namespace, folder: Path) -> None:
    """Time both sides on the same rows, without the time of imports."""
    import evenhand.data.building.build  # noqa: F401

    source = rows_file(arguments, folder)
    columns = ["--text-column", arguments.text_column, "--label-column", arguments.label_column]
    workers = [] if arguments.workers is None else ["--workers", str(arguments.workers)]
    # Ours first: with TensorFlow loaded, processes are not forked but started anew.
    ours = {}
    for method in METHODS:
        output = folder / method
        options = ["--method", method, "--output", str(output), "--overwrite", "--json"]
        words = ["data", "build", str(source), *columns, *options, *workers]
        ours[method] = median_of(partial(run_command, words))
        report_ours(method, output, ours[method])
    texts = texts_of(source, arguments.text_column)
    for name, batched in (("one by one", False), ("read in batches", True)):
        theirs = report_tfmr(name, texts, batched=batched)
        for method, times in ours.items():
            print(
                f"  evenhand {method}: {theirs.wall / times.wall:.1f} times as many rows/s, "
                f"with {theirs.processor / times.processor:.1f} times less of the processor's time"
            )


def rows_file(arguments: argparse.Namespace, folder: Path) -> Path:
    """Return a CSV file of so many rows: the one given, repeated, or generated comments."""
    import pyarrow as pa
    import pyarrow.csv

    if arguments.csv is None:
        from evenhand.data import write_sample

        train, _ = write_sample(folder / "sample", rows=int(arguments.rows / 0.8))[:2]
        source = Path(train)
    else:
        source = arguments.csv
    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    table = pyarrow.csv.read_csv(source, parse_options=options)
    table = table.select([arguments.text_column, arguments.label_column])
    copies = -(-arguments.rows // table.num_rows)
    table = pa.concat_tables([table] * copies).slice(0, arguments.rows)
    path = folder / "rows.csv"
    pyarrow.csv.write_csv(table, path)
    print(f"{table.num_rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores")
    return path


class Times(NamedTuple):
    """Seconds by the clock, and of the processors' time, those of ended child processes too."""

    wall: float
    processor: float


def median_of(work: Callable[[], object]) -> Times:
    """Return the medians of some runs."""
    times = []
    for _ in range(RUNS):
        began = now()
        work()
        ended = now()
        times.append((ended.wall - began.wall, ended.processor - began.processor))
    return Times(*map(statistics.median, zip(*times, strict=True)))


def now() -> Times:
    """Return the time by the clock, and what this process has used."""
    used = os.times()
    return Times(
        time.perf_counter(),
        used.user + used.system + used.children_user + used.children_system,
    )


def run_command(words: list[str]) -> None:
    """Run evenhand in this process, quietly."""
    from evenhand.cli.main import run

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = run(words)
    if code:
        raise SystemExit(f"evenhand {' '.join(words)} ended with {code}")


def report_ours(method: str, output: Path, times: Times) -> None:
    """Show one of our builds."""
    from evenhand.data import CounterfactualDataset

    dataset = CounterfactualDataset.open(output)
    rows = sum(source.rows for source in dataset.manifest.sources)
    pairs = dataset.pairs(["original", "counterfactual"])
    wrong = wrong_pairs(
        pairs["original"].to_pylist(),
        pairs["counterfactual"].to_pylist(),
        terms_left=method == "ablate",
    )
    show(f"evenhand {method}, the whole command", rows, times, pairs.num_rows, wrong)


def report_tfmr(name: str, texts: list[str], *, batched: bool) -> Times:
    """Run TFMR, show the result and return its times."""
    import tensorflow as tf
    from tensorflow_model_remediation import counterfactual

    from evenhand.data import load_lexicon

    forms = {form for entry in load_lexicon("gender").entries for _, form in entry.spellings()}
    dataset = tf.data.Dataset.from_tensor_slices(texts)
    pairs: list[tuple[bytes, bytes]] = []

    def build() -> None:
        built = counterfactual.keras.utils.build_counterfactual_data(
            dataset, sensitive_terms_to_remove=sorted(forms)
        )
        pairs.clear()
        if batched:
            for originals, changed, _ in built.batch(READ_BATCH):
                pairs.extend(zip(originals.numpy(), changed.numpy(), strict=True))
        else:
            pairs.extend((original.numpy(), changed.numpy()) for original, changed, _ in built)

    times = median_of(build)
    originals, changed = ([text.decode() for text in side] for side in zip(*pairs, strict=True))
    wrong = wrong_pairs(originals, changed, terms_left=True)
    show(f"TFMR build_counterfactual_data, {name}", len(texts), times, len(pairs), wrong)
    return times


def wrong_pairs(originals: list[str], changed: list[str], *, terms_left: bool) -> tuple[int, int]:
    """Count pairs that are the same, and others that hold a term of the lexicon still."""
    from evenhand.data import TermMatcher, load_lexicon

    matcher = TermMatcher([load_lexicon("gender")])
    same = left = 0
    for original, counterfactual in zip(originals, changed, strict=True):
        if original == counterfactual:
            same += 1
        elif terms_left and matcher.find(counterfactual):
            left += 1
    return same, left


def show(what: str, rows: int, times: Times, pairs: int, wrong: tuple[int, int]) -> None:
    """Print a line of results."""
    same, left = wrong
    print(
        f"{what}: {rows / times.wall:,.0f} rows/s, {times.processor:.2f} s of the processor's time "
        f"(load {os.getloadavg()[0]:.1f}); {pairs:,} pairs, of which {same:,} unchanged and "
        f"{left:,} with a term left",
        flush=True,
    )


def texts_of(source: Path, column: str) -> list[str]:
    """Return a column of a CSV file."""
    import pyarrow.csv

    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    texts: list[str] = pyarrow.csv.read_csv(source, parse_options=options)[column].to_pylist()
    return texts


def memory(folder: Path, method: str) -> None:
    """Print the peak memory of a smaller and a larger build."""
    from evenhand.data import write_sample

    train = Path(write_sample(folder / "sample", rows=125_000)[0])
    header, _, body = train.read_bytes().partition(b"\n")
    peaks = {}
    for copies in (10, 50):
        path = folder / "rows.csv"
        with path.open("wb") as file:
            file.write(header + b"\n")
            for _ in range(copies):
                file.write(body)
        command = [sys.executable, __file__, "--peak-of", str(path), "--method", method]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows, peak, workers, seconds = map(float, done.stdout.split())
        peaks[copies] = peak
        print(
            f"{rows:,.0f} rows: peak {peak:.0f} MB, the largest worker {workers:.0f} MB, "
            f"{seconds:.0f} s (load {os.getloadavg()[0]:.1f})",
            flush=True,
        )
    print(f"the larger takes {peaks[50] / peaks[10] - 1:+.0%}")


def peak_of(path: Path, method: str) -> None:
    """Build from a file and print rows, peaks in MB and seconds."""
    from evenhand.data.building.build import build_dataset

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        dataset = build_dataset(
            [path],
            Path(folder) / "cf",
            text_column="comment_text",
            label_column="toxicity",
            method=method,
        )
        seconds = time.perf_counter() - began
    rows = sum(source.rows for source in dataset.manifest.sources)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(rows, own, workers, seconds)


if __name__ == "__main__":
    main()
