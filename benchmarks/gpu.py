"""Time a large transformer's training and scoring on one GPU, beside plain `fit` and `predict`.

    python benchmarks/gpu.py
    python benchmarks/gpu.py --layers 1 --width 32 --tokens 16 --batch-size 32 --steps 8 --rounds 1

The first is 6 layers of width 768, 128 tokens, batches of 256; the second shows in minutes, also
without a GPU, that everything runs. Prints the card, and a Markdown table with a row for each
precision with and without XLA: milliseconds a step of plain `fit` on tokens and of CLP (medians of
epochs that take turns, the first of each left out), texts a second of `predict` and of evenhand's
scoring, and the peak of the GPU's memory. CLP should take at most 1 + 1.2 f times plain `fit`, f
being pairs an example, and scoring reach 0.9 of `predict`.

The model has no dropout, so that pairs share the examples' pass. Both trainings have the same
architecture, texts, optimizer and precision; those in float16 scale the loss.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
VOCABULARY, SEED = 20_000, 0
HEAD_WIDTH = 64  # of an attention head, as in BERT
TRAINING_SHARE = 0.8  # of the sample


def build_model(keras: Any, texts: Any, options: argparse.Namespace) -> Any:
    """Return a transformer that classifies strings."""
    import tensorflow as tf

    layers, width = keras.layers, options.width
    keras.utils.set_random_seed(SEED)
    words = layers.TextVectorization(VOCABULARY, output_sequence_length=options.tokens)
    words.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(4096))
    text = keras.Input(shape=(), dtype="string")
    x = layers.Embedding(words.vocabulary_size(), width)(words(text))
    for _ in range(options.layers):
        heads = max(width // HEAD_WIDTH, 1)
        attended = layers.MultiHeadAttention(heads, width // heads)(x, x)
        x = layers.LayerNormalization()(x + attended)
        hidden = layers.Dense(4 * width, activation="gelu")(x)
        x = layers.LayerNormalization()(x + layers.Dense(width)(hidden))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(text, layers.Dense(1, activation="sigmoid")(x))


class Setting:
    """A precision, with or without XLA."""

    def __init__(self, data: Any, precision: str, xla: bool, options: argparse.Namespace) -> None:
        from evenhand.remediation.runtime.tensorflow import import_keras

        self._keras = import_keras()
        self._data, self._precision, self._xla, self._options = data, precision, xla, options
        examples = data.examples(["text", "label"])
        self._texts = examples["text"].to_pylist()
        self._labels = examples["label"].to_numpy().reshape(-1, 1)
        self._medians: dict[str, float] = {}
        self._peaks: dict[str, float] = {}

    def row(self) -> str:
        """Measure, and return the row of the table."""
        from evenhand.data.support.memory import tells_of_no_memory

        cells = [self._precision, "yes" if self._xla else "no"]
        try:
            return " | ".join([*cells, *self._trained(), *self._scored()])
        except Exception as error:
            if not tells_of_no_memory(error):
                raise
            return " | ".join([*cells, "memory ran out"])

    def _trained(self) -> list[str]:
        from evenhand.remediation.runtime.precision import trained_in

        own, plain = (self._model() for _ in range(2))
        with trained_in(plain, self._precision), trained_in(own, self._precision):
            ways = {"plain": self._plain(plain), "clp": self._clp(own)}
            steps, seconds = self._in_turns(ways, self._options.rounds)
        plain_ms, own_ms = (1000 * seconds[way] / steps for way in ways)
        return [
            f"{plain_ms:.1f}",
            f"{own_ms:.1f}",
            f"{own_ms / plain_ms:.2f}",
            f"{self._peaks['plain']:.0f} and {self._peaks['clp']:.0f}",
        ]

    def _scored(self) -> list[str]:
        import tensorflow as tf

        from evenhand.remediation.models.loading import classifier_of
        from evenhand.remediation.runtime.precision import trained_in

        model, size = self._model(), self._options.scoring_batch
        batches = tf.data.Dataset.from_tensor_slices(self._texts).batch(size).prefetch(2)
        with trained_in(model, self._precision):
            model.compile(jit_compile=self._xla)
            classifier = classifier_of(model, name="transformer")
            ways = {
                "predict": lambda: model.predict(batches, verbose=0),
                "score": lambda: classifier.score(self._texts, batch_size=size),
            }
            _, seconds = self._in_turns(ways, self._options.rounds)
        rates = [len(self._texts) / seconds[way] for way in ways]
        return [f"{rates[0]:,.0f}", f"{rates[1]:,.0f}", f"{rates[1] / rates[0]:.2f}"]

    def _model(self) -> Any:
        return build_model(self._keras, self._texts, self._options)

    def _in_turns(
        self, ways: dict[str, Callable[[], Any]], rounds: int
    ) -> tuple[int, dict[str, float]]:
        """Run each way in turns; return the steps of an epoch, and each way's median seconds."""
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(rounds + 1):
            for way, run in ways.items():
                _reset_peak()
                start = time.perf_counter()
                run()
                if number:  # the first compiles
                    seconds[way].append(time.perf_counter() - start)
                self._peaks[way] = _peak_megabytes()
        medians = {way: statistics.median(each) for way, each in seconds.items()}
        return len(self._texts) // self._options.batch_size, medians

    def _optimizer(self) -> Any:
        adam = self._keras.optimizers.Adam(1e-4)
        scales = self._precision == "mixed_float16"
        return self._keras.optimizers.LossScaleOptimizer(adam) if scales else adam

    def _plain(self, model: Any) -> Callable[[], Any]:
        import tensorflow as tf

        vectorise = model.layers[1]
        texts, size = tf.constant(self._texts), self._options.batch_size
        tokens = tf.concat([vectorise(texts[i : i + 4096]) for i in range(0, len(texts), 4096)], 0)
        on_tokens = self._keras.Model(vectorise.output, model.outputs)
        on_tokens.compile(self._optimizer(), "binary_crossentropy", jit_compile=self._xla)
        rows = tf.data.Dataset.from_tensor_slices((tokens, self._labels))
        untuned = tf.data.Options()
        untuned.autotune.enabled = False  # the tuner's thread is waited for at an epoch's end
        batches = rows.shuffle(len(self._texts), seed=SEED).batch(size, drop_remainder=True)
        batches = batches.prefetch(tf.data.AUTOTUNE).with_options(untuned)
        return lambda: on_tokens.fit(batches, epochs=1, shuffle=False, verbose=0)

    def _clp(self, model: Any) -> Callable[[], Any]:
        from evenhand.data.progress import ignore_progress
        from evenhand.remediation import CounterfactualModel
        from evenhand.remediation.batches.cache import cached
        from evenhand.remediation.batches.pipeline import Batches
        from evenhand.remediation.batches.training_data import DatasetBlocks
        from evenhand.remediation.batches.vectorisation import encoding_of
        from evenhand.remediation.training.fitting import fit

        encoding = encoding_of(model)
        wrapper = CounterfactualModel(encoding.model)
        wrapper.compile(self._optimizer(), "binary_crossentropy", jit_compile=self._xla)
        # The context lasts as long as the process.
        blocks = cached(DatasetBlocks(self._data), encoding, "memory", Path()).__enter__()
        size = self._options.batch_size
        batches = Batches(blocks, encoding, lambda label: label[:, None], size, SEED, "aligned")
        return lambda: fit(wrapper, batches, epochs=1, validate=dict, progress=ignore_progress)


