"""`evenhand remediate compare`: which technique is the best for this model and data?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.commands import remediate_sweep  # noqa: F401  whose command is in the group, too
from evenhand.cli.commands.remediate import (
    EXIT_LIMITS_BROKEN,
    app,
    show_evaluation,
    show_thresholds,
    telling_of,
)
from evenhand.cli.options.derived import with_options
from evenhand.cli.options.flags import with_flags
from evenhand.cli.options.training import AsJson, Baseline, Data, Output, Overwrite, Resume
from evenhand.cli.terminal import console
from evenhand.cli.terminal.wide_tables import Column, show_columns
from evenhand.data.options import DATA
from evenhand.remediation.comparing.compare_options import CompareOptions

if TYPE_CHECKING:
    from evenhand.remediation.comparing.comparison import ComparisonResult
    from evenhand.remediation.comparing.table import Table


@app.command()
@with_options
def compare(
    baseline: Baseline,
    data: Data,
    test_data: Annotated[
        Path,
        typer.Option(
            "--test-data",
            rich_help_panel=DATA,
            help="Another dataset, to measure on. It has no part in any training.",
        ),
    ],
    output: Output,
    *,
    options: CompareOptions,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Train several techniques alike, and say which to use, or that none is needed or helps.

    All have the same data, options and seeds, and are measured on test data: flips, CTF gap, AUC,
    accuracy, share of texts flagged, false positive rates by group, and seconds. One is recommended
    by the rule of remediate sweep, if it has fewer flips than the baseline by more than chance and
    the seeds explain. If none helps, the model is the baseline, and the exit code is 1.

    Writes model.keras, compare.json, compare.md and trade-off.svg.

    Example: `evenhand remediate compare --baseline baseline.keras --data cf/train
    --test-data cf/test --output compared/`

    With a third of the terms held out of training: `evenhand remediate compare
    --baseline baseline.keras --data cf/train --test-data cf/test --held-out-terms 0.33
    --technique clp --technique "clp:unseen_terms=true" --seeds 2 --output compared/`
    """
    console.tell_loading()
    from evenhand.remediation import ComparisonInterrupted
    from evenhand.remediation import compare as run_comparison

    with telling_of(ComparisonInterrupted), console.progress_bars() as progress:
        result = run_comparison(
            baseline,
            data,
            test_data,
            output,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
            **options.as_keywords(),
        )
    if as_json:
        console.write_json(result.as_document())
    else:
        _show(result, output)
        show_thresholds(result)
        show_evaluation(result.model, baseline, options, result.threshold is not None)
    if not result.something_helps:
        raise typer.Exit(EXIT_LIMITS_BROKEN)


def _show(result: ComparisonResult, output: Path) -> None:
    from evenhand.remediation.comparing.table import (
        beyond_limits,
        explanation,
        table_of_groups,
        table_of_metrics,
        tables_of_labels,
    )

    _show_table(table_of_metrics(result), "On the test data")
    for label, table in tables_of_labels(result).items():
        _show_table(table, f"Label {label}")
    groups = table_of_groups(result)
    if groups.rows:
        _show_table(groups, "False positive rate by group")
    for sentence in (explanation(result), *beyond_limits(result)):
        console.write_stdout(sentence)
    for failure in result.failed:
        console.write_stdout(with_flags(f"Not trained: {failure}"))
    console.write_stdout(f"Outputs read as: {result.outputs}")
    console.write_stdout(with_flags(result.recommendation.reason))
    console.write_stdout(f"{result.model}\n{output / 'compare.md'}\n{output / 'trade-off.svg'}")


def _show_table(table: Table, title: str) -> None:
    headings, rows = table
    first, *others = (
        Column(heading, [row[number] for row in rows]) for number, heading in enumerate(headings)
    )
    show_columns([first._replace(justify="left")], others, title=title)
