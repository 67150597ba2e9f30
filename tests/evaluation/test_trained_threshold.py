"""From a training with a threshold of its own to the report and the gate that use it."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.cli import main
from evenhand.data.building.build import build_dataset
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.evaluation import evaluate_flip_rate, evaluate_functions, load_report
from evenhand.remediation import compare, load_classifier, sweep, train, train_baseline

pytestmark = pytest.mark.slow

# Toy models keep no limits
ANY: dict[str, Any] = {
    "max_auc_drop": 1.0,
    "max_accuracy_drop": 1.0,
    "max_positive_rate_change": 1.0,
    "epochs": 1,
    "batch_size": 64,
    "learning_rate": 1e-2,
}


def comments(rows: int, seed: int) -> list[tuple[str, int, str]]:
    rng = random.Random(seed)
    found = []
    for number in range(rows):
        bad = rng.random() < 0.3
        who = rng.choices(("she", "he", "somebody"), (6, 1, 3) if bad else (1, 4, 5))[0]
        words = [rng.choice(("rude", "odd", "loud") if bad else ("kind", "odd", "calm"))]
        words += rng.sample(("today", "again", "there", "often", "once"), 2)
        found.append((f"{who} was {' '.join(words)}", int(bad), ("web", "mail")[number % 2]))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data to train, validate and test on, and a baseline."""
    folder = tmp_path_factory.mktemp("own")
    for name, rows in (("train", 500), ("valid", 300), ("test", 300)):
        lines = ["text,label,source", *(f"{t},{y},{s}" for t, y, s in comments(rows, rows + 7))]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        build_dataset(
            [folder / f"{name}.csv"],
            folder / name,
            label_column="label",
            slice_columns=["source"],
        )
    train_baseline(folder / "train", folder / "baseline.keras", epochs=8, learning_rate=1e-2)
    return folder


def scores(folder: Path, model: Path, data: str = "valid") -> tuple[np.ndarray, ...]:
    examples = CounterfactualDataset.open(folder / data).examples(["text", "label", "source"])
    texts = examples["text"].to_pylist()
    labels, sources = (examples[name].to_numpy() for name in ("label", "source"))
    return load_classifier(model).score(texts), labels > 0.5, sources


def trained(folder: Path, output: Path, **options: Any):
    data = {"validation_data": folder / "valid"}
    return train(folder / "baseline.keras", folder / "train", output, **data, **ANY, **options)


@pytest.fixture(scope="module")
def same_share(folder: Path) -> Path:
    trained(folder, folder / "same", threshold="auto", baseline_threshold=0.4)
    return folder / "same"


def test_a_trained_model_flags_as_many_as_its_baseline(folder: Path, same_share: Path) -> None:
    record = json.loads((same_share / "train.json").read_text(encoding="utf-8"))
    threshold = record["threshold"]
    assert (threshold["criterion"], threshold["baseline"]) == ("same-share", 0.4)
    assert threshold["n_examples"] == 300
    ours, _, _ = scores(folder, same_share / "model.keras")
    theirs, _, _ = scores(folder, folder / "baseline.keras")
    share, wanted = (ours > threshold["candidate"]).mean(), (theirs > 0.4).mean()
    assert share == pytest.approx(threshold["candidate_value"])
    assert wanted == pytest.approx(threshold["baseline_value"])
    heaviest = max(np.mean(np.isclose(ours, each, atol=1e-6)) for each in ours)
    assert abs(share - wanted) <= heaviest
    # judged at that threshold, in the record and in its history alike
    assert record["metrics"]["positive_rate"] == pytest.approx(share)
    assert record["metrics"]["threshold"] == threshold["candidate"]
    assert record["baseline_metrics"]["positive_rate"] == pytest.approx(wanted)
    history = json.loads((same_share / "history.json").read_text(encoding="utf-8"))
    assert history[0]["val_positive_rate"] == pytest.approx(share)


