"""`evenhand gate` at the terminal: exit codes, output, and that it stays light."""

from __future__ import annotations

import datetime
import html
import json
import re
import subprocess
import sys

import pytest

from evenhand.cli.main import run
from evenhand.cli.options.gate_outputs import GateOutputs
from evenhand.cli.terminal import console
from evenhand.data.options import options_of
from evenhand.evaluation import GateRenderer
from evenhand.evaluation.rendering.renderers import RENDERERS
from evenhand.evaluation.reports.provenance import write_provenance

RULES = """
[[gate.rules]]
metric = "flip_rate"
max = 0.05
"""


def report_json(flip_rate, slices=()):
    def one(name):
        return {
            "slice": name,
            "n_examples": 10,
            "n_pairs": 10,
            "metrics": {"flip_rate": {"value": flip_rate}},
        }

    return {
        "schema_version": 1,
        "kind": "flip-rate",
        "thresholds": [0.5],
        "data": {
            "name": "d",
            "sha256": "0" * 64,
            "examples": 10,
            "labelled": 10,
            "pairs": 10,
            "weighted": False,
        },
        "intervals": {"level": 0.95, "resamples": 0, "seed": 0},
        "models": [
            {"role": "candidate", "name": "m", "slices": [one("overall"), *map(one, slices)]}
        ],
    }


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evenhand.toml").write_text(RULES)
    (tmp_path / "good.json").write_text(json.dumps(report_json(0.01)))
    (tmp_path / "bad.json").write_text(json.dumps(report_json(0.5)))
    return tmp_path


def test_passing_and_failing(project, capsys):
    assert run(["gate", "--report", "good.json"]) == 0
    assert "Gate passed" in capsys.readouterr().out
    assert run(["gate", "--report", "bad.json"]) == 1
    assert "Gate FAILED: 1 of 1" in capsys.readouterr().out


