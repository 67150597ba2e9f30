"""How often substitution is right on the kinds of sentences that real text holds.

`expected` is the first counterfactual, or one of several that " || " divides, or "-" where no pair
is right: no identity term in the text, or one whose pair would be half a swap. The development file
was there while the rules were written. The other, where it is, was not looked at.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import pytest
from sentences import NO_PAIR, files_there, rows_of

from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.methods.base import Skipped
from evenhand.data.methods.substitution import SubstitutionMethod

SHARES = {"development": 0.98, "held_out": 0.92}
FILES = files_there("real_kinds", SHARES)


@lru_cache
def method_of(lexicons: str) -> SubstitutionMethod:
    return SubstitutionMethod(TermMatcher([load_lexicon(name) for name in lexicons.split("+")]))


def first_of(text: str, lexicons: str) -> str:
    made = method_of(lexicons).substitute(text)
    return NO_PAIR if isinstance(made, Skipped) or not made else made[0].text


@pytest.mark.parametrize("file", FILES)
def test_accuracy_on_kinds_of_real_sentences(file, record_property):
    rows = rows_of("real_kinds", file)
    right: Counter[str] = Counter()
    total = Counter(row["kind"] for row in rows)
    for row in rows:
        right[row["kind"]] += first_of(row["text"], row["lexicon"]) in row["expected"].split(" || ")
    report = {kind: f"{right[kind]}/{total[kind]}" for kind in sorted(total)}
    record_property("right", report)
    assert len(rows) >= 200
    assert sum(row["expected"] == NO_PAIR for row in rows) >= len(rows) / 3
    assert sum(right.values()) / len(rows) >= SHARES[file], report
