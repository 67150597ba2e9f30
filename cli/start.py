"""Where the `evenhand` script begins: it minds Ctrl-C before it loads anything."""

from __future__ import annotations

import sys

from evenhand.cli.interrupts import EXIT_INTERRUPTED, interrupts


def main() -> None:
    """Run the command line with the process's own arguments and exit."""
    interrupts.install()
    try:
        from evenhand.cli import main as command
    except KeyboardInterrupt:
        interrupts.end()
        sys.stderr.write("Interrupted.\n")
        sys.exit(EXIT_INTERRUPTED)
    command.main()
