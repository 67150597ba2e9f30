"""CLP beside its controls, on a six-label toxicity model and labelled texts that its user names.

    python controls.py tweets.csv --seeds 0 1 2
    python controls.py tweets.csv --model toxicity.keras --preprocess tokens:encode

Without `--model` a six-label model of words is trained first: an embedding, a convolution with
dropout, and Dense(6, sigmoid), whose first label is the one judged. A model of your own is a Keras
file; `--positive-class` is the label judged. Each seed decides the split and all trainings. Every
row is measured on the same untouched test split:

- baseline: the model as it is.
- terms taken out: the baseline on texts without their terms; nothing is trained.
- fine-tuning: trained on as CLP is, by the same rule and on the same examples, but without pairs.
- CLP: `evenhand remediate train` with its defaults.

It prints a Markdown table, baseline and controls beside CLP.
"""

from __future__ import annotations

import argparse
import csv
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import real_text

from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.remediation import load_classifier, train
from evenhand.remediation.batches.training_data import DatasetBlocks, TrainingData
from evenhand.remediation.judging.validation import validate
from evenhand.remediation.model_options import ModelOptions

WORDS, LENGTH = 20_000, 40  # numbers of words, and words read, of the model that is made here
LABELS = 6
BASELINE_EPOCHS = 3
METRICS = {
    "flip rate": "flip_rate",
    "CTF gap": "ctf_gap",
    "scale-free gap": "standardized_ctf_gap",
    "AUC": "auc",
    "accuracy": "accuracy",
    "share flagged": "positive_rate",
}
COLUMNS = ("seed", "test pairs", "model", *METRICS, "kept epoch")


def add_votes(parser: argparse.ArgumentParser) -> None:
    """Let the columns of votes be named, of which `labels_of` makes labels."""
    default = ["hate_speech", "offensive_language", "neither"]
    parser.add_argument("--votes", nargs="*", default=default)


def labels_of(arguments: argparse.Namespace) -> dict[str, list[float]]:
    """Return six labels of each text.

    They are the one judged, one for each other value of the label column, and for each column of
    votes whether there is one; the first is repeated if these are fewer.
    """
    with arguments.input.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    column, negative = arguments.label_column, arguments.negative
    values = sorted({row[column] for row in rows} - {negative})

    def labels(row: dict[str, str]) -> list[float]:
        found = [row[column] != negative, *(row[column] == value for value in values)]
        found += [float(row[votes]) > 0 for votes in arguments.votes]
        return [float(label) for label in (found + found[:1] * LABELS)[:LABELS]]

    return {row[arguments.text_column]: labels(row) for row in rows}


def tokens(texts: list[str]) -> np.ndarray:
    """Return the numbers of the first words of each text, int32, shape (n, LENGTH).

    A word's number is a hash. Punctuation ends a word, so that a term that is taken out leaves its
    neighbours the words that they were.
    """
    numbers = np.zeros((len(texts), LENGTH), np.int32)
    for row, text in zip(numbers, texts, strict=True):
        words = re.findall(r"\w+", text.lower())[:LENGTH]
        row[: len(words)] = [1 + zlib.crc32(word.encode()) % (WORDS - 1) for word in words]
    return numbers


def six_label_model(labels: dict[str, list[float]], data: TrainingData, seed: int) -> Any:
    """Return a model of `tokens` with six sigmoids, trained on the examples of `data`."""
    import keras

    texts = [text.decode() for text in data.text]
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            keras.layers.Embedding(WORDS, 64),
            keras.layers.SpatialDropout1D(0.2),
            keras.layers.Conv1D(128, 3, padding="same", activation="relu"),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(LABELS, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    targets = np.array([labels[text] for text in texts], np.float32)
    model.fit(tokens(texts), targets, batch_size=128, epochs=BASELINE_EPOCHS, verbose=0)
    return model


def without_terms(data: TrainingData) -> TrainingData:
    """Return the data with each text that has a counterfactual replaced by its first one."""
    rows, first = np.unique(data.example, return_index=True)
    texts = data.text.copy()
    texts[rows] = data.counterfactual[first]
    return replace(data, text=texts)


def rows(arguments: argparse.Namespace, folder: Path, seed: int) -> Iterator[str]:
    """Yield a seed's rows of the table."""
    splits = real_text.write_splits(arguments, folder, seed)
    for split in splits:
        build_dataset(
            [split],
            split.with_suffix(""),
            label_column="label",
            terms=arguments.terms,
            method="ablate",
        )
    training, test_folder = (split.with_suffix("") for split in splits)
    test = DatasetBlocks(CounterfactualDataset.open(test_folder)).all_training()
    options = {"positive_class": arguments.positive_class, "preprocess": arguments.preprocess}
    baseline = arguments.model
    if baseline is None:
        options["preprocess"] = "controls:tokens"
        # The share that training holds out by default is not trained on here, either.
        own = DatasetBlocks(CounterfactualDataset.open(training), 0.1, seed).all_training()
        baseline = folder / "baseline.keras"
        six_label_model(labels_of(arguments), own, seed).save(baseline)

    def row(name: str, model: Path | str, data: TrainingData, epoch: int | None = None) -> str:
        found = validate(load_classifier(model, ModelOptions(**options)), data)
        if data is not test:  # both texts of a pair are the one without its terms
            found |= dict.fromkeys(("flip_rate", "ctf_gap", "standardized_ctf_gap"), 0.0)
        cells = [str(seed), f"{len(test.example):,}", name]
        cells += [f"{found[metric]:.4f}" for metric in METRICS.values()]
        return f"| {' | '.join([*cells, '' if epoch is None else str(epoch)])} |"

    yield row("baseline", baseline, test)
    yield row("terms taken out", baseline, without_terms(test))
    for name, extra in (("fine-tuning", {"technique": "fine-tune"}), ("CLP", {})):
        result = train(baseline, training, folder / name, seed=seed, **options, **extra)
        yield row(name, result.model, test, result.kept_epoch)


def main() -> None:
    """Parse the arguments, measure and print a table."""
    parser = real_text.parser(__doc__.splitlines()[0])
    parser.add_argument("--model", help="a Keras model of your own, in the place of one made here")
    parser.add_argument("--preprocess", help="package.module:function, for its texts")
    parser.add_argument("--positive-class", type=int, default=0, help="the label judged")
    add_votes(parser)
    arguments = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|---:|---:|---|{'---:|' * (len(COLUMNS) - 3)}")
    real_text.print_rows(rows, arguments)


if __name__ == "__main__":
    main()
