"""Counterfactual data: lexicons of identity terms, pairs made from text, and the folder they fill.

The names below load on first use, so that importing `evenhand.data.errors` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.data.support.lazy_names import lazy_names

if TYPE_CHECKING:
    from evenhand.data.building.build import Preview, build_dataset, preview_dataset
    from evenhand.data.building.in_memory import Pair, make_pairs
    from evenhand.data.building.options import BuildOptions
    from evenhand.data.dataset.export import export_dataset
    from evenhand.data.dataset.manifest import Columns, Manifest
    from evenhand.data.dataset.on_disk import CounterfactualDataset
    from evenhand.data.english.tagging import RuleTagger, Tagger
    from evenhand.data.errors import ConfigurationError, EvenhandError, InputError, UnavailableError
    from evenhand.data.formats.dialect import Dialect
    from evenhand.data.lexicons.lexicon import Lexicon, builtin_lexicons, load_lexicon
    from evenhand.data.matching.matcher import TermMatcher
    from evenhand.data.methods.ablation import AblationMethod, ablate
    from evenhand.data.methods.base import Counterfactual, PairMethod, Skipped
    from evenhand.data.methods.substitution import SubstitutionMethod
    from evenhand.data.progress import Progress, ignore_progress
    from evenhand.data.sample import Comment, generate_sample, write_sample

_MODULES = {
    "BuildOptions": "building.options",
    "AblationMethod": "methods.ablation",
    "Columns": "dataset.manifest",
    "Comment": "sample",
    "ConfigurationError": "errors",
    "Counterfactual": "methods.base",
    "CounterfactualDataset": "dataset.on_disk",
    "Dialect": "formats.dialect",
    "EvenhandError": "errors",
    "InputError": "errors",
    "Lexicon": "lexicons.lexicon",
    "Manifest": "dataset.manifest",
    "Pair": "building.in_memory",
    "PairMethod": "methods.base",
    "Preview": "building.build",
    "Progress": "progress",
    "RuleTagger": "english.tagging",
    "Skipped": "methods.base",
    "SubstitutionMethod": "methods.substitution",
    "Tagger": "english.tagging",
    "TermMatcher": "matching.matcher",
    "UnavailableError": "errors",
    "ablate": "methods.ablation",
    "build_dataset": "building.build",
    "builtin_lexicons": "lexicons.lexicon",
    "export_dataset": "dataset.export",
    "generate_sample": "sample",
    "ignore_progress": "progress",
    "load_lexicon": "lexicons.lexicon",
    "make_pairs": "building.in_memory",
    "preview_dataset": "building.build",
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
