"""The model card: metadata that other tools read, and what is known of a model and its repair."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
import yaml
from sample_reports import make_report

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.evaluation.rendering.model_card import TO_WRITE, render_card, write_model_card
from evenhand.evaluation.reports.training_record import TrainingRecord, read_training

HOSTILE = "<script>alert(1)</script> | **b** [x](http://e) `c`\n---\n# no heading"
RECORD = {
    "schema_version": 1,
    "baseline": {"name": "base.keras", "sha256": "b" * 64},
    "data": {"name": "train", "sha256": "d" * 64},
    "technique": "clp",
    "options": {"loss_weight": 5.0, "seed": 0, "head": None, "unlabelled": False},
    "n_examples": 1200,
    "n_pairs": 300,
    "kept_epoch": 3,
    "limits_kept": False,
    "reason": "it has the fewest flips",
    "warnings": ["accuracy fell by more than a point"],
    "model_sha256": "c" * 64,
    "anything_newer": 1,
}
SECTIONS = [
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
]


def metadata_and_body(card):
    _, front, body = card.split("---\n", 2)
    return yaml.safe_load(front), body


def digests(report, candidate, baseline):
    ours, theirs = report.models
    changed = (
        ours.model_copy(update={"sha256": candidate}),
        theirs.model_copy(update={"sha256": baseline}),
    )
    return report.model_copy(update={"models": changed})


def saved(tmp_path, *, candidate="c" * 64, baseline="b" * 64):
    folder = tmp_path / "report"
    folder.mkdir()
    report = digests(make_report("plain"), candidate, baseline)
    (folder / "report.json").write_text(json.dumps(report.as_document()))
    training = tmp_path / "clp"
    training.mkdir()
    (training / "train.json").write_text(json.dumps(RECORD))
    return folder, training


@pytest.mark.parametrize("text", ["plain", HOSTILE, "ü\u2028: {a: 1}", "'\"%"])
def test_the_metadata_hold_any_text_and_the_results(text):
    report = make_report(text)
    metadata, _ = metadata_and_body(render_card(report, licence="apache-2.0"))
    assert metadata["license"] == "apache-2.0"
    [index] = metadata["model-index"]
    assert index["name"] == report.candidate.name
    [result] = index["results"]
    assert result["dataset"]["name"] == text
    assert re.fullmatch(r"[a-z0-9-]+", result["dataset"]["type"])
    found = {each["type"]: each["value"] for each in result["metrics"]}
    assert found["flip_rate"] == 0.01
    assert "ctf_gap" not in found, "it has no value"
    assert metadata["metrics"] == list(found)


def test_every_section_is_there_and_text_stays_text():
    training = TrainingRecord.model_validate({**RECORD, "reason": HOSTILE, "warnings": (HOSTILE,)})
    _, body = metadata_and_body(render_card(make_report(HOSTILE), training))
    assert re.findall(r"^## (.*)$", body, re.MULTILINE) == SECTIONS
    assert "<script" not in body
    assert "**b**" not in body
    tables = re.findall(r"^\|.*\|$", body, re.MULTILINE)
    assert tables
    assert not re.search(r"^# no heading", body, re.MULTILINE)


def test_a_training_is_told_with_its_cost():
    card = render_card(make_report("plain"), TrainingRecord.model_validate(RECORD))
    assert "| option loss_weight | 5.0 |" in unescape(card)
    assert "| option seed | 0 |" in unescape(card)
    assert "unlabelled" not in card, "an option that is off"
    assert "1,200" in card
    assert "No epoch was within the limits" in card
    assert "accuracy fell by more than a point" in card
    assert metadata_and_body(card)[0]["tags"][-1] == "clp"


def test_without_a_training_people_are_asked():
    card = render_card(make_report("plain", baseline=False))
    assert card.count(TO_WRITE) > render_card(
        make_report("plain"), TrainingRecord.model_validate(RECORD)
    ).count(TO_WRITE)


def test_a_card_is_written_from_folders(tmp_path):
    report, training = saved(tmp_path)
    output = write_model_card(report, tmp_path / "README.md", training=training)
    assert "fewest flips" in output.read_text()
    with pytest.raises(ConfigurationError, match="the output exists"):
        write_model_card(report, output)
    for taken in (report / "report.json", training / "train.json"):
        with pytest.raises(ConfigurationError, match="output"):
            write_model_card(report, taken, training=training, overwrite=True)
    output.write_text("mine")
    write_model_card(report, output, overwrite=True)
    assert output.read_text().startswith("---\n")


@pytest.mark.parametrize("other", [{"candidate": "0" * 64}, {"baseline": "0" * 64}])
def test_the_training_of_another_model_is_refused(tmp_path, other):
    report, training = saved(tmp_path, **other)
    with pytest.raises(InputError, match="the training is not that of"):
        write_model_card(report, tmp_path / "README.md", training=training)
    assert not (tmp_path / "README.md").exists()


def test_a_dataset_that_was_not_trained_on_is_refused(tmp_path, sample_dataset):
    report, training = saved(tmp_path)
    with pytest.raises(InputError, match="the training took another dataset, train"):
        write_model_card(report, tmp_path / "c.md", training=training, data=sample_dataset)
    card = write_model_card(report, tmp_path / "c.md", data=sample_dataset).read_text()
    assert "| rows.csv | 3 |" in card
    assert "| female | 1 |" in card


@pytest.mark.parametrize(
    ("content", "what"),
    [(None, "cannot be read"), ("{", "is not JSON"), ('{"technique": "clp"}', "baseline")],
)
def test_a_damaged_record_is_one_error(tmp_path, content, what):
    file = tmp_path / "train.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InputError, match=what) as caught:
        read_training(tmp_path)
    assert str(file) in str(caught.value)


@pytest.fixture
def sample_dataset(tmp_path):
    from evenhand.data import build_dataset

    rows = tmp_path / "rows.csv"
    rows.write_text("text\nI am a woman.\nHello.\nA man came.\n")
    build_dataset([rows], tmp_path / "cf", method="ablate", terms=["gender"])
    return tmp_path / "cf"
