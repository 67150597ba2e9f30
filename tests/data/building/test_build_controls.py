"""Control pairs in a dataset: apart from its pairs, counted, and the same however it is built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli.main import run
from evenhand.data import (
    CounterfactualDataset,
    InputError,
    Manifest,
    build_dataset,
    export_dataset,
    preview_dataset,
    write_sample,
)
from evenhand.data.controls.control_pairs import NO_MENTION, NO_WORD
from evenhand.data.dataset.on_disk import CONTROL_SCHEMA

ROWS = [
    {"text": "She fixed the old laptop.", "topic": "work"},
    {"text": "No term here.", "topic": "work"},
    {"text": "He is it.", "topic": "work"},
    {"text": "My sister met the queen.", "topic": "home"},
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample"), rows=2000)[0]


def build(source: Path, output: Path, **options: Any) -> CounterfactualDataset:
    options.setdefault("controls", "nonce")
    return build_dataset([source], output, **options)


def of_sample(source: Path, output: Path, **options: Any) -> CounterfactualDataset:
    return build(source, output, text_column="comment_text", label_column="toxicity", **options)


def contents(dataset: CounterfactualDataset, kind: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted(dataset.path.glob(f"{kind}-*.parquet"))]


def rows_of(dataset: CounterfactualDataset) -> list[dict[str, Any]]:
    return [row for batch in dataset.iter_controls() for row in batch.to_pylist()]


def test_each_control_stands_beside_its_pair(
    tmp_path: Path, write_rows: Callable[..., Path]
) -> None:
    dataset = build(write_rows("rows.csv", ROWS), tmp_path / "out", method="ablate")
    assert rows_of(dataset) == [
        {
            "pair": 0,
            "example": 0,
            "id": "0",
            "original": "She fixed the old laptop.",
            "counterfactual": "She the old laptop.",
            "terms": ["fixed"],
            "groups": ["female"],
            "weight": 1.0,
        }
    ]
    controls = dataset.manifest.controls
    assert controls is not None
    assert (controls.kind, controls.edit, controls.pairs) == ("nonce", "taken out", 1)
    assert controls.missing == {NO_WORD: 2}
    assert (dataset.manifest.counts.pairs, dataset.controls) == (3, 1)
    card = (dataset.path / "card.md").read_text()
    assert "## Control pairs" in card
    assert "too few other words" in card


def test_without_controls_nothing_is_said_of_them(
    tmp_path: Path, write_rows: Callable[..., Path]
) -> None:
    dataset = build(write_rows("rows.csv", ROWS), tmp_path / "out", controls=None)
    assert not list(dataset.path.glob("controls*"))
    for name in ("manifest.json", "card.md"):
        assert "control" not in (dataset.path / name).read_text().lower()
    assert dataset.controls == 0 and rows_of(dataset) == []
    assert Manifest.read(dataset.path / "manifest.json") == dataset.manifest


@pytest.mark.parametrize("method", ["ablate", "neutral", "substitute"])
def test_all_else_is_as_without_controls(sample: Path, tmp_path: Path, method: str) -> None:
    options = {"method": method, "terms": ["gender", "sexual-orientation"]}
    plain = of_sample(sample, tmp_path / "plain", controls=None, **options)
    made = of_sample(sample, tmp_path / "made", **options)
    for kind in ("examples", "pairs"):
        assert contents(plain, kind) == contents(made, kind)
    before, after = (json.loads(one.manifest.model_dump_json()) for one in (plain, made))
    controls = after.pop("controls")
    assert after == before
    assert controls["pairs"] > 0.5 * made.manifest.counts.pairs
    assert controls["pairs"] + sum(controls["missing"].values()) == made.manifest.counts.pairs
    assert controls["edit"] == ("taken out" if method == "ablate" else "made-up word")


def test_workers_and_shards_change_nothing(sample: Path, tmp_path: Path) -> None:
    one = of_sample(sample, tmp_path / "one", method="substitute", workers=1)
    several = of_sample(sample, tmp_path / "several", method="substitute", workers=3)
    assert contents(one, "controls") == contents(several, "controls")
    small = of_sample(sample, tmp_path / "small", method="substitute", shard_rows=50)
    assert len(contents(small, "controls")) > 1
    assert rows_of(small) == rows_of(one)
    CounterfactualDataset.open(small.path)


def test_a_control_has_what_its_pair_has(tmp_path: Path, write_rows: Callable[..., Path]) -> None:
    """A text with a pair for each counterpart has as many controls, each another."""
    rows = [{"text": f"Muslims sold {fruit} there.", "topic": ""} for fruit in ("plums", "pears")]
    dataset = build(
        write_rows("rows.csv", rows), tmp_path / "out", method="substitute", terms=["religion"]
    )
    assert dataset.controls == dataset.manifest.counts.pairs > 4
    assert len({row["counterfactual"] for row in rows_of(dataset)}) == dataset.controls
    pairs = dataset.pairs().to_pylist()
    controls = rows_of(dataset)
    assert [row["pair"] for row in controls] == sorted({row["pair"] for row in controls})
    for control in controls:
        pair = pairs[control["pair"]]
        for name in ("example", "id", "original", "groups", "weight"):
            assert control[name] == pair[name]
        assert control["counterfactual"] not in (pair["original"], pair["counterfactual"])


def test_pairs_from_a_file_get_made_up_words(
    tmp_path: Path, write_rows: Callable[..., Path]
) -> None:
    written = write_rows(
        "pairs.jsonl",
        [
            {"id": "0", "counterfactual": "He fixed the old laptop."},
            {"id": "1", "counterfactual": "Any term here."},
        ],
    )
    dataset = build(write_rows("rows.csv", ROWS), tmp_path / "out", pairs_file=written)
    [control] = rows_of(dataset)
    assert control["counterfactual"].startswith("She ") and control["terms"] == ["fixed"]
    assert control["counterfactual"].endswith("ed the old laptop.")
    manifest = dataset.manifest.controls
    assert manifest is not None
    assert (manifest.edit, manifest.missing) == ("made-up word", {NO_MENTION: 1})


def test_a_method_of_one_s_own_gets_made_up_words(
    tmp_path: Path, write_rows: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shouting_method.py").write_text(
        "def shout(texts):\n    return [text.upper() for text in texts]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    rows = write_rows("rows.csv", ROWS)
    dataset = build(rows, tmp_path / "out", method="shouting_method:shout")
    assert dataset.manifest.controls is not None
    assert dataset.manifest.controls.edit == "made-up word"
    assert rows_of(dataset)[0]["terms"] == ["fixed"]


def test_a_preview_counts_them(tmp_path: Path, write_rows: Callable[..., Path]) -> None:
    preview = preview_dataset([write_rows("rows.csv", ROWS)], controls="nonce")
    assert preview.manifest.controls is not None
    assert preview.manifest.controls.pairs == 1


def test_an_export_leaves_them_out(tmp_path: Path, write_rows: Callable[..., Path]) -> None:
    dataset = build(write_rows("rows.csv", ROWS), tmp_path / "out")
    names = [file.name for file in export_dataset(dataset, tmp_path / "export")]
    assert names == [
        "examples-00000-of-00001.tfrecord",
        "pairs-00000-of-00001.tfrecord",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda file: file.unlink(), "the dataset has no controls"),
        (
            lambda file: pq.write_table(pq.read_table(file).slice(1), file),
            "holds 0 controls, but its manifest says 1",
        ),
        (
            lambda file: pq.write_table(pq.read_table(file).drop_columns(["pair"]), file),
            "controls lack the column 'pair'",
        ),
    ],
)
def test_damaged_controls_are_found_on_opening(
    tmp_path: Path,
    write_rows: Callable[..., Path],
    change: Callable[[Path], object],
    says: str,
) -> None:
    dataset = build(write_rows("rows.csv", ROWS), tmp_path / "out")
    change(dataset.path / "controls-00000.parquet")
    with pytest.raises(InputError, match=says):
        CounterfactualDataset.open(dataset.path)


def test_no_control_at_all_is_no_damage(tmp_path: Path, write_rows: Callable[..., Path]) -> None:
    dataset = build(write_rows("rows.csv", ROWS[2:3]), tmp_path / "out")
    assert CounterfactualDataset.open(dataset.path).controls == 0
    assert pq.read_schema(dataset.path / "controls-00000.parquet").equals(CONTROL_SCHEMA)
    assert isinstance(dataset.pairs(), pa.Table)


def test_the_command_says_how_many(
    tmp_path: Path, write_rows: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = str(write_rows("rows.csv", ROWS))
    made = ["data", "build", rows, "--controls", "nonce", "--output", str(tmp_path / "out")]
    assert run(made) == 0
    shown = capsys.readouterr().out
    assert "Control pairs: 1 of 3 pairs" in shown
    assert f"Without a control: 2: {NO_WORD}" in shown
    assert run([*made[:3], "--controls", "other", "--dry-run"]) == 2
