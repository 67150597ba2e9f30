"""Files of hostile size, nesting and text end in a short error, in bounded memory."""

from __future__ import annotations

import html
import json
import re
import resource
from pathlib import Path

import pytest
from commands import evenhand, no_traceback

from evenhand.cli.main import run
from evenhand.data import build_dataset
from evenhand.data.dataset.manifest import Manifest
from evenhand.data.errors import EvenhandError, InputError
from evenhand.evaluation.reports.report import load_report

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
EVIL = "she\x1b[31m\x1b]0;owned\x07\u202e\x9b2J"


def sparse(path: Path, beginning: bytes, size: int) -> Path:
    """Make a file of this size that takes no room on the disk."""
    path.write_bytes(beginning)
    with path.open("r+b") as file:
        file.truncate(size)
    return path


def in_a_gigabyte() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


HUGE = {
    "one long string": lambda path: sparse(path, b'{"schema_version": "', 200 << 20),
    "nested deeply": lambda path: path.write_bytes(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "lists nested deeply": lambda path: path.write_bytes(b"[" * 10_000),
    "millions of values": lambda path: path.write_bytes(b'{"a": [' + b"[]," * 3_000_000 + b"1]}"),
    "without an end": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_report_of_hostile_size(project: Path, kind: str) -> None:
    (project / "report.json").unlink()
    HUGE[kind](project / "report.json")
    command = ("gate", "--report", "report.json")
    ended = evenhand(*command, cwd=project, preexec_fn=in_a_gigabyte)
    assert ended.returncode == 3, ended.stderr
    assert 1 <= len(ended.stderr.splitlines()) <= 4
    no_traceback(ended.stderr)


@pytest.mark.parametrize("kind", HUGE)
def test_a_manifest_of_hostile_size(tmp_path: Path, kind: str) -> None:
    HUGE[kind](tmp_path / "manifest.json")
    with pytest.raises(InputError) as caught:
        Manifest.read(tmp_path / "manifest.json")
    assert len(caught.value.lines()) <= 4


TOML = {
    "large": "a = '" + "x" * (3 << 20) + "'\n",
    "arrays nested deeply": "a = " + "[" * 50_000,
    "tables nested deeply": "a = " + "{a=" * 50_000,
    "a key of many parts": "a" + ".a" * 200_000 + " = 1\n",
    "many tables of many parts": ("[" + "a." * 20_000 + "a]\n") * 10,
    "an integer of many digits": "a = " + "1" * 5_000 + "\n",
    "not text": "a = '\x00'\n",
}


@pytest.mark.parametrize("kind", TOML)
def test_toml_of_hostile_size(project: Path, kind: str) -> None:
    (project / "evenhand.toml").write_text(TOML[kind])
    ended = evenhand("gate", "--report", "report.json", cwd=project, preexec_fn=in_a_gigabyte)
    assert ended.returncode == 2, ended.stderr
    assert 1 <= len(ended.stderr.splitlines()) <= 4
    (project / "lexicon.toml").write_text(TOML[kind])
    assert run(["data", "terms", "check", str(project / "lexicon.toml")]) == 3


def test_a_lexicon_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "terms.txt").symlink_to("/dev/zero")
    assert run(["data", "terms", "check", str(tmp_path / "terms.txt")]) == 3


def test_texts_that_a_terminal_would_act_on(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    (project / "rows.csv").write_text(f"id,text,{EVIL}\n\x1b[5m,{EVIL} is late,{EVIL}\n")
    (project / "terms.toml").write_text(
        'schema_version = 1\nname = "x"\nversion = "1"\ngroups."\\u001b[31m" = "\\u001b]0;x"\n'
        'terms = [{ term = "she", group = "\\u001b[31m" }]\n'
    )
    build = ["data", "build", "rows.csv", "--terms", "terms.toml", "--id-column", "id"]
    build += ["--slice-column", EVIL]
    assert run([*build, "--output", "cf", "--preview", "3"]) == 0
    assert run([*build[:-1], "absent", "--output", "other"]) == 3
    assert run(["data", "terms", "show", "terms.toml"]) == 0
    assert run(["data", "terms", "scan", "rows.csv", "--terms", "terms.toml"]) == 0
    text = (project / "report.json").read_text().replace("group=female", "group=\\u001b[31m\\u009b")
    (project / "report.json").write_text(text.replace('"id": "1"', '"id": "\\u001b[31m"'))
    (project / "evenhand.toml").write_text(
        '[[gate.rules]]\nmetric = "flip_rate"\nslice = "*"\nmax = 0.1\n'
    )
    outputs = ["--junit", "gate.xml", "--sarif", "gate.sarif", "--markdown", "gate.md"]
    outputs += ["--page", "gate.html"]
    assert run(["gate", "--report", "report.json", *outputs]) == 1
    assert run(["gate", "explain", "--report", "report.json"]) in (0, 1)
    assert run(["report", "render", "."]) == 0
    shown = capsys.readouterr()
    assert "late" in shown.out and "no column" in shown.err
    for stream in (shown.out, shown.err):
        assert not CONTROLS.search(stream), CONTROLS.findall(stream)
    card = (project / "cf" / "card.md").read_text()
    files = [card] + [
        (project / name).read_text()
        for name in (
            "gate.xml",
            "gate.md",
            "gate.sarif",
            "gate.html",
            "report.html",
            "report.md",
            "report.csv",
        )
    ]
    for content in files:
        assert not re.search("[\x00-\x08\x0b-\x1f]", content)


def test_what_nobody_sees_is_shown_in_every_output(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its number, while honest text of any script stays what it is."""
    monkeypatch.chdir(project)
    persian, hidden, shown = "می‌خواهم", "a\u202e\u200b\u00adb", "a‹U+202E›‹U+200B›‹U+00AD›b"
    report = json.loads((project / "report.json").read_text())
    for model in report["models"]:
        model["name"] = hidden
        for slice_ in model["slices"][1:]:
            slice_["slice"] += f" {persian} {hidden}"
            slice_["metrics"][f"own\x1b{hidden}"] = {"value": 0.5}
    for flip in report["flips"]:
        flip |= {"id": hidden, "original": f"she {persian} {hidden}", "counterfactual": persian}
        flip |= {"terms": [hidden], "groups": [hidden]}
    (project / "report.json").write_text(json.dumps(report))
    (project / "evenhand.toml").write_text(
        '[[gate.rules]]\nmetric = "flip_rate"\nslice = "*"\nmax = 0.1\n'
    )
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outputs = ["--junit", "gate.xml", "--sarif", "gate.sarif", "--markdown", "gate.md"]
    outputs += ["--page", "gate.html"]
    assert run(["gate", "--report", "report.json", *outputs]) == 1
    assert run(["report", "render", "."]) == 0
    (project / "other").mkdir()
    (project / "other" / "report.json").write_text(json.dumps(report))
    slices = ["--slice", report["models"][0]["slices"][1]["slice"]]
    assert run(["report", "compare", ".", "other", *slices, "--output", "../both.md"]) == 0
    texts = {"terminal": capsys.readouterr().out}
    for name in (
        "gate.xml",
        "gate.md",
        "gate.html",
        "report.html",
        "report.md",
        "report.csv",
        "../both.md",
    ):
        texts[name] = html.unescape((project / name).read_text())
    (log,) = json.loads((project / "gate.sarif").read_text())["runs"]
    # its properties are data, for programs
    texts["gate.sarif"] = json.dumps([log["tool"], log["results"]], ensure_ascii=False)
    for name, text in texts.items():
        assert not re.search("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\x1b]", text), name
        assert persian in text and shown in text, name


def test_an_error_is_text_of_one_to_four_lines_whatever_it_quotes() -> None:
    error = EvenhandError("a\x1b[31m\nb\ud800", where="x" * 10_000, expected="\u202e", remedy="d")
    assert error.lines()[0] == r"a\x1b[31m b\ud800"
    assert len(error.lines()) == 4
    assert all(line.isprintable() and len(line) < 2_100 for line in error.lines())


def test_names_in_a_manifest_are_never_paths(project: Path) -> None:
    """Files are found by pattern in the dataset's own folder, whatever its manifest says."""
    build_dataset([project / "rows.csv"], project / "cf")
    manifest = project / "cf" / "manifest.json"
    hostile = manifest.read_text().replace('"rows.csv"', '"../../../etc/passwd"')
    manifest.write_text(hostile)
    assert run(["data", "export", str(project / "cf"), "--output", str(project / "out")]) == 0
    made = sorted(path.name for path in (project / "out").iterdir())
    assert all(
        name.startswith(("examples-", "pairs-", "manifest", ".evenhand.json")) for name in made
    ), made
    assert load_report(project)
