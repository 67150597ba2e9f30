"""URLs as they may be shown and kept: without the passwords and tokens that stand in them."""

from __future__ import annotations

import re
from pathlib import Path

HIDDEN = "***"

# A URL within a text, without what ends a sentence or closes a bracket. One that was handled as a
# path has lost a slash.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/+\S*[^\s\"'.,;:!?)\]}>]")
_SLASHES = re.compile(":/+")
# What follows "://" where it is clear that a password, if there is one, has ended before the host.
_CLEAR = re.compile(
    r"(?:(?P<user>[^/?#]*)@)?"
    r"(?P<host>(?:\[[^/?#@\]]*\]|[^:/?#@\[\]]*)(?::[0-9]*)?)"
    r"(?P<path>(?:[/?#][^@]*)?)"
)
_WITH_CONTAINERS = ("abfs:", "abfss:")  # whose URLs have a container's name before the host
_QUERY = re.compile("[?#]")
_VALUE = re.compile(r"([^&;=]*=)?[^&;]+")

_copies: dict[str, str] = {}  # URLs, as they may be shown, by the paths of their copies


def name_copy(copy: Path, url: str) -> None:
    """Have a copy on this machine called by the URL that it is of, in errors and results."""
    _copies[str(copy)] = shown_url(url)


def as_named(text: str) -> str:
    """Return a text with URLs in the place of the paths of their copies."""
    for copy, url in _copies.items():
        if copy in text:  # and not the beginning of another name
            text = url.join(re.split(rf"{re.escape(copy)}(?!\.?[\w-])", text))
    return text


def without_secrets(text: str) -> str:
    """Return a text with every URL in it as `shown_url` shows it, copies as their URLs."""
    text = as_named(text)
    return _URL.sub(lambda found: shown_url(found[0]), text) if ":/" in text else text


def shown_url(url: str) -> str:
    """Return a URL with ``***`` for its user and password, its query's values and its fragment.

    All values of a query are hidden, because nobody can tell which are secret; names stay. Where it
    is not clear where a password ends, as in ``http://me:a/b@host/``, all before the last ``@`` of
    the path is hidden, and everything where that does not settle it. What Azure's URLs have before
    the host is a container's name, which is shown.
    """
    slashes = _SLASHES.search(url)
    if slashes is None:
        return url
    scheme, rest = url[: slashes.end()], url[slashes.end() :]
    clear = _CLEAR.fullmatch(rest)
    if clear is None:
        path = _QUERY.split(rest, maxsplit=1)[0]
        if "@" not in path or "@" in rest[len(path) :]:
            return f"{scheme}{HIDDEN}"
        return f"{scheme}{HIDDEN}@{_with_values_hidden(rest[path.rindex('@') + 1 :])}"
    user = "" if clear["user"] is None else f"{HIDDEN}@"
    if scheme.startswith(_WITH_CONTAINERS) and ":" not in (clear["user"] or ":"):
        user = f"{clear['user']}@"
    return f"{scheme}{user}{clear['host']}{_with_values_hidden(clear['path'])}"


def _with_values_hidden(path: str) -> str:
    path, number_sign, fragment = path.partition("#")
    path, question_mark, query = path.partition("?")
    query = _VALUE.sub(lambda found: (found[1] or "") + HIDDEN, query)
    return path + question_mark + query + number_sign + (HIDDEN if fragment else "")
