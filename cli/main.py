"""The `evenhand` command: its groups, and the one place where exceptions become exit codes.

A command's module is loaded when the command is asked for, and imports the library inside its
functions, so that `--help` and `gate` start without TensorFlow, TFMA, pandas or pyarrow.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import traceback
from typing import Annotated, Any

import typer

from evenhand.cli.commands.index import LazyGroup
from evenhand.cli.options.flags import lines_for
from evenhand.cli.options.repeated import refuse_repeated_options
from evenhand.cli.options.unknown import explain_unknown_options
from evenhand.cli.options.url_arguments import take_urls
from evenhand.cli.terminal import command_line, console, help_pages
from evenhand.cli.terminal.interrupts import EXIT_INTERRUPTED, interrupts
from evenhand.cli.terminal.remarks import hold_back_remarks
from evenhand.cli.terminal.streams import prepare_streams
from evenhand.data.errors import EvenhandError, UnavailableError
from evenhand.data.storage.files import tells_of_no_room
from evenhand.data.support.memory import OutOfMemoryError, tells_of_no_memory
from evenhand.data.support.user_code import WORKING_FOLDER

_DEBUG = "--debug"
EXIT_INTERNAL = 70  # EX_SOFTWARE of sysexits.h: a defect in evenhand itself

app = typer.Typer(
    name="evenhand",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        console.write_stdout(f"evenhand {version('evenhand')}")
        raise typer.Exit


@app.callback()
def evenhand(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option(_DEBUG, help="Show tracebacks, and log messages of libraries.")
    ] = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Find and repair counterfactual unfairness in Keras text classifiers.

    Start with `evenhand demo --output demo/`: everything, on generated sample text. Files may also
    be in a store: s3://bucket/folder in the place of a path.
    """
    context.obj = run  # for a command that runs others


def main() -> None:
    """Run the command line with the process's own arguments and exit."""
    interrupts.install()
    sys.path.append(WORKING_FOLDER)  # for the user's own code, and for what it imports later
    try:
        prepare_streams()
        hold_back_remarks(debug=_DEBUG in sys.argv)
        if "_EVENHAND_COMPLETE" in os.environ:
            os.environ["TERMINAL_WIDTH"] = "10000"  # fish takes lines for several completions
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # came before or after the command itself
        interrupts.end()
        console.write_stderr(interrupts.message)
        code = interrupts.exit_code
    interrupts.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line with `arguments` and return its exit code; nothing is raised."""
    command_line.remember(arguments)
    ended = _ended(arguments)
    interrupts.arrive()
    interrupted = interrupts.came or ended == EXIT_INTERRUPTED
    debug = _DEBUG in arguments
    if isinstance(ended, Exception) and debug:
        traceback.print_exception(ended)
    if interrupted:
        console.write_stderr(interrupts.message)
        return interrupts.exit_code
    return ended if isinstance(ended, int) else _failed(ended, arguments)


def _ended(arguments: list[str]) -> int | Exception:
    """Run the command line, and return its exit code or the error that ended it."""
    try:
        asked = help_pages.asked_for(_command(), arguments)
        if asked is not None:
            help_pages.show_page(*asked)
            return 0
        _command()(args=arguments, prog_name="evenhand")
    except SystemExit as error:  # typer ends so after showing its own usage errors
        return 0 if error.code is None else error.code if isinstance(error.code, int) else 1
    except KeyboardInterrupt:  # came in typer's own code
        return EXIT_INTERRUPTED
    except Exception as error:
        return error
    return 0


def _failed(error: Exception, arguments: list[str]) -> int:
    """Show an error and return its exit code."""
    if tells_of_no_memory(error) and not isinstance(error, OutOfMemoryError):
        # Other code may have wrapped the error.
        where = error.where if isinstance(error, EvenhandError) else None
        remedy = "use less memory (fewer workers, smaller batches or files), or provide more"
        error = UnavailableError("memory ran out", where=where, remedy=remedy)
    if tells_of_no_room(error) and not isinstance(error, EvenhandError):
        # the disk of temporary files or of an output, which names itself
        where = f"{tempfile.gettempdir()} or an output"
        error = UnavailableError("a disk is full", where=where, remedy="make room on it")
    if not isinstance(error, EvenhandError):
        console.show_internal_error(error)
        return EXIT_INTERNAL
    console.show_error(lines_for(error, _command(), arguments))
    return error.exit_code


@functools.cache
def _command() -> Any:
    """Return the command that holds all commands and makes each one when it is needed."""
    command: Any = typer.main.get_command(app)
    _settle(command)
    command.hold(_prepare)
    return command


def _prepare(command: Any, group: str = "") -> None:
    """Settle a command, and all commands below it."""
    name = f"{group} {command.name}".strip()
    _settle(command)
    take_urls(command, name)
    for below in getattr(command, "commands", {}).values():
        _prepare(below, name)


def _settle(command: Any) -> None:
    """Make a command refuse repeated and explain unknown options, and show our help page."""
    refuse_repeated_options(command)
    explain_unknown_options(command)
    command.format_help = lambda context, formatter: help_pages.show_page(command, context)
