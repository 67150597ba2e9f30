"""Which sentences of a check of functionalities to show: those that a model decides wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evenhand.data.functionalities.cases import Case
from evenhand.data.support.arrays import Flags, Floats
from evenhand.evaluation.reports.report import Role

Outcome = Literal["lost", "gained", "wrong"]

OUTCOMES: Mapping[Outcome, str] = {
    "lost": "only the baseline is right",
    "gained": "only the candidate is right",
    "wrong": "both are wrong",
}
"""What two models make of a sentence, in words, in the order to show them."""


@dataclass(frozen=True)
class Sentence:
    """A sentence that a model decides wrong.

    Attributes:
        case: The sentence, its functionality, label and group.
        scores: Each model's score of it.
        outcome: Which models decide it wrong; `wrong` if there is one model.
    """

    case: Case
    scores: dict[Role, float]
    outcome: Outcome


def wrong_sentences(
    cases: Sequence[Case], scored: Mapping[Role, tuple[Floats, Flags]]
) -> list[Sentence]:
    """Return the sentences that a model decides wrong: those lost, then those gained, then others.

    Args:
        cases: The sentences.
        scored: Each model's scores, and whether it decides right, both of shape (n,).
    """
    found = []
    for number, case in enumerate(cases):
        right = {role: bool(flags[number]) for role, (_, flags) in scored.items()}
        if all(right.values()):
            continue
        outcome: Outcome = "wrong"
        if any(right.values()):
            outcome = "gained" if right["candidate"] else "lost"
        scores = {role: float(own[number]) for role, (own, _) in scored.items()}
        found.append(Sentence(case, scores, outcome))
    return sorted(found, key=lambda each: list(OUTCOMES).index(each.outcome))
