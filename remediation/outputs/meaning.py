"""Decides what a classifier's outputs are: probabilities or logits, of classes or of labels.

This is decided once for each head, when a model is loaded, from all evidence: the last operation
that changes values, the compiled loss, the values seen, and what the user says. If the evidence
contradicts itself or is not enough, an error names the option that settles it. A guess would be
dangerous: probabilities read as logits give only scores above 0.5, and no decision ever flips.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.data.errors import InputError
from evenhand.data.support.arrays import Floats
from evenhand.remediation.literals import Activation
from evenhand.remediation.outputs.compiled_losses import Takes
from evenhand.remediation.outputs.last_operation import UNKNOWN, Computed

_EVEN = 0.5  # the sigmoid of 0
_SETTLE = "say what they are with `logits` or `probabilities`"
_SAY_LOGITS = "if its outputs are logits, give `logits`"
# How far rounding can move a probability beyond 0 or 1, and the sum of a softmax away from 1:
# bfloat16 has 8 bits, and so has a quantised model, which rounds every class.
_ROUNDING = 1e-6
_SUM_ROUNDING, _CLASS_ROUNDING, _LARGEST_ROUNDING = 0.02, 1 / 512, 0.1
# Words in the names of losses for independent labels, and of losses for exclusive classes.
_LOSSES_OF: dict[Activation, tuple[str, ...]] = {
    "sigmoid": ("binary", "sigmoid"),
    "softmax": ("categorical", "softmax"),
}


@dataclass(frozen=True)
class Evidence:
    """What a model itself says about a head's outputs.

    Attributes:
        computed: How the outputs are computed.
        loss: Name of the compiled loss, empty if there is none.
        takes: What that loss takes outputs for; ``"unknown"`` if there is no loss.
        can_hold_loss: Whether models of this kind hold the loss that they were trained with.
    """

    computed: Computed = UNKNOWN
    loss: str = ""
    takes: Takes = "unknown"
    can_hold_loss: bool = False


NO_EVIDENCE = Evidence()


@dataclass(frozen=True)
class Reading:
    """How a head's outputs are read.

    Attributes:
        are_logits: Whether they are logits; otherwise they are probabilities, or scores from 0 to
            1.
        are_exclusive: Whether several outputs are classes of which a text has one; otherwise they
            are independent labels, of which a text may have any. True of a single output.
        words: The reading and its evidence in words, for users.
        remedy: What to do if later outputs contradict the reading.
        are_decisions: Whether they are only 0 or 1, so that nothing can be trained.
    """

    are_logits: bool
    are_exclusive: bool
    words: str
    remedy: str | None = None
    are_decisions: bool = False

    def probabilities(self, outputs: npt.NDArray[Any]) -> Floats:
        """Return a head's outputs, shape (n, ...), as probabilities, shape (n, classes).

        Values that contradict the reading stay as they are; see `wrong`.
        """
        from scipy.special import expit, softmax

        values = as_numbers(outputs)
        if not self.are_logits:
            return np.where(_is_inside(values, _ROUNDING), values.clip(0, 1), values)
        if values.shape[1] == 1 or not self.are_exclusive:
            return np.asarray(expit(values))
        return np.asarray(softmax(values, axis=1))

    def wrong(self, probabilities: Floats, *, is_alone: bool = False) -> npt.NDArray[np.bool_]:
        """Return which rows contradict this reading, shape (n,).

        They are outside of [0, 1], or are of exclusive classes and do not sum to 1.

        Args:
            probabilities: As `probabilities` returns them, shape (n, classes).
            is_alone: Whether only one class is used, so that the sum does not matter.
        """
        right = _is_inside(probabilities).all(axis=1)
        if self.are_exclusive and not is_alone and probabilities.shape[1] > 1:
            right &= _sum_to_one(probabilities)
        return np.asarray(~right)

    def complaint(self, probabilities: Floats, wrong: npt.NDArray[np.bool_]) -> str:
        """Return in words what is wrong with the rows that `wrong` returned."""
        outside = (~_is_inside(probabilities)).any(axis=1)
        if outside.any():
            row = probabilities[outside][0]
            return (
                f"the model gives the score {row[~_is_inside(row)][0]:g} "
                f"({outside.sum()} of {len(outside)} scores are no numbers between 0 and 1)"
            )
        total = probabilities[wrong][0].sum()
        return (
            f"the model gives classes that sum to {total:.4g} and not to 1 "
            f"({wrong.sum()} of {len(wrong)} texts)"
        )


def read_outputs(
    outputs: npt.NDArray[Any],
    evidence: Evidence = NO_EVIDENCE,
    *,
    logits: bool = False,
    probabilities: bool = False,
    activation: Activation | None = None,
    where: str,
) -> Reading:
    """Decide how to read a head's outputs.

    Args:
        outputs: Outputs for some texts, shape (n,) or (n, classes).
        evidence: What the model says.
        logits: The user says that they are logits. This and the next two count only if the model
            does not say.
        probabilities: The user says that they are probabilities.
        activation: The user says how several logits become probabilities.
        where: The model, for errors.

    Raises:
        InputError: The evidence contradicts itself or is not enough.
    """
    values = as_numbers(outputs)
    one = values.shape[1] == 1
    if one and evidence.computed.function in ("softmax", "log_softmax"):
        raise InputError(
            f"the model ends in a {evidence.computed.function} over one output, which is the same "
            "for every text",
            where=where,
            expected="a sigmoid, or two outputs",
        )
    are_logits, source = _kind(values, evidence, logits, probabilities, where)
    if not probabilities:
        _check_not_squashed_twice(evidence.computed, where)
    decided = not are_logits and (outputs.dtype.kind in "biu" or evidence.computed.is_decision)
    words = _decisions(evidence) if decided else f"{_noun(are_logits)} {source}"
    are_exclusive = one or _are_exclusive(values, evidence, are_logits, activation, where)
    if not one:
        of = "classes, of which a text has one" if are_exclusive else "labels, each by itself"
        words += f"; {values.shape[1]} {of}"
    known = are_logits or evidence.computed.is_share
    return Reading(are_logits, are_exclusive, words, None if known else _SAY_LOGITS, decided)


def _check_not_squashed_twice(computed: Computed, where: str) -> None:
    low, high = computed.low, computed.high
    if computed.function != "sigmoid" or low < _EVEN < high:
        return
    raise InputError(
        f"the model ends in a sigmoid whose input has one sign: its outputs lie between {low:.4g} "
        f"and {high:.4g}, and no text is decided otherwise than another",
        where=where,
        expected="a sigmoid of logits, which have either sign",
        remedy="leave out the last sigmoid; or give `probabilities` to score the model as it is, "
        "and a threshold between these",
    )


def as_numbers(outputs: npt.NDArray[Any]) -> Floats:
    """Return outputs of any dtype of numbers as float64, shape (n, classes).

    Raises:
        InputError: They are not numbers.
    """
    try:
        if outputs.dtype.kind == "c":
            raise TypeError("complex numbers are not scores")
        return outputs.astype(np.float64).reshape(len(outputs), -1)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the model's outputs must be numbers, got {outputs.dtype}", expected="scores"
        ) from error


def are_logits_of(evidence: Evidence, *, where: str) -> bool:
    """Return whether outputs are logits, as far as the model says; see `read_outputs`.

    No values are looked at. If the model does not say, the outputs count as probabilities.
    """
    nothing_seen = np.full((1, 1), 0.5)
    return _kind(nothing_seen, evidence, False, False, where)[0]


def _decisions(evidence: Evidence) -> str:
    if not evidence.computed.is_decision:
        return "decisions, as whole numbers are"
    return (
        f"decisions of a step function ({evidence.computed.function}), and no scores: a CTF gap is "
        "a share of flips"
    )


def _noun(are_logits: bool) -> str:
    return "logits" if are_logits else "probabilities"


def _kind(
    values: Floats, evidence: Evidence, logits: bool, probabilities: bool, where: str
) -> tuple[bool, str]:
    """Return whether outputs are logits, and the evidence for that in words."""
    computed, loss, takes = evidence.computed, evidence.loss, evidence.takes
    if computed.is_share and takes == "logits":
        if probabilities:
            return False, "as the option probabilities says"
        raise InputError(
            f"the model's outputs are {_shares(computed)}, but its compiled loss takes them for "
            f"logits ({loss} with from_logits=True)",
            where=where,
            remedy="give `probabilities` to score it as it is, or compile it without from_logits",
        )
    # The model's evidence comes first: the options count only if it is not enough.
    if computed.is_share:
        said = ", whatever the option logits says" if logits else ""
        return False, _shares(computed).removeprefix("probabilities ") + said
    said = ", whatever the option probabilities says" if probabilities else ""
    if takes == "logits":
        return True, f"that the compiled loss takes ({loss} with from_logits=True){said}"
    if computed.function == "log_softmax" and takes != "probabilities":
        return True, f"of a log_softmax{said}"
    is_inside = bool(_is_inside(values, _ROUNDING).all())
    side = _only_side(computed)
    if values.shape[1] == 1 and side and (logits or not (is_inside or computed.is_decision)):
        raise InputError(
            f"the model's outputs are never {side} 0: as logits they would all be decided alike",
            where=where,
            expected="probabilities, or logits of either sign",
            remedy="have the model give probabilities; of logarithms, that is their exp",
        )
    if logits:
        return True, "as the option logits says"
    if probabilities:
        if not is_inside:
            raise InputError(
                f"the model gives {_outside(values):g}, and `probabilities` says that it gives "
                "probabilities",
                where=where,
                remedy=f"leave out `probabilities`; {_SAY_LOGITS}",
            )
        return False, "as the option probabilities says"
    if takes == "margin":
        raise InputError(
            f"the model is compiled with {loss}: its outputs are margins, not probabilities",
            where=where,
            remedy="give `logits`, which keeps their decisions: a margin above 0 is positive",
        )
    if takes == "probabilities":
        if not is_inside or computed.function == "log_softmax":
            raise _contradiction(values, evidence, where)
        return False, f"that the compiled loss takes ({loss} with from_logits=False)"
    if takes == "distance":
        if not is_inside:
            raise InputError(
                f"the model gives {_outside(values):g}, and is trained with {loss}: its outputs "
                "are scores, which should lie between 0 and 1",
                where=where,
                remedy=f"clip them within the model; or {_SAY_LOGITS}",
            )
        return False, f"or scores, trained with {loss}"
    return _told_by_values(values, is_inside, evidence, where)


def _told_by_values(
    values: Floats, is_inside: bool, evidence: Evidence, where: str
) -> tuple[bool, str]:
    computed = evidence.computed
    if computed.is_decision and not is_inside:
        raise InputError(
            f"the model ends in a step function ({computed.function}) and gives "
            f"{_outside(values):g}: these are decisions, and no scores",
            where=where,
            expected="scores, or decisions that are 0 or 1",
            remedy="give a model without its last operation",
        )
    if computed.function == "linear":
        if evidence.can_hold_loss and not evidence.loss:
            return True, "of a linear last layer"
        why = (
            f"its compiled loss {evidence.loss} does not say what for"
            if evidence.loss
            else "this kind of model does not hold its loss"
        )
        raise InputError(
            f"the model ends in a linear layer, and {why}: its outputs may be logits, "
            "probabilities or scores",
            where=where,
            remedy=_SETTLE,
        )
    if np.isfinite([computed.low, computed.high]).all():  # but not from 0 to 1
        raise InputError(
            f"the model's outputs lie between {computed.low:g} and {computed.high:g}"
            + (f" ({computed.function})" if computed.function else ""),
            where=where,
            expected="probabilities or logits",
            remedy=_SETTLE,
        )
    if not is_inside:
        raise InputError(
            f"the model gives {_outside(values):g}, which is not between 0 and 1",
            where=where,
            expected="probabilities; logits only if you say that they are logits",
            remedy=None if np.isnan(values).any() else _SAY_LOGITS,
        )
    return False, "because the values seen lie between 0 and 1"


def _only_side(computed: Computed) -> str | None:
    """Return the side of 0 where outputs never are; a relu's 0 is one of its two decisions."""
    if computed.high <= 0:
        return "above"
    return "below" if computed.low >= 0 and not computed.function.startswith("relu") else None


