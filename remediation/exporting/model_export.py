"""Exporting a Keras model: a SavedModel for TensorFlow Serving, or a TFLite file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import check_new_file, new_file, writing_to
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.data.support.option_checks import as_list
from evenhand.remediation.exporting.calibration import read_calibration
from evenhand.remediation.exporting.export_options import INT8, TFLITE, ExportOptions
from evenhand.remediation.exporting.serving_function import (
    TEXT,
    ServingFunction,
    model_inputs,
    serving_function,
)
from evenhand.remediation.exporting.tflite_conversion import to_tflite
from evenhand.remediation.exporting.token_part import token_part
from evenhand.remediation.layers.tflite_words import RECORD_NAME, ExportRecord, with_record
from evenhand.remediation.model_options import ModelOptions
from evenhand.remediation.models.classifier import Classifier, inputs_of
from evenhand.remediation.models.loading import load_classifier, settle_keras_for
from evenhand.remediation.models.predictor import Heads, Inputs, Predictor
from evenhand.remediation.models.saved_model import SignaturePredictor
from evenhand.remediation.models.tflite import TFLitePredictor
from evenhand.remediation.runtime.tensorflow import versions
from evenhand.remediation.runtime.texts import encode_texts

TOKENS = "tokens"
_NO_WORDS = (
    "it has no score for a text without words, which the model has: decide such texts before it "
    "is asked"
)
_ASSETS = "assets.extra"  # of a SavedModel: what its server hands on and does not read
_COMPARED = ("She is kind.", "HE was RUDE, and said so!", "nobody", "a day, a café; it's good")
_ROUNDING = 1e-4  # of outputs of 1: far more than 32 bits lose, far less than another model differs


@dataclass(frozen=True)
class ExportResult:
    """What `export_model` wrote, or would have written.

    Attributes:
        path: The SavedModel's folder, with its version, or the TFLite file.
        version: The SavedModel's version; None for a TFLite file.
        inputs: Type and shape of each input by its name; ``None`` in a shape stands for any number.
        outputs: Names of the outputs.
        takes_texts: Whether `load_classifier` loads it without a preprocessing.
        model: Name of the model that was exported.
        model_sha256: Digest of its file; None for a model that has none.
        reading: How its outputs are read, in words.
        gives_logits: Whether they are logits, which has to be said of what was exported.
        calibration_texts: How many texts it was calibrated with.
        largest_difference: Of an output on some texts, of the calibration if there are, from the
            model's own; None if nothing was written.
        n_bytes: Its size; 0 if nothing was written.
        warnings: What to know before it is used: sentences without their full stops.
    """

    path: Path | None
    version: int | None
    inputs: Mapping[str, str]
    outputs: Sequence[str]
    takes_texts: bool
    model: str
    model_sha256: str | None
    reading: str
    gives_logits: bool
    calibration_texts: int = 0
    largest_difference: float | None = None
    n_bytes: int = 0
    warnings: tuple[str, ...] = ()


@takes_urls()
@takes(ExportOptions)
def export_model(
    model: str | Path | Any,
    output: str | Path,
    *,
    calibration: str | Path | Sequence[str | Path] = (),
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> ExportResult:
    """Export a Keras model, of either Keras, as a server or a phone runs it.

    A SavedModel is written to ``OUTPUT/VERSION``, as TensorFlow Serving looks for it. Its signature
    ``serving_default`` has one input, ``text``, of strings, and the model's outputs by their names.
    A TFLite file takes the numbers that the model's TextVectorization layer gives, as its input
    ``tokens``; settings and words of that layer are in the file, and `load_classifier` uses them.
    A model that needs a preprocessing takes what that gives, in either format.

    What was written is compared with the model, on a few texts or those of the calibration.

    Args:
        model: A MODEL reference of a Keras model, or a Keras model; see `load_classifier`.
        output: A folder for the versions of a SavedModel, or the `.tflite` file to write; each
            complete or absent.
        calibration: For int8: files, folders and patterns with texts, and datasets.
        overwrite: Replace a version, or a file, that exists.
        dry_run: Read the texts, load the model and say what would be written; write nothing.
        progress: Told what is being done.
        **options: See `evenhand.remediation.exporting.export_options.ExportOptions`.

    Raises:
        ConfigurationError: An option is wrong or has no effect, or the output may not be replaced,
            or is or lies in what is read.
        InputError: The model or a file cannot be used; it is no Keras model; or TensorFlow or
            TFLite cannot take it.
        UnavailableError: The output cannot be written.
    """
    chosen = ExportOptions(**options)
    files = as_list("calibration", calibration)
    _check_calibration(files, chosen)
    destination = _destination(Path(output), chosen, overwrite)
    given = {"`model`": model if isinstance(model, str | Path) else None, "`calibration`": files}
    check_apart(given, {"`output`": destination})

    texts = []
    if files:
        progress("reading", 0)
        texts = read_calibration(files, chosen)
    progress("loading", 0)
    settle_keras_for([model] if isinstance(model, str | Path) else [])
    classifier = _keras_classifier(model, chosen.chosen_for(ModelOptions))
    export = _TFLiteFile if chosen.format == TFLITE else _SavedModel
    job = export(classifier, chosen, texts)
    function = job.function
    result = ExportResult(
        path=destination,
        version=None if chosen.format == TFLITE else int(destination.name),
        inputs={
            name: f"{dtype} {[None, *shape]}" for name, (shape, dtype) in function.inputs.items()
        },
        outputs=tuple(function.outputs),
        takes_texts=job.takes_texts,
        model=classifier.name,
        model_sha256=classifier.sha256,
        reading=classifier.reading,
        gives_logits=classifier.gives_logits,
        calibration_texts=len(texts),
    )
    if dry_run:
        return result
    with job.writing(destination, overwrite) as work:
        progress("converting", 0)
        job.write(work)
        progress("comparing", 0)
        loaded = job.load(work)
        difference = _difference(job, loaded, texts or _COMPARED, is_exact=chosen.quantise is None)
        warnings = (_NO_WORDS,) if _fails_without_words(job, loaded) else ()
        size = sum(each.stat().st_size for each in (work, *work.rglob("*")) if each.is_file())
    return replace(result, largest_difference=difference, n_bytes=size, warnings=warnings)


class _Export:
    """A model on its way to one of the formats.

    Attributes:
        classifier: The model.
        function: What is exported of it.
        takes_texts: Whether what is exported is loaded without a preprocessing.
    """

    function: ServingFunction
    takes_texts: bool

    def __init__(self, classifier: Classifier, options: ExportOptions, texts: list[str]) -> None:
        self.classifier = classifier
        self._options = options
        self._texts = texts

    def writing(self, path: Path, overwrite: bool) -> AbstractContextManager[Path]:
        """Give a place to write to, which becomes `path` in the end."""
        raise NotImplementedError

    def write(self, path: Path) -> None:
        """Write the model."""
        raise NotImplementedError

    def load(self, path: Path) -> Predictor:
        """Load what was written, as `load_classifier` does."""
        raise NotImplementedError

    def inputs(self, texts: Sequence[str]) -> Inputs:
        """Return what to feed what was loaded."""
        preprocess = None if self.takes_texts else self.classifier.preprocess
        return inputs_of(preprocess, encode_texts(texts))

    def _record(self, **more: Any) -> ExportRecord:
        classifier = self.classifier
        keras = "keras" if classifier.keras_model.__module__.startswith("keras.") else "tf-keras"
        return ExportRecord(
            model={"name": classifier.name, "sha256": classifier.sha256},
            outputs=classifier.reading,
            versions=versions(keras),
            **more,
        )


class _SavedModel(_Export):
    def __init__(self, classifier: Classifier, options: ExportOptions, texts: list[str]) -> None:
        super().__init__(classifier, options, texts)
        self.function = serving_function(classifier)
        self.takes_texts = TEXT in self.function.inputs

    def writing(self, path: Path, overwrite: bool) -> AbstractContextManager[Path]:
        return new_folder(path, kind="model", overwrite=overwrite)

    def write(self, path: Path) -> None:
        with writing_to(path):
            self.function.save(path)
            (path / _ASSETS).mkdir()
            record = self._record().model_dump_json(indent=2)
            (path / _ASSETS / RECORD_NAME).write_text(f"{record}\n", encoding="utf-8")

    def load(self, path: Path) -> Predictor:
        return SignaturePredictor(path, self._options.allow_unsafe)


class _TFLiteFile(_Export):
    def __init__(self, classifier: Classifier, options: ExportOptions, texts: list[str]) -> None:
        super().__init__(classifier, options, texts)
        self.takes_texts = classifier.preprocess is None
        self._words = None
        model, inputs = classifier.keras_model, model_inputs(classifier)
        if "string" in {dtype for _, dtype in inputs.values()}:
            part = token_part(model, classifier.name)
            self._words = part.words
            model, inputs = part.model, {TOKENS: (part.shape, part.dtype)}
        self.function = ServingFunction(model, inputs, classifier.numbered_heads)

    def writing(self, path: Path, overwrite: bool) -> AbstractContextManager[Path]:
        return new_file(path)

    def write(self, path: Path) -> None:
        numbers = self._numbers() if self._options.quantise == INT8 else {}
        name, quantise = self.classifier.name, self._options.quantise
        graph = to_tflite(self.function, quantise, numbers, name)
        record = self._record(
            quantise=quantise, calibration_texts=len(self._texts), words=self._words
        )
        with writing_to(path):
            path.write_bytes(with_record(graph, record))

    def load(self, path: Path) -> Predictor:
        return TFLitePredictor(path, self._options.allow_unsafe)

    def _numbers(self) -> dict[str, npt.NDArray[Any]]:
        """Return what the graph takes for the calibration texts."""
        made = self.inputs(self._texts)
        if self._words is not None:
            made = np.asarray(self._words.layer()(made))
        arrays = made if isinstance(made, Mapping) else dict.fromkeys(self.function.inputs, made)
        return {
            name: np.asarray(arrays[name]).astype(dtype)
            for name, (_, dtype) in self.function.inputs.items()
        }


def _keras_classifier(model: Any, options: ModelOptions) -> Classifier:
    """Load the Keras model to export, all of whose outputs are exported.

    Which of them is the score decides nothing here, so that it need not be said.
    """
    one_output = replace(
        options,
        head="0" if options.head is None else options.head,
        positive_class=options.positive_class or 0,
    )
    classifier = load_classifier(model, one_output)
    if classifier.keras_model is None:
        raise InputError(
            "the model cannot be exported: it holds no Keras model",
            where=classifier.name,
            expected="a .keras or .h5 file, a SavedModel that Keras 2 saved, or code that makes a "
            "Keras model",
        )
    return classifier


def _difference(job: _Export, loaded: Predictor, texts: Sequence[str], *, is_exact: bool) -> float:
    """Return the largest difference of an output of what was written from the model's own.

    Raises:
        InputError: It is no rounding, and nothing was quantised; or what was written gives NaN.
    """
    wanted = job.classifier.run(encode_texts(texts))
    given = loaded(job.inputs(texts))
    largest = 0.0
    for head, values in wanted.items():
        gaps = np.abs(np.asarray(given[head], np.float64).reshape(values.shape) - values)
        largest = max(largest, float(gaps.max()))
        is_rounding = (gaps <= _ROUNDING * np.maximum(1.0, np.abs(values))).all()
        if not (is_rounding if is_exact else np.isfinite(gaps).all()):
            raise InputError(
                f"the exported model gives other outputs than the model, by {gaps.max():.3g}",
                where=job.classifier.name,
                expected="the same outputs, but for rounding",
            )
    return largest


def _fails_without_words(job: _Export, loaded: Predictor) -> bool:
    """Return whether what was written has no score for a text without words, and the model has.

    A mean over the words of a mask divides by 0 there. TensorFlow's relu makes 0 of that NaN, and
    TFLite's does not.
    """
    try:
        outputs = loaded(job.inputs([""]))
    except (RuntimeError, ValueError):  # the graph cannot take a length of 0
        return True
    return not _are_finite(outputs) and _are_finite(job.classifier.run(encode_texts([""])))


def _are_finite(outputs: Heads) -> bool:
    return all(np.isfinite(values).all() for values in outputs.values())


def _destination(output: Path, options: ExportOptions, overwrite: bool) -> Path:
    """Return what will be written, after checking that it may be."""
    if options.format == TFLITE:
        if output.suffix.lower() != ".tflite":
            raise ConfigurationError(
                "a TFLite model is a .tflite file", where=str(output), expected="a name in .tflite"
            )
        check_new_file(output, overwrite=overwrite)
        return output
    version = options.version or _next_version(output)
    check_destination(output / str(version), kind="model", overwrite=overwrite)
    return output / str(version)


def _next_version(folder: Path) -> int:
    """Return a number above those of the versions in a folder, as TensorFlow Serving counts."""
    with writing_to(folder):
        names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return 1 + max((int(name) for name in names if name.isascii() and name.isdecimal()), default=0)


def _check_calibration(files: Sequence[str | Path], options: ExportOptions) -> None:
    if options.quantise == INT8 and not files:
        raise ConfigurationError(
            "int8 needs texts to calibrate with",
            where="`quantise` int8",
            remedy="give texts as the model will see them with `calibration`",
        )
    if files and options.quantise != INT8:
        raise ConfigurationError(
            "texts to calibrate with are for int8 alone",
            where="`calibration`",
            remedy="leave it out, or give `quantise` int8",
        )
