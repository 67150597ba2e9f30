"""Training on several devices, and on several machines that TF_CONFIG names.

TF_CONFIG is TensorFlow's own convention: the addresses of all workers, and which of them this
process is. Every worker runs the same command on the same data. Their replicas share each step, and
the chief alone leaves an output.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from evenhand.data.errors import ConfigurationError

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
            ConfigurationError: It is no description of a cluster that this process is part of.
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
        """Return where this process works: the output, or a folder beside it that will go."""
        path = Path(output)
        return path if self.is_chief else path.with_name(f"{path.name}.worker-{self.index}")
