"""How an operation declares its options: each once, as a field of a frozen class.

    @dataclass(frozen=True, kw_only=True)
    class FitOptions(Options):
        epochs: int = option(6, "Passes over the examples.", OPTIMISATION, least=1)

What follows from such a class: the check of each value, when an object is made; the keywords of
the operation's function (`takes`); the command's options; the keys of its table in a run file; and
the tables of the documentation. A class of options imports nothing that takes long to load, because
help pages read it.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from evenhand.data.support.option_checks import (
    check_choice,
    check_list,
    check_number,
    check_whole,
    limits_in_words,
)

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Any])
Names = Literal["value", "input", "model", "lexicons", "code", "output"]

REQUIRED: Any = inspect.Parameter.empty  # the default of what has to be given

# The headings that options stand under in help pages and documentation, in their order
COLUMNS = "Columns"
FILES = "How files are written"
PAIRING = "Terms and method"
SELECTION = "Which texts to pair"
MODEL = "Model"
DATA = "Data"
PAIRS = "Pairs and loss"
OPTIMISATION = "Optimisation"
VALIDATION = "Validation and limits"
HARDWARE = "Hardware"
REPORT = "What is reported"
OUTPUT = "Output"
HEADINGS = (
    MODEL,
    DATA,
    COLUMNS,
    FILES,
    PAIRING,
    SELECTION,
    PAIRS,
    OPTIMISATION,
    VALIDATION,
    REPORT,
    HARDWARE,
    OUTPUT,
)


@dataclass(frozen=True)
class Option:
    """All that is to be known of an option.

    Attributes:
        default: Its value where none is given.
        help: What it does, in a sentence or two, for help pages and documentation.
        heading: What it stands under there.
        least, above, most, below: The range of its numbers, ends in or out. Whole numbers begin
            with 1 if nothing else is said.
        unit: What its numbers count or measure, where its name does not say so.
        unset: What happens where it is None, in words, if that is its default.
        flag: Its name on the command line.
        metavar: What stands for its value there.
        names: What a text or path names. An input decides the result by its content, a model and
            code may be files, an output is written to; a value decides by itself.
        decides: Whether the result depends on it, and not only the time it takes.
        name: Its name in Python and in run files.
        type: Its type.
    """

    default: Any
    help: str
    heading: str
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None
    unit: str = ""
    unset: str = ""
    flag: str = ""
    metavar: str | None = None
    names: Names = "value"
    decides: bool = True
    name: str = ""
    type: Any = None

    @property
    def item_type(self) -> Any:
        """The type of its value, or of each of its values if it is a list, without None.

        It is that of a number if there are words besides numbers.
        """
        return _without_none(self._type_of_one)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it takes, alone or besides numbers."""
        kind = self._type_of_one
        kinds = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
        return tuple(
            word for each in kinds if get_origin(each) is Literal for word in get_args(each)
        )

    @property
    def _type_of_one(self) -> Any:
        return get_args(_without_none(self.type))[0] if self.is_list else self.type

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        origin = get_origin(_without_none(self.type))
        return isinstance(origin, type) and issubclass(origin, Sequence)

    @property
    def is_required(self) -> bool:
        """Whether there is no default."""
        return self.default is REQUIRED

    @property
    def range(self) -> dict[str, Any]:
        """Those ends of the range that there are."""
        ends = {"least": self.least, "above": self.above, "most": self.most, "below": self.below}
        return {name: end for name, end in ends.items() if end is not None}

    @property
    def limits(self) -> str:
        """The range of its numbers in words; empty if there is none."""
        if self.item_type is int and self.most is not None:
            return f"from {self.least} to {self.most}"
        return " and ".join(limits_in_words(**self.range))

    def is_one(self, value: Any) -> bool:
        """Whether a value is a single one of a list: a name, a path or, of numbers, a number."""
        return isinstance(value, str | Path) or (
            self.item_type in (int, float) and isinstance(value, int | float)
        )

    def check(self, value: Any) -> None:
        """Raise OptionError if the option cannot have this value."""
        if value is None and _may_be_none(self.type):
            return
        if not self.is_list:
            self._check_one(value)
            return
        check_list(self.name, value)
        [of_items] = get_args(_without_none(self.type))
        for each in value:
            if not (each is None and _may_be_none(of_items)):
                self._check_one(each)

    def _check_one(self, value: Any) -> None:
        if get_origin(self.item_type) is Literal:
            check_choice(self.name, value, self.words)
        elif isinstance(value, str) and value in self.words:
            return
        elif self.item_type is float:
            check_number(self.name, value, words=self.words, **self.range)
        elif self.item_type is int:
            check_whole(self.name, value, **self.range)


