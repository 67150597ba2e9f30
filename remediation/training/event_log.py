"""TensorBoard logs of a training: one point for each epoch and metric."""

from __future__ import annotations

from pathlib import Path

from evenhand.data.storage.files import writing_to

_VALIDATION = "val_"


class EventLog:
    """Writes metrics where `tensorboard --logdir FOLDER` shows them.

    Losses and accuracy on the training data are called ``train/...``; metrics on the validation
    split, flip rate and CTF gap among them, ``validation/...``. A resumed training adds to an
    existing log.

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

    def write(self, epoch: int, metrics: dict[str, float]) -> None:
        """Write an epoch's record: epochs count from 1, validation metrics begin with ``val_``."""
        import tensorflow as tf

        with self._writer.as_default(step=epoch):
            for name, value in metrics.items():
                part = "validation" if name.startswith(_VALIDATION) else "train"
                tf.summary.scalar(f"{part}/{name.removeprefix(_VALIDATION)}", value)
        self._writer.flush()

    def close(self) -> None:
        """Finish the log's file."""
        self._writer.close()
