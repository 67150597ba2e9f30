"""Checkpoints: the state of a training, kept beside its output, so that it can be resumed.

`OUTPUT.checkpoint/` is there while a training is unfinished. It holds

- `run.json`: the inputs and options; only a training with the same ones goes on from it
- `state.npz`: weights, the optimizer's variables, states of random generators, and the history
- `epoch-3.npz`: the weights of an epoch that is, or may become, the best one
- `model.keras`: the best model so far, if the training was interrupted
- `control/`, or a sweep's trials: trainings of their own, with their checkpoints
- `.evenhand.json`: which of these files evenhand wrote

Each file is replaced as a whole: if the process is killed, the previous file stays.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.storage.files import new_file, write_text
from evenhand.data.storage.folders import check_destination, check_taken, remove_folder, take_folder
from evenhand.remediation.judging.trade_off import Metrics

RUN_NAME = "run.json"
CONTROL = "control"
_KIND: Final = "checkpoint"
_STATE_NAME = "state.npz"
_WEIGHTS_NAME = "epoch-{}.npz"
_NOTE = "note"  # the JSON document in an .npz file, beside its numbered arrays


@dataclass(frozen=True)
class Checkpoint:
    """The checkpoint of one output's training.

    Attributes:
        path: Its folder, which need not exist yet.
        run: What identifies the training: its inputs and options, as JSON.
    """

    path: Path
    run: dict[str, Any]

    @classmethod
    def beside(
        cls, output: str | Path, run: dict[str, Any], *, resume: bool, overwrite: bool
    ) -> Checkpoint:
        """Return the checkpoint of the training to `output`.

        Args:
            output: The output that the training is to write.
            run: What identifies the training.
            resume: Whether to go on from a checkpoint that exists.
            overwrite: Whether to discard a checkpoint that exists, unless `resume`.

        Raises:
            ConfigurationError: A checkpoint exists and neither `resume` nor `overwrite` is given,
                or the checkpoint is of another training.
        """
        checkpoint = cls(checkpoint_path(output), json.loads(json.dumps(run)))
        check_taken(checkpoint.path, kind=_KIND)
        if not (checkpoint.path / RUN_NAME).is_file():
            return checkpoint
        if resume:
            checkpoint._check_run()
        elif overwrite:
            check_destination(checkpoint.path, kind=_KIND, overwrite=True)
            checkpoint.discard()
        else:
            raise ConfigurationError(
                "there is an unfinished training of this output",
                where=str(checkpoint.path),
                remedy="give `resume` to go on with it, or `overwrite` to discard it",
            )
        return checkpoint

    def start(self) -> None:
        """Make the folder if it does not exist yet."""
        if not (self.path / RUN_NAME).is_file():
            self.hold(RUN_NAME)
            write_text(self.path / RUN_NAME, json.dumps(self.run, indent=2) + "\n")

    def hold(self, *names: str) -> None:
        """Make the folder if it does not exist yet, for files and folders of these names."""
        take_folder(self.path, kind=_KIND, names=names)

    def save(self, model: Any, history: list[Metrics]) -> None:
        """Save a compiled model, its optimizer and its history, after an epoch."""
        self.start()
        self.hold(_STATE_NAME)
        _write(self.path / _STATE_NAME, _all_variables(model), history)

    def restore(self, model: Any) -> list[Metrics]:
        """Give a compiled model the saved state, and return the history; empty if there is none.

        Raises:
            InputError: The checkpoint is damaged, or of a model of another shape.
        """
        path = self.path / _STATE_NAME
        if not path.is_file():
            return []
        model.optimizer.build(model.trainable_variables)
        history: list[Metrics] = _read(path, _all_variables(model))
        return history

    @property
    def epochs(self) -> int:
        """How many epochs were done when the state was saved; 0 if there is none.

        Raises:
            InputError: The checkpoint is damaged.
        """
        path = self.path / _STATE_NAME
        return len(_arrays_and_note(path)[1]) if path.is_file() else 0

    def files(self, epochs: int) -> list[Path]:
        """Return the files that a training of `epochs` epochs may resume from, if they exist."""
        weights = (self._weights_of(epoch) for epoch in range(1, epochs + 1))
        return [self.path / RUN_NAME, self.path / _STATE_NAME, *weights]

    def save_weights(self, model: Any, epoch: int) -> None:
        """Save a model's weights under the number of an epoch."""
        self.start()
        self.hold(self._weights_of(epoch).name)
        _write(self._weights_of(epoch), _variables(model), epoch)

    def restore_weights(self, model: Any, epoch: int) -> None:
        """Give a model the saved weights of an epoch.

        Raises:
            InputError: The checkpoint is damaged, or of a model of another shape.
        """
        _read(self._weights_of(epoch), _variables(model))

    def keep_weights(self, epochs: Collection[int]) -> None:
        """Remove the saved weights of all epochs but these."""
        kept = {self._weights_of(epoch) for epoch in epochs}
        for path in self.path.glob(_WEIGHTS_NAME.format("*")):
            if path not in kept:
                path.unlink()

    def _weights_of(self, epoch: int) -> Path:
        return self.path / _WEIGHTS_NAME.format(epoch)

    def discard(self) -> None:
        """Remove the checkpoint; files in its folder that evenhand did not write stay."""
        remove_folder(self.path, kind=_KIND)

    def _check_run(self) -> None:
        where = self.path / RUN_NAME
        try:
            name, found, wanted = _difference(
                "", json.loads(where.read_text(encoding="utf-8")), self.run
            )
        except (OSError, ValueError, AttributeError) as error:
            raise _damaged(where, error) from error
        if found != wanted:
            raise ConfigurationError(
                f"the checkpoint is of a training with another {name.replace('_', ' ')}",
                where=str(self.path),
                expected=f"{json.dumps(found)}, not {json.dumps(wanted)}",
                remedy="give the inputs and options that it was started with, or `overwrite` "
                "without `resume` to start again",
            )


