from __future__ import annotations

import io
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from evenhand.cli.main import run
from evenhand.evaluation.reports.metric_specs import METRICS

SLICES = {"overall": (100, 0.1), "group=female": (60, 0.15)}


def write_report(folder: Path, *, candidate: float, data: str = "0" * 64) -> Path:
    """Write a report on a baseline that flips on a tenth and a candidate that flips less."""

    def model(role: str, share: float) -> dict[str, object]:
        return {
            "role": role,
            "name": f"{role}.keras",
            "sha256": ("b" if role == "baseline" else f"{share:.4f}"[-1]) * 64,
            "slices": [
                {
                    "slice": name,
                    "n_examples": 500,
                    "n_pairs": pairs,
                    "metrics": {
                        "flip_rate": {
                            "value": rate * share,
                            "lower": rate * share / 2,
                            "upper": min(1.0, 2 * rate * share),
                            "interval": "wilson",
                        },
                        "auc": {"value": 0.9},
                    },
                }
                for name, (pairs, rate) in SLICES.items()
            ],
        }

    report = {
        "schema_version": 1,
        "kind": "flip-rate",
        "thresholds": [0.5],
        "data": {
            "name": "test",
            "sha256": data,
            "examples": 500,
            "labelled": 500,
            "pairs": 100,
            "weighted": False,
        },
        "intervals": {"level": 0.95, "resamples": 1000, "seed": 0},
        "models": [model("candidate", candidate), model("baseline", 1.0)],
    }
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps(report))
    return folder


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return write_report(tmp_path / "one", candidate=0.1002)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_report(tmp_path / "two", candidate=0.5)


def report(*arguments: object) -> int:
    return run(["report", *map(str, arguments)])


def test_render_writes_every_file_from_report_json_alone(
    one: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report("render", one) == 0
    shown = capsys.readouterr().out
    names = ("report.html", "report.md", "report.csv")
    assert all(str(one / name) in shown for name in names)
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    shutil.copy(one / "report.json", copy)
    assert report("render", copy) == 0
    assert all((copy / name).read_bytes() == (one / name).read_bytes() for name in names)


def test_render_without_a_report_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report("render", tmp_path) == 3
    assert "report.json" in capsys.readouterr().err
    (tmp_path / "report.json").write_text("{}")
    assert report("render", tmp_path) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_render_of_a_report_without_flip_rates_writes_nothing(
    one: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = one / "report.json"
    file.write_text(file.read_text().replace('"flip_rate"', '"something_else"'))
    assert report("render", one) == 3
    assert "no flip rate" in capsys.readouterr().err
    assert [path.name for path in one.iterdir()] == ["report.json"]


def test_open_gives_the_page_to_the_browser(
    one: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened = tmp_path / "opened.txt"
    browser = f"{sys.executable} -c \"import sys; open('{opened}', 'w').write(sys.argv[1])\" %s"
    monkeypatch.setenv("BROWSER", browser)
    forget_browsers(monkeypatch)
    assert report("open", one) == 3  # there is no page yet
    assert "evenhand report render" in capsys.readouterr().err
    assert report("render", one) == 0
    assert report("open", one) == 0
    assert opened.read_text() == (one / "report.html").as_uri()


def test_open_without_a_browser_says_what_to_do(
    one: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report("render", one) == 0
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")
    forget_browsers(monkeypatch)
    assert report("open", one) == 4
    error = capsys.readouterr().err
    assert "no web browser" in error and str(one / "report.html") in error


def forget_browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let webbrowser look again for what this process could open."""
    import webbrowser

    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})


def test_compare_lists_a_shared_baseline_once(
    one: Path, two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report("compare", one, two) == 0
    shown = capsys.readouterr().out
    assert shown.count("(baseline)") == 1 and shown.count("(candidate)") == 2
    assert "10.00%" in shown and "1.00%" in shown and "5.00%" in shown
    assert "different data" not in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [44, 60, 100])
def test_compare_shows_every_value_whole_however_narrow_the_terminal(
    columns: int, one: Path, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    assert report("compare", one, two) == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    assert max(map(len, shown.splitlines())) <= columns
    for whole in ("flip_rate", "auc", "10.00%", "5.00% to 20.00%", "0.50% to 2.00%", "0.9000"):
        assert whole in shown


def test_compare_as_json_and_as_markdown(
    one: Path, two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "compared.md"
    arguments = ("--slice", "group=female", "--metric", "flip_rate", "--output", output)
    assert report("compare", one, two, *arguments, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["role"] for entry in document["models"]] == ["baseline", "candidate", "candidate"]
    assert {entry["slice"] for entry in document["models"]} == {"group=female"}
    assert document["models"][2]["metrics"]["flip_rate"]["value"] == pytest.approx(0.075)
    assert document["same_data"]
    table = [line for line in output.read_text().splitlines() if line.startswith("|")]
    assert len(table) == 5 and "7.50%" in table[4]


def test_the_help_of_compare_names_the_metrics_that_reports_show_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report("compare", "--help") == 0
    words = " ".join(capsys.readouterr().out.replace("│", " ").split())
    first = [spec.name for spec in METRICS.values() if "cards" in spec.shown]
    assert f"[default: {', '.join(first)}]" in words


def test_compare_says_when_the_data_differ(
    one: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_report(tmp_path / "other", candidate=0.5, data="1" * 64)
    assert report("compare", one, other) == 0
    shown = capsys.readouterr().out
    assert "different data" in shown
    assert shown.count("(baseline)") == 2  # for it, too, was measured on other data


@pytest.mark.parametrize(
    ("extra", "code", "message"),
    [
        ([], 2, "nothing to compare"),
        (["{one}"], 2, "named twice"),
        (["nowhere"], 3, "nowhere"),
        (["{two}", "--slice", "group=cat"], 2, "'group=cat'"),
        (["{two}", "--metric", "flop_rate"], 2, "flip_rate"),
    ],
)
def test_compare_refuses_what_it_cannot_compare(
    extra: list[str],
    code: int,
    message: str,
    one: Path,
    two: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report("compare", one, *(word.format(one=one, two=two) for word in extra)) == code
    captured = capsys.readouterr()
    assert message in captured.err and captured.out == ""


def test_a_card_says_what_is_left_to_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    report = write_report(tmp_path / "report", candidate=0.5)
    card = tmp_path / "README.md"
    arguments = ["report", "card", str(report), "--output", str(card), "--license", "apache-2.0"]
    assert run(arguments) == 0
    assert re.search(r"\d+ places in it are for people", capsys.readouterr().out)
    assert 'license: "apache-2.0"' in card.read_text(encoding="utf-8")
    assert run(arguments) == 2
    assert "the output exists" in capsys.readouterr().err
