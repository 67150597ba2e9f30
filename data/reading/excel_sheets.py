"""Read an Excel workbook of one sheet, by pandas and openpyxl, as a whole.

The first row holds the names of the columns. A formula counts as the value that was saved with it;
nothing in a workbook is run.
"""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from evenhand.data.errors import EvenhandError, InputError, UnavailableError

_MOST_BYTES = 2 << 30  # of all that a workbook unpacks to; a sheet has 1,048,576 rows at most


def excel_table(path: Path) -> pa.Table:
    """Return what the sheet of a workbook holds.

    Cells without a value are null, also those with an empty text. A column of texts alone is
    string, of numbers alone int64 or float64, of true and false bool; any other one is string.

    Raises:
        InputError: The file is damaged, too large, or has several sheets that hold something.
        UnavailableError: openpyxl is not installed.
    """
    about = path.stat()
    return _read(path, about.st_size, about.st_mtime_ns)


def forget_workbook() -> None:
    """Let go of the workbook that was read last."""
    _read.cache_clear()


@lru_cache(maxsize=1)
def _read(path: Path, _size: int, _changed: int) -> pa.Table:
    """Return the table of a file, which is asked for several times in a row."""
    try:
        import openpyxl  # noqa: F401
    except ImportError as error:
        raise UnavailableError(
            "openpyxl, which reads Excel workbooks, is not installed",
            where=str(path),
            remedy="pip install 'evenhand[excel]', or save the sheet as CSV",
        ) from error
    try:
        _check_size(path)
        frame = _one_sheet(path)
        names = [str(name) for name in frame.iloc[0]] if len(frame) else []
        columns = [_column(frame.iloc[1:, place]) for place in range(len(names))]
        return pa.Table.from_arrays(columns, names=names)
    except EvenhandError:
        raise
    except Exception as error:  # whatever openpyxl's XML and styles come to
        shown = (str(error).splitlines() or [""])[0][:300]
        raise InputError(
            f"the input cannot be read: {shown or type(error).__name__}",
            where=str(path),
            expected="an Excel workbook (.xlsx)",
        ) from error


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(each.file_size for each in archive.infolist())
    if size > _MOST_BYTES:
        raise InputError(
            f"the workbook unpacks to {size:,} bytes",
            where=str(path),
            expected=f"at most {_MOST_BYTES:,}",
        )


def _one_sheet(path: Path) -> Any:
    """Return the only sheet that holds something, its header among the rows."""
    import pandas as pd

    sheets = pd.read_excel(
        path,
        sheet_name=None,
        header=None,
        dtype=object,
        keep_default_na=False,
        na_values=[""],
        engine="openpyxl",
    )
    full = {name: frame for name, frame in sheets.items() if len(frame)}
    if len(full) > 1:
        raise InputError(
            f"the workbook has {len(full)} sheets, {', '.join(map(repr, full))}",
            where=str(path),
            expected="one that holds something",
            remedy="save the one that you mean as a workbook of its own, or as CSV",
        )
    return next(iter(full.values()), pd.DataFrame())


def _column(cells: Any) -> pa.Array:
    """Return the cells of a column, in one type."""
    values = [None if cell is None or cell != cell else cell for cell in cells]
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {int, float}:
        values = [None if value is None else float(value) for value in values]
    elif len(kinds) > 1 or not kinds <= {str, int, float, bool}:
        values = [None if value is None else str(value) for value in values]
    return pa.array(values)
