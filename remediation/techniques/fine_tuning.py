"""Fine-tuning as a technique: the same training without pairs, by which every other is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from evenhand.remediation.techniques.technique import Needs, Technique, TrainedOutput


@dataclass(frozen=True, kw_only=True)
class FineTuning(Technique):
    """The task's loss, and no other.

    If another technique does better than this, that is not because of further training.
    """

    name: ClassVar[str] = "fine-tune"
    title: ClassVar[str] = "fine-tuning"
    summary: ClassVar[str] = "the same training without pairs, by which others are judged"

    @property
    def needs(self) -> Needs:
        """No pairs; labels or the baseline's scores."""
        return Needs(pairs=False, named_labels=True)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        """Return a `TaskModel` of the model's Keras."""
        from evenhand.remediation.models.keras_model import generation_of

        if generation_of(model) == 2:
            from evenhand.remediation.wrappers.task_model_keras_2 import task_model

            return task_model(model, output.head)
        from evenhand.remediation.wrappers.task_model import TaskModel

        return TaskModel(model, output.head)
