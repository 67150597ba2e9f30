"""The pytest plugin in pytest itself: where the report comes from, and that it starts light."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from gate_reports import report, slice_

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytest_plugins = ["pytester"]

PLUGIN = "evenhand.evaluation.pytest_plugin"
TESTS = """
from evenhand.evaluation import assert_no_flips

def test_report(evenhand_report):
    assert evenhand_report.candidate.overall.metrics["flip_rate"].value < 0.05

def test_model():
    assert_no_flips(lambda texts: [float("she" in text) for text in texts], ["she is here"])
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A folder with tests and, below it, a report; pytest loads this plugin alone there."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(TESTS)
    (pytester.path / "report").mkdir()
    document = report([slice_(flip_rate=0.02)])
    (pytester.path / "report" / "report.json").write_text(document.to_json())
    return pytester


def run(project, *arguments):
    return project.runpytest_subprocess("-p", PLUGIN, *arguments)


def test_a_report_whose_flips_are_no_evidence_is_warned_of(project):
    document = report([slice_(flip_rate=0.0)], positive=0)
    (project.path / "report" / "report.json").write_text(document.to_json())
    result = run(project, "--evenhand-report", "report", "-k", "test_report")
    result.assert_outcomes(passed=1, deselected=1, warnings=1)
    result.stdout.fnmatch_lines(["*No evidence: new calls all of 1,000 different texts negative*"])


def test_the_option_names_the_report_and_a_flip_fails_its_test(project):
    result = run(project, "--evenhand-report", "report")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            ">*assert_no_flips(lambda*",
            "E*AssertionError: 1 of 1 pairs flip*",
            "E*1.000  [[]she] is here",
            "E*0.000  is here",
        ]
    )
    assert "no_flips.py" not in result.stdout.str()


def test_the_setting_is_from_its_files_folder_and_the_option_wins(project, monkeypatch):
    project.makeini("[pytest]\nevenhand_report = report/report.json\n")
    (project.path / "elsewhere").mkdir()
    monkeypatch.chdir(project.path / "elsewhere")
    arguments = (project.path, "-k", "test_report")
    run(project, *arguments).assert_outcomes(passed=1, deselected=1)
    result = run(project, *arguments, "--evenhand-report", "absent.json")
    result.assert_outcomes(errors=1, deselected=1)
    result.stdout.fnmatch_lines(["*cannot be read*", "*absent.json*"])


def test_without_a_report_the_fixture_says_how_to_give_one(project):
    result = run(project, "-k", "test_report")
    result.assert_outcomes(errors=1, deselected=1)
    result.stdout.fnmatch_lines(["*has no report", "*--evenhand-report PATH*"])


def test_the_guides_example_runs(project):
    guide = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    project.makepyfile(example)
    document = report([slice_(), slice_("group=female", flip_rate=(0.0, 0.005, 0.015))])
    (project.path / "report" / "report.json").write_text(document.to_json())
    result = run(project, "--evenhand-report", "report")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*InputError: *", "*models/candidate.keras*"])


def test_pytest_finds_the_plugin_and_starts_as_light_as_without_it():
    root = Path(__file__).parents[2]
    setup = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert setup["project"]["entry-points"]["pytest11"] == {"evenhand": PLUGIN}
    code = f"""
import sys
import pytest
before = set(sys.modules)
import {PLUGIN}
ours = ("evenhand", "lazy_loader")  # the latter is one small module
extra = {{name for name in set(sys.modules) - before if not name.startswith(ours)}}
assert not extra, extra
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_a_test_of_the_report_has_its_values_in_junit_xml(project):
    document = report([slice_(flip_rate=(0.01, 0.02, 0.04), auc=0.75)], [slice_(flip_rate=0.3)])
    (project.path / "report" / "report.json").write_text(document.to_json())
    run(project, "--evenhand-report", "report", "--junitxml", "tests.xml")
    cases = ElementTree.parse(project.path / "tests.xml").iter("testcase")
    found = {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in cases
    }
    assert found == {
        "test_report": {
            "evenhand.model": "new",
            "evenhand.baseline": "old",
            "evenhand.data": "d",
            "evenhand.data.sha256": "0" * 64,
            "evenhand.pairs": "200",
            "evenhand.flip_rate": "0.02",
            "evenhand.flip_rate.lower": "0.01",
            "evenhand.flip_rate.upper": "0.04",
            "evenhand.auc": "0.75",
        },
        "test_model": {},
    }
