"""A dataset of made-up sentences: templates that are filled with the words of each group.

The sentence about a group is paired with the same sentence about the other groups of its lexicon.
Such sentences are like nothing that people write (CheckList, Ribeiro et al. 2020, arXiv 2005.04118,
calls them minimum functionality tests), but whatever differs between two of them is the group.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.functionalities.cases import filled
from evenhand.data.functionalities.catalogue import SLOT, functionalities
from evenhand.data.functionalities.group_words import words_of
from evenhand.data.lexicons.lexicon import load_lexicon
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.support.option_checks import as_list

DEFAULT_TERMS = ("gender",)
MOST_OTHERS = 5  # groups that one is paired with
_SLOTS = "{group}, {member} or {adjective}"


class _Template(NamedTuple):
    text: str
    kind: str  # the functionality that it shows, or the template itself
    label: int | None


@takes_urls()
def build_from_templates(
    output: str | Path,
    *,
    templates: Sequence[str] | None = None,
    terms: Sequence[str | Path] = DEFAULT_TERMS,
    overwrite: bool = False,
) -> CounterfactualDataset:
    """Build a counterfactual dataset of filled templates.

    Args:
        output: Folder to write; see `build_dataset`. Its slice columns are ``about``, the group,
            and ``template``, the template or, of evenhand's own, the functionality that it shows.
        templates: Sentences with slots for the words of a group: ``{group}`` for several people,
            ``{member}`` for one, ``{adjective}`` in front of a noun. Without labels. None for those
            of evenhand's functionalities, which are labelled 1 if they are toxic and 0 if not.
        terms: Lexicons by name, or lexicon files. Groups of different lexicons are not paired. Of a
            lexicon with many groups each is paired with the `MOST_OTHERS` that follow it; after the
            last one the first follows.
        overwrite: Replace a dataset that exists.

    Raises:
        ConfigurationError: A template has no slot, or the output exists and may not be replaced.
        InputError: A lexicon cannot be used, or has fewer than two groups with words for slots.
    """
    chosen = _templates(templates)
    filled_in = [row for name in as_list("terms", terms) for row in _filled(chosen, name)]
    labelled = templates is None
    with tempfile.TemporaryDirectory() as folder:
        examples, pairs = Path(folder, "templates.csv"), Path(folder, "pairs.csv")
        header = ("id", "text", "about", "template", *(["label"] if labelled else []))
        _write(examples, header, ([row[name] for name in header] for row in filled_in))
        _write(
            pairs,
            ("id", "original", "counterfactual"),
            ((row["id"], row["text"], other) for row in filled_in for other in row["others"]),
        )
        return build_dataset(
            [examples],
            output,
            overwrite=overwrite,
            terms=terms,
            pairs_file=pairs,
            id_column="id",
            label_column="label" if labelled else None,
            slice_columns=["about", "template"],
        )


def _templates(templates: Sequence[str] | None) -> list[_Template]:
    if templates is None:
        return [
            _Template(text, each.name, int(each.label == "toxic"))
            for each in functionalities()
            if each.names_groups
            for text in each.templates
        ]
    given = list(dict.fromkeys(as_list("templates", templates)))
    if not given:
        raise ConfigurationError("there is no template", where="`templates`")
    for text in given:
        if not SLOT.search(text):
            raise ConfigurationError(
                f"the template {text!r} has no slot for a group", where="`templates`",
                expected=_SLOTS,
            )  # fmt: skip
    return [_Template(text, text.translate({ord("="): "-"}), None) for text in given]


def _filled(templates: Sequence[_Template], lexicon_name: str | Path) -> Iterator[dict[str, Any]]:
    """Yield each template filled with each group's words, and what the other groups' words give."""
    lexicon = load_lexicon(lexicon_name)
    groups = words_of(lexicon)
    if len(groups) < 2:
        raise InputError(
            f"the lexicon {lexicon.name} has {len(groups) or 'no'} group with words for sentences",
            where="`terms`",
            expected="two or more, each with an adjective, or with a noun and its plural",
        )
    for number, template in enumerate(templates, 1):
        texts = [filled(template.text, words) for words in groups]
        for place, (words, text) in enumerate(zip(groups, texts, strict=True)):
            following = (texts[place + 1 :] + texts[:place])[:MOST_OTHERS]
            yield {
                "id": f"{lexicon.name}/{number}/{words.group}",
                "text": text,
                "about": words.group,
                "template": template.kind,
                "label": template.label,
                "others": [other for other in dict.fromkeys(following) if other != text],
            }


def _write(path: Path, header: Sequence[str], rows: Iterator[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
