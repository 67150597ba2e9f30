"""URLs in the place of paths: which arguments take them, in Python and on the command line.

An argument of one name means the same everywhere, so there is one table of them. What is read is
copied to this machine before the work, and what was written is uploaded after it; the work itself
knows paths alone.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import permutations
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from evenhand.data.errors import ConfigurationError
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.local_copies import RECORDS, local_copy
from evenhand.data.remote.stores import faults_named, is_url, open_store
from evenhand.data.remote.uploads import Upload
from evenhand.data.urls import shown_url

Function = TypeVar("Function", bound=Callable[..., Any])
Use = Literal["read", "model", "written", "recorded", "changed", "local"]

# What is done with the files that an argument names. A model is read with the record of its
# training beside it. What is "recorded" is written with a record beside it, of the same name and
# ``.json``; what is "changed" is a folder that is read, too; what is "local" cannot be in a store.
USES: Mapping[str, Use] = {
    "inputs": "read",
    "data": "read",
    "test_data": "read",
    "validation_data": "read",
    "dataset": "read",
    "pairs": "read",
    "pairs_file": "read",
    "calibration": "read",
    "file": "read",
    "compared": "read",
    "model": "model",
    "baseline": "model",
    "compare_to": "model",
    "reference": "read",
    "terms": "read",
    "lexicon": "read",
    "lexicons": "read",
    "report": "read",
    "reports": "read",
    "retrained": "read",
    "functions": "read",
    "training": "read",
    "config": "read",
    "output": "written",
    "junit": "written",
    "sarif": "written",
    "markdown": "written",
    "page": "written",
    "render": "written",
    "cache": "local",
    "tensorboard": "local",
}
RESUME = "resume"  # an argument of what keeps checkpoints beside its output

Arguments = dict[str, Any]


def takes_urls(**uses: Use | None) -> Callable[[Function], Function]:
    """Let a function take URLs in the place of paths.

    Args:
        **uses: What it does with arguments that are not in `USES`, or not as that says; None for
            one that names no files.
    """
    all_uses = {name: use for name, use in {**USES, **uses}.items() if use is not None}

    def with_urls(function: Function) -> Function:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def on_paths(*positional: Any, **named: Any) -> Any:
            try:
                given = signature.bind(*positional, **named).arguments
            except TypeError:  # which the function says better
                return function(*positional, **named)
            if not any(urls_of(value) for name, value in given.items() if name in all_uses):
                return function(*positional, **named)
            telling = nullcontext(given.get("progress", ignore_progress))
            resumes = RESUME in signature.parameters
            with on_this_machine(given, lambda: telling, all_uses, resumes) as arguments:
                return function(**arguments)

        on_paths.takes_urls = True  # type: ignore[attr-defined]
        return cast(Function, on_paths)

    return with_urls


@contextlib.contextmanager
def on_this_machine(
    given: Mapping[str, Any],
    telling: Callable[[], AbstractContextManager[Progress]],
    uses: Mapping[str, Use],
    resumes: bool,
) -> Iterator[Arguments]:
    """Give arguments with paths in the place of URLs; upload what was written if no error came.

    Args:
        given: Arguments by name; those that hold a URL and are not in `uses` stay as they are.
        telling: Gives what is told of the copying.
        uses: What is done with the files that each argument names.
        resumes: Whether checkpoints may stand beside the output, for the next process.

    Raises:
        ConfigurationError: An argument cannot be in a store, or an output is, holds or lies in what
            is read; or as of `Upload`.
        InputError, UnavailableError: As of `local_copy` and of `Upload`.
    """
    urls = {name: urls_of(value) for name, value in given.items() if name in uses}
    urls = {name: found for name, found in urls.items() if found}
    if not urls:
        yield dict(given)
        return
    for name, found in urls.items():
        check_use(name, found, uses)
    _check_apart(urls, uses)
    uploads = []
    with telling() as progress:
        places = {}
        for name, found in urls.items():
            for url in found:
                if is_read(uses[name]):
                    beside = RECORDS if uses[name] == "model" else ()
                    places[url] = local_copy(url, progress, beside=beside)
                    continue
                upload = Upload(
                    url,
                    whole=uses[name] == "changed",
                    keeps_checkpoint=resumes,
                    progress=progress,
                )
                places[url] = upload.place
                uploads.append(upload)
                if uses[name] == "recorded":
                    uploads.append(upload.record())
    yield {
        name: replaced(value, places) if name in urls else value for name, value in given.items()
    }
    with telling() as progress:
        for upload in uploads:
            upload.finish(progress)


def check_use(name: str, urls: Sequence[str], uses: Mapping[str, Use]) -> None:
    """Raise ConfigurationError if an argument that cannot be in a store has a URL."""
    if urls and uses[name] == "local":
        raise ConfigurationError(
            f"`{name}` cannot be in a store: it is read and written bit by bit",
            where=shown_url(urls[0]),
            expected="a folder on this machine",
        )


def is_read(use: Use) -> bool:
    """Tell whether files are read and left as they are."""
    return use in ("read", "model")


def _check_apart(urls: Mapping[str, Sequence[str]], uses: Mapping[str, Use]) -> None:
    """Check that no output touches what is read, or another output; see `check_apart`.

    Raises:
        ConfigurationError: One does.
    """
    places = [(name, url, open_store(url)) for name, found in urls.items() for url in found]
    for (name, url, place), (other_name, other_url, other) in permutations(places, 2):
        if is_read(uses[name]):
            continue
        with faults_named(other_url):
            touches = place.touches(other)
        if touches:
            raise ConfigurationError(
                "an output is, holds or lies in an input or another output",
                where=f"`{name}` {shown_url(url)}, `{other_name}` {shown_url(other_url)}",
                expected="an output that stands apart from them",
                remedy=f"name another place with `{name}`",
            )


def urls_of(value: object) -> list[str]:
    """Return the URLs in an argument: itself, those of a list, or the file of ``NAME=FILE``."""
    if isinstance(value, (list, tuple)):
        return [url for each in value for url in urls_of(each)]
    if is_url(value):
        return [str(value)]
    name, equals, file = value.partition("=") if isinstance(value, str) else ("", "", "")
    return [file] if equals and name.isidentifier() and is_url(file) else []


def replaced(value: Any, places: Mapping[str, str | Path]) -> Any:
    """Return an argument with the places of its URLs."""
    if isinstance(value, (list, tuple)):
        return type(value)(replaced(each, places) for each in value)
    for url in urls_of(value):
        return places[url] if value == url else f"{value.removesuffix(url)}{places[url]}"
    return value
