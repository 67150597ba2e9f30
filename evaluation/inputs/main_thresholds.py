"""At which thresholds a report decides each model: those asked for, or the model's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.remote.local_copies import RECORDS
from evenhand.data.storage.files import digest_of
from evenhand.data.support.documents import read_document
from evenhand.data.support.option_checks import check_threshold
from evenhand.evaluation.report_options import (
    AUTO,
    FunctionsOptions,
    Model,
    ReportOptions,
)
from evenhand.evaluation.reports.report import Role
from evenhand.remediation.judging.chosen_threshold import ChosenThreshold
from evenhand.remediation.model_options import LabelOptions, ModelOptions
from evenhand.remediation.models.references import file_of, kind_of

_HOW = "train it with a `threshold` of its own, or give a number as the threshold"


@dataclass(frozen=True)
class Thresholds:
    """The thresholds that models are decided at.

    Attributes:
        of_role: Each model's, its main one first; the others are the same for all models.
        choice: How a training chose the candidate's main one, if one did.
    """

    of_role: dict[Role, tuple[float, ...]]
    choice: ChosenThreshold | None = None

    @property
    def differ(self) -> bool:
        """Whether models have main thresholds of their own, or may have."""
        return self.choice is not None or len({each[0] for each in self.of_role.values()}) > 1


def thresholds_of(
    options: ReportOptions | FunctionsOptions, model: Model | None, reading: ModelOptions | None
) -> Thresholds:
    """Return the thresholds of a report on one output, or of functionalities.

    Args:
        options, model, reading: As for `thresholds_by_label`, with its errors.
    """
    return thresholds_by_label(options, model, reading, {})[0]


def thresholds_by_label(
    options: ReportOptions | FunctionsOptions,
    model: Model | None,
    reading: ModelOptions | None,
    labels: Mapping[str, int],
) -> list[Thresholds]:
    """Return the thresholds that the options of a report or of functionalities ask for.

    Args:
        options: The options.
        model: The candidate, whose own threshold may be asked for; None for scores without one.
        reading: How the candidate's outputs are read.
        labels: The labels that are reported, with their outputs; empty for the one output that
            `reading` names.

    Returns:
        Those of each label, or of the one output.

    Raises:
        ConfigurationError: There is a threshold for a baseline and no baseline, or one for a label
            that is none; or the candidate's own is asked for, and no training chose one, or it
            chose one for another output.
        InputError: There is no such model, or the record of its training is damaged or is of
            another model.
    """
    if options.baseline_threshold is not None and options.compare_to is None:
        raise ConfigurationError(
            "there is no baseline to decide at a threshold",
            where="`baseline_threshold`",
            remedy="leave it out, or name a baseline with `compare_to`",
        )
    main, *given = options.thresholds
    asked = "`threshold`" if isinstance(options, FunctionsOptions) else "`thresholds`"
    of_labels: dict[str, float] = {}
    if isinstance(options, LabelOptions):
        options.check_thresholds_of(labels)
        of_labels = options.thresholds_of_labels
    outputs: list[int | None] = [*labels.values()]
    outputs = outputs or [None if reading is None else reading.positive_class]
    choices: list[ChosenThreshold | None] = [None] * len(outputs)
    if main == AUTO:
        if of_labels:
            raise ConfigurationError(
                "the thresholds of all labels are those that the training chose",
                where="`label_thresholds`",
                remedy="leave it out, or give a number as the threshold",
            )
        choices = [*_own(model, None if reading is None else reading.head, outputs, asked)]
    found = []
    for label, choice in zip([*labels] or [""], choices, strict=True):
        of_candidate = of_labels.get(label, main) if choice is None else choice.candidate
        of_candidate = float(of_candidate)
        others = [float(each) for each in given if float(each) != of_candidate]
        of_role: dict[Role, tuple[float, ...]] = {"candidate": (of_candidate, *others)}
        if options.compare_to is not None:
            of_baseline = of_candidate if choice is None else choice.baseline
            if options.baseline_threshold is not None:
                of_baseline = float(options.baseline_threshold)
            of_role["baseline"] = (of_baseline, *others)
        found.append(Thresholds(of_role, choice))
    return found


class _Record(BaseModel):
    """The part of train.json that says how its model decides."""

    model_config = ConfigDict(extra="ignore")

    threshold: ChosenThreshold | None = None
    label_thresholds: dict[str, ChosenThreshold] = {}
    model_sha256: str | None = None
    options: dict[str, JsonValue] = {}

    @property
    def trained(self) -> dict[str, JsonValue]:
        """The outputs that were trained, by the names of their labels; one may have no name."""
        named = self.options.get("labels")
        if isinstance(named, list) and named:
            return {**LabelOptions(labels=[str(each) for each in named]).numbers_of_labels}
        return {"": self.options.get("positive_class")}

    @property
    def by_output(self) -> list[tuple[JsonValue, ChosenThreshold]]:
        """The trained outputs that have a threshold, with it."""
        outputs = self.trained
        if self.label_thresholds:
            own = self.label_thresholds.items()
            return [(outputs[name], each) for name, each in own if name in outputs]
        return [] if self.threshold is None else [(next(iter(outputs.values())), self.threshold)]


def _own(
    model: Model | None, head: str | None, outputs: Sequence[int | None], asked: str
) -> Iterator[ChosenThreshold]:
    """Yield the threshold of each output that the training of a model chose.

    They are in the record beside the model.

    Args:
        model: The model.
        head: The head that is read.
        outputs: The numbers of its outputs that are read.
        asked: The argument that asks for it, for errors.
    """
    path = file_of(model) if isinstance(model, str | Path) else None
    if path is None:
        raise ConfigurationError(
            "scores have no record of a training, which could say their threshold"
            if model is None
            else "the model has no file, and so no record of its training beside it",
            where=asked,
            expected="with auto, a model that `evenhand remediate train` wrote",
            remedy="give a number",
        )
    kind_of(path)  # says if there is no such model
    files = [path.parent / name for name in RECORDS]
    file = next((each for each in files if each.is_file()), files[0])
    record = _read(file, path)
    found = [] if record is None else record.by_output
    if record is None or not found:
        raise ConfigurationError(
            f"there is no {file.name} beside the model"
            if record is None
            else "the model's training chose no threshold",
            where=str(file),
            expected=f"with {asked} auto, the threshold of the model",
            remedy=_HOW,
        )
    _check_output("head", head, [record.options.get("head")], file)
    for output in outputs:
        _check_output("positive_class", output, [number for number, _ in found], file)
    for _, each in found:
        for threshold in (each.candidate, each.baseline):
            check_threshold(threshold, str(file))
    if record.model_sha256 not in (None, digest_of(path)):
        raise InputError(
            "the threshold is that of another model than the one beside it",
            where=str(file),
            expected=f"the record of the training of {path.name}",
            remedy=_HOW,
        )
    for output in outputs:
        yield next(each for number, each in found if number == output)


def _read(file: Path, model: Path) -> _Record | None:
    """Return the record of a training, or None if there is none."""
    if not file.exists():
        return None
    return read_document(
        _Record,
        file,
        what=f"the record of the training of {model.name}",
        remedy="train it again, or give a number as the threshold",
    )


def _check_output(name: str, wanted: JsonValue, trained: Sequence[JsonValue], file: Path) -> None:
    """Raise ConfigurationError if thresholds are for other outputs than the one to be read."""
    if wanted not in trained:
        shown = ", ".join("none" if each is None else str(each) for each in trained)
        raise ConfigurationError(
            f"the model's threshold was chosen with another `{name}`",
            where=str(file),
            expected=f"`{name}`: {shown}",
            remedy="read the output that was trained, or give a number as the threshold",
        )
