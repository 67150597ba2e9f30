"""Reweighting by group as a technique: Fair Data Reweighting of TensorFlow Model Remediation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.data.options import PAIRS, option
from evenhand.remediation.literals import GroupMetric, LabelsOfGroups
from evenhand.remediation.techniques.technique import (
    GroupNeeds,
    GroupState,
    Needs,
    Technique,
    TrainedOutput,
    check_keras_3,
)

if TYPE_CHECKING:
    from evenhand.remediation.runtime.tensorflow import KerasGeneration

# Whose members a metric is a share of
_MEMBERS: Mapping[GroupMetric, LabelsOfGroups] = {
    "error": "all",
    "false_positive_rate": "negative",
    "false_negative_rate": "positive",
}


@dataclass(frozen=True, kw_only=True)
class Reweighting(Technique):
    """Groups on which the model errs more on held-out examples get more weight in training.

    The weights are those of Fair Data Reweighting (TensorFlow Model Remediation's experimental
    `fair_data_reweighting`), as weights of examples instead of a drawn sample, and computed again
    during the training, as in Abernethy et al. 2022, "Active Sampling for Min-Max Fairness" (arXiv
    2006.06879). For models of Keras 3.

    Raises:
        ConfigurationError: An option is out of range.
    """

    name: ClassVar[str] = "reweight"
    title: ClassVar[str] = "reweighting"
    summary: ClassVar[str] = "more weight to groups on which the model errs more, without pairs"
    tried: ClassVar[Mapping[str, Sequence[Any]]] = {"reweight_share": (0.2, 0.5, 0.8)}
    gentler: ClassVar[Sequence[str]] = ("reweight_strength",)

    reweight_column: str | None = option(
        None,
        "Slice column whose groups are reweighted.",
        PAIRS,
        unset="the data's only slice column",
    )
    reweight_metric: GroupMetric = option(
        "error",
        "What is measured on each group; a rate is measured on, and reweights, the negative or the "
        "positive examples alone.",
        PAIRS,
    )
    reweight_share: float = option(
        0.5, "Share of the groups' weight that goes by their errors.", PAIRS, least=0, most=1
    )
    reweight_strength: float = option(
        5.0, "How much a higher error raises a group's weight.", PAIRS, least=0
    )
    rounds: int | None = option(
        None,
        "How many times groups are measured and reweighted, evenly over the epochs.",
        PAIRS,
        unset="before every epoch",
    )

    def settled(self, generation: KerasGeneration) -> Reweighting:
        """Return the technique as it is."""
        check_keras_3(self.name, generation)
        return self

    @property
    def needs(self) -> Needs:
        """Groups, of held-out examples with labels, too; no pairs."""
        labels = _MEMBERS[self.reweight_metric]
        groups = GroupNeeds(self.reweight_column, labels, held_out=True)
        return Needs(pairs=False, groups=groups, named_labels=True)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return a `ReweightedModel`."""
        from evenhand.remediation.wrappers.reweighted_model import ReweightedModel

        return ReweightedModel(model, output.n_groups, output.head)

    def before_epoch(
        self, wrapper: Any, epoch: int, epochs: int, groups: Callable[[], GroupState]
    ) -> None:
        """Give the wrapper the factors of the groups, if a round begins."""
        from evenhand.remediation.techniques.group_factors import group_factors

        rounds = epochs if self.rounds is None else self.rounds
        if epoch in {number * epochs // rounds for number in range(rounds)}:
            options = self.reweight_share, self.reweight_strength
            state = groups()
            wrapper.set_factors(group_factors(state.errors, state.sizes, *options))
