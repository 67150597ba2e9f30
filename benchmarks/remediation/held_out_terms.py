"""What CLP does for identity terms that training does not see, and ways to do more.

    python held_out_terms.py tweets.csv --seeds 0 1 2
    python held_out_terms.py made-up --unlabelled --model toxicity.keras \
        --preprocess tokens:encode --positive-class 0 --options '{"threshold": "auto"}' \
        --terms gender race-ethnicity religion sexual-orientation nationality disability age \
        --held-out sexual-orientation --held-out sexual-orientation nationality disability age

Held out are all terms of the lexicons of a `--held-out`, which may be given several times, or a
third of each group's terms, in all forms. No training pair is made with them; texts that have terms
of `--held-out` are tested on, all of them. `made-up` is no file: sentences are made of the
templates of `evenhand evaluate functions`, half of which are for training and half for the test.

CTF gaps, flips, AUC and accuracy on the test texts are measured for the baseline, for plain CLP and
for CLP in other ways, at the threshold that a training chose if `--options` asks for one. Beside
the gap on held-out terms stand that of their controls, which is what it does to the same texts to
take out another word, and the spread of the logits, with which gaps shrink. Each seed decides the
terms, the split, the baseline and the trainings. With `--unlabelled` no label is used in training;
those of the test texts are for AUC and accuracy.
docs/training.md and docs/techniques.md have the figures.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import made_up_text
import pyarrow as pa
import real_text

from evenhand.data import (
    CounterfactualDataset,
    Lexicon,
    TermMatcher,
    ablate,
    build_dataset,
    load_lexicon,
)
from evenhand.data.lexicons.writing import toml_of
from evenhand.remediation import ModelOptions, load_classifier, train, train_baseline
from evenhand.remediation.batches.training_data import DatasetBlocks, texts_of
from evenhand.remediation.judging.threshold_rule import ThresholdRule
from evenhand.remediation.judging.validation import Validation, distance
from evenhand.remediation.outputs.decisions import DEFAULT_THRESHOLD

KNOWN_TERMS = "HELD_OUT_TERMS_KNOWN"  # environment variable: file of the terms in training
UNSEEN_WORD = "zzyxq"
MADE_UP = Path("made-up")
COLUMNS = (
    "CTF gap, held out",
    "of the baseline's",
    "of its scale-free gap",
    "CTF gap, controls",
    "of its logits' spread",
    "flip rate, held out",
    "CTF gap, trained",
    "flip rate, trained",
    "AUC",
    "accuracy",
)
WAYS = {
    "fine-tune": {"technique": "fine-tune"},
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


def split_terms(names: list[str], folder: Path, seed: int) -> tuple[list[str], list[str]]:
    """Write each lexicon as two: the terms to train with, and a third of a group's to hold out.

    Of groups of a single term, a third is held out.
    """
    rng = random.Random(seed)
    paths: tuple[list[str], list[str]] = ([], [])
    for lexicon in map(load_lexicon, names):
        held_out: set[str] = set()
        single: list[str] = []
        for group in lexicon.groups:
            terms = [entry.term for entry in lexicon.entries if entry.group == group]
            single += terms if len(terms) == 1 else []
            held_out.update(rng.sample(terms, round(len(terms) / 3)))
        held_out.update(rng.sample(single, round(len(single) / 3)))
        for side, kind in enumerate(("known", "held-out")):
            entries = [
                entry.model_copy(update={"counterparts": ()})
                for entry in lexicon.entries
                if (entry.term in held_out) == bool(side)
            ]
            groups = {name: lexicon.groups[name] for name in {entry.group for entry in entries}}
            path = folder / f"{Path(lexicon.name).stem}-{kind}.toml"
            part = Lexicon(path.stem, "1", "", groups, tuple(entries))
            path.write_text(toml_of(part), encoding="utf-8")
            paths[side].append(str(path))
    return paths


def measured(
    arguments: argparse.Namespace,
    held_out: list[str],
    architecture: str,
    folder: Path,
    seed: int,
) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Yield a seed's values of the columns: the baseline's, and those of each way."""
    unseen = None
    if held_out:
        known = [name for name in arguments.terms if name not in held_out]
        unseen = TermMatcher([load_lexicon(name) for name in held_out])
    else:
        known, held_out = split_terms(arguments.terms, folder, seed)
        os.environ[KNOWN_TERMS] = known[0]
    if arguments.input == MADE_UP:
        training, test = made_up_text.write_splits(folder, seed, known, held_out)
    else:
        training, test = real_text.write_splits(
            arguments, folder, seed, trains_on=lambda text: unseen is None or not unseen.find(text)
        )
    reading = ModelOptions(preprocess=arguments.preprocess, positive_class=arguments.positive_class)

    def build(split: Path, terms: list[str], name: str, *, labels: bool = True, **options) -> Path:
        options = {"method": "ablate", "label_column": "label" if labels else None, **options}
        build_dataset([split], folder / name, terms=terms, **options)
        return folder / name

    datasets = [
        CounterfactualDataset.open(build(test, terms, name, controls="nonce"))
        for terms, name in ((held_out, "test-held-out"), (known, "test-known"))
    ]
    tests = [DatasetBlocks(dataset).all_training() for dataset in datasets]
    controls = pa.Table.from_batches(datasets[0].iter_controls(["original", "counterfactual"]))
    of_baseline = None

    def values(model: Path, threshold: float = DEFAULT_THRESHOLD) -> dict[str, float]:
        nonlocal of_baseline
        classifier, rule = load_classifier(model, reading), ThresholdRule(given=threshold)
        unseen, seen = (
            Validation.of_baseline(classifier, data, rules={"": rule}).metrics() for data in tests
        )
        of_baseline = of_baseline or unseen
        sides = (classifier.predict(texts_of(column)) for column in controls.columns)
        found = (
            unseen["ctf_gap"],
            *(unseen[gap] / of_baseline[gap] for gap in ("ctf_gap", "standardized_ctf_gap")),
            float(distance(*sides).mean()),
            unseen["logit_spread"] / of_baseline["logit_spread"],
            unseen["flip_rate"],
            seen["ctf_gap"],
            seen["flip_rate"],
            seen["auc"],
            seen["accuracy"],
        )
        return dict(zip(COLUMNS, found, strict=True))

    baseline = arguments.model
    if baseline is None:
        baseline = folder / "baseline.keras"
        labelled = build(training, known, "labelled")
        train_baseline(labelled, baseline, architecture=architecture, seed=seed)
    how = {"labels": not arguments.unlabelled}
    plain = build(training, known, "training", **how)
    pairs = f"{len(tests[0].example):,} pairs held out"
    yield f"baseline, {pairs}", values(baseline)
    for way in arguments.ways:
        options = dict(WAYS[way])
        method = options.pop("method", None)
        options |= {**reading.as_keywords(), **arguments.options}
        data = build(training, known, way, method=method, **how) if method else plain
        result = train(
            baseline, data, folder / f"{way} model", seed=seed, unlabelled=arguments.unlabelled,
            **options,
        )  # fmt: skip
        own = () if result.threshold is None else (result.threshold.candidate,)
        yield f"{way}{'' if result.kept_epoch else ', none kept'}", values(result.model, *own)


