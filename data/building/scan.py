"""Count which identity terms occur in one's data, how often, and under which labels.

It is the first thing to look at: a term that is far more often labelled positive than the texts as
a whole is one that a classifier will learn to react to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.data.cluster.cluster_options import ClusterOptions, WorkEngine
from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import InputFile, find_inputs
from evenhand.data.lexicons.lexicon import Lexicon, lexicon_names, load_lexicon
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.matching.readings import Match
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.reading.positive_labels import PositiveLabels, label_texts
from evenhand.data.reading.readers import read_batches
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.support.option_checks import check_list

POSITIVE_ABOVE = 0.5  # as a score at the reports' first threshold


@dataclass(frozen=True)
class Occurrence:
    """The rows in which a term, a group or anything at all occurs; every row counts once.

    Attributes:
        name: The term, spelled as in its lexicon, or the group.
        groups: The groups that the term belongs to; empty for a group.
        rows: Rows in which it occurs.
        labelled: Those of them that have a label.
        positive: Those of them whose label is above 0.5.
    """

    name: str
    groups: tuple[str, ...]
    rows: int
    labelled: int
    positive: int

    @property
    def positive_rate(self) -> float | None:
        """Share of the labelled rows that are positive; None if none is labelled."""
        return self.positive / self.labelled if self.labelled else None


@dataclass(frozen=True)
class TermScan:
    """What `scan_terms` found.

    Attributes:
        all_rows: Every row that has a text.
        rows_with_a_term: Those in which a term occurs.
        groups: The groups that occur, the most frequent first.
        terms: The terms that occur, the most frequent first.
    """

    all_rows: Occurrence
    rows_with_a_term: Occurrence
    groups: tuple[Occurrence, ...]
    terms: tuple[Occurrence, ...]


@takes_urls()
def scan_terms(
    inputs: Sequence[str | Path],
    *,
    text_column: str = "text",
    label_column: str | None = None,
    positive_labels: Sequence[str | float | bool] = (),
    terms: Sequence[str | Path] | None = None,
    dialect: Dialect | None = None,
    engine: WorkEngine = "local",
    master: str | None = None,
    progress: Progress = ignore_progress,
) -> TermScan:
    """Count the rows in which identity terms occur, in bounded memory.

    Args:
        inputs: Files, folders and patterns: see `evenhand.data.formats.sources`.
        text_column: Column that holds the texts.
        label_column: Column that holds the labels, numbers from 0 to 1 or null.
        positive_labels: Labels that count as 1, where all others count as 0; see `BuildOptions`.
        terms: Names of lexicons and paths of one's own; None for all that have a name.
        dialect: How text files are written; None leaves that to their names.
        engine, master: Where the work is done; see `ClusterOptions`.
        progress: Told the rows read so far, or how many tasks of a cluster are done.

    Raises:
        ConfigurationError: There is nothing to read or to look for, positive labels cannot be used
            or have no column, or a lexicon that a package adds cannot be used.
        InputError: An input or a lexicon cannot be used.
        UnavailableError: Spark, Java or the cluster cannot be used.
    """
    where = ClusterOptions(engine=engine, master=master)
    names = lexicon_names() if terms is None else terms
    check_list("inputs", inputs)
    if not inputs:
        raise ConfigurationError("there is nothing to scan", expected="at least one input file")
    columns = scanned_columns(names, text_column, label_column, positive_labels)
    labels = PositiveLabels(columns.positive_labels)
    lexicons = [load_lexicon(name) for name in names]
    files = find_inputs(inputs, dialect)
    if where.engine == "local":
        counts = _count(files, columns, lexicons, labels, progress)
    else:
        from evenhand.data.building.spark_scan import scan_on_spark
        from evenhand.data.cluster.spark_session import spark_session

        progress("starting Spark", 0)
        with spark_session(where.master) as spark:
            counts = scan_on_spark(spark, files, columns, lexicons, labels, progress)
    labels.check_all_occur(str(label_column), where=", ".join(str(file.path) for file in files))
    return counts.result()


def _count(
    files: Sequence[InputFile],
    columns: Columns,
    lexicons: Sequence[Lexicon],
    labels: PositiveLabels,
    progress: Progress,
) -> TermCounts:
    """Count the rows of files on this machine."""
    progress("scanning", 0)
    matcher = TermMatcher(lexicons)
    counts, rows = TermCounts(), 0
    for file in files:
        for batch in read_batches(
            file, columns, bad_rows=BadRows(remedy="mend the row"), positive=labels
        ):
            counts.count(batch, matcher)
            rows += batch.num_rows
            progress("scanning", rows)
    progress("scanning", rows, rows)
    return counts


def scanned_columns(
    terms: Sequence[str | Path],
    text_column: str,
    label_column: str | None,
    positive_labels: Sequence[str | float | bool],
) -> Columns:
    """Return the columns to read, for the arguments of `scan_terms`, once these are checked.

    Raises:
        ConfigurationError: As for `scan_terms`.
    """
    check_list("terms", terms)
    if not terms:
        raise ConfigurationError("there is nothing to look for", expected="at least one lexicon")
    if positive_labels and label_column is None:
        raise ConfigurationError(
            "positive labels need a column of labels",
            where="`positive_labels`",
            remedy="name the column with `label_column`",
        )
    named = label_texts(positive_labels)
    return Columns(text=text_column, label=label_column, positive_labels=named)


@dataclass
class _Tally:
    rows: int = 0
    labelled: int = 0
    positive: int = 0

    def count(self, label: float | None) -> None:
        self.rows += 1
        if label is not None:
            self.labelled += 1
            self.positive += label > POSITIVE_ABOVE

    def add(self, other: _Tally) -> None:
        self.rows += other.rows
        self.labelled += other.labelled
        self.positive += other.positive

    def occurrence(self, name: str, groups: tuple[str, ...] = ()) -> Occurrence:
        return Occurrence(name, groups, self.rows, self.labelled, self.positive)


class TermCounts:
    """Counts the rows of batches by term and group; the counts of batches add up."""

    def __init__(self) -> None:
        self._all = _Tally()
        self._with_a_term = _Tally()
        self._groups: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._terms: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._groups_of: dict[str, tuple[str, ...]] = {}

    def count(self, batch: pa.RecordBatch, matcher: TermMatcher) -> None:
        """Count the rows of a batch, with the columns of `read_batches`."""
        batch = batch.filter(pc.is_valid(batch.column("text")))
        labels = batch.column("label")
        self._all.rows += batch.num_rows
        self._all.labelled += len(labels) - labels.null_count
        self._all.positive += pc.sum(pc.greater(labels, POSITIVE_ABOVE), min_count=0).as_py()
        candidates = batch.filter(matcher.candidates(batch.column("text")))
        found = matcher.find_all(candidates.column("text").to_pylist())
        for matches, label in zip(found, candidates.column("label").to_pylist(), strict=True):
            self._count_text(matches, label)

    def add(self, other: TermCounts) -> None:
        """Add what was counted of other rows."""
        self._all.add(other._all)
        self._with_a_term.add(other._with_a_term)
        for ours, theirs in ((self._groups, other._groups), (self._terms, other._terms)):
            for name, tally in theirs.items():
                ours[name].add(tally)
        for term, groups in other._groups_of.items():
            self._belongs(term, groups)

    def _count_text(self, matches: list[Match], label: float | None) -> None:
        if matches:
            self._with_a_term.count(label)
        for group in {group for match in matches for group in match.groups}:
            self._groups[group].count(label)
        for term in {match.term for match in matches}:
            self._terms[term].count(label)
        for match in matches:
            self._belongs(match.term, match.groups)

    def _belongs(self, term: str, groups: Iterable[str]) -> None:
        """Note a term's groups: a guard may leave it in fewer of them here than there."""
        self._groups_of[term] = tuple(dict.fromkeys((*self._groups_of.get(term, ()), *groups)))

    def result(self) -> TermScan:
        """Return what was counted, the most frequent first."""
        groups = [tally.occurrence(name) for name, tally in self._groups.items()]
        terms = [
            tally.occurrence(name, self._groups_of[name]) for name, tally in self._terms.items()
        ]
        return TermScan(
            all_rows=self._all.occurrence("all rows"),
            rows_with_a_term=self._with_a_term.occurrence("rows with a term"),
            groups=_largest_first(groups),
            terms=_largest_first(terms),
        )


def _largest_first(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    return tuple(sorted(occurrences, key=lambda found: (-found.rows, found.name)))
