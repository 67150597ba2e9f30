"""The data card of a counterfactual dataset: what people should know before they use it.

Its sections follow the Data Cards Playbook (Pushkarna, Zaldivar and Kjartansson 2022, "Data Cards:
Purposeful and Transparent Dataset Documentation for Responsible AI"). What evenhand cannot know is
listed in one place, for whoever publishes the dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evenhand.data.dataset.card_words import (
    EXTENDED_USE,
    FIELDS,
    FOR_THE_PUBLISHER,
    HOW,
    INTENTIONS,
    LIMITS,
    LIMITS_OF_METHOD,
    OF_LABELS,
    OF_OTHERS,
    OTHER_METHOD,
    SENSITIVE,
    TERMS_OF_ART,
)
from evenhand.data.dataset.manifest import Counts, Manifest
from evenhand.data.dataset.quality import PairQuality
from evenhand.data.lexicons.lexicon import Lexicon
from evenhand.data.storage.files import write_text
from evenhand.data.support.markdown_text import escape_markdown, markdown_table

CARD_NAME = "card.md"

_BAD_ROWS_SHOWN = 20  # the manifest has more


def write_card(folder: Path, manifest: Manifest, lexicons: Sequence[Lexicon]) -> None:
    """Write `card.md` into `folder`."""
    write_text(folder / CARD_NAME, _card(manifest, lexicons))


def _card(manifest: Manifest, lexicons: Sequence[Lexicon]) -> str:
    counts, method = manifest.counts, manifest.method.name
    rows = sum(source.rows for source in manifest.sources)
    how, each_pair = HOW.get(method, (f"the method {escape_markdown(method)}", OF_OTHERS))
    parts = [
        "# Counterfactual dataset",
        f"{counts.pairs:,} pairs from {counts.examples:,} examples, made from {rows:,} rows by "
        f"{how}; a fair classifier decides both texts of a pair alike.",
        "## Dataset overview",
        *_overview(manifest),
        "## Data points",
        *_data_points(manifest),
        "## Motivations and intentions",
        INTENTIONS,
        "## Provenance",
        *_provenance(manifest),
        "## Human and other sensitive attributes",
        SENSITIVE,
        *_terms(manifest, lexicons),
        "## Transformations",
        each_pair,
        *_options({**manifest.method.options, "seed": manifest.seed}),
        LIMITS_OF_METHOD.get(method, OTHER_METHOD) + LIMITS,
        *_controls(manifest),
        "## Annotations and labels",
        *_labels(manifest),
        "## Validation",
        *_quality(manifest.quality),
        "## Sampling",
        *_sampling(manifest),
        "## Extended use",
        EXTENDED_USE,
        "## Terms of art",
        TERMS_OF_ART,
        "## To be filled in by the publisher",
        FOR_THE_PUBLISHER,
    ]
    return "\n\n".join(parts) + "\n"


def _overview(manifest: Manifest) -> list[str]:
    counts = manifest.counts
    numbers = [("examples", counts.examples), ("pairs", counts.pairs)]
    numbers += [("terms that occur", len(counts.by_term)), ("groups", len(counts.by_group))]
    rows = [(name, f"{number:,}") for name, number in numbers]
    rows += [("labels", str(len(manifest.columns.labels) or "none"))]
    rows += [(f"made with {name}", version) for name, version in manifest.versions.items()]
    return [
        "Data points are texts, in which people may be mentioned.",
        _table(("", ""), rows),
    ]


def _data_points(manifest: Manifest) -> list[str]:
    columns = manifest.columns
    several = "string, or a list of strings where a text has several values"
    slices = [(name, several, "a slice column, as the input has it") for name in columns.slices]
    return [
        _table(("of the examples", "type", "what it is"), (*FIELDS["examples"], *slices)),
        _table(("of the pairs", "type", "what it is"), FIELDS["pairs"]),
        "No text stands here, as a card may be published where its texts may not be. "
        "`evenhand data check` shows pairs, among them those in which something is wrong.",
    ]


def _provenance(manifest: Manifest) -> list[str]:
    columns, separator = manifest.columns, manifest.columns.slice_separator
    column_rows = [
        ("text", columns.text),
        *(("label", name) for name in columns.labels or ("none: unlabelled",)),
        *([("classes", str(columns.classes))] if columns.classes else []),
        ("weight", columns.weight or "none: every weight is 1"),
        ("id", columns.id or "none: the row's number"),
        *(("slice", name) for name in columns.slices),
        *([("between values of a slice", separator)] if separator is not None else []),
    ]
    return [
        "The texts are copied from the sources: what governs those governs this folder.",
        _table(
            ("file", "rows", "SHA-256"),
            ((source.name, f"{source.rows:,}", source.sha256) for source in manifest.sources),
        ),
        _table(("used as", "column"), column_rows),
        *_options(manifest.reading),
        *_not_read(manifest),
        *_bad_rows(manifest),
    ]


def _terms(manifest: Manifest, lexicons: Sequence[Lexicon]) -> list[str]:
    counts = manifest.counts
    descriptions = {
        group: text for lexicon in lexicons for group, text in lexicon.groups.items() if text
    }
    return [
        _table(
            ("lexicon", "version", "terms", "SHA-256"),
            (
                (lexicon.name, lexicon.version, str(len(lexicon.entries)), lexicon.sha256)
                for lexicon in lexicons
            ),
        ),
        "A pair counts once for every group and every term in it. Guards leave alone what they "
        "take for something else, as a colour; each mention counts.",
        _table(
            ("group", "what it is", "pairs", "share of pairs", "left alone by guards"),
            _coverage(counts, descriptions),
        ),
        _table(("term", "pairs"), ((term, f"{n:,}") for term, n in counts.by_term.items())),
    ]


def _labels(manifest: Manifest) -> list[str]:
    if manifest.columns.label is None:
        return ["There are no labels."]
    labels = manifest.label_values
    if labels is None:
        return [OF_LABELS]
    rows = [(label, "1", f"{n:,}") for label, n in labels.positive.items()]
    rows += [(label, "0", f"{n:,}") for label, n in labels.others.items()]
    rows += [("any other", "0", f"{labels.not_listed:,}")] if labels.not_listed else []
    return [OF_LABELS, _table(("label", "counts as", "rows read"), rows)]


def _coverage(counts: Counts, descriptions: Mapping[str, str]) -> Iterable[Sequence[str]]:
    for group in dict.fromkeys((*counts.by_group, *counts.left_alone)):
        pairs = counts.by_group.get(group, 0)
        share = f"{pairs / counts.pairs:.1%}" if counts.pairs else ""
        left_alone = f"{counts.left_alone.get(group, 0):,}"
        yield group, descriptions.get(group, ""), f"{pairs:,}", share, left_alone


def _controls(manifest: Manifest) -> list[str]:
    controls = manifest.controls
    if controls is None:
        return []
    made = {
        "taken out": "with as many words taken out as the pair has words of terms taken out",
        "made-up word": "with a made-up word in place of as many words as the pair's terms have",
    }[controls.edit]
    counted = [("pairs with a control", f"{controls.pairs:,}")]
    counted += [(f"without: {reason}", f"{n:,}") for reason, n in controls.missing.items()]
    return [
        "### Control pairs",
        f"Each is the text of a pair beside the same text {made}. The words are near the terms and "
        "of like length, and belong to no lexicon. Control pairs are for reports alone, where they "
        "tell how often any edit flips a decision; no training takes them.",
        _table(("pairs", ""), counted),
    ]


def _quality(quality: PairQuality | None) -> list[str]:
    """Return what checking the pairs found."""
    if quality is None or not quality.checked:
        return ["No pair was checked."]
    ratios = quality.length_ratios
    lengths = (
        f" A counterfactual has {ratios.median:.2f} times the length of its original in the "
        f"median, {ratios.p5:.2f} to {ratios.p95:.2f} times in 90 % of the pairs."
        if ratios
        else ""
    )
    rows = [("grammar errors", quality.grammar_errors), *quality.faults.items()]
    return [
        f"{quality.checked:,} pairs were checked, drawn by their numbers, or all if there are no "
        "more. A grammar error is a fault that the edit brought and that a few words show; what "
        "takes reading is not counted. `evenhand data check` checks all pairs, says what each "
        f"check is, and shows examples.{lengths}",
        _table(
            ("found in pairs", "pairs", "share"),
            ((name, f"{n:,}", f"{n / quality.checked:.1%}") for name, n in rows),
        ),
    ]


def _options(options: Mapping[str, object]) -> list[str]:
    """Return the options that were chosen."""
    chosen = [(name, str(value)) for name, value in options.items() if value is not None]
    return [_table(("option", "value"), chosen)] if chosen else []


def _not_read(manifest: Manifest) -> list[str]:
    """Return which rows of the sources are no example."""
    counts = manifest.counts
    not_read = sum(counts.not_read.values())
    if not not_read:
        return ["Every row is an example."]
    rows = sum(source.rows for source in manifest.sources)
    return [
        f"Of {rows:,} rows, {counts.examples:,} are examples and {not_read:,} are not.",
        _table(("rows that are no example", "rows"), _counted(counts.not_read)),
    ]


def _sampling(manifest: Manifest) -> list[str]:
    """Return which examples have pairs."""
    counts = manifest.counts
    left_out = {
        reason: n - counts.not_read.get(reason, 0)
        for reason, n in counts.skipped.items()
        if n > counts.not_read.get(reason, 0)
    }
    lines = [
        "Every example is kept. Those that hold a term have pairs, but for what is left out here."
    ]
    lines += _options(manifest.selection)
    if not left_out:
        return [*lines, "Nothing is left out: every example that holds a term is paired."]
    header = ("examples with a term and without a pair, and pairs not used", "")
    return [*lines, _table(header, _counted(left_out))]


def _counted(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(reason, f"{n:,}") for reason, n in counts.items()]


def _bad_rows(manifest: Manifest) -> list[str]:
    if not manifest.bad_rows:
        return []
    shown = manifest.bad_rows[:_BAD_ROWS_SHOWN]
    lines = "\n".join(f"- {escape_markdown(line)}" for line in shown)
    return ["Rows that could not be used; the first of them:", lines]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = (map(escape_markdown, row) for row in rows)
    return "\n".join(markdown_table(header, map(list, cells), text_columns=len(header)))
