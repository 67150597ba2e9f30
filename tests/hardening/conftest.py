"""A small project: rows, a report, and a gate that the report passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from damage import json_bytes
from test_fuzz_readers import REPORT

ROWS = "id,text,toxic,topic\n" + "".join(
    f"{i},{'she' if i % 3 else 'he'} is late for the bus today,{i % 2},t{i % 2}\n"
    for i in range(60)
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "rows.csv").write_text(ROWS)
    (folder / "report.json").write_bytes(json_bytes(REPORT))
    (folder / "evenhand.toml").write_text('[[gate.rules]]\nmetric = "flip_rate"\nmax = 0.9\n')
    return folder