def print_tables(arguments: argparse.Namespace, held_out: list[str], architecture: str) -> None:
    """Measure with each seed, and print a table of them and one of their means."""
    print(f"\n{architecture}, held out: {', '.join(held_out) or 'a third of the terms'}\n")
    print(f"| seed | model | {' | '.join(COLUMNS)} |\n|---:|---|{'---:|' * len(COLUMNS)}")
    of_models: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder:
            for name, values in measured(arguments, held_out, architecture, Path(folder), seed):
                of_models[name.partition(",")[0]].append(values)
                cells = [str(seed), name, *(f"{value:.4f}" for value in values.values())]
                print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\n| mean ± standard deviation | {' | '.join(COLUMNS)} |")
    print(f"|---|{'---:|' * len(COLUMNS)}")
    for name, rows in of_models.items():
        columns = [[values[column] for values in rows] for column in COLUMNS]
        cells = [f"{statistics.fmean(each):.4f} ± {_deviation(each):.4f}" for each in columns]
        print(f"| {' | '.join([name, *cells])} |", flush=True)


def _deviation(values: list[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def main() -> None:
    """Parse the arguments, measure and print tables for each architecture and `--held-out`."""
    parser = real_text.parser(__doc__.splitlines()[0])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=["CLP", "unseen terms"])
    parser.add_argument(
        "--held-out", nargs="+", action="append", help="lexicons, all of whose terms are held out"
    )
    parser.add_argument("--unlabelled", action="store_true", help="train without labels")
    parser.add_argument("--model", type=Path, help="the baseline; otherwise one is trained")
    parser.add_argument("--preprocess", help="of that model")
    parser.add_argument("--positive-class", type=int, help="of that model")
    parser.add_argument("--options", type=json.loads, default={}, help="of train, as JSON")
    arguments = parser.parse_args()
    own = {"other terms", "unseen word"} & set(arguments.ways)
    if own and (arguments.held_out or len(arguments.terms) > 1):
        parser.error("--ways: other terms and unseen word are for one lexicon that is split")
    if arguments.model:
        arguments.architectures = [arguments.model.name]
    for architecture in arguments.architectures:
        for held_out in arguments.held_out or [[]]:
            print_tables(arguments, held_out, architecture)


if __name__ == "__main__":
    main()
