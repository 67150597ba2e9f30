"""A model card: what a model is, how it was repaired and measured, and what that does not show.

The headings are those of Mitchell et al., Model Cards for Model Reporting (2019); the metadata in
front are what Hugging Face reads. What evenhand cannot know is marked, and for people to write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evenhand.data.dataset.manifest import Manifest
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import InputError
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import check_new_file, write_text
from evenhand.data.storage.separation import check_apart
from evenhand.data.storage.whole_files import file_in
from evenhand.data.support.markdown_text import escape_markdown, markdown_table
from evenhand.evaluation.findings.pair_quality import pair_quality_in_words
from evenhand.evaluation.findings.presentation import format_level, metrics_shown, slices_by_kind
from evenhand.evaluation.findings.thresholds import thresholds_in_words
from evenhand.evaluation.findings.verdict import statements
from evenhand.evaluation.rendering.markdown_summary import (
    labels_table,
    legend,
    metrics_table,
    slices_table,
    techniques_in_words,
)
from evenhand.evaluation.reports.made_from import inputs_of
from evenhand.evaluation.reports.report import FILE_NAME as REPORT_NAME
from evenhand.evaluation.reports.report import Report, load_report, name_of
from evenhand.evaluation.reports.training_record import FILE_NAME as TRAINING_NAME
from evenhand.evaluation.reports.training_record import TrainingRecord, read_training
from evenhand.remediation.judging.wording import counted

TO_WRITE = "[More Information Needed]"
"""What Hugging Face writes where a person has to."""

_MOST_SLICES = 100  # rows of a table; the report has all
_LIMITS = """\
- One kind of harm was measured: whether a decision changes when terms of identity are taken out of
  a text, or replaced. Harm to people by what the model decides about texts without such terms, or
  alike about all, is not in these numbers.
- Only listed terms count, in the language of the lexicons. A name, another spelling or a word that
  no lexicon holds may still change a decision.
- A group without enough pairs may be treated unfairly all the same: see the number of pairs.
- The numbers hold for texts like those of the evaluation, at the threshold named above."""


def render_card(
    report: Report,
    training: TrainingRecord | None = None,
    trained_on: Manifest | None = None,
    *,
    licence: str | None = None,
) -> str:
    """Return the model card of a report's candidate, as Markdown with metadata in front.

    Args:
        report: The report.
        training: The record of the candidate's training, if it is known.
        trained_on: The manifest of the dataset that it was trained on, if it is known.
        licence: The model's licence, as Hugging Face names it, such as ``apache-2.0``.
    """
    kept = [_metadata(report, training, licence), f"# {escape_markdown(report.candidate.name)}"]
    kept += _section("Model details", _details(report, training, licence))
    kept += _section("Intended use", _to_write("the purpose of the model, its users, misuse"))
    kept += _section("Factors", _factors(report))
    kept += _section("Metrics", _definitions(report))
    kept += _section("Evaluation data", _evaluation_data(report))
    kept += _section("Training data", _training_data(training, trained_on))
    kept += _section("Quantitative analyses", _results(report))
    kept += _section("Ethical considerations", _to_write("risks to people, and what was done"))
    kept += _section("Caveats and recommendations", _caveats(training))
    return "\n".join(kept) + "\n"


@takes_urls()
def write_model_card(
    report: str | Path,
    output: str | Path,
    *,
    training: str | Path | None = None,
    data: str | Path | None = None,
    licence: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the model card of a report's candidate.

    Args:
        report: The report's folder, or its report.json.
        output: The file to write, such as ``README.md``.
        training: The folder of the candidate's training, or its train.json.
        data: The dataset that it was trained on.
        licence: The model's licence, as Hugging Face names it, such as ``apache-2.0``.
        overwrite: Replace the file if it is there.

    Returns:
        The file.

    Raises:
        ConfigurationError: The output may not be replaced, or is an input.
        InputError: An input cannot be read; or the training is of another model than the report's,
            or took other data.
        UnavailableError: The output cannot be written.
    """
    inputs = {"`report`": file_in(report, REPORT_NAME), "`data`": data}
    if training is not None:
        inputs["`training`"] = file_in(training, TRAINING_NAME)
    check_apart(inputs, {"`output`": output})  # it may lie in the report's folder
    check_new_file(output, overwrite=overwrite)
    found = load_report(report)
    record = None if training is None else read_training(training)
    dataset = None if data is None else CounterfactualDataset.open(data)
    if record is not None:
        _check_same_model(found, record, str(training))
    if record is not None and dataset is not None and record.data.sha256 != dataset.sha256:
        raise InputError(
            f"the training took another dataset, {record.data.name}",
            where=str(data),
            remedy="name the dataset that the model was trained on",
        )
    manifest = None if dataset is None else dataset.manifest
    write_text(output, render_card(found, record, manifest, licence=licence))
    return Path(output)


