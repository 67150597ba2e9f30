"""Single texts tried on a model, before any dataset is built: their pairs, scores and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from evenhand.data.errors import InputError
from evenhand.data.lexicons.lexicon import builtin_lexicons, lexicon_names, load_lexicon
from evenhand.data.matching.matcher import TermMatcher
from evenhand.data.methods.base import Counterfactual, PairMethod, Skipped
from evenhand.data.methods.choice import MethodChoice, default_method
from evenhand.data.methods.custom import ABLATE, NEUTRAL, SUBSTITUTE
from evenhand.data.notebook.html_summary import HtmlTable, html_summary
from evenhand.data.options import takes
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.support.option_checks import check_list
from evenhand.data.support.printable import printable
from evenhand.evaluation.report_options import Model, TryOptions
from evenhand.remediation.model_options import ModelOptions

_SHOWN = 300  # characters of a text in an error
_NO_TERM = "it holds no term"

Decision = str
"""``"positive"``, ``"negative"``, or the number of the most probable of several classes."""


@dataclass(frozen=True)
class Decided:
    """What a model says of a text.

    Attributes:
        score: Its probability of the positive class or, of several classes, of the most probable.
        decision: What is decided.
    """

    score: float
    decision: Decision


@dataclass(frozen=True)
class TriedPair:
    """A text's counterfactual.

    Attributes:
        counterfactual: The text.
        terms: The terms that were edited.
        groups: Their groups.
        decided: What the model says of it; None without a model.
        flips: Whether the decision is another than that on the original; None without a model.
    """

    counterfactual: str
    terms: tuple[str, ...]
    groups: tuple[str, ...]
    decided: Decided | None = None
    flips: bool | None = None


@dataclass(frozen=True)
class TriedText:
    """A text with its pairs.

    Attributes:
        text: The text.
        decided: What the model says of it; None without a model.
        pairs: Its counterfactuals.
        reason: Why the method makes none: a sentence without its full stop; None if it makes one.
        paired_by: evenhand's other methods that pair the text, where its term has no pair. If no
            method was asked for, the first of them made `pairs`.
    """

    text: str
    decided: Decided | None
    pairs: tuple[TriedPair, ...]
    reason: str | None
    paired_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class TriedTexts:
    """Texts that were tried.

    Attributes:
        model: The model's name; None if only pairs were made.
        outputs: How its outputs are read, in words; None without a model.
        threshold: The decision threshold; None without a model, and for the most probable of
            several classes.
        method: How pairs are made.
        lexicons: Where terms come from.
        texts: The texts, in order.
    """

    model: str | None
    outputs: str | None
    threshold: float | None
    method: str
    lexicons: tuple[str, ...]
    texts: tuple[TriedText, ...]

    @property
    def pairs(self) -> int:
        """The number of pairs."""
        return sum(len(each.pairs) for each in self.texts)

    @property
    def flips(self) -> int:
        """The number of pairs that flip."""
        return sum(bool(pair.flips) for each in self.texts for pair in each.pairs)

    def _repr_html_(self) -> str:
        rows = []
        for each in self.texts:
            rows.append((each.text, *_in_words(each.decided), each.reason or ""))
            for pair in each.pairs:
                flips = "flips" if pair.flips else ""
                rows.append((f"↳ {pair.counterfactual}", *_in_words(pair.decided), flips))
        flipped = f"{self.flips} of {self.pairs} pairs flip"
        title = f"{self.pairs} pairs" if self.model is None else flipped
        told = [] if self.model is None else [f"{self.model}, outputs read as {self.outputs}"]
        table = HtmlTable(("text", "score", "decision", ""), rows)
        return html_summary(title, [*told, f"by the method {self.method}"], [table])

    def as_document(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {**asdict(self), "pairs": self.pairs, "flips": self.flips}


@takes_urls()
@takes(TryOptions)
def try_texts(texts: str | Sequence[str], model: Model | None = None, **options: Any) -> TriedTexts:
    """Make the pairs of a few texts, and score both sides of each.

    Args:
        texts: The texts, or one.
        model: A MODEL reference, a Keras model, or a function from a list of str to their scores;
            see `load_classifier`. None to make pairs only, without TensorFlow.
        **options: See `evenhand.evaluation.report_options.TryOptions`.

    Raises:
        ConfigurationError: An option is wrong.
        InputError: A lexicon or the model cannot be used, or the model fails on a text.

    Examples:
        >>> def score(texts):
        ...     return [0.9 if "She" in text else 0.1 for text in texts]
        >>> [text] = try_texts("She is here.", score, method="ablate").texts
        >>> text.decided.decision, text.pairs[0].decided.decision
        ('positive', 'negative')
    """
    listed = [texts] if isinstance(texts, str) else texts
    check_list("texts", listed)
    for text in listed:
        if not isinstance(text, str):
            raise InputError(f"a text must be a string, got {type(text).__name__}", where="`texts`")
    return TextTrial(model, TryOptions(**options))(listed)


class _Paired(NamedTuple):
    """A text's counterfactuals; see `TriedText`."""

    pairs: Sequence[Counterfactual]
    reason: str | None
    paired_by: tuple[str, ...] = ()


