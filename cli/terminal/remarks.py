"""Log messages and warnings on stderr: evenhand's own, and errors of libraries; all with `--debug`.

TensorFlow, Keras, Beam and others log and warn about much that users of a command cannot change.
`remediation.runtime.imports` suppresses what their native code prints while it is loaded.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings

from evenhand.cli.terminal import console
from evenhand.cli.terminal.interrupts import interrupts
from evenhand.remediation.runtime.imports import LOG_LEVEL, begin_command


def hold_back_remarks(*, debug: bool) -> None:
    """Limit what libraries log and warn about in this process, before any of them is loaded.

    The variables TF_CPP_MIN_LOG_LEVEL and PYTHONWARNINGS override it.

    Args:
        debug: Show warnings, too, and TensorFlow's information.
    """
    begin_command()
    os.environ.setdefault(LOG_LEVEL, "0" if debug else "2")  # 2 is errors only
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING if debug else logging.ERROR)
    handler.addFilter(lambda record: not interrupts.came)  # drops errors of interrupted work
    # If there is a handler, neither TensorFlow nor absl adds its own; earlier ones are removed.
    logging.basicConfig(handlers=[handler], force=True)
    own = logging.getLogger("evenhand")
    own.handlers, own.propagate = [_Remarks()], False
    if not (debug or sys.warnoptions):
        warnings.simplefilter("ignore")


class _Remarks(logging.Handler):
    """Shows evenhand's own log messages as notes."""

    def emit(self, record: logging.LogRecord) -> None:
        console.write_stderr(f"Note: {record.getMessage()}")
