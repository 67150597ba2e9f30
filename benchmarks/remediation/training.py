"""Time an epoch of plain training, TFMR's CLP and evenhand's, on one machine, model and data.

    python training.py --rows 30000 --rounds 5

Prints a Markdown table: seconds an epoch by the clock and of processor time (medians of the
rounds), ratios of both, and peak memory. The ways of training take turns, an epoch each, so that
other load on the machine falls on all of them; of the two, processor time is the steadier on a
virtual machine.
TFMR needs Keras 2, so each way runs in a process of its own and waits for its turn. Texts, pairs
and initial architecture are the same for all; the data is evenhand's sample text. Every way runs on
the accelerator if TensorFlow sees one.

- plain: `fit` on strings, as published examples do; the model holds its TextVectorization.
- plain on tokens: the same with texts tokenised beforehand, as evenhand's own training does.
- TFMR, published: `build_counterfactual_data` with the lexicon's terms, over the whole data.
- TFMR, our pairs: TFMR's `CounterfactualModel` on evenhand's pairs.
- evenhand: `--pairing aligned`, tokens; evenhand, independent: TFMR's procedure.
- cda, mindiff: these techniques, tokens: at most 1 + 1.2 f and 1 + 1.3 f times plain `fit`.

The models have dropout, as published ones do, so that pairs go through them in a pass of their own:
at most 1 + 2.2 f times plain `fit`, f being pairs an example. Those named "-still" have none, and
share a pass: at most 1 + 1.3 f. Either is at most 0.65 of TFMR's.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WAYS = {
    "plain": "plain `fit`",
    "plain-tokens": "plain `fit` on tokens",
    "tfmr-published": "TFMR as published",
    "tfmr-pairs": "TFMR with our pairs",
    "evenhand": "evenhand",
    "evenhand-independent": "evenhand `--pairing independent`",
    "cda": "evenhand `--technique cda`",
    "mindiff": "evenhand `--technique mindiff`",
}
LENGTH, VOCABULARY, SEED = 64, 20_000, 0
DROPOUT = 0.2
STILL = "-still"  # the end of the name of a model without it
TRANSFORMER_WIDTH, TRANSFORMER_HEADS = 64, 4


def build_model(keras: Any, architecture: str, texts: Any) -> Any:
    """Return a classifier of strings, the same layers in Keras 2 and Keras 3."""
    import tensorflow as tf

    layers = keras.layers
    keras.utils.set_random_seed(SEED)
    words = layers.TextVectorization(max_tokens=VOCABULARY, output_sequence_length=LENGTH)
    words.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(4096))
    text = keras.Input(shape=(), dtype="string")
    tokens = words(text)
    n_words = words.vocabulary_size()
    if architecture.startswith("cnn"):
        x = layers.Embedding(n_words, 64)(tokens)
        x = layers.Conv1D(128, 5, padding="same", activation="relu")(x)
        x = layers.GlobalMaxPooling1D()(x)
    else:
        width = TRANSFORMER_WIDTH
        x = layers.Embedding(n_words, width)(tokens)
        attention = layers.MultiHeadAttention(TRANSFORMER_HEADS, width // TRANSFORMER_HEADS)
        x = layers.LayerNormalization()(x + attention(x, x))
        hidden = layers.Dense(2 * width, activation="relu")(x)
        x = layers.LayerNormalization()(x + layers.Dense(width)(hidden))
        x = layers.GlobalAveragePooling1D()(x)
    if not architecture.endswith(STILL):
        x = layers.Dropout(DROPOUT)(x)
    x = layers.Dense(64, activation="relu")(x)
    return keras.Model(text, layers.Dense(1, activation="sigmoid")(x))


def prepare(way: str, architecture: str, dataset: Path, batch_size: int) -> Callable[[], Any]:
    """Return a function that trains for one epoch."""
    if way.startswith("tfmr"):
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        import tensorflow as tf

        keras = tf.keras
    else:
        from evenhand.remediation.runtime.tensorflow import import_keras

        keras = import_keras()
        import tensorflow as tf
    from evenhand.data.dataset.on_disk import CounterfactualDataset

    data = CounterfactualDataset.open(dataset)
    examples = data.examples(["text", "label"])
    texts = tf.constant(examples["text"].to_pylist())
    labels = examples["label"].to_numpy().reshape(-1, 1)
    model = build_model(keras, architecture, texts)
    compile_options = {"optimizer": keras.optimizers.Adam(1e-3), "loss": "binary_crossentropy"}
    if way.startswith("plain"):
        if way == "plain-tokens":
            vectorise, model = model.layers[1], keras.Model(model.layers[1].output, model.outputs)
            texts = tf.concat(
                [vectorise(texts[i : i + 4096]) for i in range(0, len(texts), 4096)], 0
            )
        model.compile(**compile_options)
        batches = _batches(tf, (texts, labels), batch_size)
        return lambda: model.fit(batches, epochs=1, verbose=0)
    if way.startswith("tfmr"):
        return _tfmr(tf, model, compile_options, data, (texts, labels), way, batch_size)
    return _evenhand(model, compile_options, data, way, batch_size)


def _batches(tf: Any, columns: Any, batch_size: int) -> Any:
    rows = tf.data.Dataset.from_tensor_slices(columns)
    shuffled = rows.shuffle(len(columns[0]), seed=SEED)
    return shuffled.batch(batch_size).prefetch(tf.data.AUTOTUNE).with_options(_untuned(tf))


def _untuned(tf: Any) -> Any:
    """Return options without tf.data's tuner: an iterator's end waits for its thread to wake up.

    A `fit` of one epoch would be measured up to twice as long as its training takes.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def _tfmr(
    tf: Any, model: Any, compile_options: Any, data: Any, columns: Any, way: str, batch_size: int
) -> Callable[[], Any]:
    from tensorflow_model_remediation import counterfactual

    utils = counterfactual.keras.utils
    if way == "tfmr-published":
        from evenhand.data.lexicons.lexicon import load_lexicon

        entries = load_lexicon("gender").entries
        terms = sorted({spelling for entry in entries for _, spelling in entry.spellings()})
        rows = tf.data.Dataset.from_tensor_slices((columns[0], columns[1]))
        pairs = utils.build_counterfactual_data(rows, sensitive_terms_to_remove=terms)
    else:
        made = data.pairs(["original", "counterfactual", "weight"])
        sides = [tf.constant(made[name].to_pylist()) for name in made.column_names[:2]]
        weight = made["weight"].to_numpy()
        pairs = tf.data.Dataset.from_tensor_slices((*sides, weight)).shuffle(len(weight))
    packed = (
        utils.pack_counterfactual_data(_batches(tf, columns, batch_size), pairs.batch(batch_size))
        .prefetch(tf.data.AUTOTUNE)
        .with_options(_untuned(tf))
    )
    loss = counterfactual.losses.PairwiseMSELoss()
    wrapper = counterfactual.keras.CounterfactualModel(model, loss)
    wrapper.compile(**compile_options)
    return lambda: wrapper.fit(packed, epochs=1, verbose=0)


