"""A small dataset whose every number can be worked out by hand, and the report on it.

The scorer gives 0.9 to a text with the word "she" and 0.2 to any other.

| id | text            | label | pairs                                          |
|----|-----------------|-------|------------------------------------------------|
| a  | she is here     | 1     | "is here" (she): 0.9 -> 0.2, flips             |
| b  | he and she      | 0     | "and she" (he): 0.9 -> 0.9; "he and" (she):    |
|    |                 |       | 0.9 -> 0.2, flips                              |
| c  | nothing here    | 0     | none                                           |
| d  | she runs        | none  | "runs" (she): 0.9 -> 0.2, flips                |
| e  | he went         | 1     | "went" (he): 0.2 -> 0.2                        |
| f  | plain           | 0     | none                                           |
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.data.dataset.manifest import Columns, Counts, LexiconRecord, Manifest, Method, Source
from evenhand.data.dataset.on_disk import PAIR_SCHEMA

SCORERS = """
import keras
import tensorflow as tf


class Contains(keras.layers.Layer):
    def __init__(self, word, high):
        super().__init__()
        self.word, self.high = word, high

    def call(self, texts):
        found = tf.strings.regex_full_match(texts, f"(.* )?{self.word}( .*)?")
        return tf.where(found, self.high, 0.2)

    def compute_output_spec(self, texts):
        return keras.KerasTensor(texts.shape, "float32")


def _model(word, high):
    texts = keras.Input([], dtype="string")
    return keras.Model(texts, Contains(word, high)(texts))


def biased():
    return _model("she", 0.9)


def even():
    return _model("she", 0.4)
"""


def write_dataset(folder: Path) -> Path:
    folder.mkdir()
    examples = pa.table(
        {
            "id": list("abcdef"),
            "text": [
                "she is here",
                "he and she",
                "nothing here",
                "she runs",
                "he went",
                "plain",
            ],
            "label": pa.array([1, 0, 0, None, 1, 0], pa.float32()),
            "weight": pa.array([1] * 6, pa.float32()),
            "source": ["web", "web", "mail", "mail", None, "1"],
        }
    )
    rows = [
        (0, "she is here", "is here", "she", "female"),
        (1, "he and she", "and she", "he", "male"),
        (1, "he and she", "he and", "she", "female"),
        (3, "she runs", "runs", "she", "female"),
        (4, "he went", "went", "he", "male"),
    ]
    pairs = pa.Table.from_pylist(
        [
            {
                "example": example,
                "id": "abcdef"[example],
                "original": original,
                "counterfactual": counterfactual,
                "terms": [term],
                "groups": [group],
                "weight": 1.0,
            }
            for example, original, counterfactual, term, group in rows
        ],
        schema=PAIR_SCHEMA,
    )
    pq.write_table(examples, folder / "examples-00000.parquet")
    pq.write_table(pairs, folder / "pairs-00000.parquet")
    Manifest(
        sources=(Source(name="texts.csv", sha256="0" * 64, rows=6),),
        columns=Columns(text="text", label="label", slices=("source",)),
        lexicons=(LexiconRecord(name="gender", version="1", sha256="0" * 64),),
        method=Method(name="ablate"),
        counts=Counts(
            examples=6,
            pairs=5,
            by_term={"he": 2, "she": 3},
            by_group={"female": 3, "male": 2},
            skipped={"null text": 1},
        ),
        versions={},
        seed=0,
    ).write(folder)
    return folder


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "cf")


@pytest.fixture(scope="session")
def scorers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of an importable module with two models: `biased` and `even`, which never flips."""
    folder = tmp_path_factory.mktemp("scorers")
    (folder / "evaluation_scorers.py").write_text(SCORERS)
    sys.path.insert(0, str(folder))
    return "evaluation_scorers"


@pytest.fixture(scope="session")
def report_folder(dataset: Path, scorers: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on the even model as the candidate and the biased one as the baseline."""
    from evenhand.evaluation import evaluate_flip_rate

    folder = tmp_path_factory.mktemp("report") / "report"
    evaluate_flip_rate(dataset, f"{scorers}:even", compare_to=f"{scorers}:biased", output=folder)
    return folder
