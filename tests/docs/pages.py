"""The README and the pages of docs/ as the tests read them: code blocks, and what to do with them.

A comment on the line before a block says what the tests do with it: `<!-- file: NAME -->` writes
it to a file, `<!-- exit: 1 -->` expects that exit code, `<!-- needs: MODULE -->` leaves the rest of
the page out where the module is missing, `<!-- not run: WHY -->` leaves the block out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_DIRECTIVE = re.compile(r"<!-- (file|exit|needs|not run): (.+?) -->")
_INLINE = re.compile(r"`(evenhand [^`]+)`")


@dataclass(frozen=True)
class Block:
    """A code block of a page.

    Attributes:
        page: Where it stands.
        line: Its first line there, from 1.
        language: What stands behind the backquotes; empty for an indented block.
        text: The code.
        directives: What the comments before it say.
    """

    page: Path
    line: int
    language: str
    text: str
    directives: dict[str, str]


def blocks_of(page: Path) -> Iterator[Block]:
    directives: dict[str, str] = {}
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            directives |= dict(_DIRECTIVE.findall(token.content))
        elif token.type in ("fence", "code_block"):
            assert token.map is not None
            yield Block(page, token.map[0] + 1, token.info.strip(), token.content, directives)
            directives = {}


def commands_of(page: Path) -> Iterator[str]:
    """Yield every `evenhand` command on a page, in blocks and in sentences."""
    for block in blocks_of(page):
        if block.language in ("", "sh"):
            for line in block.text.replace("\\\n", " ").splitlines():
                if line.strip().startswith("evenhand "):
                    yield line.strip()
    text = re.sub(r"^(```.*?^```|    .*?$)", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    yield from _INLINE.findall(text.replace("\n", " "))
