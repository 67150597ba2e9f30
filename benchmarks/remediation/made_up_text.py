"""Made-up labelled sentences for benchmarks: templates of functionalities, filled with terms."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from pathlib import Path

from evenhand.data import load_lexicon
from evenhand.data.functionalities.cases import filled
from evenhand.data.functionalities.catalogue import functionalities
from evenhand.data.functionalities.group_words import GroupWords, words_of

DRAWS = 10  # sentences of each template with terms, for training and on either side of the test
NO_TERM = GroupWords("none", "people", "person", "local")


def write_splits(
    folder: Path, seed: int, known: list[str], held_out: list[str]
) -> tuple[Path, Path]:
    """Write sentences to a training and a test file, none of whose templates is in both.

    Half of each functionality's templates is for training. Training sentences have terms of the
    lexicons `known` or none; test sentences terms of `known` or of `held_out`. A lexicon is drawn
    at random, and then one of its terms.
    """
    rng = random.Random(seed)
    words = {name: _words(name) for name in (*known, *held_out)}
    texts: tuple[list[tuple[str, int]], list[tuple[str, int]]] = ([], [])

    def sentences(template: str, names: list[str]) -> list[str]:
        return [filled(template, rng.choice(words[rng.choice(names)])) for _ in range(DRAWS)]

    for functionality in functionalities():
        templates = list(functionality.templates)
        rng.shuffle(templates)
        for number, template in enumerate(templates):
            test = number % 2
            if not functionality.names_groups:
                made = [template]
            elif test:
                made = sentences(template, known) + sentences(template, held_out)
            else:
                made = [*sentences(template, known), filled(template, NO_TERM)]
            texts[test].extend((text, int(functionality.label == "toxic")) for text in made)
    paths = folder / "train.csv", folder / "test.csv"
    for path, part in zip(paths, texts, strict=True):
        rng.shuffle(part)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *part])
    return paths


def _words(name: str) -> list[GroupWords]:
    lexicon = load_lexicon(name)
    return [
        words for entry in lexicon.entries for words in words_of(replace(lexicon, entries=(entry,)))
    ]
