"""Sample text: made-up forum comments, some rude, with the bias that real forum data has.

The comments are synthetic. They exist so that the whole of evenhand can be tried without data, and
they show nothing about people. What is built in:

- About a fifth of the comments mention a woman, a man, or a gay or lesbian person, in terms of the
  lexicon ``gender``. Women, gay and lesbian people are mentioned more in toxic comments than in
  others, men less: a classifier learns these terms as signs of toxicity.
- Some comments are blunt without an insult, and their labels are drawn at random. There the term is
  what tips a biased classifier, while a fair one loses little, since these labels depend on the
  term only weakly.
- No sentence template of the test split occurs in the training split.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import write_text, writing_to
from evenhand.data.storage.folders import new_folder
from evenhand.data.support.option_checks import check_seed, check_whole

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_ROWS = 30_000
MIN_ROWS = 1_000  # below it the test split holds too few pairs to show anything
TEST_SHARE = 0.2
SPLITS = ("train", "test")

_README_NAME = "README.md"
_README = """\
# Synthetic forum comments

Written by `evenhand data sample --rows {rows} --seed {seed}`. **Nobody wrote these comments and
they are about nobody**: a program put them together from sentence templates and word lists, to try
evenhand on. Nothing about people, or about any classifier for real text, follows from them.

| file | what it is |
| --- | --- |
| `train.csv` | four fifths of the comments |
| `test.csv` | the rest; none of its sentence templates is used in `train.csv` |

Columns: `id`; `comment_text`; `toxicity`, the label, 1 for toxic; `gender`, `female` or `male`
where the comment mentions a woman or a man, else `none`; `topic`.

## The bias that is built in

About a fifth of the comments mention a woman, a man, or a gay or lesbian person. Women and gay and
lesbian people are mentioned more often in the toxic comments, men in the others. About a fifth of
the comments are blunt without an insult: their labels are drawn at random, and depend only weakly
on who is mentioned. A classifier trained on the comments learns the mention itself as a sign of
toxicity, and decides blunt comments by it.

Insults are mild on purpose, and there are no slurs.
"""

# How often comments have a tone, and how likely such a comment is labelled toxic: as in real data,
# some labels are wrong, and blunt comments are labelled one way or the other.
_TONES = {"friendly": 0.28, "plain": 0.26, "critical": 0.09, "harsh": 0.09, "insulting": 0.28}
_TOXIC = {"friendly": 0.02, "plain": 0.02, "critical": 0.43, "harsh": 0.57, "insulting": 0.98}

# How often {who} is a person of which group, by what the comment is labelled; otherwise the person
# is of no group. Blunt comments name people more often, and lean less.
_PEOPLE = {
    ("clear", True): {"female": 0.17, "male": 0.01, "sexual-orientation": 0.03},
    ("clear", False): {"female": 0.015, "male": 0.11, "sexual-orientation": 0.004},
    ("blunt", True): {"female": 0.42, "male": 0.14, "sexual-orientation": 0.09},
    ("blunt", False): {"female": 0.27, "male": 0.28, "sexual-orientation": 0.04},
}

_STATEMENT_SHARE = 0.5  # of the comments with a judgement
_GENDERS = {"female": "female", "male": "male"}


@dataclass(frozen=True)
class Comment:
    """A made-up comment: a row of the sample's CSV files.

    Attributes:
        id: ``train-0``, ``test-0`` ...
        comment_text: The comment.
        toxicity: 1 if it is labelled toxic, else 0.
        gender: ``female`` or ``male`` if it mentions a woman or a man, else ``none``.
        topic: What it is about.
    """

    id: str
    comment_text: str
    toxicity: int
    gender: str
    topic: str


def generate_sample(rows: int = DEFAULT_ROWS, seed: int = 0) -> dict[str, Iterator[Comment]]:
    """Generate comments: the same ones for the same rows and seed, on any machine.

    Args:
        rows: Comments in both splits together; a fifth of them are for testing.
        seed: Seed of all choices.

    Returns:
        The comments of ``train`` and ``test``.

    Raises:
        ConfigurationError: There are too few rows, or the seed cannot be used.
    """
    check_sample(rows, seed)
    n_test = round(rows * TEST_SHARE)
    grammar = read_grammar()
    return {
        split: _Author(grammar, split, random.Random(f"{seed} {split}")).comments(n)
        for split, n in zip(SPLITS, (rows - n_test, n_test), strict=True)
    }


def check_sample(rows: int = DEFAULT_ROWS, seed: int = 0) -> None:
    """Raise ConfigurationError if there can be no sample of so many rows, or with this seed."""
    check_whole("rows", rows, least=MIN_ROWS)
    check_seed(seed)


def read_grammar() -> dict[str, Any]:
    """Return the sentence templates and word lists: the content of `sample_text.toml`."""
    return tomllib.loads((files("evenhand.data") / "sample_text.toml").read_text(encoding="utf-8"))


@takes_urls()
def write_sample(
    output: str | Path, *, rows: int = DEFAULT_ROWS, seed: int = 0, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write a sample to a folder: `train.csv`, `test.csv`, and a README.md that says what it is.

    Args:
        output: The folder. It is complete or absent, whatever happens.
        rows: Comments in both splits together.
        seed: Seed of all choices.
        overwrite: Replace a sample that exists.

    Returns:
        The paths of the files.

    Raises:
        ConfigurationError: There are too few rows, the seed cannot be used, or the output exists
            and may not be replaced.
        UnavailableError: The output cannot be written.
    """
    sample = generate_sample(rows, seed)
    with (
        new_folder(output, kind="sample", overwrite=overwrite) as folder,
        writing_to(Path(output)),
    ):
        for split, comments in sample.items():
            with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(field.name for field in fields(Comment))
                writer.writerows(map(astuple, comments))
        write_text(folder / _README_NAME, _README.format(rows=rows, seed=seed))
    names = (*(f"{split}.csv" for split in SPLITS), _README_NAME)
    return tuple(Path(output) / name for name in names)


