"""The pytest plugin: the fixture `evenhand_report`, for tests of a stored report.

A test that takes it has the report's main values as properties in pytest's JUnit XML.

pytest loads this module whenever it starts, so it imports nothing else until the fixture is used.
`evenhand.evaluation.assert_no_flips` is for tests of a model itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from evenhand.evaluation.reports.report import Report

_NAME = "evenhand_report"  # of the fixture, and of the setting


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting that name the report."""
    what = "report.json of `evenhand evaluate`, or its folder"
    parser.getgroup("evenhand").addoption(
        "--evenhand-report", dest=_NAME, metavar="PATH", help=f"{what}, for the fixture {_NAME}"
    )
    parser.addini(_NAME, f"{what}, from this file's folder", default="")


@pytest.fixture(scope="session", name=_NAME)
def evenhand_report(pytestconfig: pytest.Config) -> Report:
    """The `Report` that `pytest --evenhand-report` names, or else the setting `evenhand_report`.

    If one of its models decides nearly all texts alike, so that flips are no evidence, pytest shows
    a warning.
    """
    from evenhand.data.errors import EvenhandError
    from evenhand.evaluation.findings.verdict import lack_of_evidence
    from evenhand.evaluation.reports.report import load_report

    path = _path(pytestconfig)
    if path is None:
        pytest.fail(
            f"the fixture {_NAME} has no report\n"
            f"  try: `pytest --evenhand-report PATH`, or set {_NAME} in pytest's configuration",
            pytrace=False,
        )
    try:
        report = load_report(path)
    except EvenhandError as error:
        pytest.fail(str(error), pytrace=False)
    for statement in lack_of_evidence(report):
        warnings.warn(statement.text, stacklevel=1)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Give a test that has used the report its properties, which JUnit XML holds."""
    report: Report | None = getattr(item, "funcargs", {}).get(_NAME)
    if report is not None:
        item.user_properties.extend(_properties(report))
    yield


def _properties(report: Report) -> Iterator[tuple[str, object]]:
    """Yield the names of what is judged, and the candidate's values over all texts."""
    yield "evenhand.model", report.candidate.name
    if report.baseline is not None:
        yield "evenhand.baseline", report.baseline.name
    yield "evenhand.data", report.data.name
    yield "evenhand.data.sha256", report.data.sha256
    overall = report.candidate.overall
    yield "evenhand.pairs", overall.n_pairs
    for name, found in overall.metrics.items():
        for end, value in (("", found.value), (".lower", found.lower), (".upper", found.upper)):
            if value is not None:
                yield f"evenhand.{name}{end}", value


def _path(config: pytest.Config) -> str | Path | None:
    from evenhand.data.remote.stores import is_url

    given: str | None = config.getoption(_NAME)
    if is_url(given):
        return given
    if given is not None:
        return config.invocation_params.dir / given
    setting: str = config.getini(_NAME)
    if is_url(setting):
        return setting
    folder = config.inipath.parent if config.inipath else config.rootpath
    return folder / setting if setting else None
