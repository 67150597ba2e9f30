"""Compare the vectorised evaluator with TFMA's own on the same tables; print a Markdown table.

    python benchmarks/evaluator.py            # some ten minutes on two cores
    python benchmarks/evaluator.py --quick    # under a minute, to see that it works

Each evaluation runs in a process of its own, which imports everything and runs a ten-row table
first: imports and one-time set-up are left out of every time. A time is that of the Beam pipeline,
from Parquet file to EvalResult: on the clock, and in brackets the processor's time, which other
work on the machine disturbs less and from which the ratios come. Stock is linear in its rows, so
that it is measured on fewer (`--stock-rows`) and scaled. Memory is the peak of the process's
resident set.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WARM_UP_ROWS = 10
CHUNK_ROWS = 250_000  # rows made and written at a time, so that making a table takes little memory

METRICS: list[tuple[str, dict[str, Any]]] = [
    ("FlipRate", {}),
    ("FlipCount", {}),
    ("CtfGap", {}),
    ("ScoreShift", {}),
    ("AUC", {}),
    ("AUCPrecisionRecall", {}),
    ("FairnessIndicators", {"thresholds": [0.5]}),
    ("BinaryAccuracy", {}),
    ("Calibration", {}),
    ("ExampleCount", {}),
]


def write_table(file: Path, rows: int, groups: int) -> Path:
    """Write labelled, weighted pairs of scores in that many groups."""
    rng = np.random.default_rng(0)
    names = np.array([f"group {i}" for i in range(groups)])
    with pq.ParquetWriter(file, pa.schema(_columns(rng, 1, names).schema)) as writer:
        for start in range(0, rows, CHUNK_ROWS):
            writer.write_table(_columns(rng, min(CHUNK_ROWS, rows - start), names))
    return file


def _columns(rng: np.random.Generator, rows: int, names: np.ndarray) -> pa.Table:
    labels = rng.integers(0, 2, rows)
    scores = np.clip(rng.normal(0.35 + 0.3 * labels, 0.2), 0, 1)
    return pa.table(
        {
            "prediction": scores,
            "counterfactual_prediction": np.clip(scores + rng.normal(0, 0.1, rows), 0, 1),
            "label": labels.astype(np.float64),
            "weight": rng.random(rows),
            "group": rng.choice(names, rows),
        }
    )


class Seconds(NamedTuple):
    """How long an evaluation took, on the clock and of the processor's time."""

    wall: float
    cpu: float

    def __add__(self, other: Seconds) -> Seconds:  # type: ignore[override]
        return Seconds(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: Seconds) -> Seconds:
        return Seconds(self.wall - other.wall, self.cpu - other.cpu)

    def times(self, factor: float) -> Seconds:
        """Return the seconds of that many times the work."""
        return Seconds(self.wall * factor, self.cpu * factor)

    def show(self, unit: str = "s", digits: int = 1) -> str:
        """Return both times as text, in seconds or microseconds."""
        scaled = self.times(1e6 if unit == "µs" else 1)
        return f"{scaled.wall:,.{digits}f} {unit} ({scaled.cpu:,.{digits}f})"


def evaluate(file: Path, engine: str, folder: Path) -> Seconds:
    """Evaluate a table, write the EvalResult, and return the time that it took."""
    import apache_beam as beam
    import fairness_indicators.fairness_indicators_metrics  # noqa: F401
    import tensorflow_model_analysis as tfma
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner
    from google.protobuf import json_format
    from tensorflow_model_analysis.proto import config_pb2
    from tfx_bsl.arrow import table_util

    import evenhand.evaluation.metrics  # noqa: F401
    from evenhand.evaluation.vectorised import ReadParquetBatches, VectorisedEvaluator

    model = {"predictionKey": "prediction", "labelKey": "label", "exampleWeightKey": "weight"}
    metrics = [{"className": name, "config": json.dumps(config)} for name, config in METRICS]
    config = json_format.ParseDict(
        {
            "modelSpecs": [model],
            "slicingSpecs": [{}, {"featureKeys": ["group"]}],
            "metricsSpecs": [{"metrics": metrics}],
        },
        config_pb2.EvalConfig(),
    )
    start = Seconds(time.perf_counter(), time.process_time())
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    with pipeline:
        if engine == "stock":
            batches = pipeline | ReadParquetBatches([file], batch_rows=4096)
            batches |= beam.Map(table_util.CanonicalizeRecordBatch)
            extractors = tfma.default_extractors(eval_config=config)
            evaluators = tfma.default_evaluators(eval_config=config)
        else:
            batches = pipeline | ReadParquetBatches([file])
            extractors, evaluators = [], [VectorisedEvaluator(config)]
        evaluation = (
            batches
            | tfma.BatchedInputsToExtracts()
            | tfma.ExtractAndEvaluate(extractors=extractors, evaluators=evaluators)
        )
        writers = tfma.default_writers(output_path=str(folder), eval_config=config)
        _ = evaluation | tfma.WriteResults(writers=writers)
    return Seconds(time.perf_counter(), time.process_time()) - start


