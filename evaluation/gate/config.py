"""Read a gate's rules and waivers from a TOML file.

They stand in `[gate]` of `evenhand.toml`, or in `[tool.evenhand.gate]` of `pyproject.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenhand.data.errors import ConfigurationError
from evenhand.data.support.documents import Problem, problems_of
from evenhand.data.support.settings import read_settings
from evenhand.evaluation.gate.rules import GateRule, Waiver

_RULE_HEADER = re.compile(r"\s*\[\[\s*(tool\s*\.\s*evenhand\s*\.\s*)?gate\s*\.\s*rules\s*\]\]")


class GateConfig(BaseModel):
    """The `[gate]` table: its rules, at least one, and its waivers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[GateRule, ...] = Field(min_length=1)
    waivers: tuple[Waiver, ...] = ()


def load_gate_config(path: str | Path) -> GateConfig:
    """Return the gate configured in the TOML file at `path`.

    Raises:
        ConfigurationError: The file cannot be read, or has no gate that can be used.
    """
    return gate_config_of(read_settings(path), where=str(path))


def find_rule_lines(path: str | Path, config: GateConfig) -> tuple[int, ...] | None:
    """Return the line of each rule's header in the file at `path`, from 1.

    None if the rules do not each have a header of their own, or the file cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    lines = tuple(
        number for number, line in enumerate(text.split("\n"), 1) if _RULE_HEADER.match(line)
    )
    return lines if len(lines) == len(config.rules) else None


def gate_config_of(settings: Mapping[str, Any], *, where: str) -> GateConfig:
    """Return the gate in evenhand's settings, as `read_settings` returns them.

    Args:
        settings: evenhand's tables by name.
        where: The file that they are from, for errors.

    Raises:
        ConfigurationError: There is no gate, an unknown key, a value of the wrong type, or a rule
            that no report can meet. Every problem is named at once.
    """
    if "gate" not in settings:
        raise ConfigurationError(
            "the configuration has no gate",
            where=where,
            expected='[[gate.rules]] with metric = "flip_rate" and max = 0.02, for instance',
        )
    try:
        return GateConfig.model_validate(settings["gate"])
    except ValidationError as error:
        problems = [_in_words(problem) for problem in problems_of(error)]
        raise ConfigurationError(
            "the gate cannot be used: " + "; ".join(problems), where=where
        ) from error


def _in_words(problem: Problem) -> str:
    if problem.kind == "too_short":
        return f"gate.{problem.place}: there must be at least 1 rule"
    return f"gate.{problem}" if problem.location else f"gate: {problem}"
