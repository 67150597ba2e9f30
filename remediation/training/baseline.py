"""Plain text classifiers for those who have no model yet: a baseline to try evenhand on."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.data.building.build import dataset_of
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import new_file, sha256_of
from evenhand.data.storage.separation import check_apart
from evenhand.data.storage.temporary import path_until_exit
from evenhand.data.storage.whole_files import read_json_file
from evenhand.remediation.batches.cache import Blocks
from evenhand.remediation.batches.pipeline import Batches
from evenhand.remediation.batches.task import Task
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.batches.vectorisation import TextEncoding
from evenhand.remediation.judging.trade_off import Metrics
from evenhand.remediation.judging.validation import validate, validation_batch
from evenhand.remediation.models.loading import classifier_of
from evenhand.remediation.runtime.random_state import random_state_kept
from evenhand.remediation.runtime.tensorflow import import_keras, strategy_for, versions
from evenhand.remediation.runtime.texts import Texts
from evenhand.remediation.training.fit_options import BaselineOptions
from evenhand.remediation.training.fitting import fit

if TYPE_CHECKING:
    from evenhand.data.building.build import Data
from evenhand.remediation.training.output_folder import dataset_record, write_record

SCHEMA_VERSION = 1

_VOCABULARY = 20_000  # words; rarer ones share a token
_LONGEST = 256  # words that are read of a text
_LENGTH_QUANTILE = 0.99  # few texts are longer: padding to the longest would be a waste
_VOCABULARY_BATCH = 4096  # texts at once, in counting the vocabulary


@dataclass(frozen=True)
class BaselineResult:
    """The result of training a baseline.

    Attributes:
        model: The saved model.
        n_examples: Examples trained on.
        n_unlabelled: Examples left out because they have no label.
        history: A record for each epoch: loss, accuracy, and validation metrics as ``val_...``.
        metrics: Metrics on the held-out examples and their pairs: ``accuracy``, ``auc``,
            ``flip_rate``, ``ctf_gap``; see `evenhand.remediation.judging.validation.validate`.
        outputs: How the model's outputs are read, in words.
    """

    model: Path
    n_examples: int
    n_unlabelled: int
    history: list[Metrics]
    metrics: Metrics
    outputs: str


@takes_urls(output="recorded")
@random_state_kept()
@takes(BaselineOptions)
def train_baseline(
    data: Data,
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> BaselineResult:
    """Train a plain Keras 3 classifier that takes raw strings, on the examples of a dataset.

    Args:
        data: A counterfactual dataset with labels, or its folder; or a pandas DataFrame with the
            columns ``text`` and ``label``. Its pairs are not trained on.
        output: The `.keras` file to write. It loads with plain Keras. A record of what it was made
            from is written beside it, as ``OUTPUT.json``. Without one it is in a temporary folder,
            which is removed when this process ends.
        overwrite: Replace an existing file.
        progress: Called after every step.
        **options: See `evenhand.remediation.training.fit_options.BaselineOptions`.

    Raises:
        ConfigurationError: An argument is out of range, or the output exists or lies in the data.
        InputError: The dataset cannot be used, or the loss is no longer a number.
        UnavailableError: ``device="gpu"``, and there is no GPU.
    """
    chosen = BaselineOptions(**options)
    path = path_until_exit("baseline.keras") if output is None else Path(output)
    read = data.path if isinstance(data, CounterfactualDataset) else data
    check_apart(
        {"`data`": read if isinstance(read, str | Path) else None},
        {"`output`": [path, record_path(path)]},
    )
    _check_output(path, overwrite)
    dataset = dataset_of(data)
    if (dataset.manifest.columns.classes or 2) > 2:
        raise InputError(
            "the dataset's labels are the numbers of several classes",
            where=str(dataset.path),
            expected="labels from 0 to 1, for a baseline with one score",
        )
    blocks = DatasetBlocks(
        dataset, chosen.validation_split, chosen.seed, class_weights=chosen.class_weights
    )
    training, held_out = blocks.all_training(), blocks.held_out()
    strategy = strategy_for(chosen.device, allows_several=False)
    keras = import_keras()
    keras.utils.set_random_seed(chosen.seed)
    with strategy.scope():
        model = _ARCHITECTURES[chosen.architecture](keras, training.text)
        classifier = classifier_of(model, name=path.name)
        task = Task.of(classifier)
        optimizer = keras.optimizers.Adam(chosen.learning_rate)
        model.compile(optimizer, loss=task.loss, weighted_metrics=task.metrics)
    scored = validation_batch(chosen.batch_size)

    def measured() -> Metrics:
        return validate(classifier, held_out, batch_size=scored)

    with new_file(path) as work:
        history = fit(
            model,
            Batches(
                Blocks.of(training),
                TextEncoding(model),
                task.labels,
                chosen.batch_size,
                chosen.seed,
                pairing=None,
            ),
            epochs=chosen.epochs,
            validate=measured,
            progress=progress,
        )
        model.save(work)
        sha256 = sha256_of(work)
    metrics = measured()
    record = {
        "schema_version": SCHEMA_VERSION,
        "model": {"name": path.name, "sha256": sha256},
        "data": dataset_record(dataset),
        "options": {**chosen.as_keywords(), "precision": "float32"},
        "n_examples": blocks.n_examples,
        "n_unlabelled": blocks.n_unlabelled,
        "metrics": metrics,
        "outputs": classifier.reading,
        "versions": versions(),
    }
    write_record(record_path(path), record)
    return BaselineResult(
        path, blocks.n_examples, blocks.n_unlabelled, history, metrics, classifier.reading
    )


def record_path(model: Path) -> Path:
    """Return the path of a baseline's record, a file beside the model."""
    return model.with_name(f"{model.name}.json")


