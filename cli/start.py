"""The start of the `evenhand` script: it handles signals such as Ctrl-C before it loads more."""

from __future__ import annotations

import sys

from evenhand.cli.terminal.interrupts import interrupts


def main() -> None:
    """Run the command line with the process's own arguments and exit."""
    interrupts.install()
    try:
        from evenhand.cli import main as command
    except KeyboardInterrupt:
        interrupts.end()
        sys.stderr.write(f"{interrupts.message}\n")
        interrupts.exit(interrupts.exit_code)
    command.main()
