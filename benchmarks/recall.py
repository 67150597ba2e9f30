"""How many of the words that people exchange for another group the lexicons find, by axis.

    python benchmarks/recall.py crows_pairs.csv [--lexicons FOLDER]

The file holds pairs of sentences that differ in whom they are about, in the columns `original`,
`counterfactual` and `axis`: those of CrowS-Pairs (Nangia et al. 2020), say. A sentence counts as
found if an identity term of any lexicon holds one of its words that the other sentence lacks. Many
pairs exchange names, or words that are no identity ("doctor", "stupid"): no lexicon finds all.

--lexicons measures the .toml files of a folder instead, such as those of an earlier commit.
docs/lexicons.md has the figures.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

from evenhand.data import TermMatcher, builtin_lexicons, load_lexicon

_WORD = re.compile(r"\w[\w'’-]*")
Span = tuple[int, int]


def changed(text: str, other: str) -> list[Span]:
    """Return where words stand in a text that the other text has not in that place."""
    words = list(_WORD.finditer(text))
    comparison = SequenceMatcher(
        None, [word[0] for word in words], _WORD.findall(other), autojunk=False
    )
    return [
        words[index].span()
        for operation, first, end, _, _ in comparison.get_opcodes()
        if operation != "equal"
        for index in range(first, end)
    ]


def is_found(text: str, spans: list[Span], matcher: TermMatcher) -> bool:
    """Tell whether a term stands in one of the spans."""
    matches = matcher.find(text)
    return any(match.start < end and start < match.end for match in matches for start, end in spans)


def recall(rows: list[dict[str, str]], matcher: TermMatcher) -> dict[str, tuple[int, int]]:
    """Return by axis how many sentences are found, and how many there are."""
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in rows:
        sentences = row["original"], row["counterfactual"]
        for text, other in (sentences, sentences[::-1]):
            if spans := changed(text, other):
                total[row["axis"]] += 1
                found[row["axis"]] += is_found(text, spans, matcher)
    return {axis: (found[axis], total[axis]) for axis in sorted(total)}


def main() -> None:
    """Parse the arguments, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", type=Path, help="CSV file of pairs")
    parser.add_argument("--lexicons", type=Path, help="folder of .toml files")
    arguments = parser.parse_args()
    with arguments.input.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    folder = arguments.lexicons
    names = builtin_lexicons() if folder is None else sorted(folder.glob("*.toml"))
    print("| axis | sentences | found |\n|---|---:|---:|")
    by_axis = recall(rows, TermMatcher(map(load_lexicon, names)))
    by_axis["all"] = tuple(map(sum, zip(*by_axis.values(), strict=True)))
    for axis, (found, total) in by_axis.items():
        print(f"| {axis} | {total:,} | {100 * found / total:.1f} % |")


if __name__ == "__main__":
    main()
