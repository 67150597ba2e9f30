"""TensorFlow as evenhand runs it: which Keras, on which devices.

TensorFlow takes some ten seconds to import and settles on one Keras while it does, so every other
module of the library gets both from `import_keras`, inside the function that needs them.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Literal

from evenhand.data.errors import ConfigurationError, UnavailableError
from evenhand.remediation.literals import Device
from evenhand.remediation.runtime.distribution import Worker
from evenhand.remediation.runtime.imports import LOG_LEVEL, importing

KerasGeneration = Literal[2, 3]

LEGACY_SWITCH = "TF_USE_LEGACY_KERAS"


def settle_keras(keras: KerasGeneration | None = None) -> None:
    """Set the environment for TensorFlow, unless it is imported already.

    After that, neither the switch for legacy Keras nor the Keras backend in the caller's
    environment changes what a model does.

    Args:
        keras: The generation that a user's own code means by `tf.keras`; None leaves it to the
            environment, and is Keras 3 by default. Either generation's model files load whatever
            `tf.keras` is.
    """
    if "tensorflow" not in sys.modules:
        if keras is None:
            os.environ.setdefault(LEGACY_SWITCH, "0")
        else:
            os.environ[LEGACY_SWITCH] = "1" if keras == 2 else "0"
        os.environ.setdefault(LOG_LEVEL, "2")  # warnings and errors only
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"


def start_tensorflow(keras: KerasGeneration | None = None) -> None:
    """Import TensorFlow, with that Keras as `tf.keras` if it is not settled; see `settle_keras`."""
    settle_keras(keras)
    with importing():
        import tensorflow as tf

        tf.config.list_physical_devices()  # complains, once, on a machine without a GPU


def keras_package(generation: KerasGeneration) -> Any:
    """Return the package `keras` (3) or `tf_keras` (2), whichever `tf.keras` stands for."""
    start_tensorflow(generation)
    with importing():
        return importlib.import_module("keras" if generation == 3 else "tf_keras")


def import_keras(generation: KerasGeneration = 3) -> Any:
    """Import TensorFlow with this Keras as `tf.keras`, and return the `keras` or `tf_keras` module.

    Training needs it, because TFMR is built on `tf.keras`.

    Raises:
        ConfigurationError: This process has already loaded TensorFlow with the other Keras, or
            Keras with another backend.
    """
    keras = keras_package(generation)
    import tensorflow as tf

    # Not by its version, which Keras 2 does not always give under this name.
    found = 3 if tf.keras.Model.__module__.startswith("keras.") else 2
    if found != generation:
        raise ConfigurationError(
            f"this process has loaded TensorFlow with Keras {found}, and this work needs Keras "
            f"{generation}",
            expected=f"{LEGACY_SWITCH}={'1' if generation == 2 else '0'} before TensorFlow is "
            "imported",
            remedy="run it in a process of its own",
        )
    if generation == 3 and keras.config.backend() != "tensorflow":
        raise ConfigurationError(
            f"this process has loaded Keras with the {keras.config.backend()} backend",
            expected="KERAS_BACKEND=tensorflow before Keras is imported",
            remedy="run it in a process of its own",
        )
    return keras


def strategy_for(device: Device, *, allows_several: bool = True) -> Any:
    """Return the `tf.distribute.Strategy` whose scope models are to be loaded and trained in.

    Args:
        device: ``"cpu"``; ``"gpu"``, every visible GPU; or ``"auto"``, the GPUs if there are any.
        allows_several: Whether the model can be trained on several devices, and with the workers
            that TF_CONFIG names. Each worker uses the devices that it has.

    Raises:
        UnavailableError: ``"gpu"`` was asked for, and TensorFlow sees none.
    """
    start_tensorflow()
    import tensorflow as tf

    if allows_several and Worker.here().workers > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()  # before TensorFlow lists its devices
    gpus = [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    if device == "gpu" and not gpus:
        raise UnavailableError(
            "TensorFlow sees no GPU",
            where="`device` gpu",
            expected="an NVIDIA GPU with a driver, and evenhand[gpu] installed",
            remedy="install evenhand[gpu] on a machine with a GPU, or give `device` cpu; with "
            f"{LOG_LEVEL}=0 set TensorFlow says what it misses",
        )
    if gpus and device == "cpu":
        return tf.distribute.OneDeviceStrategy("/CPU:0")
    if allows_several and len(gpus) > 1:
        return tf.distribute.MirroredStrategy(gpus)
    return tf.distribute.get_strategy()


def versions(keras: str = "keras") -> dict[str, str]:
    """Return the versions of Python and the libraries that decide what training does.

    Args:
        keras: The Keras that trains: ``"keras"`` or ``"tf-keras"``.
    """
    import platform
    from importlib.metadata import version

    names = ("evenhand", "tensorflow", keras, "tensorflow-model-remediation", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
