"""Renderers of other packages, of reports and gates: which are used, and what is said of others."""

from __future__ import annotations

import sys

import pytest
from sample_reports import make_report

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError
from evenhand.data.storage.ownership import read_marker
from evenhand.evaluation import Renderer
from evenhand.evaluation.rendering import renderers
from evenhand.evaluation.rendering.folder import render_folder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.json").write_text(make_report("red").to_json())
    return tmp_path / "report"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs packages with a renderer each."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = []

    def write(name, code):
        module = f"renderer_called_{name}"
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(
            f"from evenhand.evaluation import GateRenderer, Renderer\nmade = {code}\n"
        )
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        points = f"[evenhand.renderers]\n{name} = {module}:made\n"
        (info / "entry_points.txt").write_text(points)

    yield write
    for module in modules:
        sys.modules.pop(module, None)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("lambda report: ''", "it is of type function"),
        ("Renderer('report.json', str)", "as something else in a report does"),
        ("Renderer('Report.HTML', str)", "as something else in a report does"),
        ("Renderer('../report.txt', str)", "cannot write to"),
        ("Renderer('.evenhand.json', str)", "cannot write to"),
        ("Renderer('tfma', str)", "cannot write to"),
        ("Renderer(None, str)", "cannot write to"),
        ("Renderer('a.txt', lambda report: 1 / 0)", "ZeroDivisionError"),
        ("Renderer('a.txt', lambda report: None)", "gave a NoneType"),
    ],
)
def test_what_cannot_be_a_renderer_is_named_and_nothing_is_written(install, folder, code, says):
    install("strange", code)
    with pytest.raises(EvenhandError, match=says) as caught:
        render_folder(folder)
    assert "'strange'" in str(caught.value)
    assert "evenhand.renderers" in str(caught.value)
    assert not (folder / "report.html").exists()


def test_a_name_of_evenhand_s_own_is_refused(install):
    install("html", "Renderer('a.txt', str)")
    with pytest.raises(ConfigurationError, match="'html' is evenhand's own"):
        renderers.load_renderers()


def test_its_file_is_written_beside_the_others_and_listed(install, folder):
    install("raw", "Renderer('raw.bin', lambda report: b'\\xff\\x00')")
    assert isinstance(renderers.load_renderers()["raw"], Renderer)
    names = [path.name for path in render_folder(folder)]
    assert names == ["report.html", "report.md", "report.csv", "raw.bin"]
    assert (folder / "raw.bin").read_bytes() == b"\xff\x00"
    assert set(names) <= read_marker(folder).written


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("lambda judgement: ''", "it is of type function"),
        ("GateRenderer('checks.txt', str)", "cannot write to 'checks.txt'"),
        ("GateRenderer('gate', str)", "cannot write to"),
        ("GateRenderer('gate./../x', str)", "cannot write to"),
        ("GateRenderer('gate.xml', str)", "as something else in a run does"),
        ("GateRenderer('gate.SARIF', str)", "as something else in a run does"),
    ],
)
def test_what_cannot_be_a_renderer_of_a_gate_is_named(install, code, says):
    install("strange", code)
    with pytest.raises(ConfigurationError, match=says) as caught:
        renderers.load_gate_renderers()
    assert "'strange'" in str(caught.value)


def test_renderers_of_reports_and_of_gates_are_told_apart(install):
    install("report_text", "Renderer('report.txt', str)")
    install("gate_text", "GateRenderer('gate.txt', str)")
    assert list(renderers.load_renderers()) == ["html", "md", "csv", "report_text"]
    own = ["junit", "sarif", "markdown", "page"]
    assert list(renderers.load_gate_renderers()) == [*own, "gate_text"]
    assert renderers.gate_renderer("gate_text", where="--render").file_name == "gate.txt"
    for name in ("html", "report_text"):
        with pytest.raises(ConfigurationError, match="shows a report, not what a gate decided"):
            renderers.gate_renderer(name, where="--render")


@pytest.mark.parametrize(
    ("render", "says"), [("lambda each: 1 / 0", "ZeroDivisionError"), ("id", "gave a int")]
)
def test_a_renderer_of_a_gate_that_fails_is_named(install, render, says):
    install("failing", f"GateRenderer('gate.txt', {render})")
    renderer = renderers.gate_renderer("failing", where="--render")
    with pytest.raises(InputError, match=f"'failing'.*{says}"):
        renderers.content_of("failing", renderer, object())
