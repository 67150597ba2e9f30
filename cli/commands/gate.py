"""`evenhand gate`: judge a report by rules, with an exit code; also `gate init` and `explain`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evenhand.cli.options.derived import with_options
from evenhand.cli.options.gate_outputs import GateOutputs
from evenhand.cli.terminal import console
from evenhand.data.errors import ConfigurationError
from evenhand.data.support.settings import SETTINGS_FILE

if TYPE_CHECKING:
    from evenhand.evaluation.gate.config import GateConfig
    from evenhand.evaluation.gate.result import GateResult
    from evenhand.evaluation.reports.report import Report

EXIT_GATE_FAILED = 1

app = typer.Typer()

_Report = Annotated[
    Path | None, typer.Option("--report", help="report.json, or the folder that holds it.")
]
_Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="A TOML file with the rules. Default: evenhand.toml here, or pyproject.toml.",
    ),
]
_Reference = Annotated[
    Path | None,
    typer.Option(
        "--reference",
        help="A stored report to compare with, such as the main branch's: no slice may get "
        "significantly worse.",
    ),
]
_Functions = Annotated[
    Path | None,
    typer.Option(
        "--functions",
        help="The result of `evenhand evaluate functions` on the same models, for rules on its "
        "metrics.",
    ),
]
_Role = Annotated[
    Literal["candidate", "baseline"],
    typer.Option("--role", help="Which model of the report to judge."),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]


@app.callback(invoke_without_command=True)
@with_options
def gate(
    context: typer.Context,
    report: _Report = None,
    config: _Config = None,
    reference: _Reference = None,
    functions: _Functions = None,
    role: _Role = "candidate",
    as_json: _AsJson = False,
    *,
    outputs: GateOutputs,
) -> None:
    """Judge a report by rules: exit code 0 if the gate passes, 1 if it fails.

    A metric or slice that is missing, an undefined value and a slice with fewer pairs than a rule
    asks for (`min_pairs`) all fail the gate, unless the rule says otherwise. Rules on flips also
    fail if the model decides alike on nearly all texts: it cannot flip, which proves nothing. On
    GitHub Actions the gate also writes annotations and the step summary.

    A rule has a `metric`, a `slice` such as "group=*", a `label` of several, and limits: `min` and
    `max`, of the value or of a `bound`; `max_drop` and `max_increase`, `against` baseline or
    reference, which may have to be `shown`; `no_worse_than` the reference, at a level `alpha` over
    `runs`, which is spread over slices as `adjust` says; `max_spread` over a column, which may have
    to be `beyond_chance`. `min_pairs`, `on_insufficient`, `allow_one_decision` and `severity` say
    what little evidence and a broken rule do. `evenhand gate explain` puts rules into words, and
    says where one cannot fail or cannot be met.

    Examples:

    - `evenhand gate --report report/ --config evenhand.toml --junit gate.xml`

    - `evenhand gate --report report/ --reference main/report.json`
    """
    if context.invoked_subcommand is not None:
        given = [report, config, reference, functions, as_json or None, *outputs.files]
        if any(value is not None for value in given) or role != "candidate":
            command = context.invoked_subcommand
            raise ConfigurationError(
                f"options before {command} do nothing",
                remedy=f"write them after it: evenhand gate {command} --report ...",
            )
        return
    from evenhand.cli.results import gate_github
    from evenhand.cli.results.gate_files import write_gate_files
    from evenhand.data.storage.separation import check_apart
    from evenhand.evaluation.gate.config import load_gate_config
    from evenhand.evaluation.rendering.renderers import gate_renderer
    from evenhand.evaluation.reports.report import load_report

    path = _configuration_path(config)
    check_apart(
        {
            "--report": report,
            "--config": path,
            "--reference": reference,
            "--functions": functions,
        },
        {flag: file for flag, _, file in outputs.files},
    )
    files = [(name, gate_renderer(name, where=flag), file) for flag, name, file in outputs.files]
    gate_config = load_gate_config(path)
    judged = load_report(_required(report))
    result = _judge(judged, path, gate_config, reference, functions, role)
    write_gate_files(result, path, gate_config, files, judged, _required(report))
    gate_github.write(result, path, gate_config, to_stderr=as_json)
    if as_json:
        console.write_json(as_document(result))
    else:
        with gate_github.without_commands():
            show_result(result)
    if not result.passed:
        raise typer.Exit(EXIT_GATE_FAILED)


@app.command("explain")
def explain(
    report: _Report = None,
    config: _Config = None,
    reference: _Reference = None,
    functions: _Functions = None,
    role: _Role = "candidate",
) -> None:
    """Say in words what each rule means, and how far a report is from it.

    The exit code is 0, even if the gate would fail.

    Example: `evenhand gate explain --report report/ --config evenhand.toml`
    """
    from evenhand.evaluation.gate.config import load_gate_config
    from evenhand.evaluation.gate.explanation import explain_distance, explain_rule
    from evenhand.evaluation.reports.report import load_report

    path = _configuration_path(config)
    gate_config = load_gate_config(path)
    judged = load_report(_required(report))
    result = _judge(judged, path, gate_config, reference, functions, role)
    console.write_stdout(f"{result.role} {console.one_line(result.model)}, rules of {path}")
    shown = 0
    for check in result.checks:
        if check.number != shown:
            shown = check.number
            whose = "" if shown <= len(gate_config.rules) else ", of --reference"
            words = console.one_line(explain_rule(check.rule))
            console.write_stdout(f"\nRule {shown}{whose}: {words}")
        found = f"{check.place}: {check.status.value}: {explain_distance(check)}"
        console.write_stdout(f"  {console.one_line(found)}")
    console.write_stdout("")
    for note in result.notes:
        console.write_stdout(console.one_line(note))
    console.write_stdout(result.verdict)


@app.command("init")
def init(
    report: _Report = None,
    retrained: Annotated[
        list[Path] | None,
        typer.Option(
            "--retrained",
            help="A report on the same data of the same model trained again with another seed: "
            "limits leave room for what differs. Repeatable. [default: for what intervals tell]",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", help="The file to write.")] = Path(
        SETTINGS_FILE
    ),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it exists.")
    ] = False,
) -> None:
    """Write a commented configuration from a report's present values.

    The gate then passes for that report and for models that differ from it by chance, and fails if
    a value gets worse than that. Comments say which values are poor. Tighten the limits.

    Example: `evenhand gate init --report report/ --output evenhand.toml`

    Example: `evenhand gate init --report seed-1/ --retrained seed-2/ --retrained seed-3/`
    """
    from evenhand.data.storage.files import write_text
    from evenhand.data.storage.separation import check_apart
    from evenhand.data.support.settings import check_new_settings
    from evenhand.evaluation.gate.starting_rules import render_gate_config
    from evenhand.evaluation.reports.report import load_report

    again = retrained or []
    check_apart({"--report": report, "--retrained": again}, {"--output": output})
    check_new_settings(output, overwrite=overwrite)
    config = render_gate_config(
        load_report(_required(report)), [load_report(each) for each in again]
    )
    write_text(output, config)
    console.write_stdout(f"Wrote {output}")


def as_document(result: GateResult) -> dict[str, Any]:
    """Return what the gate decided in a form that JSON takes."""
    return {
        "passed": result.passed,
        "model": result.model,
        "role": result.role,
        "checks": [
            {
                "rule": check.rule.model_dump(mode="json", exclude_none=True),
                "number": check.number,
                **({} if check.label is None else {"label": check.label}),
                "slice": check.slice,
                "outcome": check.outcome.value,
                "status": check.status.value,
                "value": check.value,
                "n_pairs": check.n_pairs,
                "reason": check.reason,
                "room": check.room,
            }
            for check in result.checks
        ],
        "notes": list(result.notes),
        "inputs": [asdict(found) for found in result.inputs],
    }


def show_result(result: GateResult) -> None:
    """Print what the gate decided as a table, and the verdict."""
    from evenhand.evaluation.gate.result import rows_of

    console.show_plain_table(
        ("status", "slice", "pairs", "rule", "found"),
        (
            (
                row.status.value if row.status.value == "passed" else row.status.name,
                row.place,
                row.pairs,
                row.rule,
                row.found,
            )
            for row in rows_of(result.checks)
        ),
    )
    for note in result.notes:
        console.write_stdout(console.one_line(note))
    console.write_stdout(result.verdict)


def _configuration_path(config: Path | None) -> Path:
    from evenhand.data.support.settings import find_settings

    return config or find_settings(
        remedy="name it with --config, or write one with `evenhand gate init`"
    )


def _judge(
    report: Report,
    path: Path,
    config: GateConfig,
    reference: Path | None,
    functions: Path | None,
    role: Literal["candidate", "baseline"],
) -> GateResult:
    from evenhand.evaluation.gate.judge import judge
    from evenhand.evaluation.reports.functions_report import load_functions
    from evenhand.evaluation.reports.report import load_report

    return judge(
        report,
        config.rules,
        role=role,
        reference=load_report(reference) if reference is not None else None,
        functions=load_functions(functions) if functions is not None else None,
        waivers=config.waivers,
        where=str(path),
    )


def _required(report: Path | None) -> Path:
    """Return the report's path, or raise: a group with commands cannot require its options."""
    if report is None:
        raise ConfigurationError(
            "there is no report to judge",
            where="--report",
            expected="the report.json, or its folder, that `evenhand evaluate flip-rate` wrote",
        )
    return report
