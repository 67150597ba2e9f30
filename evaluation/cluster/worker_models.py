"""A model on another machine or in another process, which has to be the one that is meant here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.data.cluster.spark_tasks import check_there
from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import digest_of
from evenhand.data.support.user_code import (
    is_file_of_code,
    is_found,
    module_in,
    with_whole_path,
)
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


def check_found(model: str | Path, options: ModelOptions) -> None:
    """Check that a worker has the files and modules of a model, which takes no TensorFlow.

    Raises:
        UnavailableError: It lacks one.
    """
    from evenhand.remediation.models.references import file_of, is_attribute

    file = file_of(model)
    if file is not None:
        check_there(file, "model")
    code = [str(model)] if is_attribute(str(model)) else []
    for reference in [*code, *filter(None, (options.preprocess, options.custom_objects))]:
        module = module_in(reference)
        if is_file_of_code(reference):
            check_there(Path(module), "code")
        elif not is_found(module):
            raise UnavailableError(
                f"a worker of the cluster has no module {module}",
                expected="the code that the options name, on every worker",
                remedy="install it there, or name a file that all workers see, as file.py:function",
            )


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
            "another model is found under the same name",
            where=str(model),
            remedy="put the model on storage that this machine and all workers see",
        )
    return classifier