def option(default: T, help: str, heading: str, **more: Any) -> T:
    """Declare an option, as the value of a field; for `more` see `Option`.

    One whose default is `REQUIRED` has to be given.
    """
    metadata = {"option": Option(default, help, heading, **more)}
    if default is REQUIRED:
        required: T = field(metadata=metadata)
        return required
    declared_field: T = field(default=default, metadata=metadata)
    return declared_field


def replaced(of_class: type[Options], name: str, **changes: Any) -> Any:
    """Declare an option of a class that is derived from again, as the value of a field.

    Its type, and what `changes` names, differ; see `option`.
    """
    declared = of_class.__dataclass_fields__[name].metadata["option"]  # type: ignore[attr-defined]
    return field(default=declared.default, metadata={"option": replace(declared, **changes)})


class Options:
    """What classes of options derive from. It checks each option's value.

    A single value in the place of a list becomes a list of one: ``terms="gender"``. Lists are kept
    as tuples, so that options can be hashed.

    Raises:
        OptionError: An option has a value that it cannot have.
    """

    def __post_init__(self) -> None:
        for each in options_of(type(self)).values():
            value = getattr(self, each.name)
            if each.is_list and each.is_one(value):
                value = (value,)
            each.check(value)
            if each.is_list and value is not None:
                object.__setattr__(self, each.name, tuple(value))

    def as_keywords(self) -> dict[str, Any]:
        """Return the options by their names."""
        return {name: getattr(self, name) for name in options_of(type(self))}

    def chosen_for(self, of_class: type[T]) -> T:
        """Return those options that another class has, too, as an object of it."""
        return of_class(**{name: getattr(self, name) for name in options_of(of_class)})


def options_of(of_class: Any) -> Mapping[str, Option]:
    """Return the options of a class by their names."""
    return _options_of(of_class)


@cache
def _options_of(of_class: type[Any]) -> Mapping[str, Option]:
    hints = get_type_hints(of_class)
    found = {}
    for each in fields(of_class):
        declared: Option = each.metadata["option"]
        flag = declared.flag or "--" + each.name.replace("_", "-")
        one = replace(declared, name=each.name, type=hints[each.name], flag=flag)
        if one.item_type is int and one.least is None:
            one = replace(one, least=1)
        found[each.name] = one
    return types.MappingProxyType(found)


def takes(of_class: type[Options]) -> Callable[[Function], Function]:
    """Let a function's ``**options`` show as the keywords that they are: those of a class.

    It changes what `inspect.signature` and `help` say, and nothing of what the function does.
    """

    def described(function: Function) -> Function:
        signature = inspect.signature(function)
        own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        keyword = inspect.Parameter.KEYWORD_ONLY
        keywords = [
            inspect.Parameter(name, keyword, default=each.default, annotation=each.type)
            for name, each in options_of(of_class).items()
        ]
        shown = signature.replace(parameters=[*own, *keywords])
        function.__signature__ = shown  # type: ignore[attr-defined]
        return function

    return described


def _may_be_none(type_: Any) -> bool:
    return type(None) in get_args(type_)


def _without_none(type_: Any) -> Any:
    """Return a type without None; of several types the first, or `Path` if it is among them."""
    if get_origin(type_) not in (Union, types.UnionType):
        return type_
    kinds = [each for each in get_args(type_) if each is not type(None)]
    return Path if Path in kinds else kinds[0]