class TextTrial:
    """A model, or none, that texts can be tried on one after the other.

    Raises:
        ConfigurationError, InputError: As for `try_texts`.
    """

    def __init__(self, model: Model | None, options: TryOptions) -> None:
        names = lexicon_names() if options.terms is None else options.terms
        self._options = options
        self._matcher = TermMatcher([load_lexicon(name) for name in names])
        self._method = self._made(options.method or default_method(self._matcher.lexicons))
        self._classifier: Any = None
        if model is not None:
            from evenhand.remediation.models.loading import load_classifier

            self._classifier = load_classifier(model, options.chosen_for(ModelOptions))

    def _made(self, method: str) -> PairMethod:
        return MethodChoice(method).make(self._matcher)

    def __call__(self, texts: Sequence[str]) -> TriedTexts:
        """Try texts; see `try_texts`."""
        paired = [self._paired(text) for text in texts]
        counterfactuals = [pair.text for each in paired for pair in each.pairs]
        decided = self._decided(list(dict.fromkeys([*texts, *counterfactuals])))

        def tried(text: str, paired: _Paired) -> TriedText:
            own = decided.get(text)
            pairs = (_tried(pair, own, decided.get(pair.text)) for pair in paired.pairs)
            return TriedText(text, own, tuple(pairs), paired.reason, paired.paired_by)

        model, by_class = self._classifier, False
        if model is not None:
            by_class = model.positive_class is None
        return TriedTexts(
            model=None if model is None else model.name,
            outputs=None if model is None else model.reading,
            threshold=None if model is None or by_class else float(self._options.threshold),
            method=self._method.name,
            lexicons=tuple(lexicon.name for lexicon in self._matcher.lexicons),
            texts=tuple(map(tried, texts, paired)),
        )

    def _paired(self, text: str) -> _Paired:
        self._matcher.left_alone.clear()
        [outcome] = self._method([text])
        if not isinstance(outcome, Skipped):
            reason = None if outcome else f"{_NO_TERM}{self._why_no_term(text)}"
            return _Paired(outcome, reason)
        others = self._paired_by_others(text)
        pairs = next(iter(others.values()), ()) if self._options.method is None else ()
        return _Paired(pairs, outcome.reason, tuple(others))

    def _why_no_term(self, text: str) -> str:
        """Return where terms were looked for, and what there is instead."""
        if left_alone := sorted(self._matcher.left_alone):
            return (
                f" that is said of a person: what is spelled like one of {', '.join(left_alone)} "
                "is left alone"
            )
        if self._options.terms is None:
            return " of any lexicon"
        asked = [lexicon.name for lexicon in self._matcher.lexicons]
        for name in builtin_lexicons():
            matches = [] if name in asked else TermMatcher([load_lexicon(name)]).find(text)
            if matches:
                term = text[matches[0].start : matches[0].end]
                return f" of {', '.join(asked)}, but {term!r} is one of the lexicon {name}"
        return f" of {', '.join(asked)}"

    def _paired_by_others(self, text: str) -> dict[str, Sequence[Counterfactual]]:
        """Return a text's counterfactuals by each of evenhand's other methods that pairs it."""
        others = [name for name in (NEUTRAL, SUBSTITUTE, ABLATE) if name != self._method.name]
        outcomes = {name: self._made(name)([text])[0] for name in others}
        return {name: each for name, each in outcomes.items() if not isinstance(each, Skipped)}

    def _decided(self, texts: list[str]) -> dict[str, Decided]:
        """Return what the model says of texts; nothing without a model."""
        if self._classifier is None or not texts:
            return {}
        from evenhand.remediation.models.classifier import ScoringError
        from evenhand.remediation.outputs.decisions import decisions

        try:
            predicted = self._classifier.predict(texts)
        except ScoringError as error:
            text = printable(texts[error.number][:_SHOWN])
            raise error.at(f"the text {text!r}") from error
        threshold = float(self._options.threshold)
        if predicted.ndim == 2:
            classes = decisions(predicted)
            scores = predicted[range(len(texts)), classes]
            named = [str(each) for each in classes]
        else:
            scores = predicted
            named = ["positive" if each else "negative" for each in decisions(scores, threshold)]
        return {
            text: Decided(float(score), name)
            for text, score, name in zip(texts, scores, named, strict=True)
        }


def _in_words(decided: Decided | None) -> tuple[str, str]:
    return ("", "") if decided is None else (f"{decided.score:.3f}", decided.decision)


def _tried(pair: Counterfactual, original: Decided | None, decided: Decided | None) -> TriedPair:
    flips = None
    if original is not None and decided is not None:
        flips = original.decision != decided.decision
    return TriedPair(pair.text, pair.terms, pair.groups, decided, flips)
