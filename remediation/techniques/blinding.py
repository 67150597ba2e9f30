"""Models that do not see identity terms, or that count what they say without them as much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.remediation.techniques.untrained import Untrained

if TYPE_CHECKING:
    from evenhand.remediation.layers.string_layers import Scale
    from evenhand.remediation.models.classifier import Classifier


@dataclass(frozen=True, kw_only=True)
class Blindness(Untrained):
    """The baseline on texts without their identity terms: fairness through unawareness.

    Dixon et al. 2018, "Measuring and Mitigating Unintended Bias in Text Classification", and Garg
    et al. 2019, arXiv 1809.10610, section 4.1, measure it beside other ways.
    """

    name: ClassVar[str] = "blind"
    title: ClassVar[str] = "blind"
    summary: ClassVar[str] = "no training: the model takes identity terms out before it scores"

    def _made(self, classifier: Classifier, model: Any, terms: Sequence[str]) -> Any:
        from evenhand.remediation.layers.wrapped_models import without_terms

        return without_terms(model, classifier.numbered_heads, terms)


@dataclass(frozen=True, kw_only=True)
class Averaging(Untrained):
    """The mean of the baseline's logits for a text and for its form without identity terms.

    It halves the gap on the terms, and leaves half of what they tell of the label.
    """

    name: ClassVar[str] = "average"
    title: ClassVar[str] = "average"
    summary: ClassVar[str] = "no training: mean logit of a text with and without identity terms"

    def _made(self, classifier: Classifier, model: Any, terms: Sequence[str]) -> Any:
        from evenhand.remediation.layers.wrapped_models import averaged

        has_classes = classifier.n_classes > 1 and classifier.classes_are_exclusive
        scale: Scale = "softmax" if has_classes else "sigmoid"
        if classifier.gives_logits:
            scale = "logits"
        heads = classifier.numbered_heads
        return averaged(model, heads, terms, heads.index(classifier.head), scale)
