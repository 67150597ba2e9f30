"""The options of a build, in one place for building, previewing and pairing in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, get_args

from evenhand.data.building.selection import PairLabels, Selection
from evenhand.data.dataset.manifest import Columns
from evenhand.data.dataset.on_disk import check_slice_names
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import OnError
from evenhand.data.formats.dialect import Dialect, Quoting
from evenhand.data.methods.choice import MethodChoice
from evenhand.data.support.option_checks import check_choice, check_list, check_seed, check_whole

MOST_WORKERS = 1_024  # more than one machine has use for
MOST_CLASSES = 2**24  # whose numbers labels of float32 still tell apart


class PairKeywords(TypedDict, total=False):
    """The arguments of `BuildOptions`, which describes them, that say how texts are paired."""

    text_column: str
    label_column: str | None
    classes: int | None
    weight_column: str | None
    id_column: str | None
    terms: Sequence[str | Path]
    method: str
    per_example: int | None
    spacy_pipeline: str | None
    tagger: str | None
    pair_labels: PairLabels
    min_tokens: int | None
    max_tokens: int | None
    max_terms: int | None
    seed: int


class BuildKeywords(PairKeywords, total=False):
    """All arguments of `BuildOptions`."""

    slice_columns: Sequence[str]
    pairs_file: str | Path | None
    delimiter: str | None
    quoting: Quoting | None
    encoding: str | None
    on_error: OnError
    workers: int | None
    shard_rows: int | None


@dataclass(frozen=True)
class BuildOptions:
    """What to read, how to pair it and how to go about it.

    Attributes:
        text_column: Column that holds the texts.
        label_column: Column that holds the labels, numbers from 0 to 1 or null.
        classes: How many classes labels are the numbers of, from 0; None for labels from 0 to 1.
        weight_column: Column that holds the example weights; without it every weight is 1.
        id_column: Column that names the rows. Names may repeat. Without it the id is the row's
            number over all inputs, from 0, as a string.
        slice_columns: Columns to keep for reports by slice.
        terms: Names of lexicons and paths of one's own.
        method: "ablate" or "substitute" (see `evenhand.data.methods.ablation`,
            `evenhand.data.methods.substitution`), or a function of one's own, by
            ``package.module:function`` or entry point (see `evenhand.data.methods.custom`).
        per_example: Counterfactuals of an example at most, drawn by seed and text; for substitution
            only. None makes all.
        spacy_pipeline: Installed spaCy pipeline that tells forms with the same spelling apart; for
            substitution only. None uses rules, which need no download.
        tagger: Name of a tagger that a package adds, which does that; for substitution only. See
            `evenhand.data.english.taggers`.
        pairs_file: A file of pairs written elsewhere, in place of a method: see
            `evenhand.data.building.pair_files`.
        pair_labels, min_tokens, max_tokens, max_terms: Which texts to pair: see
            `evenhand.data.building.selection`.
        seed: Decides all random choices.
        delimiter, quoting, encoding: How text files are written, that of pairs among them: see
            `evenhand.data.formats.dialect.Dialect`.
        on_error: "stop" at a row that cannot be used, or "skip" it and say so in the manifest.
        workers: Threads and processes that pair; None for a thread a core, and a process a core
            where there is enough for them to do.
        shard_rows: Rows of a Parquet file at most; None for 1,000,000.

    Raises:
        ConfigurationError: An option is out of its range, or two contradict each other.
    """

    text_column: str = "text"
    label_column: str | None = None
    classes: int | None = None
    weight_column: str | None = None
    id_column: str | None = None
    slice_columns: Sequence[str] = ()
    terms: Sequence[str | Path] = ("gender",)
    method: str = "ablate"
    per_example: int | None = None
    spacy_pipeline: str | None = None
    tagger: str | None = None
    pairs_file: str | Path | None = None
    pair_labels: PairLabels = "all"
    min_tokens: int | None = None
    max_tokens: int | None = None
    max_terms: int | None = None
    seed: int = 0
    delimiter: str | None = None
    quoting: Quoting | None = None
    encoding: str | None = None
    on_error: OnError = "stop"
    workers: int | None = None
    shard_rows: int | None = None

    def __post_init__(self) -> None:
        for name in ("slice_columns", "terms"):
            check_list(name, getattr(self, name))
        if not self.terms:
            raise ConfigurationError(
                "there is nothing to build from", where="--terms", expected="at least one lexicon"
            )
        check_slice_names(self.slice_columns)
        check_choice("on_error", self.on_error, get_args(OnError))
        check_seed(self.seed)
        check_whole("workers", self.workers, most=MOST_WORKERS, optional=True)
        check_whole("shard_rows", self.shard_rows, optional=True)
        check_whole("classes", self.classes, least=2, most=MOST_CLASSES, optional=True)
        selection, _, _ = self.selection, self.choice, self.dialect  # each checks its options
        if self.classes is not None and (self.label_column is None or self.pair_labels != "all"):
            raise ConfigurationError(
                "class numbers need a column of labels, and are neither positive nor negative",
                where="--classes",
                remedy="name the column with --label-column, and leave out --pair-labels",
            )
        if selection.pair_labels != "all" and self.label_column is None:
            raise ConfigurationError(
                "texts cannot be chosen by label without labels",
                where="--pair-labels",
                remedy="name the column that holds the labels with --label-column",
            )

    @property
    def columns(self) -> Columns:
        """Which input column becomes which."""
        return Columns(
            text=self.text_column,
            label=self.label_column,
            weight=self.weight_column,
            id=self.id_column,
            slices=tuple(self.slice_columns),
            classes=self.classes,
        )

    @property
    def dialect(self) -> Dialect:
        """How text files are written."""
        return Dialect(self.delimiter, self.quoting, self.encoding)

    @property
    def choice(self) -> MethodChoice:
        """The method with its options."""
        return MethodChoice(
            self.method, self.per_example, self.seed, self.spacy_pipeline, self.tagger
        )

    @property
    def selection(self) -> Selection:
        """Which texts to pair."""
        return Selection(self.pair_labels, self.min_tokens, self.max_tokens, self.max_terms)
