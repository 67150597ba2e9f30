"""Log messages and warnings on stderr: evenhand's own, and errors of libraries; all with `--debug`.

TensorFlow, Keras, Beam and others log and warn about much that no user of a command can act on.
`remediation.runtime.imports` holds back what their native code prints while it is loaded.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings

from evenhand.cli.terminal import console
from evenhand.cli.terminal.interrupts import interrupts
from evenhand.remediation.runtime.imports import LOG_LEVEL, hold_back_native_remarks


def hold_back_remarks(*, debug: bool) -> None:
    """Set what libraries may log and warn of, for this process, before any of them is loaded.

    What the environment asks for, with TF_CPP_MIN_LOG_LEVEL or PYTHONWARNINGS, goes before it.

    Args:
        debug: Show warnings, too, and TensorFlow's information.
    """
    hold_back_native_remarks()
    os.environ.setdefault(LOG_LEVEL, "0" if debug else "2")  # 2 is errors only
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING if debug else logging.ERROR)
    handler.addFilter(lambda record: not interrupts.came)  # how work failed when it was interrupted
    # With one there, neither TensorFlow nor absl adds its own; what was there before goes.
    logging.basicConfig(handlers=[handler], force=True)
    own = logging.getLogger("evenhand")
    own.handlers, own.propagate = [_Remarks()], False
    if not (debug or sys.warnoptions):
        warnings.simplefilter("ignore")


class _Remarks(logging.Handler):
    """Shows what evenhand itself remarks while it goes on with its work."""

    def emit(self, record: logging.LogRecord) -> None:
        console.write_stderr(f"Note: {record.getMessage()}")
