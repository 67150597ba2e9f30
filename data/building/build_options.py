"""Options of building a dataset and of pairing in memory, each declared once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evenhand.data.cluster.cluster_options import ClusterOptions
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import OnError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.options import (
    COLUMNS,
    FILES,
    HARDWARE,
    OUTPUT,
    PAIRING,
    SELECTION,
    Options,
    option,
    options_of,
)
from evenhand.data.support.option_checks import LARGEST_SEED

if TYPE_CHECKING:
    from evenhand.data.building.selection import Selection
    from evenhand.data.dataset.manifest import Columns
    from evenhand.data.lexicons.entries import Lexicon
    from evenhand.data.methods.choice import MethodChoice

MOST_WORKERS = 1_024  # more than one machine has use for
MOST_CLASSES = 2**24  # whose numbers labels of float32 still tell apart

PairLabels = Literal["all", "negative"]
Axes = Literal["apart", "together"]
NamesChoice = Literal["leave-out", "swap"]
Controls = Literal["nonce"]


@dataclass(frozen=True, kw_only=True)
class PairOptions(Options):
    """Which texts are paired, and how.

    Ids may repeat; without a column of them an id is the row's number over all inputs, from 0.
    Without a column of weights every weight is 1. Methods are in `evenhand.data.methods`, functions
    of one's own in `evenhand.data.methods.custom`, which texts to pair in
    `evenhand.data.building.selection`.

    Raises:
        ConfigurationError: An option is out of its range, or two contradict each other.
    """

    text_column: str = option("text", "Column that holds the texts.", COLUMNS)
    label_column: Sequence[str] | str | None = option(
        None,
        "Column that holds the labels, from 0 to 1. Without it the dataset is unlabelled. More "
        "than one: a text may have any of these labels.",
        COLUMNS,
    )
    positive_labels: Sequence[str | float | bool] = option(
        (),
        "A label that counts as 1, such as toxic; all others count as 0. A number is the same "
        "however it is written.",
        COLUMNS,
        flag="--positive-label",
        metavar="LABEL",
        unset="labels are numbers from 0 to 1",
    )
    classes: int | None = option(
        None,
        "Labels are the numbers of N classes, from 0 to N-1.",
        COLUMNS,
        least=2,
        most=MOST_CLASSES,
        metavar="N",
        unset="from 0 to 1",
    )
    weight_column: str | None = option(None, "Column that holds example weights.", COLUMNS)
    id_column: str | None = option(
        None, "Column that names the rows.", COLUMNS, unset="the row's number"
    )
    terms: Sequence[str | Path] = option(
        ("gender",),
        "The name of a lexicon, or a file of terms: TOML, or one term a line, or term,group.",
        PAIRING,
        metavar="NAME|FILE",
        names="lexicons",
    )
    method: str | None = option(
        None,
        "neutral (put neutral words in place of the terms), ablate (remove them), substitute (put "
        "their counterparts in their place), or your own: an entry point's name or "
        "package.module:function.",
        PAIRING,
        unset="neutral; ablate if a lexicon lacks neutral forms",
        metavar="NAME|MODULE:FUNCTION",
        names="code",
    )
    per_example: int | None = option(
        None, "Substitution: pairs of a text at most, drawn by seed.", PAIRING, unset="all"
    )
    spacy_pipeline: str | None = option(
        None,
        "Substitution: an installed spaCy pipeline that tells forms and persons apart.",
        PAIRING,
        flag="--spacy",
        metavar="PIPELINE",
        unset="rules",
    )
    tagger: str | None = option(
        None,
        "Substitution: a package's tagger, in place of rules.",
        PAIRING,
        metavar="NAME",
        names="code",
    )
    axes: Axes | None = option(
        None,
        "Substitution with several lexicons: pairs for each apart, or all changed together.",
        PAIRING,
        unset="apart",
    )
    names: NamesChoice | None = option(
        None,
        "Substitution: leave out a text whose given names tell the gender, or swap the names.",
        PAIRING,
        unset="leave-out",
    )
    pair_labels: PairLabels = option(
        "all", "Pair all texts, or only those labelled 0.5 or less.", SELECTION
    )
    min_tokens: int | None = option(None, "Leave out pairs with a text of fewer words.", SELECTION)
    max_tokens: int | None = option(None, "Leave out texts of more words.", SELECTION)
    max_terms: int | None = option(None, "Leave out texts with more different terms.", SELECTION)
    seed: int = option(0, "Seed of all random choices.", PAIRING, least=0, most=LARGEST_SEED)

    @classmethod
    def chosen_from(cls, options: Mapping[str, Any], made: str) -> PairOptions:
        """Return the options of what makes pairs and no dataset.

        Args:
            options: Those given, by name.
            made: Where the pairs are made, for errors: "in memory".

        Raises:
            ConfigurationError: There is no such option, or it is wrong.
        """
        for name in options:
            if name not in options_of(cls):
                raise ConfigurationError(
                    f"pairs {made} are made without the option {name!r}",
                    expected=", ".join(options_of(cls)),
                )
        return cls(**options)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.terms:
            raise ConfigurationError(
                "there is nothing to build from", where="`terms`", expected="at least one lexicon"
            )
        selection, _ = self.selection, self.choice(())  # each checks that its options fit together
        if self.classes is not None and (self.label_column is None or self.pair_labels != "all"):
            raise ConfigurationError(
                "class numbers need a column of labels, and are neither positive nor negative",
                where="`classes`",
                remedy="name the column with `label_column`, and leave out `pair_labels`",
            )
        if self.positive_labels and (self.label_column is None or self.classes is not None):
            raise ConfigurationError(
                "positive labels need a column of labels that are not the numbers of classes",
                where="`positive_labels`",
                remedy="name the column with `label_column`"
                if self.label_column is None
                else "leave out `positive_labels` or `classes`",
            )
        labels = self._labels
        if len(labels) > 1 and (self.classes is not None or selection.pair_labels != "all"):
            name = "`classes`" if self.classes is not None else "`pair_labels`"
            raise ConfigurationError(
                f"there are several columns of labels, and {name} is about one",
                where="`label_column`",
                remedy=f"name one column, or leave out {name}",
            )
        if len(set(labels)) < len(labels) or not all(labels):
            raise ConfigurationError(
                "a column of labels has no name, or is named twice", where="`label_column`"
            )
        if self.positive_labels:
            from evenhand.data.reading.positive_labels import label_texts

            label_texts(self.positive_labels)
        if selection.pair_labels != "all" and self.label_column is None:
            raise ConfigurationError(
                "texts cannot be chosen by label without labels",
                where="`pair_labels`",
                remedy="name the column that holds the labels with `label_column`",
            )

    @property
    def columns(self) -> Columns:
        """Which input column becomes which."""
        from evenhand.data.dataset.manifest import Columns
        from evenhand.data.reading.positive_labels import label_texts

        return Columns(
            text=self.text_column,
            label=self._labels[0] if self._labels else None,
            other_labels=self._labels[1:],
            weight=self.weight_column,
            id=self.id_column,
            classes=self.classes,
            positive_labels=label_texts(self.positive_labels),
        )

    @property
    def _labels(self) -> tuple[str, ...]:
        """The columns of labels; the check of options has made a list of a single one."""
        return () if self.label_column is None else tuple(self.label_column)

    def choice(self, lexicons: Sequence[Lexicon]) -> MethodChoice:
        """Return the method with its options, for the terms of these lexicons."""
        from evenhand.data.methods.choice import MethodChoice, default_method

        return MethodChoice(
            default_method(lexicons) if self.method is None else self.method,
            self.per_example,
            self.seed,
            self.spacy_pipeline,
            self.tagger,
            self.axes,
            self.names,
        )

    @property
    def selection(self) -> Selection:
        """Which texts to pair."""
        from evenhand.data.building.selection import Selection

        return Selection(self.pair_labels, self.min_tokens, self.max_tokens, self.max_terms)


@dataclass(frozen=True, kw_only=True)
class BuildOptions(PairOptions, Dialect, ClusterOptions):
    """What to read, how to pair it and how to go about it.

    A file of pairs, in place of a method, is described in `evenhand.data.building.pair_files`; it
    is written as the other text files are.

    Raises:
        ConfigurationError: An option is out of its range, or two contradict each other.
    """

    slice_columns: Sequence[str] = option(
        (), "A column to report by later.", COLUMNS, flag="--slice-column"
    )
    slice_separator: str | None = option(
        None,
        "What separates the values in a cell of a slice column, as ';' in gay;black: a text counts "
        "in the slice of each.",
        COLUMNS,
        metavar="TEXT",
        unset="a cell is one value, unless it is a list",
    )
    pairs_file: str | Path | None = option(
        None,
        "Take pairs written elsewhere, with the columns id and counterfactual (and original), in "
        "place of a method.",
        PAIRING,
        flag="--pairs",
        metavar="FILE",
        names="input",
    )
    controls: Controls | None = option(
        None,
        "Beside each pair, make a control pair: the same text, with an edit like the pair's that "
        "touches no identity. Reports then tell how often any edit flips a decision.",
        PAIRING,
    )
    on_error: OnError = option(
        "stop", "Stop at a row that cannot be used, or skip and count it.", FILES
    )
    workers: int | None = option(
        None,
        "Threads and processes.",
        HARDWARE,
        most=MOST_WORKERS,
        unset="what pays, up to one a core",
        decides=False,
    )
    shard_rows: int | None = option(
        None, "Rows of a Parquet file at most.", OUTPUT, unset="1000000"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        from evenhand.data.dataset.on_disk import check_slice_names
        from evenhand.data.reading.several_values import check_separator

        check_slice_names(self.slice_columns)
        check_separator(self.slice_separator, self.slice_columns)
        if self.engine == "spark":
            self._check_fits_spark()

    @property
    def columns(self) -> Columns:
        """Which input column becomes which."""
        return super().columns.model_copy(
            update={
                "slices": tuple(self.slice_columns),
                "slice_separator": self.slice_separator,
            }
        )

    def _check_fits_spark(self) -> None:
        if self.pairs_file is not None:
            raise ConfigurationError(
                "pairs of a file are found to their texts on one machine",
                where="`pairs_file`",
                remedy="leave out `engine`",
            )
        if self.workers is not None:
            raise ConfigurationError(
                "a Spark cluster has as many workers as it has",
                where="`workers`",
                remedy="leave it out, or set Spark's own options",
            )

    @property
    def dialect(self) -> Dialect:
        """How text files are written."""
        return self.chosen_for(Dialect)
