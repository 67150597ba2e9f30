"""Pipelines in this process: what comes out of them, and what they count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

KEPT: list[Any] = []


def keep(element: Any) -> None:
    """Keep an element: Beam pickles this function by its name, and a list by its content."""
    KEPT.append(element)


def run(elements: Sequence[Any], *transforms: Any) -> tuple[list[Any], dict[str, int]]:
    """Apply transforms to elements; return what comes out, and evenhand's counters."""
    KEPT.clear()
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    results = pipeline | beam.Create(elements)
    for transform in transforms:
        results |= transform
    if isinstance(results, beam.PCollection):
        _ = results | "Keep" >> beam.Map(keep)
    ended = pipeline.run()
    ended.wait_until_finish()
    counters = ended.metrics().query()["counters"]
    return list(KEPT), {
        each.key.metric.name: each.committed
        for each in counters
        if each.key.metric.namespace.startswith("evenhand.")
    }
