"""Counterfactual data: lexicons of identity terms, pairs made from text, and the folder they fill.

The names below load on first use, so that importing `evenhand.data.errors` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.data.lazy_names import lazy_names

if TYPE_CHECKING:
    from evenhand.data.ablation import AblationMethod, ablate
    from evenhand.data.build import Preview, build_dataset, preview_dataset
    from evenhand.data.build_options import BuildOptions
    from evenhand.data.dataset import CounterfactualDataset
    from evenhand.data.dialect import Dialect
    from evenhand.data.errors import ConfigurationError, EvenhandError, InputError, UnavailableError
    from evenhand.data.export import export_dataset
    from evenhand.data.in_memory import Pair, make_pairs
    from evenhand.data.lexicon import Lexicon, builtin_lexicons, load_lexicon
    from evenhand.data.manifest import Columns, Manifest
    from evenhand.data.matching import TermMatcher
    from evenhand.data.methods import Counterfactual, PairMethod, Skipped
    from evenhand.data.progress import Progress, ignore_progress
    from evenhand.data.sample import Comment, generate_sample, write_sample
    from evenhand.data.substitution import SubstitutionMethod
    from evenhand.data.tagging import RuleTagger, Tagger

_MODULES = {
    "BuildOptions": "build_options",
    "AblationMethod": "ablation",
    "Columns": "manifest",
    "Comment": "sample",
    "ConfigurationError": "errors",
    "Counterfactual": "methods",
    "CounterfactualDataset": "dataset",
    "Dialect": "dialect",
    "EvenhandError": "errors",
    "InputError": "errors",
    "Lexicon": "lexicon",
    "Manifest": "manifest",
    "Pair": "in_memory",
    "PairMethod": "methods",
    "Preview": "build",
    "Progress": "progress",
    "RuleTagger": "tagging",
    "Skipped": "methods",
    "SubstitutionMethod": "substitution",
    "Tagger": "tagging",
    "TermMatcher": "matching",
    "UnavailableError": "errors",
    "ablate": "ablation",
    "build_dataset": "build",
    "builtin_lexicons": "lexicon",
    "export_dataset": "export",
    "generate_sample": "sample",
    "ignore_progress": "progress",
    "load_lexicon": "lexicon",
    "make_pairs": "in_memory",
    "preview_dataset": "build",
    "write_sample": "sample",
}

__all__ = [
    "AblationMethod",
    "BuildOptions",
    "Columns",
    "Comment",
    "ConfigurationError",
    "Counterfactual",
    "CounterfactualDataset",
    "Dialect",
    "EvenhandError",
    "InputError",
    "Lexicon",
    "Manifest",
    "Pair",
    "PairMethod",
    "Preview",
    "Progress",
    "RuleTagger",
    "Skipped",
    "SubstitutionMethod",
    "Tagger",
    "TermMatcher",
    "UnavailableError",
    "ablate",
    "build_dataset",
    "builtin_lexicons",
    "export_dataset",
    "generate_sample",
    "ignore_progress",
    "load_lexicon",
    "make_pairs",
    "preview_dataset",
    "write_sample",
]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
