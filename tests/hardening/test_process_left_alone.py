"""The library leaves the process that it is used in as it was, but for what is listed here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CALLS = Path(__file__).parent / "main_calls.py"

# What TensorFlow reads from the environment, as docs/models.md says.
OURS = {"TF_USE_LEGACY_KERAS", "TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND"}
# What importing TensorFlow and Keras sets, whoever imports them, and scikit-learn, which Keras
# imports where it is installed.
THEIRS = {
    "ENABLE_RUNTIME_UPTIME_TELEMETRY",
    "HDF5_PLUGIN_PATH",
    "KMP_DUPLICATE_LIB_OK",
    "KMP_INIT_AT_FORK",
    "TF2_BEHAVIOR",
    "TPU_ML_PLATFORM",
    "TPU_ML_PLATFORM_VERSION",
}
# What importing a library adds to the filters of warnings, about warnings of its own.
THEIR_FILTERS = (
    "apache_beam.runners.worker.operations.InefficientExecutionWarning",
    "apache_beam.utils.annotations.BeamDeprecationWarning",
    "numpy.RankWarning",
    "numpy.dtype size changed",
    "numpy.ndarray size changed",
    "numpy.ufunc size changed",
    "scipy.special._sf_error.SpecialFunctionWarning",
    "urllib3.exceptions.InsecurePlatformWarning",  # botocore, which Beam imports where it is
)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_main_calls_leave_the_process_as_it_was(tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if name not in OURS | THEIRS}
    with subprocess.Popen(
        [sys.executable, str(CALLS)],
        cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        shown, said = process.communicate()
    assert process.returncode == 0, said
    found = json.loads(shown.splitlines()[-1])
    assert set(found["changed"]) <= {"environment", "warnings"}, found
    assert set(found["environment"]) <= OURS | THEIRS
    assert found["warnings kept"]
    assert all(any(each in new for each in THEIR_FILTERS) for new in found["new warnings"])
    # Nor was any of it another while code of the user's ran.
    assert found["streams in the user's code"] == [found["streams"]]
    assert found["times that the user's code ran"] > 10
