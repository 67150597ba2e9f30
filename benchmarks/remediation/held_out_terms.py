"""What CLP does for identity terms that training does not see, and ways to do more.

    python held_out_terms.py tweets.csv --seeds 0 1 2
    python held_out_terms.py tweets.csv --terms gender race-ethnicity religion \
        --held-out sexual-orientation nationality disability age --unlabelled --rows 8000 \
        --model toxicity.keras --preprocess tokens:encode --positive-class 0 \
        --ways CLP "random words" "unseen terms"

A third of each group's terms is held out, in all forms, or all terms of the lexicons of
`--held-out`: no training pair is made with them, and no training text has terms of `--held-out`.
The CTF gap on them, on an untouched test split,
is measured for the baseline, for plain CLP and for CLP in other ways. Each seed decides the terms,
the split, the baseline and the trainings. With `--unlabelled` no label is used in training; those
of the test split are for AUC. docs/training.md and docs/techniques.md have the figures.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import re
import tempfile
from pathlib import Path

import real_text

from evenhand.data import (
    CounterfactualDataset,
    Lexicon,
    TermMatcher,
    ablate,
    build_dataset,
    load_lexicon,
)
from evenhand.remediation import ModelOptions, load_classifier, train, train_baseline
from evenhand.remediation.batches.training_data import DatasetBlocks
from evenhand.remediation.judging.validation import validate

KNOWN_TERMS = "HELD_OUT_TERMS_KNOWN"  # environment variable: file of the terms in training
UNSEEN_WORD = "zzyxq"
COLUMNS = (
    "seed",
    "held-out pairs",
    "model",
    "CTF gap, held out",
    "flip rate, held out",
    "CTF gap, trained",
    "AUC",
)
WAYS = {
    "CLP": {},
    "other terms": {"method": "held_out_terms:with_other_term"},
    "unseen word": {"method": "held_out_terms:with_unseen_word"},
    "random words": {"random_words": 4},
    "unseen terms": {"unseen_terms": True},
}


def with_other_term(texts: list[str]) -> list[list[str]]:
    """Pair each text with itself without its terms, and with other terms drawn at random."""
    terms = sorted({spelling for entry in _known().entries for _, spelling in entry.spellings()})

    def with_other(text: str) -> str:
        rng = random.Random(text)
        return _replaced(text, lambda: rng.choice(terms))

    return [[without, with_other(text)] for text, without in _ablated(texts)]


def with_unseen_word(texts: list[str]) -> list[list[str]]:
    """Pair each text with itself without its terms, and with a word that no text has."""
    return [[without, _replaced(text, lambda: UNSEEN_WORD)] for text, without in _ablated(texts)]


def _known() -> Lexicon:
    return load_lexicon(os.environ[KNOWN_TERMS])


def _matcher() -> TermMatcher:
    return _matcher_of(os.environ[KNOWN_TERMS])


@functools.cache  # by path, because `data build` imports this module a second time
def _matcher_of(path: str) -> TermMatcher:
    return TermMatcher([load_lexicon(path)])


def _ablated(texts: list[str]) -> list[tuple[str, str]]:
    return [(text, ablate(text, _matcher()).text) for text in texts]


def _replaced(text: str, word) -> str:
    parts, position = [], 0
    for match in _matcher().find(text):
        parts += [text[position : match.start], word()]
        position = match.end
    return "".join([*parts, text[position:]])


def split_terms(name: str, folder: Path, seed: int) -> tuple[Path, Path]:
    """Write a lexicon's terms as two lexicons: those to train with, and a third to hold out."""
    lexicon, rng = load_lexicon(name), random.Random(seed)
    held_out: set[str] = set()
    for group in lexicon.groups:
        terms = [entry.term for entry in lexicon.entries if entry.group == group]
        held_out.update(rng.sample(terms, round(len(terms) / 3)))
    paths = folder / "known.toml", folder / "held-out.toml"
    for path, wanted in zip(paths, (False, True), strict=True):
        entries = [entry for entry in lexicon.entries if (entry.term in held_out) == wanted]
        lines = ["schema_version = 1", f'name = "{path.stem}"', 'version = "1"']
        groups = {entry.group for entry in entries}
        lines += [f"groups.{json.dumps(group)} = {json.dumps(group)}" for group in sorted(groups)]
        path.write_text("\n".join([*lines, "terms = [", *map(_toml, entries), "]"]) + "\n")
    return paths


