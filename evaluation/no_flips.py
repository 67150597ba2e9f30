"""`assert_no_flips`: tests in one line that a model decides the same with and without terms."""

from __future__ import annotations

import csv
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evenhand.data.building.in_memory import Pair, make_pairs
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.support.option_checks import check_number, check_whole
from evenhand.data.support.printable import printable
from evenhand.evaluation.findings.edits import Pieces, mark_edits, shorten
from evenhand.evaluation.findings.one_decision import Decided
from evenhand.remediation.judging.warning_signs import RARER_DECISION
from evenhand.remediation.outputs.decisions import decisions, flips

if TYPE_CHECKING:
    from evenhand.remediation.model_options import ModelOptions
    from evenhand.remediation.models.classifier import Classifier

MAX_SHOWN = 10  # flips in a message
MAX_TEXT = 300  # characters of a text in a message
FEW_TEXTS = round(1 / RARER_DECISION)  # fewer may be decided alike because they were chosen so


@takes_urls()
def assert_no_flips(
    model: Any,
    texts: Sequence[str],
    terms: str | Path | Sequence[str | Path] | Mapping[str, Sequence[str]] = "gender",
    *,
    method: str = "ablate",
    threshold: float = 0.5,
    max_flips: int = 0,
    options: ModelOptions | None = None,
    allow_one_decision: bool = False,
) -> None:
    """Assert that a model's decisions do not change if identity terms are removed or replaced.

    A model that decides all texts alike cannot flip, so it proves nothing that it does not. With
    fewer than 100 different texts, originals and counterfactuals together, that is a warning: they
    may be meant to be decided alike. With more it is a failure, as for a gate.

    Args:
        model: What gives the scores: a function from a list of n str to n probabilities, shape (n,)
            or (n, 1), or to those of classes, shape (n, classes), or to several such outputs by
            name; a Keras model or `Classifier`; or a MODEL reference, such as the path of a
            ``.keras`` file.
        texts: Texts, at least one of them with a term. Texts without a term have no counterfactual,
            but are scored: include some that should get the other decision.
        terms: A built-in lexicon's name or a lexicon file, or several; or words by group, such as
            ``{"female": ["she", "her"]}``.
        method: How counterfactuals are made; see `evenhand.data.BuildOptions`. Not neutral by
            default, because that leaves texts out that speak about a group.
        threshold: A score above it is a positive decision.
        max_flips: Number of pairs that may flip.
        options: How to load the model and read its outputs, such as ``ModelOptions(logits=True)``
            for a function that gives logits.
        allow_one_decision: Whether the same decision is right for (nearly) all of these texts. Then
            it causes neither a warning nor a failure.

    Raises:
        ConfigurationError: An argument is out of range, or an option is not for such a model.
        AssertionError: More than `max_flips` pairs flip; the message shows those whose scores
            differ most, with the edited words in brackets. Or more than 99 % of 100 or more texts
            are decided alike.
        InputError: No text holds a term, so that nothing would be tested; or the texts, the terms
            or the model cannot be used, or the meaning of its outputs is unclear.

    Examples:
        >>> def score(texts):
        ...     return [0.9 if "awful" in text else 0.2 for text in texts]
        >>> assert_no_flips(score, ["she is here", "how awful"])
    """
    __tracebackhide__ = True  # pytest shows the test's line
    check_number("threshold", threshold, least=0, below=1)
    check_whole("max_flips", max_flips, least=0)
    with _lexicons(terms) as lexicons:
        pairs = list(make_pairs(texts, terms=lexicons, method=method))
    if not pairs:
        raise InputError(
            "no text holds a term, so there is nothing to test",
            expected=f"a text with a term of {terms}",
        )
    score_of = _scores(model, pairs, texts, options)
    originals = np.array([score_of[pair.original] for pair in pairs])
    counterfactuals = np.array([score_of[pair.counterfactual] for pair in pairs])
    flipped = np.flatnonzero(flips(originals, counterfactuals, threshold))
    if len(flipped) <= max_flips:
        if not allow_one_decision:
            _check_decisions(np.array(list(score_of.values())), threshold)
        return
    order = flipped[np.argsort(-np.abs(originals - counterfactuals)[flipped], kind="stable")]
    lines = [
        f"{len(flipped)} of {len(pairs)} pairs flip at threshold {threshold:g}, and {max_flips} may"
    ]
    for i in order[:MAX_SHOWN]:
        lines += _shown(pairs[i], originals[i], counterfactuals[i])
    if len(order) > MAX_SHOWN:
        lines.append(f"and {len(order) - MAX_SHOWN} more")
    raise AssertionError("\n".join(lines))


@contextmanager
def _lexicons(terms: Any) -> Iterator[Sequence[str | Path]]:
    if isinstance(terms, str | Path):
        yield [terms]
    elif not isinstance(terms, Mapping):
        yield terms
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "terms.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(
                    (word, group) for group, words in terms.items() for word in words
                )
            yield [path]


def _scores(
    model: Any, pairs: Sequence[Pair], texts: Sequence[str], options: ModelOptions | None
) -> dict[str, float]:
    """Return the score of each different text, whether it is in a pair or not."""
    from evenhand.remediation.models.classifier import ScoringError

    sides = ((pair.original, pair.counterfactual) for pair in pairs)
    different = list(dict.fromkeys([*texts, *(text for side in sides for text in side)]))
    try:
        scores = _classifier(model, options, different[:2]).score(different)
    except ScoringError as error:
        text = printable(different[error.number][:MAX_TEXT])
        raise error.at(f"the text {text!r}") from error
    return dict(zip(different, scores.tolist(), strict=True))


def _check_decisions(scores: npt.NDArray[np.float64], threshold: float) -> None:
    """Warn, or with many texts fail, if nearly all decisions are the same."""
    __tracebackhide__ = True
    positive = int(decisions(scores, threshold).sum())
    rarer = min(positive, len(scores) - positive)
    commonest = "positive" if 2 * positive > len(scores) else "negative"
    found = Decided(commonest, rarer / len(scores), len(scores), threshold)
    if not found.is_alike:
        return
    words = (
        f"no evidence: the model {found.describe()}, so it could not flip\n"
        "  try: add texts that should get the other decision, or allow_one_decision=True if "
        "one decision is right for all"
    )
    if len(scores) >= FEW_TEXTS:
        raise AssertionError(words)
    warnings.warn(words, stacklevel=3)


def _classifier(model: Any, options: ModelOptions | None, two_texts: Sequence[str]) -> Classifier:
    from evenhand.remediation.model_options import ModelOptions
    from evenhand.remediation.models.classifier import Classifier
    from evenhand.remediation.models.loading import load_classifier

    if isinstance(model, Classifier):
        if options is not None:
            raise ConfigurationError(
                "a Classifier has been loaded with options of its own", where="options"
            )
        return model
    return load_classifier(model, options or ModelOptions(), two_texts=two_texts)


def _shown(pair: Pair, original: float, counterfactual: float) -> Iterator[str]:
    before, after = mark_edits(pair.original, pair.counterfactual)
    yield f"text {pair.example + 1} ({', '.join(pair.terms)}):"
    for score, pieces in ((original, before), (counterfactual, after)):
        yield f"  {score:.3f}  {_in_brackets(shorten(pieces, MAX_TEXT))}"


def _in_brackets(pieces: Pieces) -> str:
    text = "".join(f"[{text}]" if edited else text for text, edited in pieces)
    return " ".join(printable(text).split())