def measure(engine: str, rows: int, groups: int) -> tuple[Seconds, float]:
    """Evaluate a table in a process of its own; return the time and the peak memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder) / "table.parquet", rows, groups)
        write_table(Path(folder) / "warm.parquet", WARM_UP_ROWS, groups)
        command = [sys.executable, __file__, "--worker", folder, engine]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(
            command,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
    *seconds, mib = json.loads(done.stdout.splitlines()[-1])
    taken = Seconds(*seconds)
    line = f"{engine:>10} {rows:>9,} rows {groups:>3} groups: {taken.show()}, {mib:,.0f} MiB"
    print(line, file=sys.stderr, flush=True)
    return taken, mib


def work(folder: Path, engine: str) -> None:
    """Be the process of `measure`: run the warm-up table, then the table."""
    evaluate(folder / "warm.parquet", engine, folder / "warm")
    taken = evaluate(folder / "table.parquet", engine, folder / "result")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([*taken, peak]))


def compare(rows: int, stock_rows: int, groups: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of the table: what, stock, vectorised, ratio."""
    few = WARM_UP_ROWS
    stock_few, _ = measure("stock", few, groups)
    stock, _ = measure("stock", stock_rows, groups)
    stock_row = (stock - stock_few).times(1 / (stock_rows - few))
    stock_all = stock_few + stock_row.times(rows - few)
    ours_few, _ = measure("vectorised", few, groups)
    ours = {n: measure("vectorised", n, groups)[0] for n in (rows // 10, rows, 3 * rows)}
    ours_row = (ours[3 * rows] - ours[rows]).times(1 / (2 * rows))
    yield "fixed cost (10 rows)", stock_few.show(), ours_few.show(), ""
    yield (
        f"{rows:,} rows, {groups + 1} slices",
        f"{stock_all.show(digits=0)}, from {stock_rows:,} rows",
        ours[rows].show(),
        f"{stock_all.cpu / ours[rows].cpu:,.0f}",
    )
    yield (
        "each further row",
        stock_row.show("µs", 0),
        ours_row.show("µs", 2),
        f"{stock_row.cpu / ours_row.cpu:,.0f}",
    )
    for n, taken in ours.items():
        yield f"all of it per row, {n:,} rows", "", taken.times(1 / n).show("µs", 2), ""
    for n in (rows, 3 * rows):
        taken, mib = measure("vectorised", n, 50)
        yield f"{n:,} rows, 51 slices", "", f"{taken.show()}, peak {mib:,.0f} MiB", ""


def main() -> None:
    """Parse the sizes, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stock-rows", type=int, default=100_000)
    parser.add_argument("--groups", type=int, default=3, help="overall makes one slice more")
    parser.add_argument("--quick", action="store_true", help="50,000 rows, stock 2,000")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(Path(options.worker[0]), options.worker[1])
        return
    if options.quick:
        options.rows, options.stock_rows = 50_000, 2_000
    print("| | stock | vectorised | times faster |\n|---|---:|---:|---:|", flush=True)
    for cells in compare(options.rows, options.stock_rows, options.groups):
        print(f"| {' | '.join(cells)} |", flush=True)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n{os.cpu_count()} cores, load average {load} at the end.")


if __name__ == "__main__":
    main()
