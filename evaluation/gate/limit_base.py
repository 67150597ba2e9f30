"""What a limit of a rule is: a class that checks, describes and explains itself.

A class with a `key` is a limit, and a rule's key of that name sets it; its other fields are options
that go with it. `evenhand.evaluation.gate.rules` takes the keys of rules from `LIMITS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from evenhand.evaluation.gate.finding import Finding, Models
from evenhand.evaluation.reports.metric_specs import MetricSpec
from evenhand.evaluation.reports.report import Report, SliceReport

if TYPE_CHECKING:
    from evenhand.evaluation.gate.rules import GateRule

DEFAULT_ALPHA = 0.05
"""The significance level of the limits that test."""

LIMITS: list[type[Limit]] = []
"""Every kind of limit, in the order in which a rule's are described."""


class Limit(BaseModel):
    """A limit on a metric; its methods get the rule that sets it.

    Attributes:
        key: The key of a rule that sets it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Take a class that has a key into `LIMITS`."""
        if "key" in vars(cls):
            LIMITS.append(cls)

    @property
    def needs_reference(self) -> bool:
        """Whether it compares with a stored reference report."""
        return False

    @property
    def can_lack_evidence(self) -> bool:
        """Whether there can be too little evidence to judge it, whatever `min_pairs` is."""
        return self.needs_reference

    def describe(self, rule: GateRule) -> str:
        """Return it as it is written in tables: ``"flip_rate <= 0.02"``."""
        raise NotImplementedError

    def explain(self, rule: GateRule) -> str:
        """Return what it asks for, as the end of a sentence."""
        raise NotImplementedError

    def problem(self, rule: GateRule) -> str | None:
        """Return why no report can keep this limit in this rule, or None."""
        return None

    def problem_with(self, spec: MetricSpec) -> str | None:
        """Return why the limit decides nothing for this metric, or None."""
        limit = getattr(self, self.key)
        bounded = spec.worse is not None and spec.is_bounded
        least = -1 if spec.kind == "difference" else 0
        if bounded and isinstance(limit, float) and not least <= limit <= 1:
            return (
                f"{spec.name} lies between {least} and 1, so {self.key} = {limit:g} decides "
                "nothing; 2 % is written 0.02"
            )
        return None

    def is_never_broken(self, spec: MetricSpec) -> bool:
        """Return whether no values of this metric can break it."""
        return False

    def fewest_pairs(self, rule: GateRule, level: float) -> float:
        """Return the fewest pairs of a slice with which any model can keep it.

        Args:
            rule: The rule that sets it.
            level: The level of confidence of the report's intervals.
        """
        return 0

    def misfits(self, rule: GateRule, report: Report, reference: Report | None) -> Iterator[str]:
        """Yield reasons why the limit cannot be judged on these reports."""
        if self.needs_reference and reference is None:
            yield "there is no reference report; name one with `reference`"


class SliceLimit(Limit):
    """A limit that each slice of a rule has to keep."""

    def check(self, rule: GateRule, slice_: SliceReport, models: Models) -> Iterator[Finding]:
        """Yield findings on a slice that has enough pairs."""
        raise NotImplementedError

    def check_all(
        self, rule: GateRule, labels: Sequence[tuple[Models, Sequence[SliceReport]]]
    ) -> list[dict[str, list[Finding]]]:
        """Return the findings on all slices that have enough pairs, by slice, for each label.

        Args:
            rule: The rule.
            labels: The models of each label that the rule is about, with those slices; of a report
                without labels one.
        """
        return [
            {slice_.slice: list(self.check(rule, slice_, models)) for slice_ in slices}
            for models, slices in labels
        ]


class JointLimit(Limit):
    """A limit that all slices of a rule have to keep together."""

    @property
    def can_lack_evidence(self) -> bool:
        """True: there may be too few slices to compare."""
        return True

    def check_jointly(
        self, rule: GateRule, slices: Sequence[SliceReport], models: Models
    ) -> Finding:
        """Return the finding on all slices of a rule, whether they have enough pairs or not."""
        raise NotImplementedError
