"""The data card of a counterfactual dataset: what people should know before they use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evenhand.data.dataset.manifest import Counts, Manifest
from evenhand.data.dataset.quality import PairQuality
from evenhand.data.lexicons.lexicon import Lexicon
from evenhand.data.storage.files import write_text
from evenhand.data.support.markdown_text import escape_markdown, markdown_table

CARD_NAME = "card.md"

_HOW = {
    "ablate": "term ablation. Each pair is a text and the same text without its identity terms",
    "neutral": "neutral words. Each pair is a text and the same text with neutral words in place "
    "of its identity terms, or without those that are adjectives",
    "substitute": "term substitution. Each pair is a text and the same text with counterparts from "
    "other groups in place of its identity terms",
    "pairs": "taking pairs that were written elsewhere",
}
_LIMITS_OF_METHOD = {
    "ablate": """\
- A counterfactual is the text without its identity terms. It need not be fluent, and it is not what
  the author would have written about somebody else.
- Endings after an apostrophe stay ("she's" leaves "'s").
""",
    "neutral": """\
- A counterfactual says less than its original: "the women" are "the people". Where "she" becomes
  "they", it may be less clear who is meant.
- Rules choose verb forms and read sentences by the words around a term, and are wrong in some.
- Texts in which the identity is what is said ("she is blind") are left out, so pairs hold mentions
  by the way rather than statements about groups.
- Names and titles ("Mr", "Aunt Petra") are not replaced.
""",
    "substitute": """\
- Names are replaced only where that was asked for. Common given names leave a text out where their
  gender would be contradicted; others may stay beside the pronoun of another gender.
- Rules read "her" and "his" by the words around them, and are wrong in some sentences.
- Facts about groups stay as they were: a counterfactual may say what cannot be.
""",
}
_OTHER_METHOD = """\
- The counterfactuals were made outside evenhand, which has checked that each differs from its
  original and is not empty, and of a sample what stands under Quality.
"""
_LIMITS = """\
- Only listed terms count. Names, other words for the same people, other languages and misspellings
  are left in both texts, and may still tell a model who is spoken of.
- Some listed words have other senses ("king", "lord", "queen"); they are edited in every sense but
  those that their lexicon guards against.
- Terms inside hyphenated words and user names ("@king") are left alone.
- Labels belong to the originals. Where an edit changes what a text means, the counterfactual's
  right label may be another.
