"""Training on several devices, and on several machines that TF_CONFIG names.

TF_CONFIG is TensorFlow's own convention: the addresses of all workers, and which of them this
process is. Every worker runs the same command on the same data. Their replicas share each step, and
the chief alone leaves an output.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import ConfigurationError
from evenhand.data.storage.files import new_file

_VARIABLE = "TF_CONFIG"
_ROLES = ("chief", "worker")


@dataclass(frozen=True)
class Worker:
    """This process among those that train together.

    Attributes:
        index: Its number; the chief's is 0.
        workers: How many there are; 1 without TF_CONFIG.
    """

    index: int = 0
    workers: int = 1

    @classmethod
    def here(cls) -> Worker:
        """Read TF_CONFIG.

        Raises:
            ConfigurationError: It does not describe a cluster that this process is part of.
        """
        text = os.environ.get(_VARIABLE)
        if not text:
            return cls()
        try:
            config = json.loads(text)
            members = [
                (role, index)
                for role in _ROLES
                for index in range(len(config.get("cluster", {}).get(role, ())))
            ]
            if not members:
                return cls()
            task = config["task"]["type"], int(config["task"]["index"])
            return cls(members.index(task), len(members))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"TF_CONFIG cannot be used ({type(error).__name__}: {error})",
                where=_VARIABLE,
                expected='{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", '
                '"index": 0}}',
                remedy="unset it to train on this machine alone",
            ) from error

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the output."""
        return self.index == 0

    def output(self, output: str | Path) -> Path:
        """Return where this process writes: the output, or a folder beside it that is removed."""
        path = Path(output)
        return path if self.is_chief else path.with_name(f"{path.name}.worker-{self.index}")


def follow_the_furthest(strategy: Any, worker: Worker, epochs: int, files: Sequence[Path]) -> None:
    """Give all workers the files of the one that has done most epochs.

    Each worker keeps a checkpoint of its own. They differ where some died before they had written
    theirs, or where one runs on a machine that has none.

    Args:
        strategy: The workers' strategy. All of them call this at the same point.
        worker: This one.
        epochs: Epochs that it has done.
        files: Its files, which need not exist. They are replaced if another worker has done more
            epochs.
    """
    mine = np.zeros(worker.workers, np.int32)
    mine[worker.index] = epochs
    done = _summed(strategy, worker, mine)
    if done.min() == done.max():
        return
    is_furthest = worker.index == int(done.argmax())
    for path in files:
        content = path.read_bytes() if is_furthest and path.exists() else b""
        length = int(_summed(strategy, worker, np.array([len(content)], np.int64))[0])
        if not length:  # no such file; and TensorFlow crashes when it sums up nothing
            continue
        words = np.zeros(-(-length // 4), np.int32)
        words.view(np.uint8)[: len(content)] = np.frombuffer(content, np.uint8)
        received = _summed(strategy, worker, words)
        if not is_furthest:
            with new_file(path) as work:
                work.write_bytes(received.tobytes()[:length])


def _summed(strategy: Any, worker: Worker, mine: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the sum of arrays of one shape, one from each worker."""
    import tensorflow as tf

    replicas_here = strategy.num_replicas_in_sync // worker.workers

    def of_replica(context: Any) -> Any:
        is_first = context.replica_id_in_sync_group % replicas_here == 0
        return tf.constant(mine if is_first else np.zeros_like(mine))

    values = strategy.experimental_distribute_values_from_function(of_replica)
    return np.asarray(strategy.reduce(tf.distribute.ReduceOp.SUM, values, axis=None))
