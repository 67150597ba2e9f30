"""Every technique beside its controls, by `remediate compare`, on labelled texts that a user names.

    python techniques.py tweets.csv --architectures cnn transformer
    python techniques.py tweets.csv --held-out-terms 0.33
    python techniques.py tweets.csv --unlabelled --held-out-terms 0.33
    python techniques.py tweets.csv --model toxicity.keras --preprocess tokens:encode

Without `--model` a baseline of each of `--architectures` is trained first: bow, cnn or transformer.
A fifth of the texts is put aside to measure on. `--unlabelled` trains on the other texts without
their labels; the baseline has seen them with labels. The number of `--seeds`, and the first one,
are those of the trainings.

It prints the tables of compare.md: means over the seeds with intervals, techniques in rows.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import real_text
import training as epochs

from evenhand.data import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.remediation import compare, train_baseline
from evenhand.remediation.runtime.tensorflow import import_keras

TRANSFORMER_EPOCHS = 3


def train_transformer(data: Path, output: Path) -> None:
    """Train the small transformer of `training.py`, which has dropout."""
    keras = import_keras()
    examples = CounterfactualDataset.open(data).examples(["text", "label"])
    texts = keras.ops.convert_to_tensor(examples["text"].to_pylist(), dtype="string")
    model = epochs.build_model(keras, "transformer", texts)
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    labels = examples["label"].to_numpy().reshape(-1, 1)
    model.fit(texts, labels, batch_size=128, epochs=TRANSFORMER_EPOCHS, verbose=0)
    model.save(output)


def tables(arguments: argparse.Namespace, architecture: str, folder: Path) -> str:
    """Compare techniques on one baseline, and return the tables."""
    seed = arguments.seeds[0]
    training, test = real_text.write_splits(arguments, folder, seed)
    common: dict[str, Any] = {"terms": arguments.terms, "method": arguments.method}
    for split in (training, test):
        build_dataset([split], folder / split.stem, label_column="label", **common)
    baseline, data = arguments.model, folder / "train"
    if baseline is None:
        baseline = folder / "baseline.keras"
        if architecture == "transformer":
            train_transformer(data, baseline)
        else:
            train_baseline(data, baseline, architecture=architecture, seed=seed)
    if arguments.unlabelled:
        data = folder / "unlabelled"
        build_dataset([training], data, **common)
    options = {name: getattr(arguments, name) for name in ("preprocess", "positive_class")}
    compare(
        baseline,
        data,
        folder / "test",
        folder / "compared",
        techniques=arguments.technique,
        seed=seed,
        seeds=len(arguments.seeds),
        held_out_terms=arguments.held_out_terms,
        unlabelled=arguments.unlabelled,
        **options,
    )
    return (folder / "compared" / "compare.md").read_text(encoding="utf-8")


def main() -> None:
    """Parse the arguments, compare and print the tables of each architecture."""
    parser = real_text.parser(__doc__.splitlines()[0])
    parser.add_argument("--method", default="ablate", help="how the pairs are made")
    parser.add_argument("--model", help="the model to repair")
    parser.add_argument("--preprocess", help="as of remediate compare")
    parser.add_argument("--positive-class", type=int, help="as of remediate compare")
    parser.add_argument("--technique", nargs="+", help="as of remediate compare")
    parser.add_argument("--held-out-terms", type=float, default=0.0)
    parser.add_argument("--unlabelled", action="store_true")
    arguments = parser.parse_args()
    for architecture in arguments.architectures if arguments.model is None else ["model"]:
        with tempfile.TemporaryDirectory() as folder:
            print(
                f"## {architecture}\n\n{tables(arguments, architecture, Path(folder))}", flush=True
            )


if __name__ == "__main__":
    main()
