"""Where a training's examples and pairs come from, and what is held out for validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evenhand.data.dataset.manifest import Manifest
from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation.batches.groups import Groups, has_labelled_groups
from evenhand.remediation.batches.training_data import DatasetBlocks, Rows, TrainingData
from evenhand.remediation.judging.held_out_groups import HeldOutGroups
from evenhand.remediation.judging.shared_texts import shared_texts
from evenhand.remediation.models.classifier import Classifier
from evenhand.remediation.techniques.technique import Needs
from evenhand.remediation.training.fit_options import Dataset, DatasetOptions, TrainingOptions
from evenhand.remediation.training.output_folder import inputs_record


def locations(data: Dataset, others: DatasetOptions) -> dict[str, Path]:
    """Return the paths of a training's datasets, by the names that errors use for them."""
    given = {
        "`data`": data,
        "`pairs`": others.pairs,
        "`validation_data`": others.validation_data,
    }
    return {
        name: CounterfactualDataset.location(each)
        for name, each in given.items()
        if each is not None
    }


@dataclass(frozen=True)
class Sources:
    """The data of a training.

    Attributes:
        data: The dataset of the examples.
        pair_data: The dataset of the pairs, if another.
        validation_data: The dataset to validate on; None if a part of the others is held out.
        examples: What to train on.
        pairs: Where the pairs come from; the same as `examples` unless `pair_data` is given.
        held_out: Examples to validate on.
        held_out_pairs: Pairs to validate on; None for those of `held_out`.
        groups: The groups of the examples; None if the technique needs none.
        threshold_groups: The groups of the held-out examples; None if the threshold needs none.
    """

    data: CounterfactualDataset
    pair_data: CounterfactualDataset | None
    validation_data: CounterfactualDataset | None
    examples: DatasetBlocks
    pairs: DatasetBlocks
    held_out: TrainingData
    held_out_pairs: TrainingData | None
    groups: Groups | None = None
    threshold_groups: HeldOutGroups | None = None

    @classmethod
    def opened(
        cls, data: Dataset, others: DatasetOptions, options: TrainingOptions, needs: Needs
    ) -> Sources:
        """Open the datasets, and return `of` them."""
        pairs, validation = (
            None if each is None else CounterfactualDataset.opened(each)
            for each in (others.pairs, others.validation_data)
        )
        return cls.of(CounterfactualDataset.opened(data), pairs, validation, options, needs)

    @classmethod
    def of(
        cls,
        data: CounterfactualDataset,
        pair_data: CounterfactualDataset | None,
        validation_data: CounterfactualDataset | None,
        options: TrainingOptions,
        needs: Needs,
    ) -> Sources:
        """Read the held-out data, and find the training data.

        Raises:
            InputError: There are no examples to train on, or no pairs for a technique that needs
                them.
            ConfigurationError: The technique needs labels but `unlabelled` is set or pairs come
                from elsewhere, the split leaves nothing to train on, or the validation data is the
                training data; or the groups that the technique needs cannot be told.
        """
        if needs.labels and (options.unlabelled or pair_data is not None):
            raise ConfigurationError(
                "the technique needs a label for every text",
                where="`unlabelled`" if options.unlabelled else "`pairs`",
                remedy="leave it out, or choose a technique that needs no labels",
            )
        if needs.pair_labels and pair_data is not None:
            raise ConfigurationError(
                "the technique trains each counterfactual on the label of its original, and pairs "
                "of another dataset have no labels here",
                where="`pairs`",
                remedy="leave it out; the technique cda takes such pairs with "
                "`counterfactual_labels` score",
            )
        several = len(options.numbers_of_labels) > 1
        if several and not needs.named_labels:
            raise ConfigurationError(
                "the technique repairs one label",
                where="`labels`",
                remedy="name one label, or choose another technique",
            )
        if several and needs.groups is not None and needs.groups.labels != "all":
            raise ConfigurationError(
                f"groups of {needs.groups.labels} examples are those of one label",
                where="`labels`",
                remedy="name one label, or let all examples be members of their groups",
            )
        fields = options.label_fields(data.manifest.columns)
        held_out_fields = (
            fields
            if validation_data is None
            else options.label_fields(validation_data.manifest.columns)
        )
        split = 0.0 if validation_data is not None else options.validation_split
        seed, words = options.seed, needs.random_words
        rows: Rows = "all" if options.unlabelled else "labelled"
        if validation_data is not None and validation_data.sha256 == data.sha256:
            raise ConfigurationError(
                "the data to validate on is the data to train on",
                where="`validation_data`",
                expected="texts that neither this training nor the baseline's has seen",
            )
        groups = None
        if needs.groups is not None:
            groups = Groups.of(data, needs.groups.column, needs.groups.labels, fields[0])
        if pair_data is not None:
            examples = DatasetBlocks(
                data,
                split,
                seed,
                rows=rows,
                takes_pairs=False,
                groups=groups,
                class_weights=options.class_weights,
                label_fields=fields,
            )
            pairs = DatasetBlocks(pair_data, split, seed, random_words=words, rows="paired")
        else:
            examples = pairs = DatasetBlocks(
                data,
                split,
                seed,
                random_words=words,
                rows=rows,
                groups=groups,
                class_weights=options.class_weights,
                pair_labels=needs.pair_labels,
                label_fields=fields,
            )
        if needs.pairs and not pairs.n_pairs:
            raise InputError(
                "the dataset has no pairs to train on",
                where=str(data.path),
                expected="pairs made from labelled examples",
                remedy="build it with terms that its texts contain, or name another with `pairs`",
            )
        held_out_pairs = None
        if validation_data is not None:
            measured = groups if needs.groups is not None and needs.groups.held_out else None
            if measured is not None:
                measured = replace(measured, label_field=held_out_fields[0])
                measured.check_column(validation_data, "`validation_data`")
            held_out = DatasetBlocks(
                validation_data,
                rows=rows,
                groups=measured,
                label_fields=held_out_fields,
            ).all_training()
        else:
            held_out = examples.held_out()
            held_out_pairs = pairs.held_out() if pair_data is not None else None
        if groups is not None:
            groups.check_sizes(examples.sizes_of_groups(len(groups.values)))
        if needs.groups is not None and needs.groups.held_out and not has_labelled_groups(held_out):
            raise ConfigurationError(
                "no held-out example of a group has a label, so no group can be measured",
                where="`validation_split`",
                expected="labelled examples of each group in the validation split",
                remedy="give a larger `validation_split`, or `validation_data` with labels",
            )
        of_threshold = None
        if options.threshold == "auto:equal-opportunity":
            of_threshold = HeldOutGroups.of(
                data,
                validation_data,
                options.threshold_column,
                rows,
                (split, seed),
                held_out_fields,
            )
        return cls(
            data,
            pair_data,
            validation_data,
            examples,
            pairs,
            held_out,
            held_out_pairs,
            groups,
            of_threshold,
        )

    def drawing_from(self, words: Sequence[str]) -> Sources:
        """Return the same data, with pairs whose random words are drawn from these."""
        pairs = self.pairs.drawing_from(words)
        return replace(self, pairs=pairs, examples=pairs if self.are_one else self.examples)

    @property
    def are_one(self) -> bool:
        """Whether examples bring their own pairs."""
        return self.pairs is self.examples

    @property
    def paired_manifest(self) -> Manifest:
        """The manifest of the dataset that the pairs come from."""
        return (self.pair_data or self.data).manifest

    def record(self, baseline: Classifier) -> dict[str, Any]:
        """Return the inputs of a training of a baseline for its record."""
        datasets = (self.data, self.pair_data, self.validation_data)
        return inputs_record(baseline.name, baseline.sha256, *datasets)

    @property
    def shared_texts(self) -> tuple[str, ...]:
        """Whether texts to validate on are trained on, too: a sentence, or none."""
        if self.validation_data is None:
            return ()
        return tuple(filter(None, [shared_texts(self.data, self.validation_data)]))

    @property
    def validated_on(self) -> CounterfactualDataset:
        """The dataset that `held_out` comes from."""
        return self.data if self.validation_data is None else self.validation_data

    @property
    def can_compare(self) -> bool:
        """Whether there are examples and pairs of weight above 0 to validate on."""
        pairs = self.held_out if self.held_out_pairs is None else self.held_out_pairs
        return bool(self.held_out.weight.any() and pairs.pair_weight.any())
