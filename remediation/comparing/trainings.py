"""Trains and measures every technique of a comparison, seed by seed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import EvenhandError
from evenhand.data.progress import Progress, within
from evenhand.data.storage.folders import remove_folder
from evenhand.remediation.comparing.compare_options import CompareOptions
from evenhand.remediation.comparing.named_techniques import NamedTechnique
from evenhand.remediation.comparing.summary import Run
from evenhand.remediation.comparing.test_set import Measured, TestSet
from evenhand.remediation.judging.trade_off import BASELINE_KEPT
from evenhand.remediation.models.loading import load_classifier
from evenhand.remediation.techniques.technique import Technique
from evenhand.remediation.training.checkpoints import Checkpoint, checkpoint_path, subfolders
from evenhand.remediation.training.fit_options import TrainingOptions
from evenhand.remediation.training.output_folder import RECORD_NAME, saved_name, write_record
from evenhand.remediation.training.preparation import with_labels
from evenhand.remediation.training.trainer import made_by, train


class ComparisonInterrupted(KeyboardInterrupt):
    """A comparison was interrupted, and can be resumed.

    Attributes:
        finished: Number of trainings that are done.
        trainings: Number of all trainings.
    """

    def __init__(self, finished: int, trainings: int) -> None:
        self.finished, self.trainings = finished, trainings
        super().__init__(f"{finished} of {trainings} trainings are done.")


@dataclass(frozen=True)
class Trainings:
    """What all trainings of a comparison share.

    Attributes:
        baseline: MODEL reference.
        data: What they train on.
        options: The options of the comparison.
        test_set: What they are measured on.
        work: Where they are kept while the comparison is unfinished.
        progress: Called for every training and step.
    """

    baseline: str | Path
    data: CounterfactualDataset
    options: CompareOptions
    test_set: TestSet
    work: Checkpoint
    progress: Progress

    @property
    def seeds(self) -> range:
        """The seeds of each technique's trainings."""
        return range(self.options.seed, self.options.seed + self.options.seeds)

    def folder_of(self, place: int, seed: int) -> Path:
        """Return the folder of a technique's training, by its place among the techniques."""
        return self.work.path / f"{place}-{seed}"

    def all(
        self, techniques: Sequence[NamedTechnique]
    ) -> tuple[dict[int, list[Run]], tuple[str, ...]]:
        """Train and measure all, seed by seed.

        Returns:
            The runs of each technique that could be trained, by its place among `techniques`, and a
            sentence for each of the others.

        Raises:
            EvenhandError: No technique could be trained.
        """
        runs: dict[int, list[Run]] = {place: [] for place, _ in enumerate(techniques)}
        failed: list[str] = []
        total = len(techniques) * len(self.seeds)
        for place, seed in ((place, seed) for seed in self.seeds for place in list(runs)):
            done = sum(map(len, runs.values()))
            try:
                title = f"training {done + 1} of {total}: {techniques[place].name}, seed {seed}"
                folder = self.folder_of(place, seed)
                runs[place].append(self._run(techniques[place].technique, folder, seed, title))
            except KeyboardInterrupt as interruption:
                raise ComparisonInterrupted(done, total) from interruption
            except EvenhandError as error:
                del runs[place]
                if not runs:
                    raise
                where = f", {error.where}" if error.where else ""
                failed.append(f"{techniques[place].name}: {error.what}{where}")
        return runs, tuple(failed)

    def _run(self, technique: Technique, folder: Path, seed: int, title: str) -> Run:
        """Train and measure a technique with one seed, unless that is done."""
        record = folder.with_name(f"{folder.name}.json")
        if record.is_file():
            return Run(**json.loads(record.read_text(encoding="utf-8")))
        self.work.hold(*subfolders(folder.name), record.name)
        common = self.options.chosen_for(TrainingOptions)
        goes_on, started = checkpoint_path(folder).exists() or folder.exists(), time.monotonic()
        if not folder.exists():
            train(
                self.baseline,
                self.data,
                folder,
                technique=technique,
                pairs=self.options.pairs,
                validation_data=self.options.validation_data,
                resume=True,
                progress=within(self.progress, title),
                **replace(common, seed=seed).as_keywords(),
            )
        seconds = None if goes_on else time.monotonic() - started
        trained = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
        threshold, kept_epoch = trained["threshold"], trained["kept_epoch"]
        of_labels = trained.get("label_thresholds", {})
        measured = Measured({}, {})
        if kept_epoch or not technique.trains:
            model = (
                load_classifier(folder / saved_name(self.baseline), common.model_options)
                if kept_epoch
                else made_by(technique, self.baseline, self.data.manifest, common.model_options)
            )
            chosen = of_labels or ({"": threshold} if threshold else {})
            measured = self.test_set.measured(
                with_labels(model, common),
                {label: each["candidate"] for label, each in chosen.items()},
            )
        run = Run(
            seed,
            kept_epoch,
            seconds,
            measured.metrics,
            measured.false_positive_rates,
            threshold,
            "" if kept_epoch else trained["reason"].removeprefix(BASELINE_KEPT),
            of_labels,
        )
        write_record(record, asdict(run))
        if seed != self.seeds[0]:  # only a model of the first seed may be recommended
            remove_folder(folder, kind="training")
        return run
