"""A report's pairs in LIT: the files for it, and its server and HTTP API with real values."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from evenhand.cli.main import run
from evenhand.data import ConfigurationError, InputError, UnavailableError, build_dataset
from evenhand.evaluation import LitServer, evaluate_flip_rate, evaluate_predictions, export_for_lit

ROWS = "text,label\nshe is here now,1\nhe is there now,0\nhe left,1\nshe left,0\nno one left,1\n"
MODEL = "def model(texts):\n    return [0.75 if 'she' in text else 0.25 for text in texts]\n"
BASELINE = "def base(texts):\n    return [0.75 if text[0] in 'hs' else 0.25 for text in texts]\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset, two models, and a report on both."""
    folder = tmp_path_factory.mktemp("lit")
    (folder / "a.csv").write_text(ROWS)
    (folder / "m.py").write_text(MODEL + BASELINE)
    build_dataset(folder / "a.csv", folder / "cf", label_column="label", method="ablate")
    baseline = f"{folder}/m.py:base"
    evaluate_flip_rate(
        folder / "cf", f"{folder}/m.py:model", compare_to=baseline, output=folder / "report"
    )
    return folder


@pytest.fixture
def given(place: Path) -> dict[str, Any]:
    return {"data": place / "cf", "model": f"{place}/m.py:model"}


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.lit.jsonl").read_text().splitlines()]


def test_pairs_and_texts_are_written_with_scores_and_flips(
    place: Path, given: dict[str, Any], tmp_path: Path
) -> None:
    files = export_for_lit(place / "report", tmp_path / "out", **given)
    assert {each.name for each in files} == {
        f"{name}.lit.jsonl{suffix}" for name in ("pairs", "texts") for suffix in ("", ".spec")
    }
    first, *others = rows_of(tmp_path / "out", "pairs")
    assert first == {
        "id": "0",
        "original": "she is here now",
        "counterfactual": "is here now",
        "terms": ["she"],
        "groups": ["female"],
        "label": "positive",
        "candidate original": 0.75,
        "candidate counterfactual": 0.25,
        "candidate shift": 0.5,
        "candidate flips": "positive to negative",
        **dict.fromkeys(
            [f"baseline {x}" for x in ("original", "counterfactual", "shift", "flips")]
        ),
        "_id": "pair-0",
        "_meta": {},
    }
    assert [row["candidate flips"] for row in others] == [
        *("no flip", "no flip", "positive to negative")
    ]
    texts = rows_of(tmp_path / "out", "texts")
    assert [row["side"] for row in texts] == ["original", "counterfactual"] * 4
    assert texts[1]["_meta"]["parentId"] == texts[0]["_id"]
    for name, rows in (("pairs", [first]), ("texts", texts)):
        spec = json.loads((tmp_path / "out" / f"{name}.lit.jsonl.spec").read_text())
        assert all(spec.keys() == row.keys() - {"_id", "_meta"} for row in rows)


def test_a_report_alone_gives_its_flips(place: Path, tmp_path: Path) -> None:
    assert run(["report", "lit", str(place / "report"), "--export", str(tmp_path / "out")]) == 0
    rows = rows_of(tmp_path / "out", "pairs")
    flips = {(row["original"], row["candidate flips"], row["baseline flips"]) for row in rows}
    assert flips == {
        ("she is here now", "positive to negative", "positive to negative"),
        ("he is there now", "no flip", "positive to negative"),
        ("he left", "no flip", "positive to negative"),
        ("she left", "positive to negative", "positive to negative"),
    }
    assert all(row["label"] is None for row in rows)


def test_some_of_many_pairs_are_drawn_evenly(
    place: Path, given: dict[str, Any], tmp_path: Path
) -> None:
    export_for_lit(place / "report", tmp_path / "out", max_pairs=2, **given)
    assert [row["original"] for row in rows_of(tmp_path / "out", "pairs")] == [
        *("she is here now", "she left")
    ]