def test_the_report_and_the_gate_take_it_from_the_record(
    folder: Path, same_share: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", same_share / "model.keras", "--compare-to", folder / "baseline.keras"]
    arguments += ["--data", folder / "test", "--threshold", "auto", "--output", tmp_path / "report"]
    assert main.run(["evaluate", "flip-rate", *map(str, arguments)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "model.keras is decided at its own threshold, 0." in printed
    assert "and baseline.keras at 0.4" in printed
    assert "chosen on 300 held-out examples to flag the share of texts" in printed
    report = load_report(tmp_path / "report")
    choice = report.candidate.threshold_choice
    assert choice is not None and report.baseline is not None
    assert report.thresholds == (choice.candidate,)
    assert report.threshold_of(report.baseline) == 0.4
    flagged = []
    for model, file in zip(report.models, ("same/model.keras", "baseline.keras"), strict=True):
        found, label, _ = scores(folder, folder / file, "test")
        at = report.threshold_of(model)
        metrics = model.overall.metrics
        assert metrics["flagged_rate"].value == pytest.approx((found > at).mean())
        assert metrics["accuracy"].value == pytest.approx(((found > at) == label).mean())
        assert metrics["false_negative_rate"].value == pytest.approx((found[label] <= at).mean())
        flagged.append(float((found > at).mean()))
    rules = [
        'metric = "flagged_rate"',
        f"max = {flagged[0] + 0.001}",
        f"min = {flagged[0] - 0.001}",
    ]
    (tmp_path / "evenhand.toml").write_text("\n".join(["[[gate.rules]]", *rules]) + "\n")
    gate = ["gate", "--report", tmp_path / "report", "--config", tmp_path / "evenhand.toml"]
    assert main.run([*map(str, gate)]) == 0
    (tmp_path / "evenhand.toml").write_text(
        f'[[gate.rules]]\nmetric = "flagged_rate"\nmax = {flagged[0] - 0.001}\n'
    )
    assert main.run([*map(str, gate)]) == 1
    capsys.readouterr()

    functions = evaluate_functions(
        same_share / "model.keras",
        compare_to=folder / "baseline.keras",
        threshold="auto",
        output=tmp_path / "functions",
        terms=["religion"],
        groups=["sikh"],
    )
    assert [functions.threshold_of(each) for each in functions.models] == [choice.candidate, 0.4]
    assert functions.candidate.threshold_choice == choice
    (tmp_path / "evenhand.toml").write_text(
        '[[gate.rules]]\nmetric = "functions.accuracy"\nmin = 0\n'
    )
    assert main.run([*map(str, gate), "--functions", str(tmp_path / "functions")]) == 0


def test_a_model_that_was_changed_since_has_no_threshold(
    same_share: Path, folder: Path, tmp_path: Path
) -> None:
    shutil.copyfile(same_share / "train.json", tmp_path / "train.json")
    shutil.copyfile(folder / "baseline.keras", tmp_path / "model.keras")
    with pytest.raises(Exception, match="another model"):
        evaluate_flip_rate(
            folder / "test",
            tmp_path / "model.keras",
            output=tmp_path / "report",
            thresholds=["auto"],
        )


def test_groups_have_true_positive_rates_as_close_as_a_threshold_can_bring_them(
    folder: Path,
) -> None:
    result = trained(folder, folder / "equal", threshold="auto:equal-opportunity")
    choice = result.threshold
    assert choice is not None and choice.column == "source"
    found, label, source = scores(folder, result.model)
    rates = [
        (found[label & (source == each)] > choice.candidate).mean() for each in ("web", "mail")
    ]
    assert choice.candidate_value == pytest.approx(abs(rates[0] - rates[1]))
    assert choice.value_at_baseline is not None
    assert choice.candidate_value is not None
    assert choice.candidate_value <= choice.value_at_baseline + 1e-9


def test_a_held_out_part_of_the_training_data_serves_too(folder: Path, tmp_path: Path) -> None:
    """The groups, labels and scores of the split belong to the same rows."""
    result = train(
        folder / "baseline.keras",
        folder / "train",
        tmp_path / "clp",
        threshold="auto:equal-opportunity",
        validation_split=0.3,
        **ANY,
    )
    choice = result.threshold
    assert choice is not None and choice.n_examples == 150
    assert choice.baseline_value is not None


def test_what_makes_no_threshold_is_refused_before_anything_is_trained(
    folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    for options, says in (
        ({"threshold": "best"}, "auto:f1"),
        ({"threshold": 1.0}, "threshold must be"),
        ({"threshold": 1e-6}, "cannot be used"),
        ({"threshold": "auto", "threshold_column": "source"}, "only auto:equal-opportunity"),
        ({"threshold": "auto:equal-opportunity", "threshold_column": "colour"}, "colour"),
        ({"threshold": "auto", "validation_split": 0.0}, "no held-out examples"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            train(folder / "baseline.keras", folder / "train", output, **ANY, **options)
        assert not list(tmp_path.iterdir())


def test_a_baseline_that_is_kept_keeps_its_threshold(folder: Path, tmp_path: Path) -> None:
    strict = {**ANY, "max_auc_drop": 0.0, "learning_rate": 1.0}
    result = train(
        folder / "baseline.keras",
        folder / "train",
        tmp_path / "clp",
        threshold="auto:f1",
        baseline_threshold=0.3,
        **strict,
    )
    assert result.kept_epoch == 0
    assert result.threshold is not None
    assert (result.threshold.candidate, result.threshold.baseline) == (0.3, 0.3)
    assert not result.threshold.is_chosen
    assert "baseline was kept" in result.threshold.in_words()


def test_a_sweep_and_a_comparison_judge_each_model_at_its_threshold(
    folder: Path, tmp_path: Path
) -> None:
    swept = sweep(
        folder / "baseline.keras",
        folder / "train",
        tmp_path / "sweep",
        loss_weights=[0.5, 2.0],
        threshold="auto:f1",
        **ANY,
    )
    compared = compare(
        folder / "baseline.keras",
        folder / "train",
        folder / "valid",
        tmp_path / "compare",
        techniques=["fine-tune", "clp"],
        threshold=0.35,
        **ANY,
    )
    for result, name in ((swept, "sweep"), (compared, "compare")):
        assert result.threshold is not None
        record = json.loads((tmp_path / name / f"{name}.json").read_text(encoding="utf-8"))
        assert record["threshold"]["candidate"] == result.threshold.candidate
        report = evaluate_flip_rate(
            folder / "test",
            tmp_path / name / "model.keras",
            output=tmp_path / f"report-{name}",
            thresholds=["auto"],
        )
        assert report.thresholds == (result.threshold.candidate,)
    assert swept.picked is not None
    assert swept.trials[swept.picked].metrics["threshold"] == swept.threshold.candidate
    for each in compared.compared:
        assert each.runs[0].metrics["threshold"] == 0.35
    model = tmp_path / "compare" / "model.keras"
    found, label, _ = scores(folder, model)
    if (picked := compared.recommendation.picked) is not None:
        metrics = compared.compared[picked].runs[0].metrics
        assert metrics["positive_rate"] == pytest.approx((found > 0.35).mean())
        assert metrics["accuracy"] == pytest.approx(((found > 0.35) == label).mean())
    assert compared.baseline_measured.metrics["threshold"] == 0.5
