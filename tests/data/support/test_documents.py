"""Whatever is wrong with a document is said in plain words: what, where, and what to do."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evenhand.data.errors import InputError
from evenhand.data.support.documents import problems_of, read_document


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


class _Result(BaseModel):
    model_config = ConfigDict(extra="forbid")
    schema_version: Literal[2] = 2
    kind: Literal["result"] = "result"
    count: int


def read(path):
    return read_document(_Result, path, what="the result", expected="a result", remedy="make it")


def test_a_right_one_is_read(tmp_path):
    path = tmp_path / "result.json"
    path.write_text('{"schema_version": 2, "kind": "result", "count": 3}')
    assert read(path) == _Result(count=3)


@pytest.mark.parametrize(
    ("content", "what", "expected"),
    [
        (None, "the result cannot be read (No such file or directory)", "a result"),
        (b"", "the result is not JSON", "a result"),
        (b"\xff\xfe{", "the result is not JSON", "a result"),
        (b"[" * 100_000, "the result is not JSON", "a result"),
        (b"[]", "the result is not valid: ", "a result"),
        (b'{"count": "many"}', "the result is not valid: count: ", "a result"),
        (b'{"count": 1, "x": 1}', "the result is not valid: x: unknown key", "a result"),
        (b'{"schema_version": 3, "x": 1}', "(its schema_version differs)", "schema_version: 2"),
        (b'{"schema_version": 3, "kind": "?"}', "(its kind differs)", 'kind: "result"'),
        (b"," * 1_000_001, "the result cannot be read (it holds more than", "a result"),
    ],
)
def test_a_wrong_one_is_one_error(tmp_path, content, what, expected):
    path = tmp_path / "result.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert what in caught.value.what
    assert str(path) in caught.value.where
    assert (caught.value.expected, caught.value.remedy) == (expected, "make it")


def test_a_folder_is_no_document(tmp_path):
    with pytest.raises(InputError, match="the result cannot be read"):
        read(tmp_path)