def _check_same_model(report: Report, training: TrainingRecord, where: str) -> None:
    known = [(report.candidate.sha256, training.model_sha256)]
    if report.baseline is not None:
        known.append((report.baseline.sha256, training.baseline.sha256))
    if any(None not in pair and pair[0] != pair[1] for pair in known):
        raise InputError(
            f"the training is not that of {report.candidate.name} as the report has it",
            where=where,
            remedy="name the training of the report's candidate, which began with its baseline",
        )


def _section(heading: str, lines: Sequence[str]) -> list[str]:
    return ["", f"## {heading}", "", *lines]


def _to_write(what: str) -> list[str]:
    return [f"{TO_WRITE}: {what}."]


def _metadata(report: Report, training: TrainingRecord | None, licence: str | None) -> str:
    """Return the front matter: YAML, whose values are written as JSON, which YAML includes."""
    results = [_result(each) for each in report.by_label]
    measured = [each["type"] for result in results for each in result["metrics"]]
    of_technique = [training.technique] if training is not None else []
    metadata: dict[str, object] = {
        "library_name": "keras",
        "pipeline_tag": "text-classification",
        "tags": ["evenhand", "counterfactual-fairness", *of_technique],
        "metrics": list(dict.fromkeys(measured)),
        "model-index": [{"name": report.candidate.name, "results": results}],
    }
    if licence is not None:
        metadata = {"license": licence, **metadata}
    lines = [f"{key}: {json.dumps(value)}" for key, value in metadata.items()]
    return "\n".join(["---", *lines, "---"])


def _result(report: Report) -> dict[str, Any]:
    """Return what was measured of one label, which is then the name of the task."""
    values = report.candidate.overall.metrics
    task = {"type": "text-classification"}
    return {
        "task": task if report.label is None else task | {"name": report.label.name},
        "dataset": {"type": _slug(report.data.name), "name": report.data.name},
        "metrics": [
            {"type": spec.name, "name": spec.label, "value": values[spec.name].value}
            for spec in metrics_shown(report, "cards")
            if values[spec.name].value is not None
        ],
    }


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "data"


def _details(report: Report, training: TrainingRecord | None, licence: str | None) -> list[str]:
    model = report.candidate
    rows = [("name", model.name), ("SHA-256", model.sha256 or TO_WRITE)]
    rows += [("outputs", model.outputs)] if model.outputs else []
    rows.append(("licence", licence or TO_WRITE))
    if training is not None:
        rows.append(
            ("trained further from", f"{training.baseline.name}, {training.baseline.sha256}")
        )
        rows.append(("technique", training.technique))
        epoch = training.kept_epoch
        rows += [("epoch that was kept", str(epoch))] if epoch is not None else []
        rows += [("why that epoch", training.reason)] if training.reason else []
        rows += [
            (f"option {name}", json.dumps(value))
            for name, value in training.options.items()
            if value is not False and (value or value == 0)  # others change nothing
        ]
    rows += [(f"measured with {name}", version) for name, version in report.versions.items()]
    lines = _two_columns("", rows)
    if training is None:
        lines += ["", *_to_write("the architecture, and how the model was trained")]
    return lines


def _factors(report: Report) -> list[str]:
    lexicons = [f"{lexicon.name} {lexicon.version}" for lexicon in report.data.lexicons]
    kinds = slices_by_kind(report)
    lines = []
    if lexicons:
        lines.append(f"Terms of identity of the lexicons {escape_markdown(', '.join(lexicons))}.")
    if kinds:
        shown = ", ".join(escape_markdown(kind) for kind in kinds)
        lines.append(f"Measured by: {shown}.")
    return lines or _to_write("groups, instrumentation, environment")


