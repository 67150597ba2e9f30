"""Commands whose options come from classes of options; see `evenhand.data.options`.

    @app.command()
    @with_options
    def train(baseline: Baseline, output: Output, *, options: TrainOptions) -> None:

gives `train` an option on the command line for each field of `TrainOptions`, beside its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import typer

from evenhand.data.options import HEADINGS, Option, Options, options_of

_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def with_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each field of its arguments that are classes of options.

    The options are under their headings, in the order of `HEADINGS`, after the command's own.
    """
    own = inspect.signature(function, eval_str=True).parameters
    classes = {name: each.annotation for name, each in own.items() if _is_options(each.annotation)}

    def command(**given: Any) -> None:
        for name, of_class in classes.items():
            declared = options_of(of_class)
            values = {each: _in_python(declared[each], given.pop(each)) for each in declared}
            given[name] = of_class(**values)
        function(**given)

    parameters = [each.replace(kind=_KEYWORD) for name, each in own.items() if name not in classes]
    for of_class in classes.values():
        parameters += map(_parameter, options_of(of_class).values())
    parameters.sort(key=_place)
    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _is_options(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Options)


def as_arguments(options: Options) -> list[str]:
    """Return the command-line arguments for these options, except defaults and lists."""
    arguments: list[str] = []
    for name, each in options_of(type(options)).items():
        value = getattr(options, name)
        if value != each.default and not each.is_list:
            arguments += [each.flag] if value is True else [each.flag, str(value)]
    return arguments


def _parameter(option: Option) -> inspect.Parameter:
    """Return an option as a parameter for Typer."""
    info = typer.Option(
        option.flag,
        help=_help(option),
        metavar=option.metavar,
        rich_help_panel=option.heading,
        parser=_number_or_word(option) if option.item_type is float and option.words else None,
    )
    default = option.default
    if option.is_list:
        default = [each for each in default or () if each is not None] or None
    return inspect.Parameter(
        option.name,
        _KEYWORD,
        default=default,
        annotation=Annotated[_type(option), info],
    )


def _help(option: Option) -> str:
    words = [option.help, "Repeatable." if option.is_list else ""]
    words.append(f"[{option.limits}]" if option.limits else "")
    words.append(f"[default: {option.unset}]" if option.unset else "")
    return " ".join(word for word in words if word)


def _type(option: Option) -> Any:
    """Return the type of an option's value on the command line."""
    kind = option.item_type
    if kind is Path and option.names in ("model", "lexicons"):
        kind = str  # it may also name something that is not a path
    if option.is_list:
        return list[_choices(option)] if get_origin(kind) is Literal else list[kind]  # type: ignore[misc,valid-type]
    return kind if option.default is not None else kind | None


def _number_or_word(option: Option) -> Callable[[str], float | str]:
    """Return what reads a value from the command line; the class checks what it returns."""

    def read(text: str) -> float | str:
        if text in option.words:
            return text
        try:
            return float(text)
        except ValueError:
            expected = ", ".join((option.limits or "a number", *option.words))
            raise typer.BadParameter(f"{text!r} is not one of: {expected}") from None

    return read


def _choices(option: Option) -> type[Enum]:
    """Return the words of an option as an enumeration: Typer takes no list of literals."""
    words: Any = {word: word for word in option.words}
    return Enum(option.name, words, type=str)  # type: ignore[return-value]


def _in_python(option: Option, value: Any) -> Any:
    """Return a value from Typer in the form that the class takes."""
    if not option.is_list:
        return value
    if not value:
        return option.default
    return tuple(each.value if isinstance(each, Enum) else each for each in value)


def _place(parameter: inspect.Parameter) -> int:
    info = getattr(parameter.annotation, "__metadata__", [None])[0]  # a context has none
    heading = getattr(info, "rich_help_panel", None)
    return HEADINGS.index(heading) if heading in HEADINGS else -1
