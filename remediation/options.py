"""Options of training that `train` and `train_baseline` share, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from evenhand.data.errors import ConfigurationError
from evenhand.remediation.tensorflow_runtime import Device, Precision


@dataclass(frozen=True)
class FitOptions:
    """How to fit a model; see `train` for what each option is.

    Raises:
        ConfigurationError: An option is out of range.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    validation_split: float
    device: Device
    precision: Precision
    seed: int

    def __post_init__(self) -> None:
        checks = (
            ("epochs", self.epochs, self.epochs >= 1, "1 or more"),
            ("batch-size", self.batch_size, self.batch_size >= 1, "1 or more"),
            (
                "learning-rate",
                self.learning_rate,
                0 < self.learning_rate < float("inf"),
                "a positive number",
            ),
            (
                "validation-split",
                self.validation_split,
                0 <= self.validation_split < 1,
                "a share of the examples, at least 0 and under 1",
            ),
            ("device", self.device, self.device in get_args(Device), ", ".join(get_args(Device))),
            (
                "precision",
                self.precision,
                self.precision in get_args(Precision),
                ", ".join(get_args(Precision)),
            ),
            ("seed", self.seed, 0 <= self.seed < 2**32, "0 to 4294967295"),
        )
        for name, value, is_right, expected in checks:
            if not is_right:
                raise ConfigurationError(
                    f"--{name} is {value}", where=f"--{name}", expected=expected
                )
