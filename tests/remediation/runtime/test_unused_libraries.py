"""What evenhand never uses is held back from a command, and is there for whoever does use it."""

import json
import subprocess
import sys

import pytest

from evenhand.remediation.runtime.unused_libraries import ABSENT, ON_USE

_LOADS_ALL = """
import json
import sys
from evenhand.remediation.runtime import imports
{begins}
from evenhand.remediation.runtime.tensorflow import import_keras
import_keras()
with imports.importing():
    import evenhand.evaluation.engine.analysis
    import evenhand.remediation.wrappers.clp
{then}
"""
_USES = """
modules = sorted(sys.modules)
import IPython, matplotlib.pyplot, nltk.stem.porter, pymongo, scipy.stats
import apache_beam.io.gcp.bigquery
from tensorflow_model_analysis.api import types
from tensorflow_model_analysis.metrics import rouge
from tensorflow_model_analysis.utils import math_util
from tensorflow_model_analysis.view import widget_view
interval = math_util.calculate_confidence_interval(
    types.ValueWithTDistribution(1.0, 0.1, 9, 1.0)
)
print(json.dumps([modules, [
    IPython.get_ipython(),
    nltk.stem.porter.PorterStemmer().stem("running"),
    rouge.nltk.stem.porter.PorterStemmer().stem("running"),
    float(scipy.stats.t.ppf(0.975, 9)),
    list(map(float, interval)),
    callable(widget_view.visualization.render_plot),
    scipy.stats is sys.modules["scipy.stats"],
]]))
"""


def run(begins):
    """Load TensorFlow, Keras, Beam, TFMA and TFMR in a process, then use what they load.

    Returns:
        The names of the modules that were loaded before, and what the uses gave.
    """
    code = _LOADS_ALL.format(begins=begins, then=_USES)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def by_scripts():
    return run("")


@pytest.fixture(scope="module")
def by_commands():
    return run("imports.begin_command()")


@pytest.mark.parametrize("name", [*ABSENT, *ON_USE])
def test_a_command_does_without_what_its_libraries_load(name, by_scripts, by_commands):
    assert name in by_scripts[0], "nothing loads it any more: take it off the list"
    assert name not in by_commands[0]


def test_code_that_uses_them_has_them(by_scripts, by_commands):
    assert by_commands[1] == by_scripts[1]
    assert by_commands[1][1:3] == ["run", "run"]
