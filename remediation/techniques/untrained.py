"""Techniques that train nothing: a new model is made around the baseline."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from evenhand.data.errors import InputError
from evenhand.data.options import PAIRS, option
from evenhand.remediation.techniques.technique import (
    Needs,
    Technique,
    TrainedOutput,
    check_keras_3,
)

if TYPE_CHECKING:
    from evenhand.data.dataset.manifest import Manifest
    from evenhand.remediation.models.classifier import Classifier
    from evenhand.remediation.runtime.tensorflow import KerasGeneration


@dataclass(frozen=True, kw_only=True)
class Untrained(Technique):
    """A model of strings around the baseline, which takes identity terms out of them.

    It is checked as a trained one: if it does not keep the limits, the baseline stays.
    """

    trains: ClassVar[bool] = False

    terms: Sequence[str | Path] | None = option(
        None,
        "Lexicons, by name or path, whose terms the model takes out.",
        PAIRS,
        metavar="NAME_OR_FILE",
        names="lexicons",
        unset="those that the dataset was built with",
    )

    def settled(self, generation: KerasGeneration) -> Untrained:
        """Return the technique as it is.

        Raises:
            ConfigurationError: The model is of Keras 2.
        """
        check_keras_3(self.name, generation)
        return self

    @property
    def needs(self) -> Needs:
        """Nothing but what the model is validated on."""
        return Needs(pairs=False, named_labels=True)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return the model as it is: nothing is trained."""
        return model

    def made_of(self, classifier: Classifier, manifest: Manifest) -> Any:
        """Return the new model.

        Args:
            classifier: The baseline, of Keras 3.
            manifest: That of the dataset, which names lexicons.

        Raises:
            InputError: The baseline does not take strings, or the terms are not known.
        """
        from evenhand.remediation.known_terms import lexicons_of, terms_of

        model = _of_strings(classifier, self.name)
        return self._made(classifier, model, terms_of(lexicons_of(manifest, self.terms)))

    def record(self, wrapper: Any) -> dict[str, Any]:
        """Return the options, with the names of files instead of their paths."""
        terms = None if self.terms is None else [Path(each).name for each in self.terms]
        return {**super().record(wrapper), "terms": terms}

    @abstractmethod
    def _made(self, classifier: Classifier, model: Any, terms: Sequence[str]) -> Any:
        """Return the new model, made of one that takes strings."""


def _of_strings(classifier: Classifier, technique: str) -> Any:
    """Return the baseline as a model that takes a batch of strings, shape (n,)."""
    model = classifier.trainable_model(3)
    if classifier.preprocess is not None and model is classifier.keras_model:
        raise InputError(
            f"the technique {technique} makes a model that takes strings, and this one takes what "
            "`preprocess` makes of them",
            where=classifier.name,
            expected="a model of strings, with its TextVectorization or tokenizer in it",
            remedy="put the preprocessing into the model, or take the terms out of texts before "
            "`preprocess` sees them",
        )
    return model
