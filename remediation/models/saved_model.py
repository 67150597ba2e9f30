"""SavedModels without their Keras model, scored by their serving signature."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenhand.data.errors import InputError
from evenhand.remediation.models.predictor import Heads, Inputs, named_outputs
from evenhand.remediation.outputs.last_operation import computed_by
from evenhand.remediation.outputs.meaning import Evidence
from evenhand.remediation.runtime.tensorflow import start_tensorflow
from evenhand.remediation.safety.graphs import check_saved_model, read_saved_model, unloadable

_SERVING = "serving_default"


class SignaturePredictor:
    """The ``serving_default`` signature of a SavedModel, or its only one.

    Args:
        path: The SavedModel's folder.
        allow_unsafe: Load it even if its graph does more than compute.

    Raises:
        InputError: It cannot be loaded, does more than compute, or has no signature to call.
    """

    def __init__(self, path: Path, allow_unsafe: bool = False) -> None:
        start_tensorflow()
        import tensorflow as tf

        if not allow_unsafe:
            check_saved_model(path, read_saved_model(path))
        try:
            # A reference to it is kept: a signature does not keep its model's variables alive.
            self._loaded = tf.saved_model.load(str(path))
        except Exception as error:
            raise unloadable(path, error) from error
        signatures = getattr(self._loaded, "signatures", {})
        if _SERVING not in signatures and len(signatures) != 1:
            raise InputError(
                f"the SavedModel has no signature {_SERVING!r}",
                where=str(path),
                expected=f"one of: {', '.join(signatures) or '(it has none)'}",
                remedy=f"export it with a signature {_SERVING!r}",
            )
        name = _SERVING if _SERVING in signatures else next(iter(signatures))
        self._signature = signatures[name]
        self._specs: dict[str, Any] = dict(self._signature.structured_input_signature[1])

    @property
    def takes_strings(self) -> bool:
        """Whether its input is one batch of strings."""
        return [spec.dtype.name for spec in self._specs.values()] == ["string"]

    @property
    def input_description(self) -> str:
        """The signature's inputs in words, for an error."""
        return ", ".join(
            f"{name} {spec.dtype.name} {spec.shape}" for name, spec in self._specs.items()
        )

    def __call__(self, inputs: Inputs) -> Heads:
        """Return every output of the signature by its name."""
        import tensorflow as tf

        if not isinstance(inputs, Mapping):
            inputs = dict.fromkeys(list(self._specs)[:1], inputs)
        fed = {}
        for name, spec in self._specs.items():
            values = tf.constant(inputs[name])
            if spec.shape.rank is not None and values.shape.rank == spec.shape.rank - 1:
                values = tf.expand_dims(values, -1)  # a column of strings
            fed[name] = values if values.dtype == spec.dtype else tf.cast(values, spec.dtype)
        return named_outputs(self._signature(**fed))

    def evidence(self, head: str) -> Evidence:
        """Return how the signature computes an output; it holds no loss."""
        heads = sorted(self._signature.structured_outputs)
        return Evidence(computed_by(self._signature)[heads.index(head)])
