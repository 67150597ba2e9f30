"""`evenhand gate`: a report and rules in, an exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evenhand.cli import console

if TYPE_CHECKING:
    from evenhand.evaluation.gate import GateResult

EXIT_GATE_FAILED = 1


def gate(
    report: Annotated[
        Path, typer.Option("--report", help="report.json, or the folder that holds it.")
    ],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="A TOML file with the rules. Default: evenhand.toml here, or pyproject.toml.",
        ),
    ] = None,
    role: Annotated[
        Literal["candidate", "baseline"],
        typer.Option("--role", help="Which model of the report to judge."),
    ] = "candidate",
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Also write the checks as JUnit XML here.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON document.")
    ] = False,
) -> None:
    """Judge a report by rules: exit code 0 if every rule is met, 1 if not.

    A metric or slice that is missing, an undefined value and a slice with fewer pairs than a rule
    asks for (`min_pairs`) all fail the gate.

    Example: `evenhand gate --report report/ --config evenhand.toml --junit gate.xml`
    """
    from evenhand.data.files import write_text
    from evenhand.data.settings import find_settings
    from evenhand.evaluation.gate import judge
    from evenhand.evaluation.gate_config import load_gate_config
    from evenhand.evaluation.render_junit import render_junit
    from evenhand.evaluation.report import load_report

    rules = load_gate_config(config or find_settings()).rules
    result = judge(load_report(report), rules, role=role)
    if junit is not None:
        write_text(junit, render_junit(result))
    if as_json:
        console.write_json(_as_json(result))
    else:
        _show(result)
    if not result.passed:
        raise typer.Exit(EXIT_GATE_FAILED)


def _as_json(result: GateResult) -> dict[str, Any]:
    return {
        "passed": result.passed,
        "model": result.model,
        "role": result.role,
        "checks": [
            {
                "rule": check.rule.model_dump(exclude_none=True),
                "slice": check.slice,
                "outcome": check.outcome.value,
                "value": check.value,
                "n_pairs": check.n_pairs,
                "reason": check.reason,
            }
            for check in result.checks
        ],
    }


def _show(result: GateResult) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"gate: {result.role} {result.model}"))
    for heading in ("outcome", "slice", "rule", "found"):
        table.add_column(heading)
    table.add_column("pairs", justify="right")
    for check in result.checks:
        table.add_row(
            Text(check.outcome.value, style="green" if check.outcome.met else "bold red"),
            Text(check.slice),
            Text(check.rule.describe()),
            Text(check.reason),
            "" if check.n_pairs is None else f"{check.n_pairs:,}",
        )
    console.show(table)
    unmet = sum(not check.outcome.met for check in result.checks)
    if unmet:
        console.write_stdout(f"Gate FAILED: {unmet} of {len(result.checks)} checks are not met.")
    else:
        console.write_stdout(f"Gate passed: all {len(result.checks)} checks are met.")