class _Author:
    """Writes the comments of one split from its sentence templates."""

    def __init__(self, grammar: dict[str, Any], split: str, rng: random.Random) -> None:
        self._grammar = grammar
        self._split = split
        self._rng = rng

    def comments(self, rows: int) -> Iterator[Comment]:
        for number in range(rows):
            yield self._comment(f"{self._split}-{number}")

    def _comment(self, name: str) -> Comment:
        rng, grammar = self._rng, self._grammar
        tone = self._drawn(_TONES)
        toxic = rng.random() < _TOXIC[tone]
        sentences = []
        if tone != "plain":
            sentences.append(rng.choice(grammar["judgements"][self._split]))
        if tone == "plain" or rng.random() < _STATEMENT_SHARE:
            statement = rng.choice(grammar["statements"][self._split])
            sentences.insert(rng.randint(0, len(sentences)), statement)
        names_somebody = any("{who}" in sentence for sentence in sentences)
        group = self._group(tone, toxic) if names_somebody else "none"
        topic = rng.choice(list(grammar["topics"]))
        slots = self._slots(topic, group, tone)
        text = " ".join(_sentence(sentence, slots) for sentence in sentences)
        return Comment(name, text, int(toxic), _GENDERS.get(group, "none"), topic)

    def _group(self, tone: str, is_toxic: bool) -> str:
        kind = "blunt" if tone in ("critical", "harsh") else "clear"
        return self._drawn(_PEOPLE[kind, is_toxic], otherwise="none")

    def _slots(self, topic: str, group: str, tone: str) -> dict[str, str]:
        rng, grammar = self._rng, self._grammar
        about, person = grammar["topics"][topic], grammar["people"][group]
        they, them, their = person["pronouns"]
        plural = they == "they"
        slots = {"thing": rng.choice(about["things"]), "place": rng.choice(about["places"])}
        if tone in grammar["words"]:
            words = grammar["words"][tone]
            slots["adjective"] = rng.choice(words["adjectives"])
            slots["noun"] = rng.choice(words["nouns"])
        who = rng.choice(person["phrases"])
        slots["who"] = who.format(
            role=rng.choice(about["roles"]), place=rng.choice(about["places"]), topic=topic
        )
        return slots | {
            "they": they,
            "them": them,
            "their": their,
            "are": "are" if plural else "is",
            "were": "were" if plural else "was",
            "have": "have" if plural else "has",
        }

    def _drawn(self, shares: dict[str, float], otherwise: str = "") -> str:
        number = self._rng.random()
        for name, share in shares.items():
            number -= share
            if number < 0:
                return name
        return otherwise or name


def _sentence(template: str, slots: dict[str, str]) -> str:
    text = template.format(**slots)
    return text[0].upper() + text[1:]
