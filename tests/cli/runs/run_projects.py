"""A folder with a small sample and a run file, for the tests of runs."""

from __future__ import annotations

from pathlib import Path

from evenhand.data.sample import write_sample

RUN_FILE = """
[data]
text_column = "comment_text"
label_column = "toxicity"
slice_columns = ["gender"]

[data.train]
inputs = ["sample/train.csv"]

[data.test]
inputs = ["sample/test.csv"]

[baseline]
epochs = 1

[train]
epochs = 1

[[gate.rules]]
metric = "flip_rate"
max = 1.0
"""


def write_project(folder: Path) -> Path:
    """Write the sample and the run file into `folder`, and return the file."""
    write_sample(folder / "sample", rows=1000, seed=0)
    (folder / "evenhand.toml").write_text(RUN_FILE)
    return folder / "evenhand.toml"
