"""TensorBoard logs: one point for each epoch and metric, and what came of it in the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evenhand.data.storage.files import writing_to

_VALIDATION = "val_"


class EventLog:
    """Writes where `tensorboard --logdir FOLDER` shows it.

    Losses and accuracy on the training data are called ``train/...``; metrics on the validation
    split, flip rate and CTF gap among them, ``validation/...``; those of the result ``result/...``.
    A resumed training adds to an existing log.

    Args:
        folder: Where to write. It is made if it does not exist.

    Raises:
        UnavailableError: The folder cannot be made.
    """

    def __init__(self, folder: str | Path) -> None:
        import tensorflow as tf

        with writing_to(Path(folder)):
            Path(folder).mkdir(parents=True, exist_ok=True)
        self._writer = tf.summary.create_file_writer(str(folder))

    def write(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Write an epoch's record: epochs count from 1, validation metrics begin with ``val_``."""
        import tensorflow as tf

        with self._writer.as_default(step=epoch):
            for name, value in metrics.items():
                part = "validation" if name.startswith(_VALIDATION) else "train"
                tf.summary.scalar(f"{part}/{name.removeprefix(_VALIDATION)}", value)
        self._writer.flush()

    def write_result(
        self,
        parameters: Mapping[str, bool | int | float | str],
        metrics: Mapping[str, float],
        texts: Mapping[str, str],
        pictures: Mapping[str, bytes],
    ) -> None:
        """Write what came of a run, as a row of TensorBoard's table of hyperparameters, too.

        Args:
            parameters: What it was asked for.
            metrics: Of the result.
            texts: Markdown by name.
            pictures: PNG files by name.
        """
        import tensorflow as tf
        from tensorboard.plugins.hparams.summary_v2 import hparams

        with self._writer.as_default(step=0):
            hparams(dict(parameters))
            for name, value in metrics.items():
                tf.summary.scalar(f"result/{name}", value)
            for name, text in texts.items():
                tf.summary.text(name, text)
            for name, picture in pictures.items():
                tf.summary.image(name, tf.io.decode_png(picture, channels=3)[tf.newaxis])

    def close(self) -> None:
        """Finish the log's file."""
        self._writer.close()
