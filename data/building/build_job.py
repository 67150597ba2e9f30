"""A build: what is read and paired, and what is counted on the way, which the manifest says."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from evenhand.data.building.build_options import BuildOptions
from evenhand.data.building.pairing import Pairing, Tally
from evenhand.data.building.quality_sample import QualitySample
from evenhand.data.dataset.manifest import (
    ControlPairs,
    Counts,
    LabelValues,
    LexiconRecord,
    Manifest,
    Method,
    Source,
)
from evenhand.data.dataset.on_disk import CONTROL_SCHEMA, PAIR_SCHEMA, example_schema
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import KEPT, BadRows
from evenhand.data.formats.sources import InputFile, find_inputs, in_dialect, input_file
from evenhand.data.lexicons.lexicon import Lexicon, load_lexicon
from evenhand.data.reading.examples import TEXT_MISSING
from evenhand.data.reading.positive_labels import PositiveLabels
from evenhand.data.reading.readers import check_inputs


class BuildJob:
    """What a build is to do, and what it has counted so far.

    Args:
        inputs: Files, folders and patterns.
        options: How to read and pair them.

    Attributes:
        options: As above.
        columns: Which input column becomes which.
        lexicons: Their terms are edited.
        files: The files to read.
        schemas: Of the batches of "examples", of "pairs" and, if they are asked for, "controls".
        choice: The method.
        pairing: Pairs texts.
        method: What the manifest calls the method.
        labels: What is seen of the labels, where the positive ones are named.
        bad_rows: Rows that cannot be used.
        bad_pairs: Those of a file of pairs.
        sources: The files that are read.
        tally: Counts of pairs.
        quality: A sample of the pairs.
        rows, examples, pairs, controls, without_text: How many so far.

    Raises:
        ConfigurationError, InputError, UnavailableError: As for `build_dataset`.
    """

    def __init__(self, inputs: Sequence[str | Path], options: BuildOptions) -> None:
        self.options = options
        self.columns = options.columns
        self.lexicons: list[Lexicon] = [load_lexicon(name) for name in options.terms]
        controls = options.controls if options.pairs_file is None else None
        # Pairs that are written already need no method.
        self.choice = options.choice(self.lexicons if options.pairs_file is None else ())
        self.pairing = Pairing(self.lexicons, self.choice, options.selection, controls)
        own = self.pairing.method
        self.method = Method(name=own.name, options=dict(own.options))
        self.bad_rows = BadRows(options.on_error)
        self.bad_pairs = BadRows(options.on_error)
        self.files = _files_of(inputs, options)
        named = self.columns.positive_labels
        self.labels = PositiveLabels(named) if named else None
        types = check_inputs(self.files, self.columns)
        examples = example_schema(
            [pa.field(name, types.get(name, pa.string())) for name in self.columns.slices],
            self.columns.other_labels,
        )
        self.schemas = {"examples": examples, "pairs": PAIR_SCHEMA}
        if options.controls is not None:
            self.schemas["controls"] = CONTROL_SCHEMA
        self.sources: list[Source] = []
        self.tally = Tally()
        self.quality = QualitySample()
        self.rows = self.examples = self.pairs = self.controls = self.without_text = 0

    @property
    def places(self) -> str:
        """The files, for errors."""
        return ", ".join(str(file.path) for file in self.files)

    def check_result(self) -> None:
        """Raise InputError if a label that is named did not occur, or nothing was paired."""
        if self.labels is not None:
            self.labels.check_all_occur(str(self.columns.label), where=self.places)
        if self.pairs == 0:
            raise InputError(
                "no row can be paired: none holds a term and other text, or all are left out",
                where=self.places,
                expected=_left_out(self._skipped()),
                remedy="check `text_column` and `terms`",
            )

    def manifest(self) -> Manifest:
        """Return the manifest of what was done, once all is read and paired."""
        return Manifest(
            sources=tuple(self.sources),
            columns=self.columns,
            lexicons=tuple(
                LexiconRecord(name=lexicon.name, version=lexicon.version, sha256=lexicon.sha256)
                for lexicon in self.lexicons
            ),
            method=self.method,
            reading=self.options.dialect.chosen,
            selection=self.options.selection.options,
            bad_rows=tuple([*self.bad_rows.first, *self.bad_pairs.first][:KEPT]),
            counts=Counts(
                examples=self.examples,
                pairs=self.pairs,
                by_term=_largest_first(self.tally.by_term),
                by_group=_largest_first(self.tally.by_group),
                skipped=_largest_first(self._skipped()),
                not_read=_largest_first(self._not_read),
                left_alone=_largest_first(self.tally.left_alone),
            ),
            label_values=self._label_values(),
            quality=self.quality.quality(),
            controls=self._control_pairs(),
            versions={
                "evenhand": version("evenhand"),
                "pyarrow": pa.__version__,
                "python": platform.python_version(),
            },
            seed=self.options.seed,
        )

    def _label_values(self) -> LabelValues | None:
        if self.labels is None:
            return None
        ones, zeros = self.labels.ones, self.labels.zeros
        return LabelValues(
            positive=_largest_first(ones.by_label),
            others=_largest_first(zeros.by_label),
            not_listed=zeros.not_listed,
        )

    def _control_pairs(self) -> ControlPairs | None:
        if self.options.controls is None:
            return None
        return ControlPairs(
            kind=self.options.controls,
            edit="taken out" if self.pairing.takes_words_out else "made-up word",
            pairs=self.controls,
            missing=_largest_first(self.tally.without_control),
        )

    def _skipped(self) -> Counter[str]:
        return self.tally.skipped + self._not_read + self.bad_pairs.by_reason

    @property
    def _not_read(self) -> Counter[str]:
        """The input rows that are no example, by reason."""
        return self.bad_rows.by_reason + Counter({TEXT_MISSING: self.without_text})


def _files_of(inputs: Sequence[str | Path], options: BuildOptions) -> list[InputFile]:
    if options.pairs_file is None:
        return find_inputs(inputs, options.dialect)
    files = [*find_inputs(inputs), input_file(options.pairs_file)]
    return in_dialect(files, options.dialect)[:-1]


def _left_out(skipped: dict[str, int]) -> str | None:
    reasons = ", ".join(f"{n:,}: {reason}" for reason, n in _largest_first(skipped).items())
    return f"fewer left out ({reasons})" if reasons else None


def _largest_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
