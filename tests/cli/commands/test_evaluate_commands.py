from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.cli.main import run
from evenhand.evaluation.reports.provenance import write_provenance

SCORES = """id,prediction,counterfactual_prediction,label,sex
a,0.9,0.1,1,f
b,0.8,0.7,1,f
c,0.2,0.1,0,m
d,0.3,0.6,0,m
"""


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    file = tmp_path / "scores.csv"
    file.write_text(SCORES)
    return file


def evaluate(*arguments: object) -> int:
    return run(["evaluate", "flip-rate", *map(str, arguments)])


def test_predictions_to_table_and_report(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report"
    code = evaluate("--predictions", scores, "--slice-column", "sex", "--output", output)
    shown = capsys.readouterr().out
    assert code == 0
    assert "50.00%" in shown and "sex=f" in shown and "sex=m" in shown
    assert {path.name for path in output.iterdir()} == {
        ".evenhand.json",
        "report.json",
        "report.html",
        "report.md",
        "report.csv",
        "provenance.json",
        "tfma",
    }
    # a second run leaves it alone, and says how to replace it
    assert evaluate("--predictions", scores, "--output", output) == 2
    assert "--overwrite" in capsys.readouterr().err
    # --json prints the document that is stored, and nothing else
    code = evaluate("--predictions", scores, "--output", output, "--overwrite", "--json")
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document == json.loads((output / "report.json").read_text())
    assert document["models"][0]["slices"][0]["metrics"]["flip_rate"]["value"] == 0.5


def test_the_command_and_the_date_leave_the_report_as_it_is(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert evaluate("--predictions", scores, "--output", first) == 0
    assert evaluate("--predictions", scores, "--output", second, "--min-pairs", 30) == 0
    for name in ("report.json", "report.html", "report.md", "report.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    made = json.loads((second / "provenance.json").read_text())
    assert made["command"][:3] == ["evenhand", "evaluate", "flip-rate"]
    assert made["command"][-2:] == ["--min-pairs", "30"]


def test_passwords_in_addresses_are_not_kept(tmp_path: Path) -> None:
    words = ["evenhand", "--endpoint", "https://me:secret@host:8501/v1/models/m?key=a", "a@b.c"]
    write_provenance(tmp_path, command=words, report="")
    made = json.loads((tmp_path / "provenance.json").read_text())
    shown = "https://***@host:8501/v1/models/m?key=***"
    assert made["command"] == ["evenhand", "--endpoint", shown, "a@b.c"]


def test_named_labels_make_the_report_that_numbers_make(scores: Path, tmp_path: Path) -> None:
    named = tmp_path / "named" / "scores.csv"
    named.parent.mkdir()
    named.write_text(SCORES.replace(",1,", ",toxic,").replace(",0,", ",clean,"))
    assert evaluate("--predictions", scores, "--output", tmp_path / "of-numbers") == 0
    options = ["--predictions", named, "--compare-to", named, "--output", tmp_path / "of-names"]
    assert evaluate(*options, "--positive-label", "toxic") == 0
    models = [
        json.loads((tmp_path / name / "report.json").read_text())["models"][0]["slices"]
        for name in ("of-numbers", "of-names")
    ]
    assert models[0] == models[1]


ALIKE = "id,prediction,counterfactual_prediction,label\n" + "".join(
    f"{i},0.9,0.8,{i % 2}\n" for i in range(200)
)


def test_what_is_no_evidence_is_said_before_any_rate_and_fails_the_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores, output = tmp_path / "scores.csv", tmp_path / "report"
    scores.write_text(ALIKE)
    assert evaluate("--predictions", scores, "--output", output) == 0
    shown = capsys.readouterr().out
    said = "No evidence: scores.csv calls all of 400 different texts positive at threshold 0.5."
    assert shown.startswith(said)
    page = re.sub(
        "<style>.*?</style>|<[^>]*>", "", (output / "report.html").read_text(), flags=re.S
    )
    for text in (page, (output / "report.md").read_text()):
        assert said in text and "%" not in text[: text.index(said)]
    rules = tmp_path / "evenhand.toml"
    rules.write_text('[[gate.rules]]\nmetric = "flip_rate"\nmax = 0.05\n')
    judge = ["gate", "--report", str(output), "--config", str(rules)]
    assert run(judge) == 1
    shown = capsys.readouterr().out
    assert "so it cannot flip" in shown and "allow_one_decision = true" in shown
    rules.write_text(rules.read_text() + "allow_one_decision = true\n")
    assert run(judge) == 0


def test_two_files_of_predictions_are_compared(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tmp_path / "baseline.csv"
    baseline.write_text(SCORES.replace("b,0.8,0.7", "b,0.8,0.3"))
    code = evaluate(
        *("--predictions", scores, "--compare-to", baseline, "--slice-column", "sex"),
        *("--min-pairs", 3, "--output", tmp_path / "report", "--json"),
    )
    report = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [model["name"] for model in report["models"]] == ["scores.csv", "baseline.csv"]
    [overall, *_] = report["paired_tests"]
    assert (overall["both"], overall["only_candidate"], overall["only_baseline"]) == (2, 0, 1)
    few = {slice_["slice"]: slice_["too_few_pairs"] for slice_ in report["models"][0]["slices"]}
    assert few == {"overall": False, "sex=f": True, "sex=m": True}


BAD_ARGUMENTS = {
    "no source": ([], 2, "--data is missing"),
    "no model": (["--data", "nowhere"], 2, "--model is missing"),
    "two sources": (["--predictions", "{scores}", "--model", "m.keras"], 2, "takes neither"),
    "threshold": (
        ["--predictions", "{scores}", "--threshold", "1.5"],
        2,
        "--threshold must be 0 or more and below 1, or auto, got 1.5",
    ),
    "threshold twice": (
        ["--predictions", "{scores}", "--threshold", "0.5", "--threshold", "0.5"],
        2,
        "each once",
    ),
    "option of models": (
        ["--predictions", "{scores}", "--head", "toxic"],
        2,
        "--head is for",
    ),
    "class 0": (["--predictions", "{scores}", "--positive-class", "0"], 2, "--positive-class is"),
    "unsafe": (["--predictions", "{scores}", "--allow-unsafe"], 2, "--allow-unsafe is for models"),
    "batch": (["--predictions", "{scores}", "--batch-size", "9"], 2, "--batch-size is for models"),
    "labels": (["--predictions", "{scores}", "--labels", "a=0"], 2, "--labels is for models"),
    "no cache": (["--predictions", "{scores}", "--no-cache"], 2, "--no-cache is for models"),
    "both": (["--predictions", "{scores}", "--logits", "--probabilities"], 2, "give one"),
    "missing file": (["--predictions", "nowhere.csv"], 3, "no such input file"),
    "missing dataset": (["--data", "nowhere", "--model", "m.keras"], 3, "nowhere"),
    "missing column": (["--predictions", "{scores}", "--slice-column", "colour"], 3, "'colour'"),
    "labels of a dataset": (
        ["--model", "m", "--data", "d", "--positive-label", "1"],
        2,
        "--positive-label says how the file of --predictions is written",
    ),
    "columns of a dataset": (
        ["--model", "m", "--data", "d", "--prediction-column", "p"],
        2,
        "--prediction-column says how the file of --predictions is written",
    ),
    "two roles of a column": (
        ["--predictions", "{scores}", "--id-column", "prediction"],
        2,
        "'prediction' would be both",
    ),
    "label that is not there": (
        ["--predictions", "{scores}", "--positive-label", "yes"],
        3,
        "no row has the label 'yes'",
    ),
    "reserved name": (["--predictions", "{scores}", "--slice-column", "label"], 2, "'label'"),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_bad_arguments_write_nothing(
    name: str, scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, expected_code, message = BAD_ARGUMENTS[name]
    output = tmp_path / "report"
    filled = [argument.format(scores=scores) for argument in arguments]
    assert evaluate(*filled, "--output", output) == expected_code
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_predictions_may_be_logits(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits = tmp_path / "logits.csv"
    logits.write_text(SCORES.replace("0.9,0.1", "4,-3"))
    assert evaluate("--predictions", logits, "--output", tmp_path / "report") == 3
    assert "or logits with --logits" in capsys.readouterr().err
    code = evaluate("--predictions", logits, "--logits", "--output", tmp_path / "report", "--json")
    report = json.loads(capsys.readouterr().out)
    assert code == 0
    assert report["models"][0]["outputs"] == "logits as the option logits says"
    [flip] = report["flips"]  # all but the first row's are above 0 on both sides
    assert flip["scores"]["candidate"] == {
        "original": pytest.approx(1 / (1 + math.exp(-4))),
        "counterfactual": pytest.approx(1 / (1 + math.exp(3))),
    }


def test_a_score_that_is_no_probability_names_its_row(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores.write_text(SCORES.replace("0.8,", "nan,"))
    assert evaluate("--predictions", scores, "--output", tmp_path / "report") == 3
    assert "row 2, column" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_help_shows_examples_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from evenhand.cli.main import run\n"
        "assert run(['evaluate', 'flip-rate', '--help']) == 0\n"
        "heavy = {'tensorflow', 'tensorflow_model_analysis', 'pandas', 'pyarrow', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--compare-to baseline.keras" in " ".join(done.stdout.replace("│", " ").split())
