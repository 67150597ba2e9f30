"""Every technique beside its controls, by `remediate compare`, on labelled texts that a user names.

    python techniques.py tweets.csv --architectures cnn
    python techniques.py tweets.csv --architectures transformer --rows 5000 \
        --technique fine-tune blind clp
    python techniques.py tweets.csv --slices --technique fine-tune reweight mindiff \
        mindiff:min_diff_column=groups
    python techniques.py tweets.csv --held-out-terms 0.33
    python techniques.py tweets.csv --unlabelled --held-out-terms 0.33
    python techniques.py tweets.csv --model toxicity.keras --preprocess tokens:encode

Without `--model` a baseline of each of `--architectures` is trained first: bow, cnn or transformer.
A fifth of the texts is put aside to measure on. `--unlabelled` trains on the other texts without
their labels; the baseline has seen them with labels. With `--slices` the texts have a slice column,
`groups`: the group of the lexicons whose terms a text has, "several" or "none". The number of
`--seeds`, and the first one, are those of the trainings.

It prints the tables of compare.md, means over the seeds with intervals, techniques in rows; and the
means again with their standard deviations between seeds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import real_text

from evenhand.data import TermMatcher, build_dataset, load_lexicon
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.remediation import compare, train_baseline
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.comparing.comparison import ComparisonResult
from evenhand.remediation.runtime.tensorflow import import_keras

# The transformer: words read of a text, known words, width, heads, blocks
LENGTH, VOCABULARY, WIDTH, HEADS, BLOCKS = 32, 10_000, 64, 4, 2
DROPOUT, TRANSFORMER_EPOCHS = 0.2, 5
HELD_OUT = 0.1  # as of `remediate train`
SLICES = "groups"
SHOWN = "flip_rate", "ctf_gap", "auc", "accuracy", "positive_rate", "seconds"


def train_transformer(data: Path, output: Path, seed: int) -> None:
    """Train a small transformer: words and their places, blocks of attention, and their mean."""
    keras = import_keras()
    layers = keras.layers
    keras.utils.set_random_seed(seed)
    # What training holds out to choose an epoch by is not trained on here, either
    examples = DatasetBlocks(CounterfactualDataset.open(data), HELD_OUT, seed).all_training()
    texts = keras.ops.convert_to_tensor(examples.text.tolist(), dtype="string")
    words = layers.TextVectorization(max_tokens=VOCABULARY, output_sequence_length=LENGTH)
    words.adapt(texts)
    text = keras.Input(shape=(), dtype="string")
    x = layers.Embedding(words.vocabulary_size(), WIDTH)(words(text)) + places()
    for _ in range(BLOCKS):
        attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, dropout=DROPOUT)(x, x)
        x = layers.LayerNormalization()(x + attention)
        hidden = layers.Dense(2 * WIDTH, activation="relu")(x)
        x = layers.LayerNormalization()(x + layers.Dropout(DROPOUT)(layers.Dense(WIDTH)(hidden)))
    x = layers.Dropout(DROPOUT)(layers.GlobalAveragePooling1D()(x))
    model = keras.Model(text, layers.Dense(1, activation="sigmoid")(x))
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    model.fit(
        texts, examples.label.reshape(-1, 1), batch_size=128, epochs=TRANSFORMER_EPOCHS, verbose=0
    )
    model.save(output)


def places() -> np.ndarray:
    """Return sines and cosines of each word's place, float32, shape (LENGTH, WIDTH)."""
    angles = np.arange(LENGTH)[:, None] / 10_000 ** (np.arange(0, WIDTH, 2) / WIDTH)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def group_named(terms: Sequence[str]) -> Callable[[str], str]:
    """Return a function that says of which group of these lexicons a text has terms."""
    matcher = TermMatcher([load_lexicon(name) for name in terms])

    def named(text: str) -> str:
        groups = {group for match in matcher.find(text) for group in match.groups}
        return "several" if len(groups) > 1 else next(iter(groups), "none")

    return named


def deviations(result: ComparisonResult) -> Iterator[str]:
    """Yield a Markdown table of means and, in brackets, their standard deviations."""
    groups = list(result.baseline_measured.false_positive_rates)
    headings = [*SHOWN, *(f"false positives, {group}" for group in groups)]
    yield f"| technique | {' | '.join(headings)} |\n|---|{'---:|' * len(headings)}"
    for each in result.compared:
        values = [[each.mean.get(name, np.nan), each.deviation.get(name, 0.0)] for name in SHOWN]
        for group in groups:
            rates = [run.false_positive_rates[group] for run in each.measured] or [np.nan]
            values.append([np.mean(rates), np.std(rates, ddof=1) if len(rates) > 1 else 0.0])
        yield f"| {each.name} | {' | '.join(f'{mean:.4f} ({sd:.4f})' for mean, sd in values)} |"


def tables(arguments: argparse.Namespace, architecture: str, folder: Path) -> str:
    """Compare techniques on one baseline, and return the tables."""
    seed = arguments.seeds[0]
    slices = {SLICES: group_named(arguments.terms)} if arguments.slices else {}
    training, test = real_text.write_splits(arguments, folder, seed, slices=slices)
    common: dict[str, Any] = {"terms": arguments.terms, "method": arguments.method}
    common["slice_columns"] = list(slices)
    for split in (training, test):
        build_dataset([split], folder / split.stem, label_column="label", **common)
    baseline, data = arguments.model, folder / "train"
    if baseline is None:
        baseline = folder / "baseline.keras"
        if architecture == "transformer":
            train_transformer(data, baseline, seed)
        else:
            train_baseline(data, baseline, architecture=architecture, seed=seed)
    if arguments.unlabelled:
        data = folder / "unlabelled"
        build_dataset([training], data, **common)
    options = {name: getattr(arguments, name) for name in ("preprocess", "positive_class")}
    result = compare(
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
    written = (folder / "compared" / "compare.md").read_text(encoding="utf-8")
    return "\n".join([written, *deviations(result), ""])


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
    parser.add_argument("--slices", action="store_true", help="give the texts a slice column")
    arguments = parser.parse_args()
    for architecture in arguments.architectures if arguments.model is None else ["model"]:
        with tempfile.TemporaryDirectory() as folder:
            print(
                f"## {architecture}\n\n{tables(arguments, architecture, Path(folder))}", flush=True
            )


if __name__ == "__main__":
    main()
