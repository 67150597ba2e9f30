"""The `evenhand` command: its groups, and the one place where exceptions become exit codes.

Command modules import the library inside their functions, so that `--help` and `gate` start without
TensorFlow, TFMA, pandas or pyarrow.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from evenhand.cli import (
    console,
    data,
    demo,
    evaluate,
    gate,
    init,
    remediate,
    remediate_sweep,
    report,
)
from evenhand.cli import run as run_commands
from evenhand.cli.repeated_options import refuse_repeated_options
from evenhand.cli.streams import prepare_streams
from evenhand.data.errors import EvenhandError, UnavailableError
from evenhand.data.files import tells_of_no_room

EXIT_INTERRUPTED = 130
EXIT_INTERNAL = 70  # EX_SOFTWARE of sysexits.h: a defect in evenhand itself

app = typer.Typer(
    name="evenhand",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.write_stdout(f"evenhand {version('evenhand')}")
        raise typer.Exit


@app.callback()
def evenhand(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Find and repair counterfactual unfairness in Keras text classifiers.

    Start with `evenhand demo --output demo/`: everything, on generated sample text.
    """


app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("run")(run_commands.run)
app.command("status")(run_commands.status)
app.add_typer(data.app, name="data")
remediate.app.command("sweep")(remediate_sweep.sweep)
app.add_typer(remediate.app, name="remediate")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(report.app, name="report")
app.add_typer(gate.app, name="gate")


def main() -> None:
    """Run the command line with the process's own arguments and exit."""
    prepare_streams()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # warnings and errors only
    if "_EVENHAND_COMPLETE" in os.environ:  # to fish a wrapped description is several completions
        os.environ["TERMINAL_WIDTH"] = "10000"
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with `arguments` and return its exit code; nothing is raised."""
    debug = "--debug" in arguments
    try:
        _command()(args=arguments, prog_name="evenhand")
    except EvenhandError as error:
        return _failed(error, debug)
    except SystemExit as error:  # how typer ends, after showing its own usage errors
        code = 0 if error.code is None else error.code if isinstance(error.code, int) else 1
        if code == EXIT_INTERRUPTED:
            console.write_stderr("Interrupted.")
        return code
    except KeyboardInterrupt:  # between two commands of typer's
        console.write_stderr("Interrupted.")
        return EXIT_INTERRUPTED
    except Exception as error:
        if tells_of_no_room(error):  # of temporary files; outputs name themselves
            where = f"{tempfile.gettempdir()} or an output"
            full = UnavailableError("a disk is full", where=where, remedy="make room on it")
            return _failed(full, debug)
        if debug:
            traceback.print_exc()
        console.show_internal_error(error)
        return EXIT_INTERNAL
    return 0


@functools.cache  # looking at all functions' signatures takes tens of milliseconds
def _command() -> Callable[..., object]:
    command = typer.main.get_command(app)
    refuse_repeated_options(command)
    return command


def _failed(error: EvenhandError, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    console.show_error(error)
    return error.exit_code
