"""Measure how much memory `evenhand evaluate flip-rate --data` takes; print a Markdown table.

    python benchmarks/report_memory.py                      # some minutes on two cores
    python benchmarks/report_memory.py --rows 20000 --keep FOLDER

Each report is made in a process of its own, on a dataset built from the sample generator's
comments by ablation, with two models that cost next to nothing: they look for a word. The peak is
that of the process's resident set. A report on 1,000 rows tells what TensorFlow, TFMA and Beam take
by themselves.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROWS = (1_000, 50_000, 200_000, 500_000, 1_000_000)

MODELS = '''
import keras
import tensorflow as tf


class Score(keras.layers.Layer):
    """Gives a text with the word a higher score, and every text some of its own."""

    def __init__(self, word):
        super().__init__()
        self.word = word

    def call(self, texts):
        own = tf.cast(tf.strings.to_hash_bucket_fast(texts, 10_000), tf.float32) / 20_000
        found = tf.strings.regex_full_match(texts, f".*{self.word}.*")
        return own + tf.where(found, 0.3, 0.1)

    def compute_output_spec(self, texts):
        return keras.KerasTensor(texts.shape, "float32")


def _model(word):
    texts = keras.Input([], dtype="string")
    return keras.Model(texts, Score(word)(texts))


def candidate():
    return _model("she")


def baseline():
    return _model("he")
'''


def main() -> None:
    """Build the datasets, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--keep", type=Path, help="folder to keep the datasets in")
    parser.add_argument("--report", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.report:
        report(*map(Path, options.report))
        return
    print("| rows | pairs | peak | processor's time |\n|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        measure_all(options.rows, options.keep or Path(scratch), Path(scratch))


def measure_all(sizes: Sequence[int], datasets: Path, scratch: Path) -> None:
    """Print a row of the table for each size."""
    (scratch / "memory_models.py").write_text(MODELS)
    path = os.pathsep.join([str(scratch), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    for rows in sizes:
        dataset = datasets / f"rows_{rows}"
        pairs = build(rows, dataset, scratch)
        command = [sys.executable, __file__, "--report", str(dataset), str(scratch / f"out_{rows}")]
        done = subprocess.run(
            command,
            check=True,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        mib, seconds = json.loads(done.stdout.splitlines()[-1])
        print(f"| {rows:,} | {pairs:,} | {mib:,.0f} MiB | {seconds:,.0f} s |", flush=True)


def build(rows: int, dataset: Path, scratch: Path) -> int:
    """Build a dataset of that many rows if it is not there, and return its number of pairs."""
    from evenhand.data import CounterfactualDataset, build_dataset
    from evenhand.data.sample import generate_sample

    if not dataset.exists():
        source = scratch / f"rows_{rows}.csv"
        comments = itertools.chain.from_iterable(generate_sample(rows).values())
        with source.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["comment_text", "toxicity", "topic"])
            writer.writerows(
                [comment.comment_text, comment.toxicity, f"topic {number % 20}"]
                for number, comment in enumerate(comments)
            )
        build_dataset(
            [source],
            output=dataset,
            text_column="comment_text",
            label_column="toxicity",
            slice_columns=["topic"],
            terms=["gender"],
            method="ablate",
        )
    return CounterfactualDataset.open(dataset).manifest.counts.pairs


def report(dataset: Path, output: Path) -> None:
    """Be the process that is measured."""
    from evenhand.evaluation import evaluate_flip_rate

    start = time.process_time()
    evaluate_flip_rate(
        dataset,
        "memory_models:candidate",
        compare_to="memory_models:baseline",
        thresholds=[0.5, 0.3],
        output=output,
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([peak, time.process_time() - start]))


if __name__ == "__main__":
    main()
