"""The sample text: what is promised of it, but for what takes training to see."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pyarrow.csv
import pytest

from evenhand.data import (
    ConfigurationError,
    TermMatcher,
    generate_sample,
    load_lexicon,
    write_sample,
)
from evenhand.data.sample import DEFAULT_ROWS, read_grammar

SLOT = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def sample():
    return {split: list(comments) for split, comments in generate_sample().items()}


@pytest.fixture(scope="module")
def grammar():
    return read_grammar()


def templates(grammar, split):
    return [*grammar["statements"][split], *grammar["judgements"][split]]


def as_pattern(template: str) -> re.Pattern[str]:
    words = SLOT.sub(".+?", re.escape(template).replace(r"\{", "{").replace(r"\}", "}"))
    return re.compile(f"(^|[.!?] ){words}($| [A-Z])", re.IGNORECASE)


def test_there_are_at_least_20_000_different_enough_comments(sample):
    assert DEFAULT_ROWS >= 20_000
    assert (len(sample["train"]), len(sample["test"])) == (24_000, 6_000)
    texts = Counter(comment.comment_text for split in sample.values() for comment in split)
    assert len(texts) > 0.8 * DEFAULT_ROWS
    assert max(map(len, texts)) < 300


def test_no_sentence_template_of_the_test_split_occurs_in_training(sample, grammar):
    assert not set(templates(grammar, "train")) & set(templates(grammar, "test"))
    patterns = [as_pattern(template) for template in templates(grammar, "test")]
    test_texts = [comment.comment_text for comment in sample["test"]]
    for pattern in patterns:
        assert any(pattern.search(text) for text in test_texts), pattern
    for comment in sample["train"]:
        for pattern in patterns:
            assert not pattern.search(comment.comment_text), (pattern, comment)


@pytest.mark.parametrize("split", ["train", "test"])
def test_about_a_fifth_mention_a_term_and_the_toxic_ones_mention_some_groups_more(sample, split):
    matcher = TermMatcher([load_lexicon("gender")])
    mentions, labels = Counter(), Counter()
    with_term = 0
    for comment in sample[split]:
        labels[comment.toxicity] += 1
        groups = {group for match in matcher.find(comment.comment_text) for group in match.groups}
        with_term += bool(groups)
        mentions.update((group, comment.toxicity) for group in groups)
        expected = groups & {"female", "male"} or {"none"}
        assert expected == {comment.gender}, comment
    assert 0.17 < with_term / len(sample[split]) < 0.25
    assert 0.25 < labels[1] / len(sample[split]) < 0.5

    def times_as_often_in_toxic(group):
        return mentions[group, 1] / labels[1] / (mentions[group, 0] / labels[0])

    assert times_as_often_in_toxic("female") > 2
    assert times_as_often_in_toxic("sexual-orientation") > 2
    assert times_as_often_in_toxic("male") < 0.6


def test_every_slot_is_filled(sample):
    for comments in sample.values():
        for comment in comments:
            assert not re.search(r"[{}]|  |^\s|\s$", comment.comment_text), comment
            assert comment.comment_text[0] == comment.comment_text[0].upper()


def test_the_seed_decides_everything_in_any_process():
    code = """
from evenhand.data import generate_sample
for split, comments in generate_sample(1000, 3).items():
    for comment in comments:
        print(comment.comment_text, comment.toxicity, comment.gender, comment.topic, sep="|")
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONUTF8": "1"},
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].count(b"\n") == 1000
    other = [list(comments) for comments in generate_sample(1000, 4).values()]
    assert other[0][0].comment_text not in runs[0].decode().splitlines()[0]


def test_the_files_hold_the_sample_and_say_that_it_is_synthetic(tmp_path):
    paths = write_sample(tmp_path / "sample", rows=1000, seed=5)
    assert [path.name for path in paths] == ["train.csv", "test.csv", "README.md"]
    expected = generate_sample(1000, 5)
    for split in ("train", "test"):
        table = pyarrow.csv.read_csv(tmp_path / "sample" / f"{split}.csv")
        assert table.column_names == ["id", "comment_text", "toxicity", "gender", "topic"]
        assert table["comment_text"].to_pylist() == [c.comment_text for c in expected[split]]
    readme = paths[2].read_text()
    assert "# Synthetic forum comments" in readme
    assert "--rows 1000 --seed 5" in readme


def test_an_existing_sample_is_replaced_only_on_request(tmp_path):
    write_sample(tmp_path / "sample", rows=1000, seed=5)
    with pytest.raises(ConfigurationError, match="exists"):
        write_sample(tmp_path / "sample", rows=1000, seed=6)
    write_sample(tmp_path / "sample", rows=1000, seed=6, overwrite=True)
    assert "--seed 6" in (tmp_path / "sample" / "README.md").read_text()


def test_too_few_rows_are_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="rows must be 1000 or more, got 10"):
        write_sample(tmp_path / "sample", rows=10)
    assert not (tmp_path / "sample").exists()
