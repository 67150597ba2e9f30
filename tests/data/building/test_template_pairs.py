"""Templates as a dataset: each group's sentence is paired with those of the other groups."""

from __future__ import annotations

from collections import Counter

import pytest

from evenhand.cli.main import run
from evenhand.data import CounterfactualDataset, build_from_templates
from evenhand.data.building.template_pairs import MOST_OTHERS
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.data.functionalities.catalogue import functionalities
from evenhand.data.functionalities.group_words import words_of
from evenhand.data.lexicons.lexicon import builtin_lexicons, load_lexicon

OWN = ["I am a {member}.", "{group} pray = a lot, my {adjective} friend said."]


def pairs_of(dataset):
    return [
        (pair["original"], pair["counterfactual"])
        for pair in dataset.pairs(["original", "counterfactual"]).to_pylist()
    ]


def test_a_template_is_filled_for_each_group_and_paired_with_the_others(tmp_path):
    dataset = build_from_templates(tmp_path / "cf", templates=OWN, terms=["religion"])
    groups = words_of(load_lexicon("religion"))
    number = len(groups)
    assert dataset.manifest.counts.examples == 2 * number
    found = pairs_of(dataset)
    assert number > MOST_OTHERS + 1
    assert len(found) == len(set(found)) == 2 * number * MOST_OTHERS
    for side in zip(*found, strict=True):  # every group as often as any other
        assert set(Counter(side).values()) == {MOST_OTHERS}
    assert {"I am an atheist.", "I am a Muslim."} <= {original for original, _ in found}
    examples = dataset.examples(["text", "about", "template"]).to_pylist()
    assert {each["about"] for each in examples} == {words.group for words in groups}
    assert {each["template"] for each in examples} == {OWN[0], OWN[1].replace("=", "-")}
    assert "label" not in dataset.examples().column_names or not any(
        dataset.examples(["label"])["label"].to_pylist()
    )


@pytest.mark.parametrize("name", builtin_lexicons())
def test_the_terms_of_every_built_in_lexicon_are_found_in_its_sentences(name, tmp_path):
    """So that reports have slices by group. A few demonyms are taken for languages."""
    if len(words_of(load_lexicon(name))) < 2:
        with pytest.raises(InputError, match="with words for sentences"):
            build_from_templates(tmp_path / "cf", templates=OWN, terms=[name])
        return
    dataset = build_from_templates(tmp_path / "cf", templates=OWN, terms=[name])
    groups = dataset.pairs(["groups"])["groups"].to_pylist()
    assert sum(map(bool, groups)) >= 0.9 * len(groups)


def test_without_templates_the_functionalities_are_filled_with_their_labels(tmp_path):
    dataset = build_from_templates(tmp_path / "cf")
    examples = dataset.examples(["label", "template"]).to_pylist()
    wanted = {each.name: float(each.label == "toxic") for each in functionalities()}
    found = {each["template"]: each["label"] for each in examples}
    assert found == {name: wanted[name] for name in found}
    assert set(found) == {each.name for each in functionalities() if each.names_groups}


def test_groups_of_different_lexicons_are_not_paired(tmp_path):
    names = ["gender", "religion"]
    both = build_from_templates(tmp_path / "both", templates=OWN[:1], terms=names)
    alone = [
        pair
        for name in names
        for pair in pairs_of(build_from_templates(tmp_path / name, templates=OWN[:1], terms=[name]))
    ]
    assert sorted(alone) == sorted(pairs_of(both))
    assert ("I am a Muslim.", "I am a woman.") not in pairs_of(both)


def test_the_command_writes_it_and_names_what_is_wrong(tmp_path, capsys):
    words = ["data", "templates", "--output", str(tmp_path / "cf")]
    assert run([*words, "--template", "I am a {member}."]) == 0
    assert "Wrote" in capsys.readouterr().out
    assert CounterfactualDataset.open(tmp_path / "cf").manifest.counts.pairs > 0
    assert run([*words, "--template", "I am a {member}."]) == 2  # the folder exists
    for wrong in (["--template", "no slot"], ["--template", ""], ["--template", "a {noun}"]):
        assert run([*words, *wrong, "--overwrite"]) == 2
        assert "has no slot for a group" in capsys.readouterr().err
    assert run([*words, "--terms", "no-such", "--overwrite"]) == 3
    assert CounterfactualDataset.open(tmp_path / "cf").manifest.counts.pairs > 0
    with pytest.raises(ConfigurationError, match="no template"):
        build_from_templates(tmp_path / "none", templates=[])
