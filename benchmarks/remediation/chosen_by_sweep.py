"""Choose a CLP model by a sweep on a validation split, and measure it on an untouched test split.

    python chosen_by_sweep.py tweets.csv --seeds 0 1 2

Each seed decides the splits, the baseline and the trainings. docs/training.md has the figures.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import real_text

from evenhand.data import CounterfactualDataset, build_dataset
from evenhand.remediation import load_classifier, sweep, train_baseline
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.judging.validation import validate

VALIDATION_SHARE = 0.2
COLUMNS = ("seed", "picked", "test pairs", "flip rate", "CTF gap", "AUC", "accuracy")


def row(arguments: argparse.Namespace, architecture: str, folder: Path, seed: int) -> str:
    """Return a seed's row of the table, each metric as baseline → CLP, all on the test split."""
    splits = real_text.write_splits(arguments, folder, seed)
    for split in splits:
        build_dataset(
            [split],
            split.with_suffix(""),
            label_column="label",
            terms=arguments.terms,
            method="ablate",
        )
    train_data, test_data = (split.with_suffix("") for split in splits)
    baseline = folder / "baseline.keras"
    # The same share and seed for both, so that neither has seen the other's validation split.
    same = {"validation_split": VALIDATION_SHARE, "seed": seed}
    train_baseline(train_data, baseline, architecture=architecture, **same)
    result = sweep(
        baseline, train_data, folder / "sweep", early_stopping="flip_rate",
        max_auc_drop=arguments.max_auc_drop, **same,
    )  # fmt: skip
    test = DatasetBlocks(CounterfactualDataset.open(test_data)).all_training()
    before, after = (validate(load_classifier(m), test) for m in (baseline, result.model))
    picked = None if result.picked is None else result.trials[result.picked]
    metrics = [
        f"{before[name]:.4f} → {after[name]:.4f}"
        for name in ("flip_rate", "ctf_gap", "auc", "accuracy")
    ]
    name = "the baseline"  # where no trial keeps the limits
    if picked is not None:
        name = f"{picked.loss} × {picked.loss_weight:g}, epoch {picked.kept_epoch}"
    return f"| {' | '.join([str(seed), name, f'{len(test.example):,}', *metrics])} |"


def main() -> None:
    """Parse the arguments, measure and print a table for each architecture."""
    parser = real_text.parser(__doc__.splitlines()[0])
    parser.add_argument("--max-auc-drop", type=float, default=0.005)
    arguments = parser.parse_args()
    for architecture in arguments.architectures:
        print(f"\n{architecture}\n\n| {' | '.join(COLUMNS)} |\n|{'---:|' * len(COLUMNS)}")
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as folder:
                print(row(arguments, architecture, Path(folder), seed), flush=True)


if __name__ == "__main__":
    main()
