"""Runs the scripts of test_legacy.py, each in a fork of a process in which `tf.keras` is Keras 2.

`python legacy_scripts.py FOLDER SCRIPT...` gives FOLDER to each of the scripts beside this one, and
writes to FOLDER/SCRIPT.json its exit code, what it printed and its errors.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
import tempfile
import traceback
from pathlib import Path

from evenhand.remediation.runtime.tensorflow import import_keras

HERE = Path(__file__).parent


def run(script: str, folder: Path) -> None:
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            become(script, folder, printed.fileno(), errors.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        shown = []
        for file in (printed, errors):
            file.seek(0)
            shown.append(file.read().decode(errors="replace"))
    (folder / f"{script}.json").write_text(json.dumps([code, *shown]))


def become(script: str, folder: Path, *streams: int) -> None:
    code = 1
    try:
        for number, stream in enumerate(streams, start=1):
            os.dup2(stream, number)
        sys.argv = [script, str(folder)]
        runpy.run_path(str(HERE / script), run_name="__main__")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(folder: Path, scripts: list[str]) -> None:
    import_keras(2)
    for name in ("remediation", "remediation.training.trainer", "remediation.wrappers.clp_keras_2"):
        importlib.import_module(f"evenhand.{name}")
    for script in scripts:
        run(script, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
