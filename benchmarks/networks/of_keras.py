"""Networks in Keras: its applications, those of its examples, and those of this project's tests.

They are observed on the backends TensorFlow and JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from benchmarks.networks.case import EXAMPLES, Case
from selu_sym._observe.report import Report
from selu_sym.keras import observe

A, L = keras.applications, keras.layers
BACKEND = keras.backend.backend()

RANDOM = np.random.default_rng(0)


def images(size: int = 64, count: int = 16) -> np.ndarray:
    """Return standardized images."""
    return RANDOM.normal(size=(count, size, size, 3)).astype("float32")


def pixels(size: int = 64) -> np.ndarray:
    """Return images of numbers up to 255."""
    return np.clip(60 * images(size) + 128, 0, 255).astype("float32")


def rows(columns: int = 64) -> np.ndarray:
    """Return standardized rows."""
    return RANDOM.normal(size=(256, columns)).astype("float32")


def words() -> np.ndarray:
    """Return sequences of numbers of words."""
    return RANDOM.integers(0, 50, (64, 32))


def application(name: str, **options: Any) -> keras.Model:
    """Return a network of keras.applications, as it is before its training."""
    shape = (75, 75, 3) if name in ("InceptionV3", "Xception") else (64, 64, 3)
    make = getattr(A, name)
    return make(weights=None, include_top=False, pooling="avg", input_shape=shape, **options)


def with_head(model: keras.Model) -> keras.Model:
    """Return a network with ten classes."""
    return keras.Model(model.inputs, L.Dense(10, name="head")(model.output))


def changed(model: keras.Model, change: Callable[[Any], Any]) -> keras.Model:
    """Return a network whose layers are those that a function returns, or the same for None."""

    def clone(layer: Any) -> Any:
        other = change(layer)
        return type(layer).from_config(layer.get_config()) if other is None else other

    return keras.models.clone_model(model, clone_function=clone)


class Unchanged(L.Identity):  # type: ignore[misc]
    """The identity, called as a normalization is."""

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Return the inputs."""
        return inputs

    def compute_output_spec(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Return the shape and dtype of the inputs."""
        return super().compute_output_spec(inputs)


def without_normalization(model: keras.Model) -> keras.Model:
    """Return a network without its batch normalizations."""
    return changed(
        model,
        lambda layer: (
            Unchanged(name=layer.name) if isinstance(layer, L.BatchNormalization) else None
        ),
    )


def configured(model: keras.Model, **options: Any) -> keras.Model:
    """Return a network whose convolutions have other activations or initializers."""

    def change(layer: Any) -> Any:
        if not isinstance(layer, L.Conv2D):
            return None
        return L.Conv2D.from_config(layer.get_config() | options)

    return changed(model, change)


def spoiled(model: keras.Model, last: bool) -> keras.Model:
    """Return a network with one weight that is NaN, in its head or in its middle."""
    layers = [layer for layer in model.layers if isinstance(layer, L.Dense | L.Conv2D)]
    layer = layers[-1] if last else layers[len(layers) // 2]
    kernel = np.array(layer.kernel)
    kernel.reshape(-1)[0] = np.nan
    layer.kernel.assign(kernel)
    return model


SOUND = (
    *("ResNet50", "ResNet50V2", "DenseNet121", "InceptionV3", "MobileNetV2", "NASNetMobile"),
    "Xception",
)

SOUND_OF_PIXELS = ("MobileNetV3Small", "EfficientNetB0", "EfficientNetV2B0", "ConvNeXtTiny")
"""Those that scale pixels by a layer of their own."""


def applications() -> Iterator[Case]:
    """Yield keras.applications, as they are and with a planted fault."""
    source = "keras.applications"
    for name in SOUND:
        size = 75 if name in ("InceptionV3", "Xception") else 64
        yield Case(name, source, lambda name=name, size=size: (application(name), images(size)))
    for name in SOUND_OF_PIXELS:
        yield Case(name, source, lambda name=name: (application(name), pixels()))
    for name in ("VGG16", "VGG19"):
        yield Case(
            name,
            source,
            lambda name=name: (application(name), images()),
            "glorot_uniform before ReLU",
            ("weights",),
        )
        yield Case(
            f"{name}, He's weights",
            source,
            lambda name=name: (
                configured(application(name), kernel_initializer="he_normal"),
                images(),
            ),
        )
    faults: dict[tuple[str, str], tuple[tuple[str, ...], Callable[[], keras.Model]]] = {
        ("MobileNet", "27 normalized layers without skip connections"): (
            ("gradients",),
            lambda: application("MobileNet"),
        ),
        ("ResNet50", "no normalization"): (
            ("sum",),
            lambda: without_normalization(application("ResNet50")),
        ),
        ("MobileNet", "no normalization"): (
            ("weights",),
            lambda: without_normalization(application("MobileNet")),
        ),
        ("VGG16", "sigmoid in place of ReLU"): (
            ("gradients",),
            lambda: configured(application("VGG16"), activation="sigmoid"),
        ),
        ("VGG16", "SELU, whose moments pooling and padding change"): (
            ("padding", "pooling"),
            lambda: configured(
                application("VGG16"), activation="selu", kernel_initializer="lecun_normal"
            ),
        ),
        ("EfficientNetB0", "one weight is NaN, in the middle"): (
            ("diverged",),
            lambda: spoiled(application("EfficientNetB0"), last=False),
        ),
        ("MobileNetV2", "one weight is NaN, in the head"): (
            ("diverged",),
            lambda: spoiled(with_head(application("MobileNetV2")), last=True),
        ),
    }
    for (name, what), (kinds, make) in faults.items():
        yield Case(name, source, lambda make=make: (make(), images()), what, kinds)


def cases() -> Iterator[Case]:
    """Yield keras.applications. On JAX, where nothing is done in another way, there are none."""
    return iter(()) if BACKEND == "jax" else applications()


def is_observed(case: Case) -> bool:
    """Return whether a network is observed on this backend. JAX has no gradients."""
    return BACKEND != "jax" or "gradients" not in case.expected


def observed(case: Case, seed: int) -> Report:
    """Return the report on a network whose numbers are drawn from a seed."""
    keras.utils.clear_session()  # so that the names of layers do not depend on earlier networks
    keras.utils.set_random_seed(seed)
    RANDOM.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    return observe(*case.make(), examples=EXAMPLES)
