"""Transforms for Apache Beam pipelines: pairs, terms, scores and flips, on any runner.

Rows are dicts by column, or texts::

    import apache_beam as beam
    from evenhand.beam import BuildPairs, EvaluateFlips, Score

    with beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | beam.io.ReadFromParquet("comments-*.parquet")
            | BuildPairs(id_column="id", label_column="toxic", terms=["gender"])
            | Score("model.keras")
            | EvaluateFlips(output="result")
        )

Importing this loads Beam; TensorFlow and TFMA are loaded where a transform needs them.
"""

from __future__ import annotations

from evenhand.data.beam.build_pairs import BuildPairs
from evenhand.data.beam.scan_rows import ScanTerms
from evenhand.evaluation.beam_flips import EvaluateFlips
from evenhand.evaluation.beam_scores import Score

__all__ = ["BuildPairs", "EvaluateFlips", "ScanTerms", "Score"]
