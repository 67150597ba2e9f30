"""MinDiff as a technique: Prost et al. 2019, arXiv 1910.11779."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import PAIRS, option
from evenhand.remediation.literals import Kernel, LabelsOfGroups
from evenhand.remediation.techniques.technique import (
    GroupNeeds,
    Needs,
    Technique,
    TrainedOutput,
    check_keras_3,
)

if TYPE_CHECKING:
    from evenhand.remediation.runtime.tensorflow import KerasGeneration


@dataclass(frozen=True, kw_only=True)
class MinDiff(Technique):
    """MinDiff: beside the task's loss, a loss on how the scores of two sets of texts differ.

    The loss is the maximum mean discrepancy of TensorFlow Model Remediation (TFMR), as Prost et
    al. 2019 use it, between originals and counterfactuals or between the groups of a slice column.
    For models of Keras 3.

    Raises:
        ConfigurationError: An option is out of range, or of groups, and no column is given.
    """

    name: ClassVar[str] = "mindiff"
    title: ClassVar[str] = "MinDiff"
    summary: ClassVar[str] = "a loss on how the scores of two sets of texts differ as a whole"
    tried: ClassVar[Mapping[str, Sequence[Any]]] = {"loss_weight": (0.1, 0.3, 1.0, 3.0, 10.0)}
    gentler: ClassVar[Sequence[str]] = ("loss_weight",)

    loss_weight: float = option(
        1.0, "Factor of the pair loss; with mindiff, of the loss on sets of texts.", PAIRS, least=0
    )
    kernel: Kernel = option("gaussian", "TFMR's kernel, by which MinDiff compares scores.", PAIRS)
    min_diff_column: str | None = option(
        None,
        "Slice column whose groups MinDiff compares, each with all others.",
        PAIRS,
        unset="originals are compared with counterfactuals",
    )
    min_diff_labels: LabelsOfGroups | None = option(
        None,
        "Which examples of the groups are compared: all, or those labelled negative or positive.",
        PAIRS,
        unset="negative",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_diff_labels is not None and self.min_diff_column is None:
            raise ConfigurationError(
                "`min_diff_labels` is about groups, and no column of groups is given",
                where="`min_diff_labels`",
                remedy="give `min_diff_column`, too, or leave it out",
            )

    def settled(self, generation: KerasGeneration) -> MinDiff:
        """Return the technique as it is."""
        check_keras_3(self.name, generation)
        return self

    @property
    def needs(self) -> Needs:
        """The pairs of a batch's own examples, or groups; labels or the baseline's scores."""
        if self.min_diff_column is None:
            return Needs(pairs=True, pairing="aligned", named_labels=True)
        groups = GroupNeeds(self.min_diff_column, self.min_diff_labels or "negative")
        return Needs(pairs=False, groups=groups, named_labels=True)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return a `MinDiffModel`."""
        from evenhand.remediation.wrappers.min_diff_model import MinDiffModel

        return MinDiffModel(
            model,
            self.loss_weight,
            self.kernel,
            output.n_groups,
            output.head,
            output.logits,
            output.trained,
        )
