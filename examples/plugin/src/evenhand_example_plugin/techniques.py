"""A technique of remediation: its options, what it needs of the data, and what it trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from evenhand.data import ConfigurationError
from evenhand.data.options import PAIRS, option
from evenhand.remediation import Needs, Technique, TrainedOutput


@dataclass(frozen=True, kw_only=True)
class Augmentation(Technique):
    """Data augmentation: counterfactuals are examples with the label of their original."""

    name: ClassVar[str] = "augment"
    title: ClassVar[str] = "augmentation"
    summary: ClassVar[str] = "counterfactuals as further examples, with the label of their original"
    tried: ClassVar[Mapping[str, Sequence[Any]]] = {"counterfactual_weight": (0.3, 1.0)}

    counterfactual_weight: float = option(
        1.0, "What a counterfactual counts beside an example.", PAIRS, least=0
    )

    def settled(self, generation: int) -> Augmentation:
        """Refuse models of Keras 2, which the wrapper is not made for."""
        if generation == 2:
            raise ConfigurationError("augment trains models of Keras 3 only", where="--technique")
        return self

    @property
    def needs(self) -> Needs:
        """The pairs of each batch's own examples, and all labels."""
        return Needs(pairs=True, pairing="aligned", labels=True)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return the model that trains on counterfactuals, too; TensorFlow is loaded here only."""
        from evenhand_example_plugin.augmented_model import AugmentedModel

        return AugmentedModel(model, output.head, self.counterfactual_weight)
