"""Read a gate's rules from a TOML file.

They stand in `[gate]` of `evenhand.toml`, or in `[tool.evenhand.gate]` of `pyproject.toml`.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from evenhand.data.errors import ConfigurationError
from evenhand.data.settings import read_settings
from evenhand.evaluation.gate import GateRule


class GateConfig(BaseModel):
    """The `[gate]` table: its rules, at least one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[GateRule, ...] = Field(min_length=1)


def load_gate_config(path: str | Path) -> GateConfig:
    """Return the gate configured in the TOML file at `path`.

    Raises:
        ConfigurationError: The file cannot be read, has no gate, an unknown key, a value of the
            wrong type, or a rule that no report can meet. Every problem is named at once.
    """
    settings = read_settings(path)
    if "gate" not in settings:
        raise ConfigurationError(
            "the configuration has no gate",
            where=str(path),
            expected='[[gate.rules]] with metric = "flip_rate" and max = 0.02, for instance',
        )
    try:
        return GateConfig.model_validate(settings["gate"])
    except ValidationError as error:
        raise ConfigurationError(
            "the gate cannot be used: " + "; ".join(_problem(found) for found in error.errors()),
            where=str(path),
        ) from error


def _problem(found: ErrorDetails) -> str:
    """Put one of pydantic's findings in words: ``rules[1].maxx: unknown key``."""
    place = "gate"
    for part in found["loc"]:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    if found["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    return f"{place}: {found['msg'].removeprefix('Value error, ')}"
