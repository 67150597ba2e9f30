"""Text classifiers of any kind, and scoring texts with them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import InputError
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.support.memory import OutOfMemoryError, tells_of_no_memory
from evenhand.data.support.option_checks import check_list, check_whole
from evenhand.remediation.defaults import SCORING_BATCH
from evenhand.remediation.models.keras_model import generation_of, taking_strings
from evenhand.remediation.models.predictor import (
    Heads,
    Inputs,
    Predictor,
    Preprocess,
    labels_of_no_class,
    needs_a_class,
)
from evenhand.remediation.models.references import not_trainable
from evenhand.remediation.models.score_cache import ScoreCache, kept_scores, keys_of
from evenhand.remediation.outputs.meaning import Reading
from evenhand.remediation.runtime.tensorflow import KerasGeneration
from evenhand.remediation.runtime.texts import encode_texts

_STYLES = re.compile("\x1b\\[[0-9;]*m")
_RAISED = re.compile(r"[\w.]*(?:Error|Exception): ")
_WRAPPING = re.compile(
    r"(Exception encountered when calling|Arguments received by|Graph execution error:|"
    r"Detected at node|in user code:)"
)


class ScoringError(InputError):
    """A model fails on one text, or gives no score for it.

    Attributes:
        number: The text's place among those that were to be scored.
    """

    def __init__(self, what: str, *, number: int, **parts: str | None) -> None:
        super().__init__(what, **parts)
        self.number = number

    def at(self, place: str) -> InputError:
        """Return the error for those who know the text by another place: a row, its beginning."""
        return InputError(
            self.what,
            where=f"{self.where}, {place}",
            expected=self.expected,
            remedy=self.remedy,
        )


@dataclass(frozen=True)
class Classifier:
    """A text classifier with a positive class.

    It has three methods, each of which does more than the one before. `run` returns every output of
    the model as it is. `predict` reads the chosen output as probabilities, checks them, and returns
    what decisions are made from. `score` returns the probability of the positive class, and can
    keep it for other runs.

    Attributes:
        name: What to call the model in reports: its file's or attribute's name, or its URL.
        sha256: Digest of the model file or folder; None for a model that has none.
        predictor: The model.
        preprocess: Turns texts into the model's input; None if the model takes texts.
        heads: The shape of every output for one text, by its name.
        head: The output that is read.
        n_classes: How many numbers the head gives for a text.
        positive_class: Which of them is the positive class's; None if a text has one of more than
            two classes and none is special.
        meaning: How they are read: `predict` makes probabilities of them by it.
        identity: Digest of all that decides the scores, for a cache; None if that cannot be known.
        class_is_named: Whether the user named the positive class. It is then used alone: the
            outputs of all classes need not sum to 1.
        label_outputs: The numbers of the head that are trained on labels of their own, of which a
            text may have any, by the label's name, that of the positive class first; empty where
            only that is.
    """

    name: str
    sha256: str | None
    predictor: Predictor = field(repr=False)
    preprocess: Preprocess | None
    heads: Mapping[str, tuple[int, ...]]
    head: str
    n_classes: int
    positive_class: int | None
    meaning: Reading
    identity: str | None = None
    class_is_named: bool = False
    label_outputs: Mapping[str, int] = field(default_factory=dict)

    @property
    def reading(self) -> str:
        """How the outputs are read, in words: ``"probabilities of a sigmoid"``."""
        return self.meaning.words

    @property
    def gives_logits(self) -> bool:
        """Whether the outputs are logits; otherwise they are probabilities."""
        return self.meaning.are_logits

    @property
    def keras_model(self) -> Any:
        """The `keras.Model` of either generation, or None: without one it cannot be trained."""
        return getattr(self.predictor, "model", None)

    def trainable_model(self, generation: KerasGeneration) -> Any:
        """Return the Keras model to train, of Keras 3 or of Keras 2.

        It takes what `preprocess` returns, or texts. It is `keras_model` itself, except if that has
        a preprocessor of its own, as KerasHub's models do: then it is another model, which takes
        texts and shares its weights. Save `keras_model` in either case.

        Raises:
            InputError: There is no Keras model, or it is of the other Keras.
        """
        model = self.keras_model
        if model is None:
            raise not_trainable(self.name)
        if self.meaning.are_decisions:
            raise InputError(
                f"the model can be scored but not trained: it gives {self.reading}",
                where=self.name,
                expected="a model that gives probabilities or logits",
                remedy="train the model without its last operation",
            )
        if (found := generation_of(model)) != generation:
            raise InputError(
                f"the model is of Keras {found}, and this training is of Keras {generation}",
                where=self.name,
                remedy="for code that makes a model of Keras 2, set TF_USE_LEGACY_KERAS=1, and for "
                "one of Keras 3 do not",
            )
        own = getattr(model, "preprocessor", None)
        if generation == 3 and own is not None and self.preprocess is own:
            return taking_strings(model)
        return model

    @property
    def numbered_heads(self) -> list[str]:
        """The names of all outputs, in the order in which Keras numbers them."""
        number_of = getattr(self.predictor, "number_of", None)
        return sorted(self.heads, key=number_of) if number_of else list(self.heads)

    @property
    def classes_are_exclusive(self) -> bool:
        """Whether a text has one of several classes."""
        return self.meaning.are_exclusive

    def check_labels(self, columns: Columns) -> None:
        """Check that a dataset's labels, if it has any, fit the classes.

        Raises:
            InputError: They number other classes, or do not say which class they are about.
        """
        n_classes = self.n_classes
        if columns.classes is None and columns.label and self.positive_class is None:
            raise labels_of_no_class(n_classes, self.name)
        fits = n_classes == columns.classes and self.classes_are_exclusive
        if columns.classes is not None and not fits and (n_classes, columns.classes) != (1, 2):
            gives = "one score" if n_classes == 1 else f"{n_classes} classes"
            one = "" if self.classes_are_exclusive else ", of which a text may have several"
            raise InputError(
                f"the dataset's labels number {columns.classes} classes, and the model gives "
                f"{gives}{one}",
                where=self.name,
                expected="as many classes, of which a text has one",
            )

    def run(
        self, texts: npt.NDArray[np.object_], batch_size: int = SCORING_BATCH
    ) -> dict[str, npt.NDArray[np.float32]]:
        """Return every output for one or more texts, as the model gives it, by its name.

        Args:
            texts: UTF-8 bytes objects, shape (n,).
            batch_size: Texts that the model sees at once.

        Returns:
            Arrays with the leading dimension n: probabilities, logits or anything else.

        Raises:
            ConfigurationError: The batch size is not a whole number above 0.
        """
        check_whole("batch_size", batch_size)
        starts = range(0, len(texts), batch_size)
        batches = [self._run(texts[start : start + batch_size]) for start in starts]
        return {
            head: np.concatenate([batch[head] for batch in batches]).astype(np.float32)
            for head in self.heads
        }

    def predict(
        self,
        texts: Sequence[str | bytes] | npt.NDArray[np.object_],
        batch_size: int = SCORING_BATCH,
        progress: Progress = ignore_progress,
    ) -> npt.NDArray[np.float64]:
        """Return what decisions on texts are made from; see `score` for arguments and errors.

        That is the score, shape (n,). Without a positive class it is the probabilities of all
        classes, shape (n, classes), of which the largest decides.
        """
        if self.positive_class is not None:
            return self.score(texts, batch_size=batch_size, progress=progress)
        check_list("texts", texts)
        check_whole("batch_size", batch_size)
        predicted = np.empty((len(texts), self.n_classes))
        for start in range(0, len(texts), batch_size):
            batch = encode_texts(texts[start : start + batch_size])
            numbers = np.arange(start, start + len(batch))
            predicted[numbers] = self._probabilities(batch, numbers)
            progress("scoring", start + len(batch), len(texts))
        return predicted

    def predict_labels(
        self,
        texts: Sequence[str | bytes] | npt.NDArray[np.object_],
        batch_size: int = SCORING_BATCH,
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Return the scores of each of several labels, by its name, each of shape (n,).

        Where no more than one is trained, it is what `predict` returns, under an empty name.
        """
        if len(self.label_outputs) < 2:
            return {"": self.predict(texts, batch_size)}
        scores = self.score_outputs(texts, [*self.label_outputs.values()], batch_size=batch_size)
        return dict(zip(self.label_outputs, scores.T, strict=True))

    def score(
        self,
        texts: Sequence[str | bytes] | npt.NDArray[np.object_],
        *,
        batch_size: int = SCORING_BATCH,
        cache: Path | None = None,
        progress: Progress = ignore_progress,
    ) -> npt.NDArray[np.float64]:
        """Return the probability of the positive class for each text.

        Args:
            texts: Any number of them, as str or as UTF-8, read batch by batch; a lone surrogate
                counts as a question mark.
            batch_size: Texts that the model sees at once.
            cache: Folder to keep scores in and to take them from, or None. If it cannot be used,
                the log says so, and scores are not kept.
            progress: Told how many texts are scored, as stage ``"scoring"``.

        Returns:
            Scores in [0, 1], shape (n,).

        Raises:
            ConfigurationError: The batch size is not a whole number above 0.
            ScoringError: The model fails on a text, or its outputs contradict how they are read.
            InputError: The model fails altogether, or has several classes and none was named.
            OutOfMemoryError: A batch does not fit into memory.
        """
        if self.positive_class is None:
            raise needs_a_class(self.n_classes, self.classes_are_exclusive, self.name)
        return self.score_outputs(
            texts, [self.positive_class], batch_size=batch_size, cache=cache, progress=progress
        )[:, 0]

    def score_outputs(
        self,
        texts: Sequence[str | bytes] | npt.NDArray[np.object_],
        numbers: Sequence[int],
        *,
        batch_size: int = SCORING_BATCH,
        cache: Path | None = None,
        progress: Progress = ignore_progress,
    ) -> npt.NDArray[np.float64]:
        """Return the probabilities of some classes or labels for each text, scored once for all.

        Args:
            texts, batch_size, cache, progress: As for `score`, with its errors.
            numbers: The columns of the head, each from 0.

        Returns:
            Scores in [0, 1], shape (n, len(numbers)).
        """
        check_list("texts", texts)
        check_whole("batch_size", batch_size)
        with contextlib.ExitStack() as stack:
            opened = [
                stack.enter_context(kept_scores(cache, self._identity_of(number)))
                for number in numbers
            ]
            kept = [each for each in opened if each is not None]
            if len(kept) < len(opened):
                kept = []
            return self._score(texts, list(numbers), batch_size, kept, progress)

    def _score(
        self,
        texts: Sequence[str | bytes] | npt.NDArray[np.object_],
        numbers: list[int],
        batch_size: int,
        kept: list[ScoreCache],
        progress: Progress,
    ) -> npt.NDArray[np.float64]:
        """Score texts; `kept` has a file for each of the numbers, or is empty."""
        scores = np.empty((len(texts), len(numbers)), dtype=np.float64)
        for start in range(0, len(texts), batch_size):
            batch = encode_texts(texts[start : start + batch_size])
            found = np.full((len(batch), len(numbers)), np.nan)
            keys = keys_of(batch if kept else batch[:0])
            for column, of_one in enumerate(kept):
                found[:, column] = of_one.look_up(keys)
            new = np.flatnonzero(np.isnan(found).any(axis=1))
            if len(new):
                try:
                    found[new] = self._probabilities(batch[new], start + new)[:, numbers]
                except ScoringError:
                    raise
                except InputError as error:
                    raise _with_scores_kept(error, start, len(texts), kept) from error
                for column, of_one in enumerate(kept):
                    of_one.keep(keys[new], found[new, column])
            scores[start : start + len(batch)] = found
            progress("scoring", start + len(batch), len(texts))
        return scores

    def _identity_of(self, number: int) -> str | None:
        """Return the identity of one column's scores, which for the positive class is its own."""
        if self.identity is None or number == self.positive_class:
            return self.identity
        return hashlib.sha256(f"{self.identity} {number}".encode()).hexdigest()

    def _probabilities(
        self, batch: npt.NDArray[np.object_], numbers: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Return the checked probabilities of all classes; `numbers` name texts in errors."""
        try:
            outputs = self._run_head(batch)
        except (InputError, OutOfMemoryError):
            raise
        except (Exception, SystemExit) as error:
            number, reason = self._first_failure(batch, numbers, error)
            raise ScoringError(
                f"the model fails on a text ({reason_of(reason)})", number=number, where=self.name
            ) from error
        probabilities = self.meaning.probabilities(outputs)
        wrong = self.meaning.wrong(probabilities, is_alone=self.class_is_named)
        if wrong.any():
            raise ScoringError(
                self.meaning.complaint(probabilities, wrong),
                number=int(numbers[wrong.argmax()]),
                where=self.name,
                expected=f"scores from 0 to 1 (outputs read as: {self.reading})",
                remedy=self.meaning.remedy,
            )
        return probabilities

    def _run_head(self, batch: npt.NDArray[np.object_]) -> npt.NDArray[Any]:
        outputs = self._run(batch).get(self.head)
        if outputs is None or outputs.shape not in self._shapes_of(len(batch)):
            raise InputError(
                f"the model gives outputs of another shape for {len(batch)} texts than for two",
                where=self.name,
                expected=f"an output {self.head!r} of {self.n_classes} numbers for each text",
            )
        return outputs

    def _run(self, batch: npt.NDArray[np.object_]) -> Heads:
        inputs = inputs_of(self.preprocess, batch)
        try:
            return self.predictor(inputs)
        except Exception as error:
            if tells_of_no_memory(error):
                raise OutOfMemoryError(f"{self.name}, {len(batch)} texts at once") from error
            raise

    def _shapes_of(self, n_texts: int) -> tuple[tuple[int, ...], ...]:
        one = ((n_texts,),) if self.n_classes == 1 else ()
        return ((n_texts, self.n_classes), *one)

    def _first_failure(
        self, batch: npt.NDArray[np.object_], numbers: npt.NDArray[np.int64], error: BaseException
    ) -> tuple[int, BaseException]:
        for text, number in zip(batch, numbers, strict=True):
            try:
                self._run_head(encode_texts([text]))
            except (Exception, SystemExit) as its_error:
                return int(number), its_error
        return int(numbers[0]), error  # it fails on the texts together only


def inputs_of(preprocess: Preprocess | None, batch: npt.NDArray[np.object_]) -> Inputs:
    """Return what a model is fed for a batch of UTF-8 texts.

    Raises:
        InputError: The preprocessing fails, or does not return a row for each text.
    """
    if preprocess is None:
        return batch
    try:
        made = preprocess([text.decode() for text in batch])
        several = _inputs_without_names(made, len(batch))
        if several is not None:
            raise InputError(
                f"the preprocessing gives {several}, without the names of the inputs that they are "
                "for",
                where="`preprocess`",
                expected="an array with a row for each text, or a dict of arrays by input name",
            )
        inputs: Inputs
        if isinstance(made, Mapping):
            inputs = {str(name): _array(values) for name, values in made.items()}
            lengths = {len(values) for values in inputs.values()}
        else:
            inputs = _array(made)
            lengths = {len(inputs)}
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(
            f"the preprocessing fails ({reason_of(error)})",
            where="`preprocess`",
            expected="a function of a list of str that gives an array, or arrays by input name",
        ) from error
    if lengths != {len(batch)}:
        raise InputError(
            f"the preprocessing gives {', '.join(map(str, sorted(lengths)))} rows for "
            f"{len(batch)} texts",
            where="`preprocess`",
            expected="a row for each text",
        )
    return inputs


def _inputs_without_names(made: Any, n_texts: int) -> str | None:
    """Return in words which arrays for several inputs these are; None for anything else."""
    if isinstance(made, tuple):
        return f"a tuple of {len(made)} arrays"
    if not isinstance(made, list) or n_texts < 2:
        return None
    shapes = [tuple(getattr(part, "shape", ())) for part in made]
    whole = all(shape[:1] == (n_texts,) for shape in shapes)
    if whole and any(len(shape) > 1 for shape in shapes):
        return f"a list of {len(made)} arrays, each with a row for each text"
    return None


def _array(values: Any) -> npt.NDArray[Any]:
    array = np.asarray(values)  # rows of different lengths raise an error that says so
    return encode_texts(array.ravel()).reshape(array.shape) if array.dtype.kind == "U" else array


def _with_scores_kept(
    error: InputError, done: int, total: int, kept: Sequence[ScoreCache]
) -> InputError:
    if not kept or not kept[0].is_kept or not done:
        return error
    remedy = f"{error.remedy}; " if error.remedy else "run again when that is mended; "
    return InputError(
        error.what,
        where=error.where,
        expected=error.expected,
        remedy=f"{remedy}{done:,} of {total:,} texts are scored already, and kept in "
        f"{kept[0].folder}",
    )


def reason_of(error: BaseException) -> str:
    """Return an error of someone else's code as one line, the one that says what is wrong.

    Keras and TensorFlow say where it happened on lines before and after that one.
    """
    lines = [line.strip() for line in _STYLES.sub("", str(error)).splitlines()]
    raised = [number for number, line in enumerate(lines) if _RAISED.match(line)]
    if raised and lines[0] == "in user code:":
        lines = [_RAISED.sub("", lines[raised[-1]]), *lines[raised[-1] + 1 :]]
    told = (line for line in lines if line and not _WRAPPING.match(line))
    return f"{type(error).__name__}: {next(told, '')}"