def _definitions(report: Report) -> list[str]:
    lines = [
        f"- `{spec.name}`: {escape_markdown(spec.definition)}"
        for spec in metrics_shown(report, "cards")
    ]
    return [
        *lines,
        "",
        f"Decisions are made at the threshold {thresholds_in_words(report)}. "
        f"Intervals are at {format_level(report)}.{legend(report)}",
    ]


def _evaluation_data(report: Report) -> list[str]:
    data = report.data
    how = f", made by the method {escape_markdown(data.method)}" if data.method else ""
    labelled = ", ".join(
        f"{each.data.labelled:,} with a label"
        + ("" if each.label is None else f" of {escape_markdown(each.label.name)}")
        for each in report.by_label
    )
    lines = [
        f"{escape_markdown(data.name)}: {counted(data.examples, 'example')}, "
        f"{labelled}, {counted(data.pairs, 'pair')}{how}."
    ]
    if (quality := pair_quality_in_words(report)) is not None:
        lines += ["", escape_markdown(quality)]
    inputs = [
        f"- {escape_markdown(each.what)}: {escape_markdown(each.describe())}"
        for each in inputs_of(report)
    ]
    return [*lines, "", *inputs, "", *_to_write("why these texts, and how they were labelled")]


def _training_data(training: TrainingRecord | None, trained_on: Manifest | None) -> list[str]:
    lines: list[str] = []
    if training is not None:
        sizes = [
            ("examples", training.n_examples),
            ("pairs", training.n_pairs),
            ("texts without labels", training.n_unlabelled),
        ]
        rows = [("dataset", training.data.name), ("SHA-256", training.data.sha256 or TO_WRITE)]
        rows += [(name, f"{number:,}") for name, number in sizes if number is not None]
        lines += _two_columns("", rows)
    if trained_on is not None:
        sources = [(each.name, f"{each.rows:,}") for each in trained_on.sources]
        groups = [(name, f"{number:,}") for name, number in trained_on.counts.by_group.items()]
        lines += ["", *_two_columns("source", sources, "rows")]
        lines += ["", f"Pairs were made by the method {escape_markdown(trained_on.method.name)}."]
        lines += ["", *_two_columns("group", groups, "pairs")] if groups else []
    told = "how the texts were chosen and labelled, and what the baseline was trained on"
    return [*lines, "", *_to_write(told)] if lines else _to_write(told)


def _results(report: Report) -> list[str]:
    if report.other_labels:
        lines = ["### Labels", "", *labels_table(report)]
        for each in report.by_label:
            lines += ["", f"### {escape_markdown(str(name_of(each)))}", ""]
            lines += _results_of_label(each, "####")
    else:
        lines = _results_of_label(report, "###")
    if report.techniques is not None:
        lines += ["", "### Techniques compared", "", *techniques_in_words(report.techniques)]
    return lines


def _results_of_label(report: Report, level: str) -> list[str]:
    """Return the verdict and the tables of one label, under headings of a level."""
    lines = [" ".join(escape_markdown(each.text) for each in statements(report)), ""]
    lines += [f"{level} Overall", "", *metrics_table(report, metrics_shown(report, "overall"))]
    for kind, slices in slices_by_kind(report).items():
        lines += ["", f"{level} By {escape_markdown(kind)}", ""]
        lines += slices_table(report, slices[:_MOST_SLICES])
        if len(slices) > _MOST_SLICES:
            lines += ["", f"{_MOST_SLICES} of {len(slices)}; the report has all."]
    return lines


def _caveats(training: TrainingRecord | None) -> list[str]:
    lines = [_LIMITS]
    if training is not None:
        if training.limits_kept is False:
            lines.append("- No epoch was within the limits on what the repair may cost.")
        lines += [f"- {escape_markdown(warning)}" for warning in training.warnings]
    return lines


def _two_columns(heading: str, rows: Sequence[tuple[str, str]], other: str = "") -> list[str]:
    cells = [[cell if cell == TO_WRITE else escape_markdown(cell) for cell in row] for row in rows]
    return markdown_table((heading, other), cells, text_columns=2)
