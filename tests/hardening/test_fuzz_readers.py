"""Whatever is in a file, its reader returns or raises one of evenhand's own errors.

`EVENHAND_FUZZ_EXAMPLES=100000` makes a long run of it; what such runs found stands in `@example`.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from damage import damaged_bytes, damaged_documents, json_bytes, toml_bytes
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from evenhand.data.dataset.manifest import Columns, Manifest
from evenhand.data.errors import EvenhandError
from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.lexicons.lint import check_lexicon
from evenhand.data.reading.readers import read_batches
from evenhand.evaluation.gate.config import find_rule_lines, load_gate_config
from evenhand.evaluation.gate.judge import judge
from evenhand.evaluation.gate.renderers.junit import render_junit
from evenhand.evaluation.gate.renderers.markdown import render_gate_markdown
from evenhand.evaluation.inputs.predictions import read_predictions
from evenhand.evaluation.rendering.csv_table import render_csv
from evenhand.evaluation.rendering.markdown_summary import render_markdown
from evenhand.evaluation.reports.report import load_report
from evenhand.remediation.models.references import inspect_model
from evenhand.remediation.safety.architectures import check_safety

EXAMPLES = int(os.environ.get("EVENHAND_FUZZ_EXAMPLES", "30"))
LONGEST_LINE = 2_000  # characters; an error is read by people

# Arrow itself says on stderr that it cannot show a row that is not UTF-8.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=datetime.timedelta(minutes=1),  # a reader that hangs
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

LEXICON = {
    "schema_version": 1,
    "name": "family",
    "version": "1.0.0",
    "description": "Words for relatives",
    "groups": {"female": "Women and girls", "male": "Men and boys"},
    "terms": [
        {"term": "aunt", "group": "female", "counterparts": ["uncle"], "pos": "noun"},
        {
            "term": "uncle",
            "group": "male",
            "counterparts": ["aunt"],
            "forms": {"plural": ["uncles"], "base": ["unc"]},
            "guards": {"not_in": ["uncle sam"], "person_word": False, "not_capitalised": True},
        },
    ],
}
GATE = {
    "rules": [
        {"metric": "flip_rate", "slice": "*", "max": 0.02, "bound": "upper", "min_pairs": 100},
        {"metric": "auc", "max_drop": "5%", "severity": "warn", "on_insufficient": "skip"}
        | {"min_pairs": 1},
        {"metric": "flip_rate", "slice": "group=*", "max_spread": 0.1},
    ],
    "waivers": [
        {"metric": "auc", "slice": "*", "reason": "known", "expires": datetime.date(2030, 1, 1)}
    ],
}
MANIFEST = {
    "schema_version": 1,
    "sources": [{"name": "train.csv", "sha256": "0" * 64, "rows": 3}],
    "columns": {"text": "text", "label": "label", "slices": ["topic"]},
    "lexicons": [{"name": "gender", "version": "1", "sha256": "0" * 64}],
    "method": {"name": "ablate", "options": {"a": [1, {"b": None}]}},
    "counts": {
        "examples": 3,
        "pairs": 1,
        "by_term": {"she": 1},
        "by_group": {"female": 1},
        "skipped": {},
    },
    "versions": {"evenhand": "1"},
    "seed": 0,
}
_METRICS = {
    name: {"value": 0.25, "lower": 0.1, "upper": 0.5, "interval": "wilson"}
    for name in ("flip_rate", "auc", "ctf_gap", "flip_count")
}
_SLICES = [
    {"slice": name, "n_examples": 8, "n_pairs": 4, "too_few_pairs": False, "metrics": _METRICS}
    for name in ("overall", "group=female", "group=male")
]
REPORT = {
    "schema_version": 1,
    "kind": "flip-rate",
    "thresholds": [0.5],
    "data": {
        "name": "cf",
        "sha256": "0" * 64,
        "examples": 8,
        "labelled": 8,
        "pairs": 4,
        "weighted": False,
        "by_term": {"she": 4},
    },
    "min_pairs": 2,
    "intervals": {"level": 0.95, "resamples": 10, "seed": 0},
    "models": [
        {
            "role": role,
            "name": f"{role}.keras",
            "sha256": None,
            "slices": _SLICES,
            "threshold_curve": {"thresholds": [0.5], "flip_rates": [{"value": 0.25}]},
            "score_shifts": {"edges": [-1.0, 1.0], "weights": [4.0]},
        }
        for role in ("candidate", "baseline")
    ],
    "comparison": [
        {
            "slice": "overall",
            "metric": "flip_rate",
            "candidate": 0.25,
            "baseline": 0.25,
            "difference": 0.0,
        }
    ],
    "paired_tests": [
        {
            "slice": "overall",
            "unit": "pair",
            "both": 1,
            "only_candidate": 0,
            "only_baseline": 0,
            "neither": 3,
            "odds_ratio": {"value": None},
            "p_value": 1.0,
        }
    ],
    "flips": [
        {
            "id": "1",
            "original": "she is",
            "counterfactual": "is",
            "terms": ["she"],
            "scores": {
                "candidate": {"original": 0.75, "counterfactual": 0.25},
                "baseline": {"original": 0.75, "counterfactual": 0.25},
            },
        }
    ],
    "versions": {"evenhand": "1"},
}
ROWS = [
    {
        "id": f"{number}",
        "text": "she is here",
        "prediction": 0.25,
        "counterfactual_prediction": 0.5,
        "label": 1.0,
        "weight": 2.0,
        "topic": "work",
    }
    for number in range(3)
]
ROWS_CSV = "\n".join(
    [",".join(ROWS[0]), *(",".join(map(str, row.values())) for row in ROWS), ""]
).encode()
ROWS_JSONL = b"".join(json_bytes(row) + b"\n" for row in ROWS)
ARCHITECTURE = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {"layers": [{"module": "keras.layers", "class_name": "Dense", "config": {}}]},
    "registered_name": None,
}


def parquet_bytes() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), file)
    return file.getvalue()


def keras_bytes(config: bytes = json_bytes(ARCHITECTURE)) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", b'{"keras_version": "3.15.1"}')
        archive.writestr("config.json", config, zipfile.ZIP_DEFLATED)
        archive.writestr("model.weights.h5", b"weights" * 10)
    return file.getvalue()


def h5_bytes(config: bytes = json_bytes(ARCHITECTURE)) -> bytes:
    file = io.BytesIO()
    config = config[:60_000]  # HDF5 holds no longer attribute
    with h5py.File(file, "w") as model:
        model.attrs["keras_version"] = "2.15.0"
        model.attrs["model_config"] = np.void(config) if b"\0" in config else config
    return file.getvalue()


@contextlib.contextmanager
def only_evenhand_errors() -> Any:
    """Let pass what evenhand raises on purpose, if its message is one to four lines of text."""
    try:
        yield
    except EvenhandError as error:
        lines = "\n".join(error.lines()).split("\n")
        assert 1 <= len(lines) <= 4, lines
        assert all(line.isprintable() for line in lines), lines
        assert max(map(len, lines)) <= LONGEST_LINE, max(map(len, lines))


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    """Writes content to a file of the name, and reads it."""
    folder = tmp_path_factory.mktemp("fuzz")

    def write_and_read(name: str, content: bytes, reader: Callable[[Path], object]) -> None:
        path = folder / name
        path.write_bytes(content)
        with only_evenhand_errors():
            reader(path)

    return write_and_read


def read_lexicon(path: Path) -> None:
    for problem in check_lexicon(path):
        with only_evenhand_errors():
            raise problem
    load_lexicon(path)


def read_gate(path: Path) -> None:
    config = load_gate_config(path)
    find_rule_lines(path, config)
    judge_and_show(path.with_name("sound.json"), config)


def read_report(path: Path) -> None:
    report = load_report(path)
    render_csv(report)
    if all("flip_rate" in model.overall.metrics for model in report.models):
        render_markdown(report)


def judge_and_show(path: Path, config: Any) -> None:
    today = datetime.date(2026, 1, 1)
    if not path.exists():
        path.write_bytes(json_bytes(REPORT))
    result = judge(load_report(path), config.rules, waivers=config.waivers, today=today)
    render_junit(result, today=today)
    render_gate_markdown(result)


def read_rows(path: Path) -> None:
    columns = Columns(text="text", label="label", weight="weight", id="id", slices=("topic",))
    for _ in read_batches(path, columns):
        pass


def read_model(path: Path) -> None:
    file = inspect_model(path)
    check_safety(path, file.config)


def read_scores(path: Path) -> None:
    data, _ = read_predictions(path, slice_columns=["topic"])
    assert data.slices


@fuzzed
@example(b"schema_version = " + b"1" * 5_000)
@example(b"a" + b".a" * 200_000 + b" = 1")
@example(b'"\\u001b[31m" = 1')
@given(damaged_documents(LEXICON).map(toml_bytes) | damaged_bytes(toml_bytes(LEXICON)))
def test_lexicons_in_toml(read: Callable[..., None], content: bytes) -> None:
    read("lexicon.toml", content, read_lexicon)


@fuzzed
@given(damaged_bytes(b'# relatives\nterm,group\naunt,female\n"uncle, great",male\n\n'))
def test_lexicons_in_plain_text(read: Callable[..., None], content: bytes) -> None:
    read("lexicon.csv", content, read_lexicon)


@fuzzed
@example("evenhand.toml", b"gate = " + b"1" * 5_000)
@example("evenhand.toml", b"a" + b".a" * 200_000 + b" = 1")
@example("evenhand.toml", b'gate = {"\\u001f" = 1}')
@given(
    st.sampled_from(["evenhand.toml", "pyproject.toml"]),
    damaged_documents({"gate": GATE}).map(toml_bytes)
    | damaged_documents({"tool": {"evenhand": {"gate": GATE}}}).map(toml_bytes)
    | damaged_bytes(toml_bytes({"gate": GATE})),
)
def test_configurations(read: Callable[..., None], name: str, content: bytes) -> None:
    read(name, content, read_gate)


@fuzzed
@example(b"[" * 10_000)
@example(b'{"\\u001b[31m\\n\\n\\n\\n": 1}')
@given(damaged_documents(REPORT).map(json_bytes) | damaged_bytes(json_bytes(REPORT)))
def test_reports(read: Callable[..., None], content: bytes) -> None:
    read("report.json", content, read_report)


@fuzzed
@example(b"[" * 10_000)
@example(b'{"\\u001b[31m\\n\\n\\n\\n": 1}')
@given(damaged_documents(MANIFEST).map(json_bytes) | damaged_bytes(json_bytes(MANIFEST)))
def test_manifests(read: Callable[..., None], content: bytes) -> None:
    read("manifest.json", content, Manifest.read)


@fuzzed
@example(b'{"prediction": ' + b"[" * 200_000)
@given(
    damaged_documents(ROWS).map(lambda rows: b"\n".join(map(json_bytes, rows)))
    | damaged_bytes(ROWS_JSONL)
)
def test_predictions_and_rows_in_json_lines(read: Callable[..., None], content: bytes) -> None:
    read("rows.jsonl", content, read_scores)
    read("rows.jsonl", content, read_rows)


@fuzzed
@example(b"\x80" + ROWS_CSV)
@given(damaged_bytes(ROWS_CSV))
def test_predictions_and_rows_in_csv(read: Callable[..., None], content: bytes) -> None:
    read("rows.csv", content, read_scores)
    read("rows.csv", content, read_rows)


@fuzzed
@given(damaged_bytes(parquet_bytes()))
def test_predictions_and_rows_in_parquet(read: Callable[..., None], content: bytes) -> None:
    read("rows.parquet", content, read_scores)
    read("rows.parquet", content, read_rows)


@fuzzed
@given(
    damaged_documents(ARCHITECTURE).map(json_bytes).map(keras_bytes)
    | damaged_bytes(json_bytes(ARCHITECTURE)).map(keras_bytes)
    | damaged_bytes(keras_bytes())
)
def test_models_in_keras_archives(read: Callable[..., None], content: bytes) -> None:
    read("model.keras", content, read_model)


@fuzzed
@given(damaged_bytes(json_bytes(ARCHITECTURE)).map(h5_bytes) | damaged_bytes(h5_bytes()))
def test_models_in_h5_files(read: Callable[..., None], content: bytes) -> None:
    read("model.h5", content, read_model)