def _evenhand(
    model: Any, compile_options: Any, data: Any, way: str, batch_size: int
) -> Callable[[], Any]:
    from evenhand.remediation import CounterfactualModel
    from evenhand.remediation.batches.cache import cached
    from evenhand.remediation.batches.pipeline import Batches
    from evenhand.remediation.batches.training_data import DatasetBlocks
    from evenhand.remediation.batches.vectorisation import encoding_of
    from evenhand.remediation.wrappers.augmented_model import AugmentedModel
    from evenhand.remediation.wrappers.min_diff_model import MinDiffModel

    encoding = encoding_of(model)
    wrapper: Any
    if way == "cda":
        wrapper = AugmentedModel(encoding.model)
    elif way == "mindiff":
        wrapper = MinDiffModel(encoding.model)
    else:
        wrapper = CounterfactualModel(encoding.model, "mse", pair_on="outputs")
    wrapper.compile(**compile_options)
    pairing: Any = "independent" if way == "evenhand-independent" else "aligned"
    # The context lasts as long as the process.
    blocks = cached(DatasetBlocks(data), encoding, "memory", Path()).__enter__()
    batches = Batches(blocks, encoding, lambda label: label[:, None], batch_size, SEED, pairing)
    data_batches = batches.dataset()
    return lambda: wrapper.fit(data_batches, steps_per_epoch=batches.steps, verbose=0)


def serve(arguments: list[str]) -> None:
    """Train for an epoch on every line of stdin; answer with its seconds; at the end, the MB."""
    way, architecture, dataset, batch_size = arguments
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is no answer
    epoch = prepare(way, architecture, Path(dataset), int(batch_size))
    epoch()  # compiles, and fills caches
    print("ready", file=answers)
    for _ in sys.stdin:
        start, start_of_work = time.perf_counter(), time.process_time()
        epoch()
        print(time.perf_counter() - start, time.process_time() - start_of_work, file=answers)
    print(_peak_megabytes(), file=answers)


