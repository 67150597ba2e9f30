"""Trains techniques alike, measures them on test data, and says which to use.

A training is `evenhand.remediation.train`'s, with one technique and one seed; each is measured as
loaded from its saved file. What is done is kept beside the output until the comparison is complete,
so that an interrupted one goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, EvenhandError
from evenhand.data.notebook.html_summary import HtmlTable, html_summary
from evenhand.data.options import takes
from evenhand.data.progress import Progress, ignore_progress
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import digest_of
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.remediation.comparing.compare_options import CompareOptions
from evenhand.remediation.comparing.named_techniques import NamedTechnique, named_techniques
from evenhand.remediation.comparing.outputs import write_outputs
from evenhand.remediation.comparing.recommendation import Recommendation, recommended
from evenhand.remediation.comparing.summary import Compared, Run, summary
from evenhand.remediation.comparing.table import (
    beyond_limits,
    explanation,
    table_of_groups,
    table_of_metrics,
)
from evenhand.remediation.comparing.terms_held_out import drawn_terms, without_terms
from evenhand.remediation.comparing.test_set import Measured, TestSet
from evenhand.remediation.comparing.trainings import Trainings
from evenhand.remediation.judging.chosen_threshold import (
    ChosenThreshold,
    record_of,
    records_of,
    thresholds_of_result,
)
from evenhand.remediation.judging.shared_texts import shared_texts
from evenhand.remediation.judging.trade_off import pareto_front, task_metric
from evenhand.remediation.judging.validation import validation_batch
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.models.loading import load_classifier
from evenhand.remediation.models.references import keras_to_train
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.runtime.random_state import random_state_kept
from evenhand.remediation.runtime.tensorflow import versions
from evenhand.remediation.training.checkpoints import Checkpoint, checkpoint_path
from evenhand.remediation.training.examples_and_pairs import locations
from evenhand.remediation.training.fit_options import Dataset, TrainingOptions
from evenhand.remediation.training.output_folder import (
    copy_model,
    dataset_record,
    inputs_record,
    saved_name,
)
from evenhand.remediation.training.preparation import threshold_rules, with_labels

_DATA = "data"  # while at work: the training data without the held-out terms


@dataclass(frozen=True)
class ComparisonResult:
    """The result of a comparison.

    Attributes:
        model: The recommended technique's model of the first seed; the baseline, if none is
            recommended.
        baseline_measured: What is measured of the baseline.
        compared: The techniques, in the order that they were asked for.
        failed: The techniques that could not be trained, and why.
        held_out_terms: The terms that no training saw.
        recommendation: Which to use, and why.
        outputs: How the model's outputs are read, in words.
        threshold: The threshold that the model decides at, of several labels the main one; None for
            0.5, which nobody chose.
        label_thresholds: The threshold of each of several labels, by its name; empty if nobody
            chose them.
        shared_texts: Whether texts to measure on are trained on, too: a sentence without its full
            stop, or nothing.
        negatives: By group, how many texts each false positive rate is of.
    """

    model: Path
    baseline_measured: Measured
    compared: tuple[Compared, ...]
    failed: tuple[str, ...]
    held_out_terms: tuple[str, ...]
    recommendation: Recommendation
    outputs: str
    threshold: ChosenThreshold | None = None
    shared_texts: str = ""
    negatives: dict[str, int] = field(default_factory=dict)
    label_thresholds: dict[str, ChosenThreshold] = field(default_factory=dict)

    @property
    def something_helps(self) -> bool:
        """Whether a technique is recommended, or none is needed."""
        return self.recommendation.decision != "none of these helps"

    def _repr_html_(self) -> str:
        metrics, groups = table_of_metrics(self), table_of_groups(self)
        tables = [HtmlTable(metrics.headings, metrics.rows)]
        tables.append(HtmlTable(groups.headings, groups.rows, caption="False positive rates"))
        failed = [f"Not trained: {each}" for each in self.failed]
        sentences = [self.recommendation.reason, explanation(self), *beyond_limits(self), *failed]
        sentences.append(f"Saved as {self.model}")
        return html_summary(f"Comparison: {self.recommendation.decision}", sentences, tables)

    def as_document(self) -> dict[str, Any]:
        """Return the result in a form that JSON takes."""
        return {
            **asdict(self),
            "model": str(self.model),
            "threshold": record_of(self.threshold),
            "label_thresholds": records_of(self.label_thresholds),
        }


@takes_urls()
@random_state_kept()
@takes(CompareOptions)
def compare(
    baseline: str | Path,
    data: Dataset,
    test_data: Dataset,
    output: str | Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = ignore_progress,
    **options: Any,
) -> ComparisonResult:
    """Train several techniques alike, and say which is the best for this model and data.

    All have the same data, options and seeds. They are measured on test data, which has no part in
    any training, nor in the choice of epochs. `evenhand.remediation.comparing.recommendation` says
    how one is chosen.

    Args:
        baseline: MODEL reference of the classifier to repair; see `load_classifier`.
        data: The counterfactual dataset to train on, or its folder.
        test_data: Another one, to measure on.
        output: Folder to make: ``model.keras``, ``compare.json``, ``compare.md`` and
            ``trade-off.svg``.
        resume: Go on with this output's unfinished comparison, if there is one.
        overwrite: Replace an earlier comparison's folder, and discard an unfinished one unless
            `resume`.
        progress: Called for every training and step.
        **options: See `evenhand.remediation.comparing.compare_options.CompareOptions`.

    Raises:
        ConfigurationError: An argument is out of range; there is no such technique, or not for this
            Keras; the test data is the training data; the output exists; there is an unfinished
            comparison with other options or without `resume`; or TF_CONFIG names several workers.
        InputError: The model or a dataset cannot be used, or no technique can be trained.
        UnavailableError: ``device="gpu"``, and there is no GPU.
        ComparisonInterrupted: Ctrl-C; what is done is kept for `resume`.
    """
    given = CompareOptions(**options)
    if Worker.here().workers > 1:
        raise ConfigurationError(
            "a comparison trains in one process, and TF_CONFIG names several workers",
            where="TF_CONFIG",
            remedy="unset it, or train one technique by remediate train",
        )
    check_apart(
        {
            "`baseline`": baseline,
            "`test_data`": CounterfactualDataset.location(test_data),
            **locations(data, given),
        },
        {"`output`": [output, checkpoint_path(output)]},
    )
    generation = keras_to_train(baseline)
    techniques = named_techniques(given.techniques, generation)
    given.chosen_for(TrainingOptions).settled(generation)
    check_destination(output, kind="comparison", overwrite=overwrite)
    whole, test = map(CounterfactualDataset.opened, (data, test_data))
    if whole.sha256 == test.sha256:
        raise ConfigurationError(
            "the data to measure on is the data to train on",
            where="`test_data`",
            expected="texts that no training has seen",
        )
    _, fields = (given.label_fields(each.manifest.columns) for each in (whole, test))
    terms = drawn_terms(whole, given.held_out_terms, given.seed)
    classifier = with_labels(load_classifier(baseline, given.model_options), given)
    run = _record(classifier, whole, test, given, techniques)
    work = Checkpoint.beside(output, run, resume=resume, overwrite=overwrite)
    of_baseline = {name: rule.baseline for name, rule in threshold_rules(given, None).items()}
    scored = validation_batch(given.batch_size)
    test_set = TestSet.of(test, classifier, terms, of_baseline, fields, scored)
    work.start()
    trained_on = whole
    if terms:
        work.hold(f"{_DATA}/")
        trained_on = without_terms(whole, terms, work.path / _DATA)
    trainings = Trainings(baseline, trained_on, given, test_set, work, progress)
    try:
        runs, failed = trainings.all(techniques)
    except EvenhandError:
        work.discard()  # nothing could be trained
        raise
    result = _result(
        Path(output) / saved_name(baseline),
        techniques,
        runs,
        failed,
        test_set,
        terms,
        given,
        classifier,
    )
    result = replace(result, shared_texts=shared_texts(trained_on, test))
    with new_folder(output, kind="comparison", overwrite=overwrite) as folder:
        picked = result.recommendation.picked
        if picked is None:
            classifier.keras_model.save(str(folder / result.model.name))
        else:
            number = list(runs)[picked]
            copy_model(trainings.folder_of(number, given.seed) / result.model.name, folder)
        library = versions("keras" if generation == 3 else "tf-keras")
        if given.has_own_threshold:
            run = {**run, "model_sha256": digest_of(folder / result.model.name)}
        write_outputs(folder, result, given.trade_off, run, library)
    work.discard()
    return result


def _record(
    classifier: Classifier,
    data: CounterfactualDataset,
    test: CounterfactualDataset,
    options: CompareOptions,
    techniques: Sequence[NamedTechnique],
) -> dict[str, Any]:
    """Return what identifies the comparison; its record begins with it."""
    others = (
        None if each is None else CounterfactualDataset.opened(each)
        for each in (options.pairs, options.validation_data)
    )
    return {
        **inputs_record(classifier.name, classifier.sha256, data, *others),
        "test_data": dataset_record(test),
        "options": options.chosen_for(TrainingOptions).as_keywords(),
        "techniques": [
            {"name": each.technique.name, "options": each.options} for each in techniques
        ],
        "seeds": options.seeds,
        "held_out_terms": options.held_out_terms,
        "enough": options.enough,
    }


def _result(
    model: Path,
    techniques: Sequence[NamedTechnique],
    runs: dict[int, list[Run]],
    failed: tuple[str, ...],
    test_set: TestSet,
    terms: tuple[str, ...],
    options: CompareOptions,
    classifier: Classifier,
) -> ComparisonResult:
    baseline = test_set.baseline_measured
    task = task_metric(baseline.metrics)
    alone = [summary(techniques[number], found) for number, found in runs.items()]
    within = [each for each in alone if not each.beyond_limits]
    front = iter(pareto_front([(each.mean["flip_rate"], each.mean[task]) for each in within]))
    compared = tuple(
        replace(each, on_front=not each.beyond_limits and next(front)) for each in alone
    )
    rule = replace(options.trade_off, measure="flip_rate")
    recommendation = recommended(compared, baseline.metrics, rule, options.enough)
    picked = recommendation.picked
    run = compared[picked or 0].runs[0]
    records = run.label_thresholds or ({"": run.threshold} if run.threshold else {})
    thresholds = {name: ChosenThreshold.model_validate(each) for name, each in records.items()}
    if picked is None:
        thresholds = {name: each.of_baseline() for name, each in thresholds.items()}
    return ComparisonResult(
        model=model,
        baseline_measured=baseline,
        compared=compared,
        failed=failed,
        held_out_terms=terms,
        recommendation=recommendation,
        outputs=classifier.reading,
        **thresholds_of_result(thresholds),
        negatives={name: len(rows) for name, rows in test_set.negatives.items()},
    )
