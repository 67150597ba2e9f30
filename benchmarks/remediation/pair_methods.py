"""CLP with pairs of each method, judged on the pairs of all: by removal, neutral, substituted.

    python pair_methods.py tweets.csv --terms gender race-ethnicity --seeds 0 1 2

The model is the six-label model of `controls.py`, whose first label is judged; so are the splits.
The texts that are trained on are the same for every row, and so are those that are tested. What
differs is how the pairs were made that a model is trained with; each model is then judged on the
test pairs of every method:

- baseline: the model as it is.
- fine-tuning: trained on as CLP is, by the same rule and on the same examples, but without pairs.
- CLP, METHOD: `evenhand remediate train` with its defaults, on pairs of `--method METHOD`.
- CLP, negative: on pairs by removal of texts labelled negative, `--pair-labels negative`.

It prints a Markdown table: flips, flip rate and CTF gap on the pairs of each method, then AUC,
accuracy and the share of texts flagged, and of the sentences of `evaluate functions` the shares of
the toxic ones that are flagged and of the others that are not.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import real_text
from controls import add_votes, labels_of, six_label_model

from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.evaluation.functions import evaluate_functions
from evenhand.remediation import load_classifier, train
from evenhand.remediation.batches.training_data import DatasetBlocks, TrainingData
from evenhand.remediation.judging.validation import validate
from evenhand.remediation.model_options import ModelOptions

METHODS = "ablate", "neutral", "substitute"
NEGATIVE = "negative"
OPTIONS = {"positive_class": 0, "preprocess": "controls:tokens"}
COLUMNS = [
    "seed",
    "model",
    *(f"{method}: {what}" for method in METHODS for what in ("flips", "rate", "CTF gap")),
    "AUC",
    "accuracy",
    "share flagged",
    "toxic sentences flagged",
    "others passed",
    "kept epoch",
]


def datasets(arguments: argparse.Namespace, split: Path) -> dict[str, Path]:
    """Return the split's dataset of each method."""
    folders = {method: split.with_name(f"{split.stem}-{method}") for method in METHODS}
    common = {"label_column": "label", "terms": arguments.terms}
    for method, folder in folders.items():
        build_dataset([split], folder, method=method, **common)
    folders[NEGATIVE] = split.with_name(f"{split.stem}-{NEGATIVE}")
    build_dataset([split], folders[NEGATIVE], method="ablate", pair_labels="negative", **common)
    return folders


def cells(model: Path | str, tests: dict[str, TrainingData], folder: Path) -> Iterator[str]:
    """Yield what the model does on the pairs of each method, the texts, and our sentences."""
    classifier = load_classifier(model, ModelOptions(**OPTIONS))
    for data in tests.values():
        found = validate(classifier, data)
        pairs = len(data.example)
        yield f"{round(found['flip_rate'] * pairs)} of {pairs:,}"
        yield from (f"{found[metric]:.4f}" for metric in ("flip_rate", "ctf_gap"))
    yield from (f"{found[metric]:.4f}" for metric in ("auc", "accuracy", "positive_rate"))
    report = evaluate_functions(model, output=folder / "functions", overwrite=True, **OPTIONS)
    for label, metric in (("toxic", "true_positive_rate"), ("not-toxic", "true_negative_rate")):
        share = report.candidate.by_slice[f"label={label}"].metrics[metric]
        yield f"{share.value:.3f}"


def rows(arguments: argparse.Namespace, folder: Path, seed: int) -> Iterator[str]:
    """Yield a seed's rows of the table."""
    training, test = (
        datasets(arguments, split) for split in real_text.write_splits(arguments, folder, seed)
    )
    tests = {
        method: DatasetBlocks(CounterfactualDataset.open(test[method])).all_training()
        for method in METHODS
    }
    baseline = folder / "baseline.keras"
    # The share that training holds out by default is not trained on here, either.
    blocks = DatasetBlocks(CounterfactualDataset.open(training["ablate"]), 0.1, seed)
    six_label_model(labels_of(arguments), blocks.all_training(), seed).save(baseline)

    def row(name: str, model: Path | str, epoch: int | None = None) -> str:
        last = "" if epoch is None else str(epoch)
        return f"| {' | '.join([str(seed), name, *cells(model, tests, folder), last])} |"

    yield row("baseline", baseline)
    trainings = [("fine-tuning", "ablate", {"technique": "fine-tune"})]
    trainings += [(f"CLP, {method}", method, {}) for method in METHODS]
    trainings += [("CLP, negative", NEGATIVE, {})]
    for name, method, extra in trainings:
        result = train(baseline, training[method], folder / name, seed=seed, **OPTIONS, **extra)
        yield row(name, result.model, result.kept_epoch)


def main() -> None:
    """Parse the arguments, measure and print a table."""
    parser = real_text.parser(__doc__.splitlines()[0])
    add_votes(parser)
    arguments = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|---:|---|{'---:|' * (len(COLUMNS) - 2)}")
    real_text.print_rows(rows, arguments)


if __name__ == "__main__":
    main()
