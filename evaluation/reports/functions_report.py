"""What a model can do: the model of functions.json, and the only way to read and write one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evenhand.data.dataset.manifest import LexiconRecord
from evenhand.data.functionalities.catalogue import Label
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.whole_files import file_in
from evenhand.data.support.documents import read_document
from evenhand.evaluation.reports.report import OVERALL, Count, Role
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold

FUNCTIONS_NAME = "functions.json"
FUNCTIONS_PAGE = "functions.html"
FUNCTIONS_SCHEMA: Final = 1
FUNCTIONS_KIND: Final = "functions"
FUNCTIONALITY, LABEL = "functionality", "label"

ShareName = Literal["accuracy", "true_positive_rate", "true_negative_rate"]

_Rate = Annotated[float, Field(ge=0, le=1)]
_Difference = Annotated[float, Field(ge=-1, le=1)]
_WRITE_AGAIN = "write it again with `evenhand evaluate functions`"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Share(_Part):
    """How many cases are decided right.

    Attributes:
        cases: Number of cases, at least 1.
        right: How many of them are decided right.
        value: The share that is right.
        lower: Lower end of its confidence interval.
        upper: Upper end of that interval.
    """

    cases: Annotated[int, Field(ge=1)]
    right: Count
    value: _Rate
    lower: _Rate
    upper: _Rate

    @model_validator(mode="after")
    def _check_counts(self) -> Share:
        if self.right > self.cases:
            raise ValueError("more cases are right than there are")
        return self


class CaseSlice(_Part):
    """A model on some of the cases.

    Attributes:
        slice: `overall`, `label=toxic`, `label=not-toxic`, `functionality=NAME` or `group=NAME`.
        metrics: `accuracy` over all cases; `true_positive_rate` over the toxic ones, and
            `true_negative_rate` over the others, where there are any.
    """

    slice: str
    metrics: Mapping[ShareName, Share]

    @property
    def accuracy(self) -> Share:
        """The share of all cases that is decided right."""
        return self.metrics["accuracy"]

    @model_validator(mode="after")
    def _has_accuracy(self) -> CaseSlice:
        if "accuracy" not in self.metrics:
            raise ValueError("there is no accuracy")
        return self


class FunctionsOfModel(_Part):
    """One model on all slices of the cases.

    Attributes:
        role: `candidate`, the model in question, or `baseline`.
        name: The model as it was named.
        sha256: Digest of its content, or None if it has none.
        outputs: What its outputs were taken to be, in words.
        threshold: Its threshold, where the models do not share one, or where the candidate's was
            chosen for it; otherwise None.
        threshold_choice: How a training chose that threshold, if one did.
        slices: `overall` first, then by label, by functionality and by group.
    """

    role: Role
    name: str
    sha256: str | None
    outputs: str
    threshold: Annotated[float, Field(ge=0, lt=1)] | None = None
    threshold_choice: ChosenThreshold | None = None
    slices: tuple[CaseSlice, ...]

    @model_validator(mode="after")
    def _check_slices(self) -> FunctionsOfModel:
        if len(self.by_slice) < len(self.slices):
            raise ValueError("a slice occurs twice")
        return self

    @cached_property
    def by_slice(self) -> dict[str, CaseSlice]:
        """The slices by name."""
        return {each.slice: each for each in self.slices}


class FunctionChange(_Part):
    """Candidate against baseline on the cases of one slice.

    Attributes:
        slice: The slice's name.
        gained: Cases that only the candidate decides right.
        lost: Cases that only the baseline decides right.
        difference: Candidate's accuracy minus baseline's.
        lower: Lower end of its confidence interval, with the two models paired.
        upper: Upper end of that interval.
        templates_better: Templates of which the candidate decides more cases right.
        templates_worse: Templates of which it decides fewer cases right.
        p_value: Of an exact two-sided test that as many templates become better as worse: McNemar's
            where each template has one case, as in a group. Not adjusted for the number of slices.
    """

    slice: str
    gained: Count
    lost: Count
    difference: _Difference
    lower: _Difference
    upper: _Difference
    templates_better: Count
    templates_worse: Count
    p_value: _Rate


class FunctionalityRecord(_Part):
    """A functionality: its name, what its cases are, why, and from how many templates."""

    name: str
    label: Label
    reason: str
    templates: Annotated[int, Field(ge=1)]


class GroupRecord(_Part):
    """A group, and its words in sentences."""

    name: str
    plural: str
    member: str
    adjective: str


class FunctionsReport(_Part):
    """What one model can do, or a candidate beside a baseline.

    Attributes:
        threshold: A score above it counts as toxic: the candidate's threshold, and that of a
            baseline which has none of its own; see `threshold_of`.
        level: Level of confidence of the intervals.
        catalogue_sha256: Digest of the functionalities and their templates.
        functionalities: The functionalities.
        lexicons: The lexicons that the groups' words are from.
        groups: The groups that the cases are about.
        groups_left_out: Groups of the lexicons whose terms fit into no sentence.
        models: The candidate, then the baseline if there is one.
        changes: Candidate against baseline by slice; empty without a baseline.
        versions: Versions of the packages that made the numbers.
    """

    schema_version: Literal[1] = FUNCTIONS_SCHEMA
    kind: Literal["functions"] = FUNCTIONS_KIND
    threshold: _Rate
    level: _Rate
    catalogue_sha256: str
    functionalities: tuple[FunctionalityRecord, ...]
    lexicons: tuple[LexiconRecord, ...]
    groups: tuple[GroupRecord, ...]
    groups_left_out: tuple[str, ...] = ()
    models: tuple[FunctionsOfModel, ...]
    changes: tuple[FunctionChange, ...] = ()
    versions: dict[str, str] = {}

    @model_validator(mode="after")
    def _fits_together(self) -> FunctionsReport:
        roles = [model.role for model in self.models]
        if roles not in (["candidate"], ["candidate", "baseline"]):
            raise ValueError("models must be a candidate, then a baseline or nothing")
        if self.candidate.threshold not in (None, self.threshold):
            raise ValueError("the candidate's threshold is not the one of the result")
        names = [list(model.by_slice) for model in self.models]
        compared = [change.slice for change in self.changes]
        if any(each != names[0] for each in names) or compared != names[0] * (len(roles) - 1):
            raise ValueError("the models and their changes must have the same slices")
        known = {f"{FUNCTIONALITY}={each.name}" for each in self.functionalities}
        if {name for name in names[0] if name.startswith(f"{FUNCTIONALITY}=")} != known:
            raise ValueError("each functionality must have a slice")
        if not {OVERALL, f"{LABEL}=toxic", f"{LABEL}=not-toxic"} <= set(names[0]):
            raise ValueError("the slices of all cases and of each label are missing")
        return self

    @property
    def candidate(self) -> FunctionsOfModel:
        """The model in question."""
        return self.models[0]

    @property
    def baseline(self) -> FunctionsOfModel | None:
        """The model that the candidate is compared to, if there is one."""
        return self.models[1] if len(self.models) > 1 else None

    def threshold_of(self, model: FunctionsOfModel) -> float:
        """Return the threshold that a model is decided at."""
        return self.threshold if model.threshold is None else model.threshold

    def totals(self) -> list[CaseSlice]:
        """Return the candidate's slices of all cases, and of all with one label."""
        names = (OVERALL, f"{LABEL}=toxic", f"{LABEL}=not-toxic")
        return [self.candidate.by_slice[name] for name in names]

    def in_order(self, column: str) -> list[CaseSlice]:
        """Return the candidate's slices of a column: what changed most first, then the worst."""
        of_column = [each for each in self.candidate.slices if each.slice.startswith(f"{column}=")]
        moved = {each.slice: abs(each.difference) for each in self.changes}
        return sorted(
            of_column, key=lambda each: (-moved.get(each.slice, 0.0), each.accuracy.value)
        )

    def change_of(self, name: str) -> FunctionChange | None:
        """Return how a slice changed from the baseline, or None without one."""
        return next((each for each in self.changes if each.slice == name), None)

    def to_json(self) -> str:
        """Return the content of functions.json; the same report gives the same bytes."""
        text = json.dumps(self.as_document(), indent=2, ensure_ascii=True, allow_nan=False)
        return text + "\n"

    def as_document(self) -> dict[str, Any]:
        """Return the report as JSON; a model without a threshold of its own has no key for it."""
        document = self.model_dump(mode="json")
        for model in document["models"]:
            for name in ("threshold", "threshold_choice"):
                if model[name] is None:
                    del model[name]
        return document


@takes_urls(path="read")
def load_functions(path: str | Path) -> FunctionsReport:
    """Read a functions.json.

    Args:
        path: The file, or the folder that holds it.

    Raises:
        InputError: It is missing, is not JSON, is not of this kind and version, or holds an
            impossible number.
    """
    file = file_in(path, FUNCTIONS_NAME)
    return read_document(
        FunctionsReport,
        file,
        what="the result",
        expected=f"the {FUNCTIONS_NAME} that `evenhand evaluate functions` wrote",
        remedy=_WRITE_AGAIN,
    )