def test_json_is_one_document(project, capsys):
    assert run(["gate", "--report", "bad.json", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["passed"] is False
    assert document["checks"][0]["outcome"] == "failed"


def test_junit_is_written(project):
    assert run(["gate", "--report", "bad.json", "--junit", "out/gate.xml"]) == 1
    assert "<failure" in (project / "out" / "gate.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--report", "absent.json"], 3),
        (["--report", "good.json", "--config", "absent.toml"], 2),
        (["--report", "good.json", "--role", "baseline"], 3),
        (["--report", "good.json", "--role", "other"], 2),
        ([], 2),
    ],
)
def test_what_cannot_be_judged(project, capsys, arguments, code):
    assert run(["gate", *arguments]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Error" in printed.err


def test_rules_that_do_not_fit_the_report_are_named_with_their_file(project, capsys):
    (project / "evenhand.toml").write_text(RULES + 'slice = "grop=*"\n')
    assert run(["gate", "--report", "good.json"]) == 2
    error = capsys.readouterr().err
    assert "rules[1].slice: 'grop=*' matches nothing" in error
    assert "at: evenhand.toml" in error


def test_no_configuration_at_all(project, capsys):
    (project / "evenhand.toml").unlink()
    assert run(["gate", "--report", "good.json"]) == 2
    told = capsys.readouterr().err
    assert "--config" in told
    assert "evenhand gate init" in told


def test_markup_in_names_is_shown_as_text(project, capsys):
    report = report_json(0.01, slices=["x=[red]boo[/red]"])
    (project / "good.json").write_text(json.dumps(report))
    (project / "evenhand.toml").write_text(RULES + 'slice = "*"\n')
    assert run(["gate", "--report", "good.json"]) == 0
    assert "[red]boo[/red]" in capsys.readouterr().out


def test_a_reference_is_a_ratchet(project, capsys):
    worse, better = report_json(0.5), report_json(0.01)
    for document, (low, high) in ((worse, (0.4, 0.6)), (better, (0.005, 0.02))):
        value = document["models"][0]["slices"][0]["metrics"]["flip_rate"]
        value |= {"lower": low, "upper": high, "interval": "wilson"}
    (project / "bad.json").write_text(json.dumps(worse))
    (project / "good.json").write_text(json.dumps(better))
    (project / "evenhand.toml").write_text(RULES.replace("0.05", "1"))
    assert run(["gate", "--report", "bad.json"]) == 0
    assert run(["gate", "--report", "bad.json", "--reference", "good.json"]) == 1
    assert "significantly worse" in capsys.readouterr().out
    assert run(["gate", "--report", "good.json", "--reference", "bad.json"]) == 0
    assert "0.01, from 0.5 in the reference (p 1)" in capsys.readouterr().out
    assert run(["gate", "explain", "--report", "good.json", "--reference", "bad.json"]) == 0
    assert "Rule 2, of --reference: In every slice" in capsys.readouterr().out


@pytest.mark.parametrize(("expires", "code"), [("2999-12-31", 0), ("2001-01-01", 1)])
def test_waivers_count_until_they_expire(project, capsys, expires, code):
    waiver = f'slice = "*"\nreason = "later"\nexpires = {expires}\n'
    (project / "evenhand.toml").write_text(f'{RULES}[[gate.waivers]]\nmetric = "*"\n{waiver}')
    assert run(["gate", "--report", "bad.json"]) == code
    assert ("waived" if code == 0 else "expired") in capsys.readouterr().out


def test_init_writes_what_passes_and_overwrites_nothing(project, capsys):
    assert run(["gate", "init", "--report", "bad.json"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (project / "evenhand.toml").read_text() == RULES
    assert run(["gate", "init", "--report", "bad.json", "--output", "new.toml"]) == 0
    assert run(["gate", "--report", "bad.json", "--config", "new.toml"]) == 0
    assert run(["gate", "init", "--report", "bad.json", "--overwrite"]) == 0
    assert run(["gate", "--report", "bad.json"]) == 0
    (project / "folder").mkdir()
    init = ["gate", "init", "--report", "bad.json", "--output", "folder", "--overwrite"]
    assert run(init) == 2


def test_explain_says_how_far_it_is(project, capsys):
    assert run(["gate", "explain", "--report", "bad.json"]) == 0
    printed = capsys.readouterr().out
    assert "flip_rate may be at most 0.05" in printed
    assert "0.45 beyond the limit" in printed
    assert run(["gate", "explain", "--report", "good.json"]) == 0
    assert "0.04 of room" in capsys.readouterr().out


def test_options_before_a_command_are_refused(project, capsys):
    assert run(["gate", "--report", "bad.json", "explain"]) == 2
    assert "gate explain --report" in capsys.readouterr().err
    assert run(["gate", "explain"]) == 2


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_on_github_there_are_annotations_and_a_summary(project, capsys, monkeypatch, options):
    (project / "summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    assert run(["gate", "--report", "bad.json", *options]) == 1
    printed = capsys.readouterr()
    where = printed.err if options else printed.out
    assert "::error title=Fairness gate%3A overall,file=evenhand.toml,line=2::" in where
    if options:
        json.loads(printed.out)
    else:
        assert "::stop-commands::" in printed.out
    summary = (project / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("before\n## Fairness gate failed")


def test_json_holds_no_command_for_a_runner(capsys):
    document = {"##[add-mask]e": "a ##[error]b"}
    console.write_json(document)
    printed = capsys.readouterr().out
    assert "##[" not in printed
    assert json.loads(printed) == document


def test_paths_on_github_are_from_the_repositorys_root(project, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    for config in ("evenhand.toml", str(project / "evenhand.toml")):
        assert run(["gate", "--report", "bad.json", "--config", config, "--sarif", "s"]) == 1
        place = f"{project.name}/evenhand.toml"
        assert f"file={place},line=2" in capsys.readouterr().out
        assert f'"uri": "{place}"' in (project / "s").read_text()


def test_sarif_and_markdown_are_written(project):
    files = ["--sarif", "gate.sarif", "--markdown", "gate.md"]
    assert run(["gate", "--report", "bad.json", *files]) == 1
    assert json.loads((project / "gate.sarif").read_text())["version"] == "2.1.0"
    assert "Gate FAILED" in (project / "gate.md").read_text(encoding="utf-8")


def test_the_page_opens_with_what_was_decided_and_says_how_it_was_made(project):
    words = ["evenhand", "evaluate", "flip-rate", "--model", "a <b>.keras"]
    write_provenance(project, command=words, report=(project / "bad.json").read_text())
    arguments = ["gate", "--report", "bad.json", "--page", "gate.html"]
    assert run(arguments) == 1
    page = (project / "gate.html").read_text(encoding="utf-8")
    text = html.unescape(re.sub("<[^>]*>", "", page))
    assert "No: it breaks its rules." in text and "Gate FAILED: " in text
    assert f"judged by evenhand.toml on {datetime.date.today()}" in text
    assert "flip_rate <= " in text.partition("Rules and checks")[2]
    assert "evenhand evaluate flip-rate --model 'a <b>.keras'" in text
    (project / "bad.json").write_text((project / "bad.json").read_text() + "\n")
    assert run(arguments) == 1  # the provenance is now of another report
    assert "a &lt;b&gt;.keras" not in (project / "gate.html").read_text(encoding="utf-8")


def test_a_file_is_asked_for_by_its_renderer(project, add_package):
    code = """
from evenhand.evaluation import GateRenderer
made = GateRenderer("gate.txt", lambda judgement: f"{judgement.config} {judgement.lines}")
"""
    add_package("renders_rules", "evenhand.renderers", {"rules": "made"}, code)
    files = ["--render", "rules=out/rules=.txt", "--render", "junit=gate.xml"]
    assert run(["gate", "--report", "bad.json", "--junit", "other.xml", *files]) == 1
    assert (project / "out" / "rules=.txt").read_text() == "evenhand.toml (2,)"
    assert (project / "gate.xml").read_bytes() == (project / "other.xml").read_bytes()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("gate.xml", "'gate.xml' is not a renderer and its file"),
        ("junit=", "'junit=' is not a renderer and its file"),
        ("=gate.xml", "'=gate.xml' is not a renderer and its file"),
        ("junti=gate.xml", "did you mean 'junit'?"),
        ("html=gate.html", "the renderer 'html' shows a report"),
        ("junit=good.json", "the output is an input"),
    ],
)
def test_a_file_that_no_renderer_makes_is_refused(project, capsys, value, said):
    assert run(["gate", "--report", "good.json", "--render", value]) == 2
    assert said in capsys.readouterr().err
    assert not (project / "gate.xml").exists()


def test_each_of_several_files_of_a_renderer_is_kept_apart_from_the_inputs(project, capsys):
    before = (project / "good.json").read_bytes()
    files = ["--render", "junit=good.json", "--render", "junit=gate.xml"]
    assert run(["gate", "--report", "good.json", *files]) == 2
    assert "the output is an input" in capsys.readouterr().err
    assert (project / "good.json").read_bytes() == before


def test_each_renderer_of_the_gate_has_an_option():
    own = {name for name, each in RENDERERS.items() if isinstance(each, GateRenderer)}
    assert own | {"render"} == set(options_of(GateOutputs))


def test_the_gate_loads_neither_tensorflow_nor_pandas(project):
    code = """
import sys
from evenhand.cli.terminal import console
from evenhand.cli.main import run
files = ["--junit", "gate.xml", "--sarif", "s", "--markdown", "m"]
assert run(["gate", "--report", "good.json", *files]) == 0
heavy = {"tensorflow", "tensorflow_model_analysis", "pandas", "pyarrow", "numpy", "scipy", "rich"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
