"""Counterfactual data augmentation (CDA) as a technique: Lu et al. 2018, arXiv 1807.11714."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.data.options import PAIRS, option
from evenhand.remediation.literals import CounterfactualLabels
from evenhand.remediation.techniques.technique import (
    Needs,
    Technique,
    TrainedOutput,
    check_keras_3,
)

if TYPE_CHECKING:
    from evenhand.remediation.runtime.tensorflow import KerasGeneration


@dataclass(frozen=True, kw_only=True)
class CounterfactualAugmentation(Technique):
    """CDA: the counterfactuals are further examples, with the label of their original.

    Lu et al. 2018 train on them; Garg et al. 2019 (arXiv 1809.10610) compare that with CLP. For
    models of Keras 3.

    Raises:
        ConfigurationError: An option is out of range.
    """

    name: ClassVar[str] = "cda"
    title: ClassVar[str] = "CDA"
    summary: ClassVar[str] = "counterfactual data augmentation, counterfactuals as examples"
    tried: ClassVar[Mapping[str, Sequence[Any]]] = {"counterfactual_weight": (0.3, 1.0, 3.0)}
    gentler: ClassVar[Sequence[str]] = ("counterfactual_weight",)

    counterfactual_weight: float = option(
        1.0, "What a counterfactual counts in the loss beside an example.", PAIRS, least=0
    )
    counterfactual_labels: CounterfactualLabels = option(
        "original",
        "What a counterfactual is trained on: original, the label of its original; score, the "
        "model's own score of its original, for texts whose label may not hold without the term.",
        PAIRS,
    )

    def settled(self, generation: KerasGeneration) -> CounterfactualAugmentation:
        """Return the technique as it is."""
        check_keras_3(self.name, generation)
        return self

    @property
    def needs(self) -> Needs:
        """The pairs of a batch's own examples; labels or the baseline's scores."""
        of_original = self.counterfactual_labels == "original"
        return Needs(pairs=True, pairing="aligned", pair_labels=of_original, named_labels=True)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return an `AugmentedModel`."""
        from evenhand.remediation.wrappers.augmented_model import AugmentedModel

        return AugmentedModel(
            model,
            self.counterfactual_weight,
            self.counterfactual_labels,
            output.head,
            output.logits,
            output.trained,
        )
