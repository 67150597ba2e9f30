"""Where the `evenhand` script begins: it minds Ctrl-C and its like before it loads anything."""

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
