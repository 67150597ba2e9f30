"""The manifest of a counterfactual dataset: what it was made from, how, and what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from evenhand.data.dataset.quality import Count, PairQuality
from evenhand.data.storage.files import write_text
from evenhand.data.support.documents import read_document

MANIFEST_NAME = "manifest.json"
SCHEMA_VERSION: Literal[1] = 1
LABEL_PREFIX = "label:"  # of the examples' columns of further labels

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Record):
    """An input file: its name without its folder, its digest and its number of rows."""

    name: str
    sha256: Sha256
    rows: Count


class Columns(_Record):
    """Which input column became which; None where there was none.

    Attributes:
        label: The column of labels or, of several, the first.
        other_labels: The columns of further labels, of which a text may have any; empty where there
            are none, and then not in the file.
        classes: How many classes the labels number, from 0; None where they are from 0 to 1.
        positive_labels: The labels that count as 1, as text, where all others count as 0; empty
            where labels are numbers, and then not in the file.
        slice_separator: What separates the values in a cell of a slice column that is text; None
            where such a cell is one value, and then not in the file.
    """

    text: str
    label: str | None = None
    other_labels: tuple[str, ...] = ()
    weight: str | None = None
    id: str | None = None
    slices: tuple[str, ...] = ()
    classes: Annotated[int, Field(ge=2)] | None = None
    positive_labels: tuple[str, ...] = ()
    slice_separator: str | None = None

    @model_serializer(mode="wrap")
    def _document(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_empty(serialise(self), "positive_labels", "other_labels", "slice_separator")

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of labels; empty where there is none."""
        return () if self.label is None else (self.label, *self.other_labels)

    @property
    def label_fields(self) -> dict[str, str]:
        """The column of the examples that holds each label, by the label's name."""
        first = {} if self.label is None else {self.label: "label"}
        return first | {name: LABEL_PREFIX + name for name in self.other_labels}

    @property
    def inputs(self) -> list[str]:
        """The input columns, each once."""
        named = (self.text, *self.labels, self.weight, self.id, *self.slices)
        return list(dict.fromkeys(name for name in named if name is not None))


class LabelValues(_Record):
    """Rows by their label as read: labels that count as 1, labels that count as 0, and rows with
    further labels that count as 0, of which at most 100 are listed.
    """

    positive: dict[str, Count]
    others: dict[str, Count]
    not_listed: Count = 0


class LexiconRecord(_Record):
    """A lexicon that gave terms, named so that the same one can be found again."""

    name: str
    version: str
    sha256: Sha256


class Method(_Record):
    """How counterfactuals were made from originals.

    The name is "ablate", "neutral", "substitute", the name of a user's own method, or "pairs" for
    pairs that were read from a file.
    """

    name: str
    options: dict[str, JsonValue] = {}


class Counts(_Record):
    """What the dataset holds and what was left out.

    `left_alone` counts, by group, spellings of its terms that guards took for something else.
    `by_term` and `by_group` count pairs, each pair once for every different term or group in it.
    `skipped` counts, by reason, what was left out: input rows that are no example, which
    `not_read` counts alone, so that they and the examples add up to the rows of the sources;
    examples that gave no pair although they hold a term; and rows of a file of pairs.
    """

    examples: Count
    pairs: Count
    by_term: dict[str, Count]
    by_group: dict[str, Count]
    skipped: dict[str, Count]
    not_read: dict[str, Count] = {}
    left_alone: dict[str, Count] = {}


class ControlPairs(_Record):
    """The control pairs: how they were made, how many there are, and pairs without one by reason.

    `edit` says what was done to words that are no terms: "taken out" or "made-up word".
    """

    kind: Literal["nonce"]
    edit: Literal["taken out", "made-up word"]
    pairs: Count
    missing: dict[str, Count] = {}


class Manifest(_Record):
    """The content of `manifest.json`; unknown keys are an error.

    Attributes:
        reading: How text files are written, where that was said: see
            `evenhand.data.formats.dialect`.
        selection: Limits on which texts are paired: see `evenhand.data.building.selection`.
        bad_rows: The first of the rows that could not be used and were left out, with their places.
        controls: The control pairs; None where none were asked for, and then not in the file.
        label_values: Which labels counted as what, where positive labels are named; None where
            labels are numbers, and then not in the file.
        quality: What checking a sample of the pairs found: see
            `evenhand.data.building.quality_sample`; None in manifests of earlier versions.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    sources: tuple[Source, ...]
    columns: Columns
    lexicons: tuple[LexiconRecord, ...]
    method: Method
    reading: dict[str, JsonValue] = {}
    selection: dict[str, JsonValue] = {}
    bad_rows: tuple[str, ...] = ()
    counts: Counts
    label_values: LabelValues | None = None
    controls: ControlPairs | None = None
    quality: PairQuality | None = None
    versions: dict[str, str]
    seed: int

    @model_serializer(mode="wrap")
    def _document(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Say nothing of what there is not, as manifests of earlier versions."""
        return _without_empty(serialise(self), "controls", "label_values")

    @classmethod
    def read(cls, path: str | Path) -> Manifest:
        """Read and check a manifest file.

        Raises:
            InputError: The file is missing, is not JSON, or does not follow the schema.
        """
        return read_document(
            cls,
            Path(path),
            what="the dataset's manifest",
            expected="a folder written by `evenhand data build`",
            remedy="build the dataset again with this version of evenhand",
        )

    def write(self, folder: Path) -> None:
        """Write `manifest.json` into `folder`."""
        write_text(folder / MANIFEST_NAME, self.model_dump_json(indent=2) + "\n")


def _without_empty(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a document without those of the keys that hold nothing."""
    return {key: value for key, value in document.items() if value or key not in names}