def checkpoint_path(output: str | Path) -> Path:
    """Return the folder of an output's checkpoint."""
    path = Path(output).absolute()
    return path.with_name(f"{path.name}.checkpoint")


def subfolders(name: str) -> tuple[str, str]:
    """Return the folders of a training inside a checkpoint: its output, and its checkpoint."""
    return f"{name}/", f"{checkpoint_path(name).name}/"


def _difference(name: str, found: Any, wanted: Any) -> tuple[str, Any, Any]:
    """Return where two records differ: the path of names to it, and both values."""
    if found != wanted and isinstance(found, dict) and isinstance(wanted, dict):
        keys = found.keys() | wanted.keys()
        for key in sorted(keys, key=lambda key: (isinstance(wanted.get(key), dict), key)):
            if found.get(key) != wanted.get(key):
                return _difference(f"{name} {key}".strip(), found.get(key), wanted.get(key))
    return name, found, wanted


Weights = list[npt.NDArray[Any]]


def weights_of(model: Any) -> Weights:
    """Return a copy of a model's weights."""
    return [variable.numpy() for variable in _variables(model)]


def set_weights(model: Any, weights: Weights) -> None:
    """Give a model weights that were copied from it."""
    for variable, value in zip(_variables(model), weights, strict=True):
        variable.assign(value)


@contextlib.contextmanager
def weights_kept(model: Any) -> Iterator[None]:
    """Give a model its present weights back when the block ends."""
    before = weights_of(model)
    try:
        yield
    finally:
        set_weights(model, before)


def _all_variables(model: Any) -> list[Any]:
    return [*_variables(model), *model.optimizer.variables]


def _variables(model: Any) -> list[Any]:
    # Keras 2 lists the table of an adapted TextVectorization too, which cannot be assigned.
    return [variable for variable in model.variables if hasattr(variable, "assign")]


def _write(path: Path, variables: list[Any], note: Any) -> None:
    arrays = {str(i): variable.numpy() for i, variable in enumerate(variables)}
    with new_file(path) as work, work.open("wb") as file:
        np.savez(file, **arrays, **{_NOTE: np.array(json.dumps(note))})


def _read(path: Path, variables: list[Any]) -> Any:
    arrays, note = _arrays_and_note(path)
    if [array.shape for array in arrays] != [tuple(variable.shape) for variable in variables]:
        raise InputError(
            "the checkpoint is of a model with other weights",
            where=str(path),
            remedy="give `overwrite` without `resume` to start again",
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return note


def _arrays_and_note(path: Path) -> tuple[list[npt.NDArray[Any]], Any]:
    try:
        # NumPy would leave a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            note = json.loads(str(saved[_NOTE]))
            return [saved[str(i)] for i in range(len(saved.files) - 1)], note
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the checkpoint cannot be read ({error})",
        where=str(path),
        remedy="give `overwrite` without `resume` to start again",
    )
