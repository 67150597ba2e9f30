"""A model on another machine or in another process, which has to be the one that is meant here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import digest_of
from evenhand.data.support.user_code import with_whole_path
from evenhand.evaluation.report_options import Model
from evenhand.remediation.model_options import ModelOptions

if TYPE_CHECKING:
    from evenhand.remediation.models.classifier import Classifier


def reference_for_workers(model: Model) -> str | Path:
    """Return a MODEL reference that means the same for every worker: a file by its whole path.

    Raises:
        ConfigurationError: It is a model in memory.
    """
    from evenhand.remediation.models.references import file_of

    if not isinstance(model, str | Path):
        raise ConfigurationError(
            "workers cannot load a model in memory",
            where="`model`",
            expected="a MODEL reference, such as a file that all workers see",
        )
    path = file_of(model)
    return with_whole_path(str(model)) if path is None else path.absolute()


def options_for_workers(options: ModelOptions) -> ModelOptions:
    """Return options whose code means the same for every worker: files by their whole paths."""
    return replace(
        options,
        preprocess=options.preprocess and with_whole_path(options.preprocess),
        custom_objects=options.custom_objects and with_whole_path(options.custom_objects),
    )


@takes_urls()
def digest_here(model: str | Path) -> str | None:
    """Return the digest that a model's file has here, None if there is no file of it.

    Raises:
        InputError: There is no such model, or no such kind.
    """
    from evenhand.remediation.models.references import file_of, kind_of

    kind_of(model)
    path = file_of(model)
    return None if path is None else digest_of(path)


@takes_urls()
def load_on_worker(model: str | Path, options: ModelOptions, sha256: str | None) -> Classifier:
    """Load a model that has the digest `sha256` where the work was begun.

    Raises:
        InputError: As for `load_classifier`.
        UnavailableError: It is another one here.
    """
    from evenhand.remediation.models.loading import load_classifier, settle_keras_for

    settle_keras_for([model])
    classifier = load_classifier(model, options)
    if classifier.sha256 != sha256:
        raise UnavailableError(
            "a worker of the cluster finds another model under the same name",
            where=str(model),
            remedy="put the model on storage that this machine and all workers see",
        )
    return classifier
