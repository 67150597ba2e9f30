"""Makes a report of scores, whoever gave them, and writes its folder."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evenhand.data.progress import Progress
from evenhand.data.storage.files import write_text
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.evaluation.flip_metric import PLUGINS, FlipMetric, load_flip_metrics
from evenhand.evaluation.inputs.main_thresholds import Thresholds
from evenhand.evaluation.inputs.tables import EvaluationData, ModelScores
from evenhand.evaluation.report_options import ReportOptions
from evenhand.evaluation.reports.provenance import write_provenance
from evenhand.evaluation.reports.report import FILE_NAME, Intervals, Label, Report, Role
from evenhand.evaluation.reports.technique_table import TechniqueTable, read_technique_table
from evenhand.remediation.tracking.trackers import check_trackers

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

    from evenhand.evaluation.engine.analysis import CountElsewhere
    from evenhand.evaluation.rendering.renderers import Renderer

_TOOLS = ("evenhand", "tensorflow", "keras", "tensorflow-model-analysis", "fairness-indicators")


class Scored(NamedTuple):
    """What one part of a report is about: all of it, or one of several labels."""

    data: EvaluationData
    scores: Mapping[Role, ModelScores]
    thresholds: Thresholds
    label: Label | None = None


@dataclass(frozen=True)
class ReportJob:
    """A report that is to be made. It is begun before any long work, so that errors show at once.

    Attributes:
        options: The report's options.
        output: The folder to write, or None.
        overwrite: Whether an existing report is replaced.
        progress: Called during the evaluation.
        command: The command line that was used, for provenance.json, or None.
        pipeline_options: Beam's, which name the runner of the evaluation.
        metrics, renderers: Those of other packages.
        techniques: The table of a comparison of techniques.
    """

    options: ReportOptions
    output: str | Path | None
    overwrite: bool
    progress: Progress
    command: Sequence[str] | None
    pipeline_options: PipelineOptions | None
    metrics: Sequence[FlipMetric]
    renderers: Mapping[str, Renderer]
    techniques: TechniqueTable | None

    @classmethod
    def begin(
        cls,
        options: ReportOptions,
        output: str | Path | None,
        *,
        overwrite: bool,
        progress: Progress,
        command: Sequence[str] | None,
        pipeline_options: PipelineOptions | None,
    ) -> ReportJob:
        """Check what the report needs besides scores, and load it.

        Raises:
            ConfigurationError: The output may not be replaced, or a metric, renderer or tracker
                cannot be loaded.
            InputError: The table of a comparison cannot be read.
        """
        from evenhand.evaluation.rendering.renderers import load_renderers

        if output is not None:
            check_destination(output, kind="report", overwrite=overwrite)
        check_trackers(options.log_to)
        table = None if options.compared is None else read_technique_table(options.compared)
        return cls(
            options,
            output,
            overwrite,
            progress,
            command,
            pipeline_options,
            load_flip_metrics(),
            load_renderers(),
            table,
        )

    def write(
        self, scored: Sequence[Scored], count_elsewhere: CountElsewhere | None = None
    ) -> Report:
        """Make the report, and write it if there is an output.

        Args:
            scored: What its parts are about: several labels, or one part.
            count_elsewhere: Counts large tables, if not this process.

        Raises:
            InputError: An added metric or renderer fails.
            UnavailableError: The output cannot be written.
        """
        from evenhand.evaluation.rendering.folder import render_into

        written = (
            tempfile.TemporaryDirectory()  # TFMA's tables have to be somewhere
            if self.output is None
            else new_folder(self.output, kind="report", overwrite=self.overwrite)
        )
        with written as place:
            folder = Path(place)
            report = self._report(scored, folder / "tfma", count_elsewhere)
            if self.output is not None:
                content = report.to_json()
                write_text(folder / FILE_NAME, content)
                write_provenance(folder, command=self.command, report=content)
                render_into(folder, report, self.renderers)
        return report

    def _report(
        self, scored: Sequence[Scored], tables: Path, count_elsewhere: CountElsewhere | None
    ) -> Report:
        """Return the report; TFMA's results go into the folder `tables`."""
        reports = []
        for number, each in enumerate(scored):
            own = tables
            if number and each.label is not None:
                own = tables / "labels" / str(each.label.output)
            within = _after(self.progress, number * len(each.scores), len(scored))
            reports.append(self._part(each, own, within, count_elsewhere))
        reports = self._with_paired_tests(reports, scored)
        return reports[0].with_labels(reports[1:]) if len(reports) > 1 else reports[0]

    def _part(
        self,
        scored: Scored,
        tables: Path,
        progress: Progress,
        count_elsewhere: CountElsewhere | None,
    ) -> Report:
        """Return the report on one label, or on all there is."""
        # TFMA takes long to import, so inputs are checked and scored first.
        from evenhand.remediation.runtime.imports import importing

        with importing():
            from evenhand.evaluation.engine.analysis import analyse
        from evenhand.evaluation.measures.bootstrap import RESAMPLES, SEED
        from evenhand.evaluation.model_reports import (
            report_models,
            sample_flips,
            summarise,
            with_thresholds,
        )
        from evenhand.remediation.judging.wilson import LEVEL

        data, scores, thresholds = scored.data, scored.scores, scored.thresholds
        metrics = {}
        for done, (role, own) in enumerate(scores.items()):
            progress("evaluating", done, len(scores))
            metrics[role] = analyse(
                data,
                own,
                thresholds=thresholds.of_role[role],
                output=tables / role,
                engine=self.options.engine,
                pipeline_options=self.pipeline_options,
                count_elsewhere=count_elsewhere,
            )
        progress("evaluating", len(scores), len(scores))
        models, comparison = report_models(
            data,
            scores,
            metrics,
            thresholds=thresholds.of_role,
            min_pairs=self.options.min_pairs,
            added=self.metrics,
        )
        return Report(
            thresholds=thresholds.of_role["candidate"],
            data=summarise(data),
            min_pairs=self.options.min_pairs,
            adjust=self.options.adjust,
            intervals=Intervals(level=LEVEL, resamples=RESAMPLES, seed=SEED),
            added_metrics=tuple(metric.spec for metric in self.metrics),
            models=with_thresholds(models, thresholds),
            comparison=comparison,
            flips=sample_flips(data, scores, thresholds.of_role),
            label=scored.label,
            techniques=self.techniques,
            versions={tool: version(tool) for tool in _TOOLS} | PLUGINS.packages(),
        )

    def _with_paired_tests(self, reports: list[Report], scored: Sequence[Scored]) -> list[Report]:
        """Return the reports with the tests of candidate against baseline, if there is one."""
        if self.options.compare_to is None:
            return reports
        from evenhand.evaluation.measures.significance import ScoredLabel, paired_tests

        tests = paired_tests(
            [
                ScoredLabel(
                    each.data,
                    each.scores["candidate"],
                    each.scores["baseline"],
                    (
                        each.thresholds.of_role["candidate"][0],
                        each.thresholds.of_role["baseline"][0],
                    ),
                )
                for each in scored
            ],
            min_pairs=self.options.min_pairs,
            adjust=self.options.adjust,
        )
        return [
            report.model_copy(update={"paired_tests": own})
            for report, own in zip(reports, tests, strict=True)
        ]


def _after(progress: Progress, done_before: int, parts: int) -> Progress:
    """Return what tells the progress of one of several parts of the same size."""

    def tell(stage: str, done: float, total: float | None = None, note: str = "") -> None:
        progress(stage, done_before + done, total and parts * total, note)

    return tell
