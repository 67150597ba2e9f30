"""The table of a comparison of techniques, to be shown beside a report.

`evenhand remediate compare` writes it into compare.json: words and numbers as text, because it was
measured on other data, and nothing in a report is computed from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evenhand.data.errors import InputError
from evenhand.data.storage.whole_files import read_json_file
from evenhand.data.support.schema_problems import problems_of

FILE_NAME = "compare.json"

_Text = Annotated[str, Field(max_length=2_000)]
_Row = Annotated[tuple[_Text, ...], Field(min_length=1, max_length=50)]


class TechniqueTable(BaseModel):
    """What a comparison of techniques came to.

    Attributes:
        measured_on: The name of the data that it was measured on.
        headings: The headings of the table; the first column names the techniques.
        rows: Its rows, the first of which is the baseline's.
        notes: What was recommended and why, and what the table shows: sentences.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    measured_on: _Text
    headings: _Row
    rows: Annotated[tuple[_Row, ...], Field(min_length=1, max_length=100)]
    notes: Annotated[tuple[_Text, ...], Field(max_length=10)]

    @model_validator(mode="after")
    def _check_rows(self) -> TechniqueTable:
        if any(len(row) != len(self.headings) for row in self.rows):
            raise ValueError("a row of the table has more or fewer cells than there are headings")
        return self


class _Record(BaseModel):
    """The part of compare.json that a report shows."""

    model_config = ConfigDict(extra="ignore")

    table: TechniqueTable


def read_technique_table(path: str | Path) -> TechniqueTable:
    """Read the table of a comparison.

    Args:
        path: The folder that `evenhand remediate compare` wrote, or its compare.json.

    Raises:
        InputError: There is no such file, or it is not a comparison's.
    """
    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    expected, remedy = "what `evenhand remediate compare` wrote", "name its folder"
    try:
        return _Record.model_validate_json(read_json_file(file)).table
    except OSError as error:
        raise InputError(
            f"the comparison cannot be read ({error.strerror or error})",
            where=str(file),
            expected=expected,
            remedy=remedy,
        ) from error
    except ValidationError as error:
        raise InputError(
            f"the comparison is not valid: {problems_of(error)[0]}",
            where=str(file),
            expected=expected,
            remedy=remedy,
        ) from error