def _bow(keras: Any, texts: Texts) -> Any:
    layers = keras.layers
    words = layers.TextVectorization(max_tokens=_VOCABULARY, output_mode="multi_hot")
    _adapt(words, texts)
    return keras.Sequential(
        [
            layers.Input(shape=(), dtype="string"),
            words,
            layers.Dense(32, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="bow",
    )


def _cnn(keras: Any, texts: Texts) -> Any:
    layers = keras.layers
    lengths = [len(text.split()) for text in texts]
    length = int(np.quantile(lengths, _LENGTH_QUANTILE, method="higher"))
    words = layers.TextVectorization(
        max_tokens=_VOCABULARY, output_sequence_length=min(max(length, 1), _LONGEST)
    )
    _adapt(words, texts)
    return keras.Sequential(
        [
            layers.Input(shape=(), dtype="string"),
            words,
            layers.Embedding(words.vocabulary_size(), 64),
            layers.Conv1D(128, 3, padding="same", activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dropout(0.2),
            layers.Dense(64, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="cnn",
    )


def _adapt(words: Any, texts: Texts) -> None:
    import tensorflow as tf

    words.adapt(tf.data.Dataset.from_tensor_slices(tf.constant(texts)).batch(_VOCABULARY_BATCH))


_ARCHITECTURES = {"bow": _bow, "cnn": _cnn}


def _check_output(path: Path, overwrite: bool) -> None:
    if path.suffix != ".keras":
        raise ConfigurationError(
            "the baseline is saved as a .keras file", where=str(path), expected="a name in .keras"
        )
    record = record_path(path)
    for file in (path, record):
        if os.path.lexists(file) and not (overwrite and file.is_file()):
            raise ConfigurationError(
                "the output exists" if file.is_file() else "the output exists and is not a file",
                where=str(file),
                remedy="give `overwrite` to replace a file, or name another with `output`",
            )
    if record.exists() and not _is_record(record):
        raise ConfigurationError(
            "the file beside the output was not written by evenhand, and is not replaced",
            where=str(record),
            remedy="move it away, or name another output with `output`",
        )


def _is_record(path: Path) -> bool:
    """Return whether a file has the content of a record that this module writes."""
    try:
        document = json.loads(read_json_file(path))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and {"schema_version", "model", "data"} <= document.keys()
