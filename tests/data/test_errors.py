"""Errors carry their message and their exit code."""

from __future__ import annotations

import pytest

from evenhand.data.errors import ConfigurationError, EvenhandError, InputError, UnavailableError
from evenhand.data.support.suggest import did_you_mean


def test_an_error_says_what_where_expected_and_remedy_in_that_order():
    error = InputError("bad", where="a.csv", expected="good", remedy="mend it")
    assert error.lines() == ["bad", "  at: a.csv", "  expected: good", "  try: mend it"]
    assert str(error) == "\n".join(error.lines())


def test_what_is_not_known_is_left_out():
    assert InputError("bad", remedy="mend it").lines() == ["bad", "  try: mend it"]


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigurationError, 2), (InputError, 3), (UnavailableError, 4)]
)
def test_exit_codes_are_those_documented(error, code):
    assert error("what").exit_code == code
    assert issubclass(error, EvenhandError)


def test_the_closest_name_is_suggested_whatever_its_case():
    assert did_you_mean("gendr", ["religion", "Gender"]) == "did you mean 'Gender'?"
    assert did_you_mean("TEXT", ["text"]) == "did you mean 'text'?"
    assert did_you_mean("zzz", ["text", "label"]) is None