- The texts are copied from the sources: what governs those governs this folder.
"""
_BAD_ROWS_SHOWN = 20  # the manifest has more


def write_card(folder: Path, manifest: Manifest, lexicons: Sequence[Lexicon]) -> None:
    """Write `card.md` into `folder`."""
    write_text(folder / CARD_NAME, _card(manifest, lexicons))


def _card(manifest: Manifest, lexicons: Sequence[Lexicon]) -> str:
    counts, columns = manifest.counts, manifest.columns
    separator = columns.slice_separator
    rows = sum(source.rows for source in manifest.sources)
    descriptions = {
        group: text for lexicon in lexicons for group, text in lexicon.groups.items() if text
    }
    column_rows = [
        ("text", columns.text),
        *(("label", name) for name in columns.labels or ("none: unlabelled",)),
        *([("classes", str(columns.classes))] if columns.classes else []),
        ("weight", columns.weight or "none: every weight is 1"),
        ("id", columns.id or "none: the row's number"),
        *(("slice", name) for name in columns.slices),
        *([("between values of a slice", separator)] if separator is not None else []),
    ]
    parts = [
        "# Counterfactual dataset",
        f"{counts.pairs:,} pairs from {counts.examples:,} examples, made from {rows:,} rows by "
        f"{_how(manifest.method.name)}; a fair classifier decides both alike.",
        *_options(manifest),
        "## Sources",
        _table(
            ("file", "rows", "SHA-256"),
            ((source.name, f"{source.rows:,}", source.sha256) for source in manifest.sources),
        ),
        _table(("used as", "column"), column_rows),
        *_labels(manifest),
        "## Terms",
        _table(
            ("lexicon", "version", "terms", "SHA-256"),
            (
                (lexicon.name, lexicon.version, str(len(lexicon.entries)), lexicon.sha256)
                for lexicon in lexicons
            ),
        ),
        "## Coverage",
        "A pair counts once for every group and every term in it. Guards leave alone what they "
        "take for something else, as a colour; each mention counts.",
        _table(
            ("group", "what it is", "pairs", "share of pairs", "left alone by guards"),
            _coverage(counts, descriptions),
        ),
        _table(("term", "pairs"), ((term, f"{n:,}") for term, n in counts.by_term.items())),
        *_quality(manifest.quality),
        *_controls(manifest),
        "## Left out",
        *_left_out(manifest),
        *_bad_rows(manifest),
        "## Known limits",
        _LIMITS_OF_METHOD.get(manifest.method.name, _OTHER_METHOD) + _LIMITS.rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _labels(manifest: Manifest) -> list[str]:
    labels = manifest.label_values
    if labels is None:
        return []
    rows = [(label, "1", f"{n:,}") for label, n in labels.positive.items()]
    rows += [(label, "0", f"{n:,}") for label, n in labels.others.items()]
    rows += [("any other", "0", f"{labels.not_listed:,}")] if labels.not_listed else []
    return [_table(("label", "counts as", "rows read"), rows)]


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
        "## Control pairs",
        f"Each is the text of a pair beside the same text {made}. The words are near the terms and "
        "of like length, and belong to no lexicon. Control pairs are for reports alone, where they "
        "tell how often any edit flips a decision; no training takes them.",
        _table(("pairs", ""), counted),
    ]


def _quality(quality: PairQuality | None) -> list[str]:
    """Return what checking the pairs found."""
    if quality is None or not quality.checked:
        return []
    ratios = quality.length_ratios
    lengths = (
        f" A counterfactual has {ratios.median:.2f} times the length of its original in the "
        f"median, {ratios.p5:.2f} to {ratios.p95:.2f} times in 90 % of the pairs."
        if ratios
        else ""
    )
    rows = [("grammar errors", quality.grammar_errors), *quality.faults.items()]
    return [
        "## Quality",
        f"{quality.checked:,} pairs were checked, drawn by their numbers, or all if there are no "
        "more. A grammar error is a fault that the edit brought and that a few words show; what "
        "takes reading is not counted. `evenhand data check` checks all pairs, says what each "
        f"check is, and shows examples.{lengths}",
        _table(
            ("found in pairs", "pairs", "share"),
            ((name, f"{n:,}", f"{n / quality.checked:.1%}") for name, n in rows),
        ),
    ]


def _how(method: str) -> str:
    return _HOW.get(method, f"the method {escape_markdown(method)}")


def _options(manifest: Manifest) -> list[str]:
    options = {**manifest.reading, **manifest.method.options, **manifest.selection}
    chosen = [(name, str(value)) for name, value in options.items() if value is not None]
    return [_table(("option", "value"), [*chosen, ("seed", str(manifest.seed))])] if chosen else []


def _left_out(manifest: Manifest) -> list[str]:
    counts = manifest.counts
    not_read = sum(counts.not_read.values())
    others = {
        reason: n - counts.not_read.get(reason, 0)
        for reason, n in counts.skipped.items()
        if n > counts.not_read.get(reason, 0)
    }
    if not (not_read or others):
        return ["Nothing: every row is an example, and every example that holds a term is paired."]
    rows = sum(source.rows for source in manifest.sources)
    parts = [
        f"Of {rows:,} rows, {counts.examples:,} are examples and {not_read:,} are not.",
        _table(("rows that are no example", "rows"), _counted(counts.not_read)) if not_read else "",
        _table(
            ("examples with a term and without a pair, and pairs not used", ""), _counted(others)
        )
        if others
        else "",
    ]
    return [part for part in parts if part]


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
