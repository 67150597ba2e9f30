"""What pydantic finds is said in plain words, with a place that a reader can go to."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evenhand.data.support.schema_problems import problems_of


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")

    metric: str
    max: float = 0.0

    @field_validator("max")
    @classmethod
    def _in_range(cls, value: float) -> float:
        if value > 1:
            raise ValueError("must be 1 or less, got 2")
        return value


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rules: tuple[Rule, ...] = Field(min_length=1)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"rules": [{"metric": "a"}], "other": 1}, ["other: unknown key"]),
        ({"rules": [{"metric": "a"}, {"metrik": "b"}]}, [
            "rules[2].metric: is missing", "rules[2].metrik: unknown key"]),
        ({"rules": [{"metric": 5}]}, ["rules[1].metric: must be a valid string"]),
        ({"rules": [{"metric": "a", "max": 2}]}, ["rules[1].max: must be 1 or less, got 2"]),
        ({}, ["rules: is missing"]),
        ([], ["must be a valid dictionary or instance of Document"]),
    ],
)  # fmt: skip
def test_each_problem_is_one_line_with_its_place(document: Any, says: list[str]) -> None:
    with pytest.raises(ValidationError) as raised:
        Document.model_validate(document)
    assert list(map(str, problems_of(raised.value))) == says


def test_a_list_whose_items_all_have_problems_is_not_called_too_short() -> None:
    with pytest.raises(ValidationError) as raised:
        Document.model_validate({"rules": []})
    assert [problem.kind for problem in problems_of(raised.value)] == ["too_short"]
    with pytest.raises(ValidationError) as raised:
        Document.model_validate({"rules": [{"metric": 1}]})
    assert [problem.place for problem in problems_of(raised.value)] == ["rules[1].metric"]
