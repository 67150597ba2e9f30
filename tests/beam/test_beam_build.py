"""Pairs and terms of a pipeline's rows are those of a local build and scan of the same rows."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pipelines import run

from evenhand.beam import BuildPairs, ScanTerms, Score
from evenhand.data import ConfigurationError, InputError, build_dataset, make_pairs
from evenhand.data.building.scan import scan_terms

TEXTS = (
    "She is number {}, and he knows.",
    "The women of house {} are kind.",
    "Nobody lives in number {}.",
    "Her men said {}.",
    "A “gay” man, the {}th.",
)
ROWS: list[dict[str, Any]] = [
    {
        "key": f"r{n}",
        "text": None if n % 17 == 5 else TEXTS[n % 5].format(n),
        "label": [1.0, 0.0, None][n % 3],
        "weight": 1.0 + n % 2,
        "source": ["web", "mail", None][n % 3],
        "length": n % 4,
    }
    for n in range(200)
]
COLUMNS = {"id_column": "key", "label_column": "label", "weight_column": "weight"}


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["id"], row["counterfactual"]))


def counted(counters: dict[str, int]) -> dict[str, int]:
    return {
        name.removeprefix("left out: "): number
        for name, number in counters.items()
        if name.startswith("left out: ")
    }


@pytest.mark.parametrize(
    "options",
    [
        {"terms": ["gender"]},
        {"terms": ["gender", "sexual-orientation"], "method": "ablate", "max_tokens": 6},
        {"method": "substitute", "pair_labels": "negative"},
    ],
    ids=lambda options: options.get("method", "neutral"),
)
def test_pairs_are_those_of_a_local_build(tmp_path: Path, options: dict[str, Any]) -> None:
    rows = [*ROWS, {**ROWS[1], "key": "bad", "label": 7.0}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    slices = ["source", "length"]
    local = build_dataset(
        tmp_path / "rows.parquet", slice_columns=slices, on_error="skip", **COLUMNS, **options
    )
    examples, pairs = local.examples().to_pylist(), local.pairs().to_pylist()
    wanted = []
    for pair in pairs:
        example = examples[pair.pop("example")]
        wanted.append(pair | {name: example[name] for name in ("label", *slices)})
    found, counters = run(
        rows, BuildPairs(slice_columns=slices, on_error="skip", **COLUMNS, **options)
    )
    assert in_order(found) == in_order(wanted)
    counts = local.manifest.counts
    assert counters["rows"] == len(rows)
    assert (counters["examples"], counters["pairs"]) == (counts.examples, counts.pairs)
    assert counted(counters) == counts.skipped


def test_texts_have_the_pairs_that_they_have_in_memory() -> None:
    texts = [row["text"] for row in ROWS if row["text"]]
    found, counters = run(texts, BuildPairs(terms="gender"))
    wanted = make_pairs(texts, terms="gender")
    of_texts = sorted((pair["original"], pair["counterfactual"], *pair["terms"]) for pair in found)
    assert of_texts == sorted((one.original, one.counterfactual, *one.terms) for one in wanted)
    assert {pair["id"] for pair in found} == {None}
    assert counters["pairs"] == len(found) > 0


@pytest.mark.parametrize("labels", [{}, {"label_column": "label"}], ids=["unlabelled", "labelled"])
def test_a_scan_is_that_of_files(tmp_path: Path, labels: dict[str, str]) -> None:
    pd.DataFrame(ROWS).to_parquet(tmp_path / "rows.parquet")
    [found], _ = run(ROWS, ScanTerms(**labels))
    assert found == scan_terms([tmp_path / "rows.parquet"], **labels)
    assert found.terms and found.all_rows.rows < len(ROWS)


def test_of_no_rows_there_is_a_scan_of_nothing() -> None:
    [found], _ = run([], ScanTerms(terms=["gender"]))
    assert found.all_rows.rows == 0 and found.terms == ()


@pytest.mark.parametrize(
    ("transform", "options", "named"),
    [
        (BuildPairs, {"workers": 2}, "without the option 'workers'"),
        (BuildPairs, {"method": "nonsense"}, "nonsense"),
        (BuildPairs, {"on_error": "ignore"}, "on_error must be stop or skip"),
        (BuildPairs, {"slice_columns": ["terms"]}, "pairs have a column of that name"),
        (BuildPairs, {"slice_columns": "group"}, "reports use that name"),
        (ScanTerms, {"terms": []}, "nothing to look for"),
        (ScanTerms, {"positive_labels": ["toxic"]}, "need a column of labels"),
    ],
)
def test_a_wrong_option_is_found_before_the_pipeline_runs(
    transform: Any, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        transform(**options)


def test_a_lexicon_that_is_not_there_is_found_before_the_pipeline_runs() -> None:
    for transform in (BuildPairs, ScanTerms):
        with pytest.raises(InputError, match="nonsense"):
            transform(terms=["nonsense"])


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        ({"txt": "she"}, {}, ["no column 'text' in a row", "one of 'txt'", "did you mean 'txt'"]),
        ({"text": "she"}, {"label_column": "toxic"}, ["no column 'toxic' in a row"]),
        ({"text": 7}, {}, ["the column 'text' holds int64"]),
        (7, {}, ["a row is of the type int", "a dict of its columns or a text"]),
        (
            {"text": "she", "toxic": 7, "key": "k1"},
            {"label_column": "toxic", "id_column": "key"},
            ["'7.0' cannot be used", "the row with the id 'k1', column 'toxic'"],
        ),
        (
            {"text": "she is late", "toxic": 7},
            {"label_column": "toxic"},
            ["the row with the text 'she is late', column 'toxic'"],
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_one_clear_error(
    row: Any, options: dict[str, Any], said: list[str]
) -> None:
    with pytest.raises(InputError) as error:
        run([row], BuildPairs(**options))
    [line] = str(error.value).splitlines()
    assert all(words in line for words in said), line


def test_signatures_show_the_options_by_their_names() -> None:
    assert {"id_column", "terms", "slice_columns"} <= set(signature(BuildPairs).parameters)
    assert {"model", "batch_size", "positive_class"} <= set(signature(Score).parameters)
    assert all(
        each.kind is not each.VAR_KEYWORD
        for transform in (BuildPairs, Score)
        for each in signature(transform).parameters.values()
    )