def test_what_does_not_belong_to_the_report_is_refused(
    place: Path, given: dict[str, Any], tmp_path: Path
) -> None:
    report, out = place / "report", tmp_path / "out"
    with pytest.raises(ConfigurationError, match="no model to score with"):
        export_for_lit(report, out, data=place / "cf")
    (tmp_path / "b.csv").write_text("text\nshe came\n")
    build_dataset(tmp_path / "b.csv", tmp_path / "cf")
    with pytest.raises(InputError, match="about other data, cf"):
        export_for_lit(report, out, model=given["model"], data=tmp_path / "cf")
    scores = tmp_path / "scores.csv"
    scores.write_text("prediction,counterfactual_prediction\n0.9,0.1\n")
    evaluate_predictions(scores, output=tmp_path / "report")
    with pytest.raises(InputError, match="holds no flip with its texts"):
        export_for_lit(tmp_path / "report", out)
    assert not out.exists()


def test_without_lit_an_error_says_what_to_install(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "lit_nlp", None)
    assert run(["report", "lit", str(place / "report")]) == 4
    shown = capsys.readouterr().err
    assert "pip install 'evenhand[lit]'" in shown and "--export" in shown


def test_a_port_that_is_taken_is_one_clear_error(place: Path) -> None:
    pytest.importorskip("lit_nlp")
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(UnavailableError, match="cannot be served there") as caught,
    ):
        LitServer(place / "report", port=taken.getsockname()[1])
    assert "`port`" in str(caught.value)


def test_lit_serves_the_pairs_and_asks_the_models(place: Path, given: dict[str, Any]) -> None:
    pytest.importorskip("lit_nlp")
    server = LitServer(
        place / "report", compare_to=f"{place}/m.py:base", port=0, max_pairs=10, **given
    )

    def ask(name: str, inputs: list[Any] | None = None, **query: str) -> Any:
        request = urllib.request.Request(
            f"{server.url}{name}?{urllib.parse.urlencode(query)}",
            json.dumps({"inputs": inputs or []}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    serving = threading.Thread(target=server.serve)
    serving.start()
    try:
        models = ask("get_info")["models"]
        assert {name: each["datasets"][0] for name, each in models.items()} == {
            **dict.fromkeys(["candidate", "baseline"], "texts"),
            **dict.fromkeys(["candidate, pairs", "baseline, pairs"], "pairs"),
        }
        ids = [row["id"] for row in ask("get_dataset", dataset_name="texts")]
        assert len(ids) == 8
        of_texts = ask("get_preds", ids, dataset_name="texts", model="candidate")
        assert of_texts[:2] == [{"decision": [0.25, 0.75]}, {"decision": [0.75, 0.25]}]
        pairs = [row["id"] for row in ask("get_dataset", dataset_name="pairs")]
        of_pairs = ask("get_preds", pairs, dataset_name="pairs", model="candidate, pairs")
        assert [each["flips"] for each in of_pairs] == [
            *("positive to negative", "no flip", "no flip", "positive to negative")
        ]
        typed = {"id": "", "data": {"text": "oh she left", "_id": ""}, "meta": {}}
        [said] = ask("get_preds", [typed], dataset_name="texts", model="candidate")
        assert said == {"decision": [0.25, 0.75]}
        for model, rate in (("candidate", 0.5), ("baseline", 1.0)):
            [counted] = ask("get_metrics", ids, dataset_name="texts", model=model)["paired"]
            assert counted["metrics"]["num_pairs"] == 4
            assert counted["metrics"]["swap_rate"] == rate
        for header, value in (("Origin", "http://evil.example"), ("Host", "evil.example")):
            request = urllib.request.Request(f"{server.url}get_info", headers={header: value})
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(request, timeout=60)
    finally:
        server.close()
        serving.join(60)
    assert not serving.is_alive()


def test_lit_reads_the_files(place: Path, given: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("lit_nlp")
    from lit_nlp.api.dataset import load_lit_format

    export_for_lit(place / "report", tmp_path / "out", **given)
    found = load_lit_format(str(tmp_path / "out" / "pairs.lit.jsonl"))
    assert [row["candidate shift"] for row in found.examples] == [0.5, 0, 0, 0.5]
    assert type(found.spec()["original"]).__name__ == "TextSegment"


def test_the_command_serves_until_ctrl_c(place: Path) -> None:
    pytest.importorskip("lit_nlp")
    entry = [sys.executable, "-c", "from evenhand.cli.start import main; main()"]
    command = [*entry, "report", "lit", str(place / "report")]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split(" at ")[1].split()[0]
        with urllib.request.urlopen(url, timeout=60) as page:
            assert b"<html" in page.read()
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=60)
    assert (process.returncode, shown) == (130, "Interrupted.\n")