def _contradiction(values: Floats, evidence: Evidence, where: str) -> InputError:
    function = evidence.computed.function
    ends = f"ends in a {function} layer" if function else "is no sigmoid or softmax"
    wrong = values[~_is_inside(values, _ROUNDING)]
    gives = f" and gives {wrong[0]:g}" if wrong.size else ""
    return InputError(
        f"the model {ends}{gives}, but its compiled loss takes probabilities ({evidence.loss} with "
        "from_logits=False)",
        where=where,
        remedy="if its outputs are logits, give `logits`, or compile it with from_logits=True; "
        "if they are probabilities, keep them between 0 and 1",
    )


def _shares(computed: Computed) -> str:
    if computed.is_decision:
        return f"decisions of a step function ({computed.function})"
    if computed.function in ("sigmoid", "softmax"):
        return f"probabilities of a {computed.function}"
    return "probabilities that the last operations keep between 0 and 1"


def _is_inside(values: Floats, rounding: float = 0.0) -> npt.NDArray[np.bool_]:
    return np.asarray((values >= -rounding) & (values <= 1 + rounding))  # false for NaN


def _outside(values: Floats) -> float:
    return float(values[~_is_inside(values, _ROUNDING)][0])


def _are_exclusive(
    values: Floats, evidence: Evidence, are_logits: bool, activation: Activation | None, where: str
) -> bool:
    """Return whether several outputs are classes of which a text has one."""
    if evidence.computed.function == "sigmoid":
        return False
    if are_logits:
        return _told_activation(values, evidence, activation, where) == "softmax"
    broken = not np.isfinite(values).all() and evidence.computed.function == "softmax"
    return broken or bool(_sum_to_one(values).all())


def _told_activation(
    values: Floats, evidence: Evidence, activation: Activation | None, where: str
) -> Activation:
    """Return how several logits become probabilities; without evidence, two are classes."""
    if evidence.computed.function == "log_softmax":
        return "softmax"
    for activation_of_loss, words in _LOSSES_OF.items():
        if any(word in evidence.loss for word in words):
            return activation_of_loss
    n_logits = values.shape[1]
    if activation is None and n_logits > 2:
        raise InputError(
            f"the model gives {n_logits} logits a text, and nothing tells whether they are of "
            "classes of which a text has one or of labels of which it may have any",
            where=where,
            remedy="give `activation` softmax if they are of classes, or `activation` sigmoid if "
            "they are of labels",
        )
    return activation or "softmax"


def _sum_to_one(values: Floats) -> npt.NDArray[np.bool_]:
    classes = values.shape[1]
    rounding = min(_SUM_ROUNDING + classes * _CLASS_ROUNDING, _LARGEST_ROUNDING)
    return np.asarray(np.abs(values.sum(axis=1) - 1) <= rounding)
