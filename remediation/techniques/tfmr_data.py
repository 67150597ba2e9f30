"""Our pairs for users of TensorFlow Model Remediation (TFMR) alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.support.option_checks import check_whole

if TYPE_CHECKING:
    import tensorflow as tf


@takes_urls()
def to_tfmr(
    dataset: CounterfactualDataset | str | Path, *, batch_size: int = 128
) -> tf.data.Dataset:
    """Return what TFMR's `CounterfactualModel.fit` takes: batches of `CounterfactualPackedInputs`.

    Each batch holds `batch_size` examples (the last one may hold fewer) and as many pairs. After
    the last pair, they start again from the first. The order is the dataset's: shuffle the batches,
    or shuffle the rows before building. Rows without a label are left out of the examples.

    TFMR's model works under legacy Keras only: set ``TF_USE_LEGACY_KERAS=1`` before TensorFlow is
    imported.

    Args:
        dataset: A dataset with labels, or its folder.
        batch_size: Examples of a batch, and pairs of a batch.

    Returns:
        Elements of `original_input` = (text string [n], label float32 [n], weight float32 [n]) and
        `counterfactual_data` = (original string [m], counterfactual string [m], weight float32
        [m]).

    Raises:
        ConfigurationError: The dataset has no labels, or `batch_size` is not 1 or more.
        InputError: The dataset cannot be read.
    """
    check_whole("batch_size", batch_size)
    import tensorflow as tf
    from tensorflow_model_remediation import counterfactual

    if not isinstance(dataset, CounterfactualDataset):
        dataset = CounterfactualDataset.open(dataset)
    if dataset.manifest.columns.label is None:
        raise ConfigurationError(
            "TFMR trains on labels, and the dataset has none",
            where=str(dataset.path),
            remedy="build it with `label_column`",
        )
    opened = dataset

    def examples() -> Iterator[tuple[Any, ...]]:
        for batch in opened.iter_examples(["text", "label", "weight"]):
            yield _arrays(batch.drop_null(), ("text", "label", "weight"))

    def pairs() -> Iterator[tuple[Any, ...]]:
        for batch in opened.iter_pairs(["original", "counterfactual", "weight"]):
            yield _arrays(batch, ("original", "counterfactual", "weight"))

    def strings_and_numbers(strings: int) -> tuple[tf.TensorSpec, ...]:
        kinds = [tf.string] * strings + [tf.float32] * (3 - strings)
        return tuple(tf.TensorSpec([None], kind) for kind in kinds)

    return counterfactual.keras.utils.pack_counterfactual_data(
        _batches(examples, strings_and_numbers(1), batch_size),
        _batches(pairs, strings_and_numbers(2), batch_size),
    )


def _batches(
    rows: Callable[[], Iterator[tuple[Any, ...]]], signature: tuple[tf.TensorSpec, ...], size: int
) -> tf.data.Dataset:
    import tensorflow as tf

    return (
        tf.data.Dataset.from_generator(rows, output_signature=signature)
        .unbatch()
        .batch(size)
        .prefetch(tf.data.AUTOTUNE)
    )


def _arrays(batch: pa.RecordBatch, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(batch.column(name).to_numpy(zero_copy_only=False) for name in names)
