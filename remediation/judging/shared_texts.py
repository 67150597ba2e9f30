"""Whether texts that a model is measured on are among those that it is trained on."""

from __future__ import annotations

import numpy as np

from evenhand.data.dataset.on_disk import CounterfactualDataset
from evenhand.remediation.judging.wording import counted, percent
from evenhand.remediation.models.score_cache import keys_of
from evenhand.remediation.runtime.texts import encode_texts


def shared_texts(trained_on: CounterfactualDataset, measured_on: CounterfactualDataset) -> str:
    """Return a sentence, without its full stop, on the texts that two datasets share.

    Examples are compared, and not their counterfactuals. The sentence is empty if no text is in
    both. Memory grows by a few bytes per text.
    """
    known, asked = (
        np.concatenate(
            [
                keys_of(encode_texts(batch["text"].to_pylist()))
                for batch in dataset.iter_examples(["text"])
            ]
        )
        for dataset in (trained_on, measured_on)
    )
    number = int(np.isin(asked, np.unique(known)).sum())
    if not number:
        return ""
    return (
        f"{number:,} of the {counted(len(asked), 'text')} to measure on "
        f"({percent(number / len(asked))}) {'is' if number == 1 else 'are'} in the training data, "
        "too, where a model does better than on others"
    )
