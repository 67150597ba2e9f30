"""Labelled texts for benchmarks: read from a CSV file, split at random and written again."""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

TEST_SHARE = 0.2


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of the arguments that say what to read."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("input", type=Path, help="CSV file")
    arguments.add_argument("--text-column", default="tweet")
    arguments.add_argument("--label-column", default="class")
    arguments.add_argument("--negative", default="2", help="label of the negative class")
    arguments.add_argument("--rows", type=int, help="take so many of the texts, at random")
    arguments.add_argument("--terms", nargs="+", default=["gender"], help="lexicons")
    arguments.add_argument("--architectures", nargs="+", default=["bow"])
    arguments.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    return arguments


def print_rows(
    rows: Callable[[argparse.Namespace, Path, int], Iterable[str]], arguments: argparse.Namespace
) -> None:
    """Print the rows of each seed as they are made, in a folder that is removed afterwards."""
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder:
            for row in rows(arguments, Path(folder), seed):
                print(row, flush=True)


def write_splits(
    arguments: argparse.Namespace,
    folder: Path,
    seed: int,
    *,
    trains_on: Callable[[str], bool] = lambda text: True,
    slices: Mapping[str, Callable[[str], str]] = MappingProxyType({}),
) -> tuple[Path, Path]:
    """Write the texts, in an order that the seed decides, to a training and a test file.

    Texts that `trains_on` refuses are for the test, too. Each of `slices` is a further column,
    made of the texts.
    """
    with arguments.input.open(encoding="utf-8", newline="") as file:
        rows = [
            (
                text := row[arguments.text_column],
                int(row[arguments.label_column] != arguments.negative),
                *(value_of(text) for value_of in slices.values()),
            )
            for row in csv.DictReader(file)
        ]
    random.Random(seed).shuffle(rows)
    rows = rows[: arguments.rows]
    cut = round(len(rows) * (1 - TEST_SHARE))
    paths = folder / "train.csv", folder / "test.csv"
    training = [row for row in rows[:cut] if trains_on(row[0])]
    test = [*rows[cut:], *(row for row in rows[:cut] if not trains_on(row[0]))]
    for path, part in zip(paths, (training, test), strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label", *slices), *part])
    return paths
