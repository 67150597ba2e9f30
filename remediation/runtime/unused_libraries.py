"""Libraries that TensorFlow, Keras, Beam, TFMA and TFMR import, and evenhand never uses.

They are a third of what a command waits for before it begins. In the process of a command they are
held back while those packages are imported: most are loaded when something of them is first used,
and some, which their importer can do without, are absent for that time. Afterwards code of a user
imports all of them as ever. tests/remediation/runtime/test_unused_libraries.py checks both lists
against the pinned releases.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

ABSENT = (
    "IPython",  # Keras and Beam: notebooks
    "apache_beam.io.aws.s3filesystem",  # Beam: clouds and a database
    "apache_beam.io.azure.blobstoragefilesystem",
    "apache_beam.io.gcp.bigquery",
    "apache_beam.io.gcp.gcsfilesystem",
    "apitools",
    "bson",
    "google.cloud.dataflow",
    "google.cloud.pubsub",
    "googleapiclient",  # TensorFlow: clusters of Google Compute Engine
    "pymongo",
    "sklearn",  # Keras: wrappers for its pipelines
)
"""What its importer catches the ImportError of, in alphabetical order."""

ON_USE = (
    "matplotlib",  # Keras: pictures of images
    "matplotlib.patches",
    "matplotlib.pyplot",
    "nltk",  # TFMA: ROUGE
    "nltk.stem",
    "nltk.stem.porter",
    "scipy.stats",  # TFMA: Student's t
    "tensorflow_hub",  # TFMR: a tutorial
    "tensorflow_model_analysis.notebook",  # TFMA: its widgets
    "tensorflow_model_analysis.notebook.visualization",
)
"""What its importer only names, and uses in functions if at all, in alphabetical order."""

_IN_ANNOTATIONS = "tensorflow_model_analysis.notebook.visualization"
"""What its importer also names in annotations, which are evaluated as it is imported."""


@contextlib.contextmanager
def unused_libraries_held_back() -> Iterator[None]:
    """Hold back the libraries of both lists within the block, unless they are imported already."""
    held: dict[str, Any] = dict.fromkeys(ABSENT)  # None forbids an import
    held.update((name, _HeldBack(name)) for name in ON_USE)
    held = {name: module for name, module in held.items() if name not in sys.modules}
    sys.modules.update(held)
    try:
        yield
    finally:
        for name, module in held.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


class _HeldBack(ModuleType):
    """Stands for a module, and imports it when an attribute of it is asked for.

    Only those who imported it within the block hold it: code that looks through all modules, as
    pickling does, would have it loaded.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the machinery of imports looks for these
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            below = sys.modules.get(f"{self.__name__}.{name}")
            if isinstance(below, _HeldBack):
                return below
            if self.__name__ == _IN_ANNOTATIONS:
                return Any
            root = self.__name__.partition(".")[0]
            for other, module in list(sys.modules.items()):
                if isinstance(module, _HeldBack) and other.partition(".")[0] == root:
                    del sys.modules[other]
        return getattr(importlib.import_module(self.__name__), name)