def _reset_peak() -> None:
    import tensorflow as tf

    if tf.config.list_logical_devices("GPU"):
        tf.config.experimental.reset_memory_stats("GPU:0")


def _peak_megabytes() -> float:
    """Return the GPU's peak since it was reset; 0 without one."""
    import tensorflow as tf

    if not tf.config.list_logical_devices("GPU"):
        return 0.0
    return float(tf.config.experimental.get_memory_info("GPU:0")["peak"]) / 2**20


def _machine() -> str:
    import keras
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    cards = [
        f"{each.get('device_name')}, compute capability "
        f"{'.'.join(map(str, each.get('compute_capability', '?')))}"
        for each in details
    ]
    return (
        f"{'; '.join(cards) or 'no GPU'}; {os.cpu_count()} cores ({platform.machine()}), "
        f"load {os.getloadavg()[0]:.1f}; TensorFlow {tf.__version__}, Keras {keras.__version__}"
    )


def main() -> None:
    """Make the data, and print the card and the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--scoring-batch", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=32, help="of an epoch")
    parser.add_argument("--rounds", type=int, default=5, help="epochs timed of each way")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--xla", nargs="+", choices=("no", "yes"), default=["no", "yes"])
    options = parser.parse_args()
    from evenhand.data.building.build import build_dataset
    from evenhand.data.sample import write_sample

    rows = max(round(options.steps * options.batch_size / TRAINING_SHARE), 1_000)
    with tempfile.TemporaryDirectory() as name:
        train = write_sample(Path(name) / "sample", rows=rows, seed=SEED)[0]
        data = build_dataset(
            [train],
            Path(name) / "dataset",
            text_column="comment_text",
            label_column="toxicity",
            method="ablate",
        )
        counts = data.manifest.counts
        share = counts.pairs / counts.examples
        print(f"{_machine()}\n")
        print(
            f"{options.layers} layers of width {options.width}, {options.tokens} tokens, batches "
            f"of {options.batch_size}; {counts.examples:,} texts, f = {share:.3f}, "
            f"1 + 1.2 f = {1 + 1.2 * share:.2f}; scoring in batches of {options.scoring_batch}; "
            f"medians of {options.rounds}\n"
        )
        headings = (
            "precision",
            "XLA",
            "`fit`, ms a step",
            "CLP, ms a step",
            "times `fit`",
            "peak MB, `fit` and CLP",
            "`predict`, texts/s",
            "scoring, texts/s",
            "of `predict`",
        )
        print(f"| {' | '.join(headings)} |\n|---|---|{'---:|' * 7}", flush=True)
        for precision in options.precisions:
            for xla in options.xla:
                print(f"| {Setting(data, precision, xla == 'yes', options).row()} |", flush=True)


if __name__ == "__main__":
    main()
