"""A pandas DataFrame as Arrow's tables, and in the place of files."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import EvenhandError, InputError
from evenhand.data.support.option_checks import as_list
from evenhand.data.support.suggest import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

WHERE = "the data"  # what errors call it
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NAME = "DataFrame.parquet"  # of the file, in the record of what a dataset was made from


@contextlib.contextmanager
def as_files(inputs: Any, columns: Columns) -> Iterator[list[str | Path]]:
    """Give the files of inputs; those columns of a DataFrame are one as long as the block lasts.

    Args:
        inputs: Files, folders and patterns, or one of them; or a DataFrame.
        columns: The columns that are used.

    Raises:
        OptionError: The inputs are none of these.
        InputError: The DataFrame cannot be used.
    """
    if not is_frame(inputs):
        yield as_list("inputs", inputs)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, _NAME)
        pq.write_table(table_of(inputs, columns).replace_schema_metadata(None), file)
        try:
            yield [file]
        except EvenhandError as error:
            error.where = error.where and error.where.replace(str(file), "the DataFrame")
            error.args = ("\n".join(error.lines()),)
            raise


def is_frame(data: Any) -> bool:
    """Return whether data is a pandas DataFrame; pandas need not be loaded to know."""
    return hasattr(data, "to_parquet")


def table_of(frame: pd.DataFrame, columns: Columns) -> pa.Table:
    """Return those columns of a DataFrame that a dataset is made of.

    Raises:
        InputError: A column is missing or is there twice, or mixes kinds of values.
    """
    check_columns(list(map(str, frame.columns)), columns.inputs)
    chosen = frame[columns.inputs]
    try:
        return pa.Table.from_pandas(chosen, preserve_index=False)
    except UnicodeEncodeError:
        repaired = chosen.map(
            lambda value: LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value
        )
        return pa.Table.from_pandas(repaired, preserve_index=False)
    except pa.ArrowException as error:
        raise InputError(f"a column mixes kinds of values ({error})", where=WHERE) from error


def check_columns(names: list[str], wanted: list[str]) -> None:
    """Raise InputError if a column is missing or is there twice."""
    for name in wanted:
        if names.count(name) != 1:
            raise InputError(
                f"there is no column {name!r}"
                if name not in names
                else f"there are two columns {name!r}",
                where=WHERE,
                expected=f"one of {', '.join(map(repr, names))}",
                remedy=did_you_mean(name, names),
            )
