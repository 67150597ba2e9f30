"""Counterfactual Logit Pairing (CLP) as a technique: Garg et al. 2019, arXiv 1809.10610."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import PAIRS, option
from evenhand.remediation.literals import Loss, Pairing, PairOn
from evenhand.remediation.techniques.technique import Needs, Technique, TrainedOutput, usual_pairing

if TYPE_CHECKING:
    from evenhand.remediation.models.classifier import Classifier
    from evenhand.remediation.runtime.tensorflow import KerasGeneration

RANDOM_WORDS = 4  # of each pair, where unseen terms are asked for
LOSS_WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)  # roughly even steps on a logarithmic scale


@dataclass(frozen=True, kw_only=True)
class LogitPairing(Technique):
    """CLP: beside the task's loss, a loss on the difference between the outputs for a pair's texts.

    The default loss, on logits, is that of Garg et al. 2019, and repairs most on the sample text.
    Models of Keras 3 are trained by `evenhand.remediation.CounterfactualModel`, those of
    Keras 2 by TensorFlow Model Remediation's (TFMR's) own.

    Raises:
        ConfigurationError: An option is out of range.
    """

    name: ClassVar[str] = "clp"
    title: ClassVar[str] = "CLP"
    summary: ClassVar[str] = "Counterfactual Logit Pairing, a loss on what tells pairs apart"
    tried: ClassVar[Mapping[str, Sequence[Any]]] = {
        "loss": ("absolute",),
        "loss_weight": LOSS_WEIGHTS,
        "pairing": (None,),
    }
    gentler: ClassVar[Sequence[str]] = ("loss_weight",)

    loss: Loss = option("absolute", "TFMR's pair loss: how a pair's two sides are compared.", PAIRS)
    loss_weight: float = option(
        1.0, "Factor of the pair loss; with mindiff, of the loss on sets of texts.", PAIRS, least=0
    )
    pair_on: PairOn | None = option(
        None,
        "What is compared.",
        PAIRS,
        unset="logits; outputs for the cosine of a single output",
    )
    pairing: Pairing | None = option(
        None,
        "aligned: a batch brings its examples' pairs; independent: as in TFMR, each step has as "
        "many pairs as examples, drawn independently.",
        PAIRS,
        unset="aligned; for a model of Keras 2 independent, the only one",
    )
    random_words: int = option(
        0,
        "Make this many more pairs of each pair's original, with random common words in the place "
        "of its terms. It helps a little with terms that the lexicon lacks.",
        PAIRS,
        least=0,
    )
    unseen_terms: bool = option(
        False,
        "Help with identity terms that no pair holds: make pairs with random words, "
        f"{RANDOM_WORDS} of each pair if no other number is given, drawn from the model's own "
        "vocabulary; erase what tells identity terms from other words from its embedding, if it "
        "has one; and hold texts without a label to the baseline's scores without their terms.",
        PAIRS,
    )

    def settled(self, generation: KerasGeneration) -> LogitPairing:
        """Return the technique with the pairing that it uses for this Keras."""
        if generation == 2 and self.pairing == "aligned":
            raise ConfigurationError(
                "a model of Keras 2 cannot be trained with `pairing` aligned",
                where="`pairing`",
                expected="independent pairs, as TFMR's loop has them",
                remedy="leave it out, or save the model with Keras 3",
            )
        if generation == 2 and self.unseen_terms:
            raise ConfigurationError(
                "a model of Keras 2 cannot be trained with `unseen_terms`",
                where="`unseen_terms`",
                remedy="give `random_words` alone, or save the model with Keras 3",
            )
        words = self.random_words or (RANDOM_WORDS if self.unseen_terms else 0)
        return replace(self, pairing=self.pairing or usual_pairing(generation), random_words=words)

    @property
    def needs(self) -> Needs:
        """Pairs, aligned or independent; labels or the baseline's scores."""
        return Needs(
            pairs=True,
            pairing=self.pairing,
            random_words=self.random_words,
            model_words=self.unseen_terms,
            blind_teacher=self.unseen_terms,
            named_labels=True,
        )

    def begin(self, classifier: Classifier, terms: Sequence[str], words: Sequence[str]) -> str:
        """Erase the direction of identity from the embedding, with `unseen_terms`."""
        if not self.unseen_terms:
            return ""
        from evenhand.remediation.unseen_terms.erasure import erase_identity

        return erase_identity(classifier, terms, words)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return a `CounterfactualModel` for the model's Keras."""
        from evenhand.remediation.models.keras_model import generation_of

        arguments = (model, self.loss, self.loss_weight, self.pair_on)
        of_output: dict[str, Any] = {
            "head": output.head,
            "logits": output.logits,
            "label": output.trained,
        }
        if generation_of(model) == 2:
            from evenhand.remediation.wrappers.clp_keras_2 import counterfactual_model

            return counterfactual_model(*arguments, **of_output)
        from evenhand.remediation.wrappers.clp import CounterfactualModel

        return CounterfactualModel(*arguments, **of_output)

    @property
    def in_words(self) -> str:
        """Loss and weight, and the pairing if it is not the usual one."""
        pairing = "" if self.pairing == "aligned" else f", {self.pairing}"
        return f"{self.loss} × {self.loss_weight:g}{pairing}"

    def record(self, wrapper: Any) -> dict[str, Any]:
        """Return the options, with `pair_on` as it was decided if it was left open."""
        return {**super().record(wrapper), "pair_on": wrapper.pair_on}
