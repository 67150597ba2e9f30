"""Find and repair counterfactual unfairness in text classifiers.

A classifier is counterfactually unfair where its decision changes because an identity term in a
text is removed or replaced. Three packages, each of which loads what it needs on first use:

- `evenhand.data`: pairs of texts and their counterfactuals, from files, DataFrames or lists.
- `evenhand.remediation`: classifiers of any kind, and training that repairs those of Keras.
- `evenhand.evaluation`: how often decisions flip and what a repair cost, as reports and gates.

From a DataFrame with the columns ``text`` and ``label`` to a repaired model:

    from evenhand.data import build_dataset
    from evenhand.evaluation import evaluate_flip_rate
    from evenhand.remediation import train

    dataset = build_dataset(frame, label_column="label", terms=["gender"])
    before = evaluate_flip_rate(dataset, model)
    result = train(model, dataset)
    after = evaluate_flip_rate(dataset, result.model, compare_to=model)

The command `evenhand` does the same on files: ``evenhand --help``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

__all__ = ["__version__", "beam", "data", "evaluation", "remediation"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("evenhand")
    if name in __all__:
        return importlib.import_module(f"evenhand.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
