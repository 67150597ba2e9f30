"""Logs a run's options, metrics and files to experiment trackers, with their own libraries.

It happens when the results are complete. A tracker that fails, as one whose server is away does,
costs none of them: the log says so, and the work has succeeded.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evenhand.data.errors import UnavailableError
from evenhand.data.urls import without_secrets
from evenhand.remediation.tracking.event_log import EventLog

_LOG = logging.getLogger("evenhand")
_EXTRAS = ("mlflow", "wandb")  # TensorBoard comes with evenhand
_PROJECT = "evenhand"  # of W&B, where WANDB_PROJECT names no other
_PRINTS_NOT = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"
_NOT_IN_NAMES = re.compile(r"[^\w\-. /]")  # of a metric, in MLflow
_RUNS = "runs"  # TensorBoard's folder, where TENSORBOARD_LOGGING_DIR names no other
_LONGEST = 500  # characters of a parameter, which every version of MLflow takes


@dataclass(frozen=True)
class TrackedRun:
    """What is logged of a training or an evaluation.

    Attributes:
        name: Of the run.
        options: What it was asked for; secrets in URLs are left out.
        epochs: Metrics of each epoch, in order.
        metrics: Of the result.
        files: Files and folders that are complete.
        texts: Markdown by name, for TensorBoard, which takes no files.
        pictures: PNG files by name, likewise.
        log_folder: TensorBoard's folder, where its epochs are already; None for one of its own.
    """

    name: str
    options: Mapping[str, Any]
    metrics: Mapping[str, float]
    epochs: Sequence[Mapping[str, float]] = ()
    files: Sequence[Path] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    log_folder: str | Path | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The options as text, without those that were not given."""
        return {
            name: without_secrets(str(value))[:_LONGEST]
            for name, value in self.options.items()
            if value is not None
        }

    @property
    def file_name(self) -> str:
        """Its name, as part of a path."""
        return re.sub(r"[^\w.-]+", "-", self.name)


def check_trackers(names: Sequence[str]) -> None:
    """Check, before any work, that the libraries of trackers are installed.

    Raises:
        UnavailableError: One is not.
    """
    for name in names:
        if name in _EXTRAS and find_spec(name) is None:
            raise UnavailableError(
                f"{name} is not installed",
                where=f"`log_to` {name}",
                remedy=f"pip install 'evenhand[{name}]'",
            )


def track(names: Sequence[str], run: TrackedRun) -> None:
    """Log a run to trackers. The failure of one is a warning in the log."""
    for name in dict.fromkeys(names):
        try:
            _TRACKERS[name](run)
        except Exception as error:
            reason = without_secrets(f"{type(error).__name__}: {error}".partition("\n")[0])
            _LOG.warning("not logged to %s (%s); the results are complete", name, reason)


def _to_mlflow(run: TrackedRun) -> None:
    import mlflow

    nested = mlflow.active_run() is not None  # a run of the user's own program
    with _prints_no_address(), mlflow.start_run(run_name=run.name, nested=nested):
        mlflow.log_params(run.parameters)
        for number, metrics in enumerate(run.epochs, start=1):
            mlflow.log_metrics(_named_for_mlflow(metrics), step=number)
        mlflow.log_metrics(_named_for_mlflow(run.metrics))
        for path in run.files:
            if path.is_dir():
                mlflow.log_artifacts(str(path), artifact_path=path.name)
            else:
                mlflow.log_artifact(str(path))


@contextlib.contextmanager
def _prints_no_address() -> Iterator[None]:
    """Keep MLflow from writing the server's URL, which may hold a password, to standard output."""
    before = os.environ.get(_PRINTS_NOT)
    os.environ[_PRINTS_NOT] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PRINTS_NOT]
        else:
            os.environ[_PRINTS_NOT] = before


def _named_for_mlflow(metrics: Mapping[str, float]) -> dict[str, float]:
    return {
        _NOT_IN_NAMES.sub("_", name.replace("@", " at ")): value for name, value in metrics.items()
    }


def _to_wandb(run: TrackedRun) -> None:
    import wandb

    project = os.environ.get("WANDB_PROJECT", _PROJECT)
    quiet = wandb.Settings(console="off", silent=True)
    with wandb.init(
        project=project, name=run.name, config=run.parameters, settings=quiet
    ) as logged:
        for number, metrics in enumerate(run.epochs, start=1):
            logged.log(dict(metrics), step=number)
        logged.summary.update(dict(run.metrics))
        if run.files:
            artifact = wandb.Artifact(run.file_name, type="result")
            for path in run.files:
                if path.is_dir():
                    artifact.add_dir(str(path), name=path.name)
                else:
                    artifact.add_file(str(path))
            logged.log_artifact(artifact)


def _to_tensorboard(run: TrackedRun) -> None:
    folder = run.log_folder
    if folder is None:
        began = time.strftime("%Y-%m-%dT%H.%M.%S")
        home = os.environ.get("TENSORBOARD_LOGGING_DIR", _RUNS)
        folder = Path(home) / f"{run.file_name}-{began}"
    log = EventLog(folder)
    with contextlib.closing(log):
        if run.log_folder is None:
            for number, metrics in enumerate(run.epochs, start=1):
                log.write(number, metrics)
        numbers = {k: v for k, v in run.options.items() if isinstance(v, bool | int | float)}
        log.write_result({**run.parameters, **numbers}, run.metrics, run.texts, run.pictures)


_TRACKERS: Mapping[str, Callable[[TrackedRun], None]] = {
    "mlflow": _to_mlflow,
    "wandb": _to_wandb,
    "tensorboard": _to_tensorboard,
}