def _peak_megabytes() -> str:
    host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    import tensorflow as tf

    if not tf.config.list_logical_devices("GPU"):
        return str(host)
    return f"{host} + {tf.config.experimental.get_memory_info('GPU:0')['peak'] >> 20} GPU"


class Trainer:
    """A way of training, in a process of its own, that trains for an epoch when it is told to."""

    def __init__(self, way: str, architecture: str, dataset: Path, batch_size: int) -> None:
        command = [sys.executable, __file__, "--serve", way, architecture, dataset, batch_size]
        # Several processes share a GPU here.
        environment = {**os.environ, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
        self._process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "TF_CPP_MIN_LOG_LEVEL": "3"},
            text=True,
        )
        self.seconds: list[tuple[float, float]] = []  # by the clock, and of processor time
        self._answer()

    def train(self) -> None:
        """Train for an epoch and note its seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write("epoch\n")
        self._process.stdin.flush()
        clock, processor = self._answer().split()
        self.seconds.append((float(clock), float(processor)))

    def end(self) -> str:
        """End the process and return its peak memory in MB."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        peak = self._answer()
        self._process.wait()
        return peak

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        if not answer:
            raise SystemExit(f"{self._process.args} failed; run it by hand to see why")
        return answer


def compare(architecture: str, dataset: Path, ways: list[str], rounds: int, batch: int) -> None:
    """Train in turns and print the table's rows."""
    trainers = {way: Trainer(way, architecture, dataset, batch) for way in ways}
    for _ in range(rounds):
        for trainer in trainers.values():
            trainer.train()
    medians = {
        way: [statistics.median(measure) for measure in zip(*trainer.seconds, strict=True)]
        for way, trainer in trainers.items()
    }
    for way, trainer in trainers.items():
        ratios = [
            " and ".join(
                f"{own / its:.2f}" for own, its in zip(medians[way], medians[other], strict=True)
            )
            if other in medians
            else ""
            for other in ("plain", "plain-tokens", "tfmr-pairs")
        ]
        seconds = " and ".join(f"{median:.2f}" for median in medians[way])
        shown = (architecture, WAYS[way], seconds, *ratios, trainer.end())
        print(f"| {' | '.join(shown)} |", flush=True)


def main() -> None:
    """Make the data, train in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=30_000, help="comments of the sample text")
    parser.add_argument("--rounds", type=int, default=5, help="epochs timed of each way")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--architectures", nargs="+", default=["cnn", "cnn-still", "transformer"])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--data", type=Path, help="a labelled dataset of `evenhand data build`")
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    from evenhand.data.building.build import build_dataset
    from evenhand.data.dataset.on_disk import CounterfactualDataset
    from evenhand.data.sample import write_sample

    with tempfile.TemporaryDirectory() as name:
        dataset = options.data
        if dataset is None:
            train = write_sample(Path(name) / "sample", rows=options.rows, seed=SEED)[0]
            dataset = Path(name) / "dataset"
            build_dataset(
                [train],
                dataset,
                text_column="comment_text",
                label_column="toxicity",
                method="ablate",
            )
        counts = CounterfactualDataset.open(dataset).manifest.counts
        share = counts.pairs / counts.examples
        print(
            f"{counts.examples:,} examples, {counts.pairs:,} pairs (f = {share:.3f}), batches of "
            f"{options.batch_size}, median of {options.rounds} epochs, {os.cpu_count()} cores "
            f"({platform.machine()}), load {os.getloadavg()[0]:.1f} at the start. "
            f"1 + 1.3 f = {1 + 1.3 * share:.2f}, 1 + 2.2 f = {1 + 2.2 * share:.2f}\n"
        )
        names = ("plain", "plain on tokens", "TFMR, our pairs")
        headings = (
            "model",
            "training",
            "s/epoch, clock and processor",
            *(f"/ {name}" for name in names),
            "peak MB",
        )
        print(f"| {' | '.join(headings)} |\n|---|---|{'---:|' * 5}", flush=True)
        for architecture in options.architectures:
            compare(architecture, dataset, options.ways, options.rounds, options.batch_size)


if __name__ == "__main__":
    main()
