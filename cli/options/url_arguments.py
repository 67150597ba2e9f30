"""URLs in the place of paths on the command line: every command takes them, or says why not.

Typer would make a `Path` of a URL, which loses a slash. So a URL is written in other characters
before that, and read again when the command begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import typer

from evenhand.cli.terminal import console
from evenhand.data.errors import ConfigurationError
from evenhand.data.remote.arguments import RESUME, USES, Use, check_use, on_this_machine, urls_of
from evenhand.data.urls import shown_url

_MARK = "evenhand-url:"

# Commands that use a file in their own way
_OTHER_USES: Mapping[str, Mapping[str, Use]] = {
    "report render": {"report": "changed"},
    "remediate baseline": {"output": "recorded"},
}
_WHY_LOCAL = {  # commands without URLs
    "init": "write the run file with paths, and put the URLs in their place",
    "run": "a run file is on this machine, and may itself name URLs to read",
    "status": "a run file is on this machine, and may itself name URLs to read",
    "demo": "the demo works on this machine",
    "report open": "a browser opens pages of this machine: copy the report here first",
}


def take_urls(command: Any, name: str) -> None:
    """Let a command take URLs in the place of paths.

    Args:
        command: A command of click, or of typer's own copy of click with the same methods.
        name: Its name, without that of the program.
    """
    uses = {**USES, **_OTHER_USES.get(name, {})}
    make_parser, callback = command.make_parser, command.callback

    def parser_with_urls(context: Any) -> Any:
        parser = make_parser(context)
        parse = parser.parse_args

        def parse_urls(args: list[str]) -> Any:
            options, *others = parse(args=args)
            for each in uses.keys() & options.keys():
                check_use(each, urls_of(options[each]), uses)
                options[each] = _written_otherwise(options[each])
            return (options, *others)

        parser.parse_args = parse_urls
        return parser

    def on_paths(**typed: Any) -> Any:
        given = {each: _as_it_was(value) for each, value in typed.items()}
        urls = [url for each, value in given.items() if each in uses for url in urls_of(value)]
        if not urls:
            return callback(**typed)
        if name in _WHY_LOCAL:
            raise ConfigurationError(
                f"`evenhand {name}` takes no URLs: {_WHY_LOCAL[name]}", where=shown_url(urls[0])
            )
        resumes = RESUME in given
        with on_this_machine(given, console.progress_bars, uses, resumes) as arguments:
            found = {each: _typed_as(typed[each], value) for each, value in arguments.items()}
            try:
                return callback(**found)
            except typer.Exit as error:  # an exit code: the command is done
                ended = error
        raise ended

    command.make_parser = parser_with_urls
    if callback is not None:
        command.callback = on_paths


def _written_otherwise(value: Any) -> Any:
    """Return a value of the command line with its URLs in characters that a path may have."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_written_otherwise, value))
    for url in urls_of(value):
        return value.removesuffix(url) + _MARK + quote(url, safe="")
    return value


def _as_it_was(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_as_it_was, value))
    if not isinstance(value, (str, Path)) or _MARK not in str(value):
        return value
    before, _, url = str(value).partition(_MARK)
    return before + unquote(url)


def _typed_as(typed: Any, value: Any) -> Any:
    """Return a value as text where the command line has text."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_typed_as, typed, value))
    return str(value) if isinstance(typed, str) and isinstance(value, Path) else value
