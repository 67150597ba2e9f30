"""A run file to start from, with comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.dialect import Quoting
from evenhand.data.support.toml_text import toml_string


@dataclass(frozen=True)
class Answers:
    """What a run file has to say; paths are relative to the file.

    Attributes:
        data: Files, folders or patterns to train on.
        test_data: Files, folders or patterns to report on.
        text_column: Column of the texts.
        label_column: Columns of the labels; more than one for texts that may have any of them.
        positive_labels: Labels that count as 1; empty where labels are numbers from 0 to 1.
        slice_columns: Columns to report by.
        terms: Lexicons, by name or path.
        baseline: The model to repair; empty to have one trained.
        delimiter: What separates the fields of text files; None to tell by the file's name.
        quoting: What quotation marks are in text files; None to tell by the file's name.
        encoding: Encoding of text files; None for UTF-8.
    """

    data: Sequence[str]
    test_data: Sequence[str]
    text_column: str
    label_column: Sequence[str]
    positive_labels: Sequence[str] = ()
    slice_columns: Sequence[str] = ()
    terms: Sequence[str] = ("gender",)
    baseline: str = ""
    delimiter: str | None = None
    quoting: Quoting | None = None
    encoding: str | None = None


def render_run_file(answers: Answers) -> str:
    """Return a run file as TOML.

    Raises:
        ConfigurationError: An answer is a name that UTF-8 cannot hold, or there are several labels
            and no model, or one whose name cannot stand beside the number of an output.
    """
    return _TEMPLATE.format(
        text_column=_toml(answers.text_column),
        label_column=_toml_list(answers.label_column)
        if len(answers.label_column) > 1
        else _toml(*answers.label_column),
        positive_labels=f"positive_labels = {_toml_list(answers.positive_labels)}\n"
        if answers.positive_labels
        else "",
        slice_columns=_toml_list(answers.slice_columns),
        terms=_toml_list(answers.terms),
        dialect="".join(
            f"{name} = {_toml(value)}\n"
            for name in ("delimiter", "quoting", "encoding")
            if (value := getattr(answers, name)) is not None
        ),
        data=_toml_list(answers.data),
        test_data=_toml_list(answers.test_data),
        baseline_table="" if answers.baseline else _BASELINE,
        baseline_key=f"baseline = {_toml(answers.baseline)}\n" if answers.baseline else "",
        labels=_labels(answers) if len(answers.label_column) > 1 else "",
    )


def _labels(answers: Answers) -> str:
    """Return the lines that say which output of the model stands for which of several labels."""
    if not answers.baseline:
        raise ConfigurationError(
            "there are several labels, and the small model that a run trains has one",
            where="`label_column`",
            remedy="name a model of these labels with `baseline`, or one label",
        )
    names = answers.label_column
    if len(set(names)) < len(names) or any("," in name or name != name.strip() for name in names):
        raise ConfigurationError(
            "a column of labels is named twice, or by a name that has a comma or begins or ends "
            "with a space",
            where="`label_column`",
        )
    labels = [f"{name}={number}" for number, name in enumerate(names)]
    return (
        "# Which output of the model, from 0, stands for which label. These are guessed from the\n"
        f"# order of the columns: correct them.\nlabels = {_toml_list(labels)}\n"
    )


def _toml(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            f"{text!r} cannot be written to a run file, which is UTF-8",
            remedy="rename it, or name the folder that it is in",
        ) from error
    return toml_string(text)


def _toml_list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_toml, texts))}]"


_TEMPLATE = """\
# `evenhand run` does the steps of this file that are not up to date. Keys are the options of the
# commands with underscores, as for example `evenhand data build --help` lists them; an option that
# may be repeated is a list here, and its name a plural. Paths are relative to this file.

[run]
output = "evenhand-run"     # the folder of all that is made
seed = 0

# What both splits have in common: options of `evenhand data build`.
[data]
text_column = {text_column}
label_column = {label_column}
{positive_labels}\
slice_columns = {slice_columns}
terms = {terms}
{dialect}\
# method = "substitute"     # put other groups' terms in place of the terms, not neutral words
# method = "ablate"         # remove the terms and nothing else

[data.train]
inputs = {data}

# Rows that no training sees.
[data.test]
inputs = {test_data}

{baseline_table}\
# The repair: options of `evenhand remediate train`. With [sweep] instead of [train] and
# `loss_weights = [0.3, 1.0, 3.0]` several weights are tried, and the best trade-off is kept.
[train]
{baseline_key}{labels}epochs = 6
loss_weight = 1.0           # a higher weight repairs more, and may cost accuracy

# Options of `evenhand evaluate flip-rate`.
[evaluate]
thresholds = [0.5]

# What a repair may have cost a classifier of toxic texts: the report's models on sentences made for
# that, some of them offensive; rules may then be about functions.accuracy and the like. `terms` and
# `groups` as of `evenhand evaluate functions`.
# [functions]

# What must hold for the gate to pass; `evenhand gate explain` says each rule in words. Decide the
# numbers before you see a report.
[[gate.rules]]
metric = "flip_rate"
max = 0.02
bound = "upper"             # the end of the confidence interval, not the value alone
min_pairs = 100             # fewer are too little evidence, and fail
# allow_one_decision = true # also for a model that decides nearly all texts alike: it cannot flip

[[gate.rules]]
metric = "flip_rate"
slice = "group=*"
max = 0.05
min_pairs = 50
on_insufficient = "warn"

[[gate.rules]]
metric = "auc"
max_drop = 0.01             # against the baseline
"""

_BASELINE = """\
# A small classifier to begin with. For a model of your own remove this table, and name the model in
# [train]: baseline = "model.keras"
[baseline]
architecture = "bow"

"""