def _toml(entry) -> str:
    fields = {"term": entry.term, "group": entry.group, "forms": entry.forms}
    fields["guards"] = entry.guards.model_dump(exclude_defaults=True)
    text = json.dumps(fields, ensure_ascii=False)
    return re.sub(r'"(\w+)": ', r"\1 = ", text) + ","  # an inline table differs from JSON in this


def rows(arguments: argparse.Namespace, architecture: str, folder: Path, seed: int):
    """Yield a seed's rows of the table: the baseline, and a row for each way."""
    if arguments.held_out:
        known, held_out = arguments.terms, arguments.held_out
        unseen = TermMatcher([load_lexicon(name) for name in held_out])
    else:
        unseen = None
        known, held_out = ([path] for path in split_terms(arguments.terms[0], folder, seed))
        os.environ[KNOWN_TERMS] = str(known[0])
    training, test = real_text.write_splits(
        arguments, folder, seed, trains_on=lambda text: unseen is None or not unseen.find(text)
    )
    reading = ModelOptions(preprocess=arguments.preprocess, positive_class=arguments.positive_class)

    def build(split: Path, terms: list, name: str, *, labels: bool = True, **options) -> Path:
        label_column = "label" if labels else None
        build_dataset([split], folder / name, label_column=label_column, terms=terms, **options)
        return folder / name

    def measured(name: str, model: Path) -> str:
        classifier = load_classifier(model, reading)
        unseen, seen = (validate(classifier, data) for data in tests)
        values = unseen["ctf_gap"], unseen["flip_rate"], seen["ctf_gap"], seen["auc"]
        cells = [str(seed), f"{len(tests[0].example):,}", name, *(f"{v:.4f}" for v in values)]
        return f"| {' | '.join(cells)} |"

    tests = [
        DatasetBlocks(CounterfactualDataset.open(build(test, terms, name))).all_training()
        for terms, name in ((held_out, "test-held-out"), (known, "test-known"))
    ]
    baseline = arguments.model
    if baseline is None:
        baseline = folder / "baseline.keras"
        labelled = build(training, known, "labelled")
        train_baseline(labelled, baseline, architecture=architecture, seed=seed)
    how = {"labels": not arguments.unlabelled}
    plain = build(training, known, "training", **how)
    yield measured("baseline", baseline)
    for way in arguments.ways:
        options = dict(WAYS[way])
        method = options.pop("method", None)
        options |= {**reading.as_keywords(), **arguments.options}
        data = build(training, known, way, method=method, **how) if method else plain
        result = train(
            baseline, data, folder / f"{way} model", seed=seed, unlabelled=arguments.unlabelled,
            **options,
        )  # fmt: skip
        yield measured(f"{way}{'' if result.kept_epoch else ', none kept'}", result.model)


def main() -> None:
    """Parse the arguments, measure and print a table for each architecture."""
    parser = real_text.parser(__doc__.splitlines()[0])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--held-out", nargs="+", help="lexicons, all of whose terms are held out")
    parser.add_argument("--unlabelled", action="store_true", help="train without labels")
    parser.add_argument("--model", type=Path, help="the baseline; otherwise one is trained")
    parser.add_argument("--preprocess", help="of that model")
    parser.add_argument("--positive-class", type=int, help="of that model")
    parser.add_argument("--options", type=json.loads, default={}, help="of train, as JSON")
    arguments = parser.parse_args()
    if len(arguments.terms) > 1 and not arguments.held_out:
        parser.error("--terms: one lexicon, whose terms are split; or give --held-out")
    if arguments.held_out and {"other terms", "unseen word"} & set(arguments.ways):
        parser.error("--ways: other terms and unseen word are for terms that are split")
    if arguments.model:
        arguments.architectures = [arguments.model.name]
    for architecture in arguments.architectures:
        print(f"\n{architecture}\n\n| {' | '.join(COLUMNS)} |\n|---:|---:|---|{'---:|' * 4}")
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as folder:
                for line in rows(arguments, architecture, Path(folder), seed):
                    print(line, flush=True)


if __name__ == "__main__":
    main()
