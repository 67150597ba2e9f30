"""Evaluation of what a model of toxic texts can do, by functionality, from sentences to report."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evenhand.data.dataset.manifest import LexiconRecord
from evenhand.data.functionalities.cases import CaseSet, make_cases
from evenhand.data.functionalities.catalogue import catalogue_digest, functionalities
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import write_text
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.evaluation.inputs.main_thresholds import thresholds_of
from evenhand.evaluation.report_options import FunctionsOptions, Model
from evenhand.evaluation.reports.functions_report import (
    FUNCTIONS_NAME,
    FUNCTIONS_PAGE,
    FunctionalityRecord,
    FunctionsOfModel,
    FunctionsReport,
    GroupRecord,
)
from evenhand.evaluation.reports.provenance import write_provenance
from evenhand.evaluation.reports.report import Role
from evenhand.remediation.model_options import ModelOptions

_TOOLS = ("evenhand", "tensorflow", "keras")


@takes_urls()
@takes(FunctionsOptions)
def evaluate_functions(
    model: Model,
    *,
    output: str | Path | None = None,
    options: ModelOptions | None = None,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    command: Sequence[str] | None = None,
    **more: Any,
) -> FunctionsReport:
    """Report which sentences a model of toxic texts decides right, by functionality and by group.

    The sentences are evenhand's own; see `evenhand.data.functionalities.catalogue`. It is a small
    probe of what a repair may have cost, and no benchmark.

    Args:
        model: The candidate: a MODEL reference, a Keras model, or a function from a list of str to
            their scores; see `load_classifier`. Its score is the probability that a text is toxic.
        output: Folder to write: functions.json, functions.html, functions.md, functions.csv with
            every sentence and its scores, and provenance.json. Without one nothing is kept but what
            is returned.
        options: How to load the models and read their outputs, the same for both; keywords
            override it.
        overwrite: Replace an existing result.
        progress: Called during scoring, one stage for each model.
        command: The command line that was used, for provenance.json, or None.
        **more: See `evenhand.evaluation.report_options.FunctionsOptions`.

    Raises:
        ConfigurationError: A number or a group is wrong; the model's own threshold is asked for,
            and its training chose none; or the output may not be replaced, or is, contains or lies
            in an input.
        InputError: A lexicon or a model cannot be used; a model has several classes and none was
            named, or gives scores outside [0, 1].
    """
    chosen = FunctionsOptions(**{**(options.as_keywords() if options else {}), **more})
    models: dict[Role, Model] = {"candidate": model}
    if chosen.compare_to is not None:
        models["baseline"] = chosen.compare_to
    given = {"`model`": model, "`compare_to`": chosen.compare_to}
    check_apart(
        {
            **{name: each for name, each in given.items() if isinstance(each, str | Path)},
            "`terms`": chosen.terms,
        },
        {"`output`": output, "`cache`": chosen.cache},
    )
    if output is not None:
        check_destination(output, kind="functions", overwrite=overwrite)
    thresholds = thresholds_of(chosen, model, chosen.chosen_for(ModelOptions))
    case_set = make_cases(chosen.terms, chosen.groups)

    # Loading a model takes TensorFlow, which takes long to import: inputs are checked first.
    from evenhand.evaluation.findings.sentences import wrong_sentences
    from evenhand.evaluation.functionalities.case_scores import score_cases
    from evenhand.evaluation.functionalities.shares import CaseTable
    from evenhand.evaluation.rendering.functions_files import render_cases, render_functions
    from evenhand.evaluation.rendering.functions_page import render_functions_page
    from evenhand.remediation.judging.wilson import LEVEL

    scored = score_cases(
        models,
        case_set.cases,
        options=chosen.chosen_for(ModelOptions),
        thresholds={role: own[0] for role, own in thresholds.of_role.items()},
        batch_size=chosen.batch_size,
        cache=None if chosen.cache is None else Path(chosen.cache),
        progress=progress,
    )
    table = CaseTable(case_set.cases)
    report = FunctionsReport(
        threshold=thresholds.of_role["candidate"][0],
        level=LEVEL,
        **_what_was_asked(case_set),
        models=tuple(
            FunctionsOfModel(
                role=role,
                name=own.name,
                sha256=own.sha256,
                outputs=own.outputs,
                threshold=thresholds.of_role[role][0] if thresholds.differ else None,
                threshold_choice=thresholds.choice if role == "candidate" else None,
                slices=table.slices_of(own.right),
            )
            for role, own in scored.items()
        ),
        changes=table.changes(scored["candidate"].right, scored["baseline"].right)
        if "baseline" in scored
        else (),
        versions={tool: version(tool) for tool in _TOOLS},
    )
    if output is None:
        return report
    with new_folder(output, kind="functions", overwrite=overwrite) as folder:
        content = report.to_json()
        write_text(folder / FUNCTIONS_NAME, content)
        of_models = {role: (own.scores, own.right) for role, own in scored.items()}
        wrong = wrong_sentences(case_set.cases, of_models)
        write_text(folder / FUNCTIONS_PAGE, render_functions_page(report, wrong))
        write_text(folder / "functions.md", render_functions(report, wrong))
        write_text(folder / "functions.csv", render_cases(case_set.cases, of_models))
        write_provenance(folder, command=command, report=content)
    return report


def _what_was_asked(case_set: CaseSet) -> dict[str, Any]:
    """Return what a report says of its sentences."""
    return {
        "catalogue_sha256": catalogue_digest(),
        "functionalities": tuple(
            FunctionalityRecord(
                name=each.name,
                label=each.label,
                reason=each.reason,
                templates=len(each.templates),
            )
            for each in functionalities()
        ),
        "lexicons": tuple(
            LexiconRecord(name=each.name, version=each.version, sha256=each.sha256)
            for each in case_set.lexicons
        ),
        "groups": tuple(
            GroupRecord(
                name=each.group,
                plural=each.plural,
                member=each.member,
                adjective=each.adjective,
            )
            for each in case_set.groups
        ),
        "groups_left_out": case_set.left_out,
    }
