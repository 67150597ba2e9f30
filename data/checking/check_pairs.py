"""Check the quality of pairs, whoever made them, batch by batch in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import fsum
from pathlib import Path
from typing import Any, Protocol

from evenhand.data.checking.check_options import CheckOptions
from evenhand.data.checking.fluency import Fluency
from evenhand.data.checking.identity_changes import IdentityChanges
from evenhand.data.checking.pair_checks import CHECKS, GRAMMAR, grammar_faults
from evenhand.data.checking.pair_source import PairBatch, read_pairs
from evenhand.data.checking.pair_tally import CheckedPair, PairTally
from evenhand.data.checking.seen_pairs import SeenPairs
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.dataset.quality import PairQuality
from evenhand.data.errors import InputError
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.lexicons.lexicon import lexicon_names, load_lexicon
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls


class TellsAlike(Protocol):
    """Tells which pairs a model cannot tell apart.

    Attributes:
        how: What is compared, in words.
    """

    how: str

    def __call__(self, originals: Sequence[str], counterfactuals: Sequence[str]) -> Sequence[bool]:
        """Return for each pair whether its texts are the same to the model."""


@dataclass(frozen=True)
class FluencyChange:
    """How fluency changes from original to counterfactual.

    Attributes:
        mean: The mean of the counterfactual's rate less the original's, over all pairs.
        loss: Pairs whose counterfactual is rated lower by more than this count as less fluent.
    """

    mean: float
    loss: float


@dataclass(frozen=True)
class PairCheckResult:
    """What `check_pairs` found.

    Attributes:
        quality: The counts.
        examples: The first pairs that each check found something in, by its name.
        skipped: Rows that could not be used, by reason.
        bad_rows: The first of them, with their places.
        lexicons: The names of the lexicons that were gone by.
        compared: What was compared for the model, in words; None without a model.
        fluency: How fluency changes; None without a function that rates texts.
    """

    quality: PairQuality
    examples: Mapping[str, tuple[CheckedPair, ...]]
    skipped: Mapping[str, int]
    bad_rows: tuple[str, ...]
    lexicons: tuple[str, ...]
    compared: str | None = None
    fluency: FluencyChange | None = None

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON."""
        quality = self.quality
        ratios = quality.length_ratios
        return {
            "pairs": quality.checked,
            "grammar_errors": {
                "pairs": quality.grammar_errors,
                "share": quality.grammar_error_share,
            },
            "checks": [
                {
                    "name": name,
                    "definition": CHECKS[name].definition,
                    "is_grammar": CHECKS[name].is_grammar,
                    "pairs": count,
                    "share": count / quality.checked,
                    "examples": [pair._asdict() for pair in self.examples.get(name, ())],
                }
                for name, count in quality.faults.items()
            ],
            "length_ratios": None if ratios is None else ratios.model_dump(),
            "compared": self.compared,
            "fluency": None if self.fluency is None else asdict(self.fluency),
            "lexicons": list(self.lexicons),
            "skipped": dict(self.skipped),
        }


@takes_urls()
@takes(CheckOptions)
def check_pairs(
    pairs: str | Path | CounterfactualDataset,
    *,
    alike: TellsAlike | None = None,
    progress: Progress = ignore_progress,
    **options: Any,
) -> PairCheckResult:
    """Count the faults of pairs that can be seen without understanding them.

    Args:
        pairs: A dataset, or its folder; or a file with the columns `original` and
            `counterfactual`, and optionally `id`.
        alike: Tells which pairs a model cannot tell apart: what
            `evenhand.remediation.tells_alike` returns.
        progress: Told the pairs checked so far.
        **options: See `evenhand.data.checking.check_options.CheckOptions`.

    Raises:
        ConfigurationError: An option is wrong.
        InputError: The pairs or a lexicon cannot be read, there is no pair, or the model or the
            function that rates texts fails.
    """
    chosen = CheckOptions(**options)
    pairs = CounterfactualDataset.location(pairs)
    fluency = None if chosen.fluency is None else Fluency(chosen.fluency)
    bad_rows = BadRows(chosen.on_error)
    batches, total = read_pairs(pairs, dialect=chosen.dialect, bad_rows=bad_rows)
    progress("checking", 0, total)
    names = lexicon_names() if chosen.terms is None else chosen.terms
    lexicons = [load_lexicon(name) for name in names]
    job = _Job(
        IdentityChanges(lexicons), alike, fluency, chosen.fluency_loss or 0.0, chosen.examples
    )
    done = 0
    for batch in batches:
        job.add(batch)
        done += len(batch.rows)
        progress("checking", done, total)
    if not done:
        raise InputError("there is no pair to check", where=str(pairs))
    progress("checking", done, done)
    return PairCheckResult(
        job.tally.quality(),
        job.tally.examples,
        dict(bad_rows.by_reason),
        tuple(bad_rows.first),
        tuple(lexicon.name for lexicon in lexicons),
        None if alike is None else alike.how,
        job.fluency_change(),
    )


class _Job:
    """One pass over pairs."""

    def __init__(
        self,
        identity: IdentityChanges,
        alike: TellsAlike | None,
        fluency: Fluency | None,
        loss: float,
        examples: int,
    ) -> None:
        self._identity = identity
        self._alike = alike
        self._fluency = fluency
        self._loss = loss
        self._changes: list[float] = []  # the sums of batches
        self._rated = 0
        self._seen = SeenPairs()
        done = {"alike_to_model": alike is not None, "less_fluent": fluency is not None}
        checks = [name for name in CHECKS if done.get(name, True)]
        self.tally = PairTally(checks, grammar=GRAMMAR, examples=examples)

    def add(self, batch: PairBatch) -> None:
        """Check a batch of pairs."""
        texts = batch.originals, batch.counterfactuals
        if not batch.rows:
            return
        flags: dict[str, Sequence[bool]] = {"duplicate": self._seen.add(*texts).tolist()}
        if self._alike is not None:
            flags["alike_to_model"] = self._alike(*texts)
        if self._fluency is not None:
            changes = self._fluency.changes(*texts)
            self._changes.append(fsum(changes))
            self._rated += len(changes)
            flags["less_fluent"] = [-change > self._loss for change in changes]
        pairs = map(CheckedPair, *batch)
        found = zip(pairs, self._identity.of(*texts), grammar_faults(*texts), strict=True)
        for number, (pair, faults, of_grammar) in enumerate(found):
            if pair.original == pair.counterfactual:
                faults.append("identical")
            faults += of_grammar
            faults += [name for name, flagged in flags.items() if flagged[number]]
            self.tally.add(pair, faults)

    def fluency_change(self) -> FluencyChange | None:
        """Return how fluency changes, if that was asked for."""
        if self._fluency is None:
            return None
        return FluencyChange(fsum(self._changes) / self._rated, self._loss)
