"""Scores of texts, written to a file: each different text is scored once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.data.dataset.manifest import MANIFEST_NAME, Columns
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import find_inputs
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import check_new_file, new_file, writing_to
from evenhand.data.storage.separation import check_apart
from evenhand.data.support.arrays import Floats
from evenhand.data.support.option_checks import as_list
from evenhand.evaluation.cluster.spark_scores import check_fits_spark, score_on_spark
from evenhand.evaluation.inputs.different_texts import DifferentTexts, find_different
from evenhand.evaluation.inputs.text_sources import FileTexts, PairTexts, TextSource
from evenhand.evaluation.report_options import Model, ScoreOptions
from evenhand.remediation.model_options import ModelOptions

if TYPE_CHECKING:
    from evenhand.remediation.models.classifier import Classifier

_OF_FILES = ("text_column", "id_column", "on_error", "delimiter", "quoting", "encoding")


@dataclass(frozen=True)
class TextScores:
    """What `score_texts` scored.

    Attributes:
        rows: Rows of the file that was written: pairs of a dataset, or rows with a text.
        texts: The different texts, each of which was scored once.
        left_out: Rows without a score, by reason.
        bad_rows: The first of those that could not be used, with their places.
        model: The model's name.
        model_sha256: Digest of its file; None for a model that has none.
        outputs: How its outputs are read, in words.
    """

    rows: int
    texts: int
    left_out: Mapping[str, int]
    bad_rows: Sequence[str]
    model: str
    model_sha256: str | None
    outputs: str


@takes_urls()
@takes(ScoreOptions)
def score_texts(
    inputs: Sequence[str | Path],
    model: Model,
    output: str | Path | None,
    *,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> TextScores:
    """Score texts with a model, each different text once, and write the scores to a Parquet file.

    Of files, a row of the result is the `id` of a row that has a text and its `prediction`, the
    probability of the positive class. Of a dataset, a row is a pair: `evaluate_predictions` reads
    it, and `example_id` is the example's id. Rows are in the inputs' order. The file's metadata
    name the model.

    Args:
        inputs: A folder that `evenhand data build` wrote, alone; or files, folders and patterns:
            see `evenhand.data.formats.sources`.
        model: A MODEL reference, a Keras model, or a function from a list of str to their scores;
            see `load_classifier`.
        output: The Parquet file to write, complete or absent; None to read all texts and load the
            model, and to score and write nothing.
        overwrite: Replace a file that exists.
        progress: Told how many texts are scored.
        **options: See `evenhand.evaluation.report_options.ScoreOptions`. With a `cache`, the texts
            that were scored before an interruption are not scored again.

    Raises:
        ConfigurationError: An option is wrong or has no effect on a dataset, the output may not be
            replaced, or is or lies in an input.
        InputError: An input or the model cannot be used; it has several classes and none was named,
            or fails on a text, which the error names.
        UnavailableError: The output cannot be written, or Spark, Java or the cluster cannot be
            used.
    """
    chosen = ScoreOptions(**options)
    inputs = as_list("inputs", inputs)
    given = {"`inputs`": inputs, "`model`": model if isinstance(model, str | Path) else None}
    check_apart(given, {"`output`": output, "`cache`": chosen.cache})
    if output is not None:
        check_new_file(output, overwrite=overwrite)
    if chosen.engine == "spark":
        check_fits_spark([model], chosen.cache)
    source = _source_of(inputs, chosen)
    progress("reading", 0)
    different, numbers = find_different(source.texts)

    # Loading a model takes TensorFlow, which takes long to import: inputs are read first.
    from evenhand.remediation.models.classifier import ScoringError
    from evenhand.remediation.models.loading import load_classifier, settle_keras_for
    from evenhand.remediation.models.predictor import needs_a_class

    settle_keras_for([model] if isinstance(model, str | Path) else [])
    classifier = load_classifier(model, chosen.chosen_for(ModelOptions))
    if classifier.positive_class is None:
        exclusive = classifier.classes_are_exclusive
        raise needs_a_class(classifier.n_classes, exclusive, classifier.name)
    pairs = isinstance(source, PairTexts)
    result = TextScores(
        rows=len(numbers) // 2 if pairs else len(numbers),
        texts=len(different),
        left_out=dict(source.left_out),
        bad_rows=tuple(source.bad_rows),
        model=classifier.name,
        model_sha256=classifier.sha256,
        outputs=classifier.reading,
    )
    if output is None:
        return result
    try:
        with new_file(output) as work:
            scores = _scored(model, classifier, different, chosen, work.parent, progress)
            _write(source, scores[numbers], work, result)
    except ScoringError as error:
        place = source.place_of(int(different.places[error.number]))
        raise error.at(place) from error
    return result


def _scored(
    model: Model,
    classifier: Classifier,
    texts: DifferentTexts,
    options: ScoreOptions,
    folder: Path,
    progress: Progress,
) -> Floats:
    """Return the scores of texts, from this machine or from a cluster."""
    if options.engine == "local":
        cache = None if options.cache is None else Path(options.cache)
        return classifier.score(
            texts, batch_size=options.batch_size, cache=cache, progress=progress
        )
    from evenhand.data.cluster.spark_session import spark_session

    progress("starting Spark", 0)
    with spark_session(options.master) as spark:
        return score_on_spark(
            spark,
            model,
            classifier.sha256,
            texts,
            progress,
            options=options.chosen_for(ModelOptions),
            batch_size=options.batch_size,
            folder=folder,
        )


def _source_of(inputs: Sequence[str | Path], options: ScoreOptions) -> TextSource:
    if any((Path(each) / MANIFEST_NAME).is_file() for each in inputs):
        if len(inputs) > 1:
            raise ConfigurationError(
                "a dataset is scored alone",
                where="`inputs`",
                expected="one dataset, or files of texts",
            )
        for name in _OF_FILES:
            if getattr(options, name) != getattr(ScoreOptions, name):
                raise ConfigurationError(
                    f"`{name}` has no effect on a dataset", where=f"`{name}`", remedy="leave it out"
                )
        return PairTexts(CounterfactualDataset.open(inputs[0]), options.positive_class)
    columns = Columns(text=options.text_column, id=options.id_column)
    return FileTexts(find_inputs(inputs, options.chosen_for(Dialect)), columns, options.on_error)


def _write(source: TextSource, scores: Floats, output: Path, result: TextScores) -> None:
    made_by = {
        "evenhand": version("evenhand"),
        "model": result.model,
        "model_sha256": result.model_sha256 or "",
        "outputs": result.outputs,
    }
    schema = source.schema.with_metadata(made_by)
    with writing_to(output), pq.ParquetWriter(output, schema, compression="zstd") as writer:
        for batch in source.rows(scores):
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
