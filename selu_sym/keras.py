"""The SELU and alpha dropout of any fixed point, as Keras layers. Needs Keras 3.

On Keras's TensorFlow backend they are the ops of :mod:`selu_sym.tensorflow`, on the others (tested:
JAX and NumPy) the same formulas written with ``keras.ops``. Models with these layers can be
saved, cloned and exported; to load one, ``import selu_sym.keras`` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

try:
    import keras
except ImportError as error:
    raise ImportError("selu_sym.keras needs Keras: pip install selu-sym[tensorflow]") from error

from selu_sym import _validation
from selu_sym._dropout import dropout_constants
from selu_sym._generated import keras_kernels as kernels
from selu_sym._parameters import selu_parameters
from selu_sym._weights import Weights

__all__ = ["SELU", "AlphaDropout"]

ON_TENSORFLOW = keras.backend.backend() == "tensorflow"

if ON_TENSORFLOW:
    import tensorflow as tf

    import selu_sym.tensorflow as st


class _FixedPointLayer(keras.layers.Layer):  # type: ignore[misc]
    """A layer that keeps the shape and the mask of its input, and has a fixed point."""

    def __init__(self, mean: float, variance: float, weights: Weights, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.parameters = selu_parameters(float(mean), float(variance), weights=weights)
        self.supports_masking = True
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        p = self.parameters
        own = {"mean": p.mean, "variance": p.variance, "weights": p.weights}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="selu_sym")
class SELU(_FixedPointLayer):
    """The SELU with a given fixed point, as a layer.

    Formula, accuracy and gradient are those of :func:`selu_sym.tensorflow.selu`.

    Parameters
    ----------
    mean, variance : float
        The fixed point: mean and variance > 0 that the activations keep. The layers before
        need initial weights of the model given: for "iid", ``kernel_initializer="lecun_normal"``.
    weights : "iid", "unit-sum", "normalized" or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.
    **kwargs
        Of ``keras.layers.Layer``: name, dtype, and so on.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`.

    Notes
    -----
    Input and output are of any shape and of the layer's compute dtype.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> layer = SELU(mean=-0.1, variance=2.0)
    >>> print(f"{layer.parameters.alpha:.6f} {layer.parameters.scale:.6f}")
    2.329997 0.979819
    """

    def __init__(
        self,
        mean: float = 0.0,
        variance: float = 1.0,
        weights: Weights = "iid",
        **kwargs: Any,
    ) -> None:
        super().__init__(mean, variance, weights, **kwargs)

    def call(self, inputs: Any) -> Any:
        """Return the SELU of the inputs."""
        if ON_TENSORFLOW:
            return st.selu(inputs, self.parameters)
        p = self.parameters
        outputs = kernels.selu(_wide(inputs), p.scale, p.saturation)
        return keras.ops.cast(outputs, inputs.dtype)


@keras.saving.register_keras_serializable(package="selu_sym")
class AlphaDropout(_FixedPointLayer):
    """Alpha dropout that keeps a given fixed point, as a layer.

    In training, units are dropped to the SELU's saturation value and mean and variance are
    restored, as by :func:`selu_sym.tensorflow.alpha_dropout`; else the input is returned.

    Parameters
    ----------
    rate : float
        Probability in [0, 1) that a unit is dropped.
    mean, variance : float
        The fixed point, as of the :class:`SELU` before.
    weights : "iid", "unit-sum", "normalized" or (omega, tau)
        The weight model, as of the :class:`SELU` before.
    noise_shape : sequence of int or None, optional
        Shape of the mask, which broadcasts to that of the input; None stands for the size of
        the input there.
    seed : int, optional
        Two layers with the same seed draw the same sequence of masks.
    **kwargs
        Of ``keras.layers.Layer``: name, dtype, and so on.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`, and if a rate is outside [0, 1).

    Notes
    -----
    The layer keeps a ``keras.random.SeedGenerator``. Under ``tf.distribute``, each replica
    draws masks of its own.

    Source: ``derivations.dropout``; Klambauer et al. 2017 (arXiv 1706.02515), "New Dropout
    Technique".

    Examples
    --------
    >>> layer = AlphaDropout(0.2, mean=-0.1, variance=2.0)
    >>> x = keras.ops.ones((2, 3))
    >>> bool(keras.ops.all(layer(x) == x))
    True
    """

    def __init__(
        self,
        rate: float,
        mean: float = 0.0,
        variance: float = 1.0,
        weights: Weights = "iid",
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(mean, variance, weights, **kwargs)
        checked = _validation.rate(rate)
        if not isinstance(checked, float):
            raise TypeError(f"rate must be a number, got {rate!r}")
        self.rate = checked
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the inputs, in training with some of them dropped."""
        if not training or self.rate == 0:
            return inputs
        if ON_TENSORFLOW:
            return st.alpha_dropout(
                inputs,
                self.rate,
                self.parameters,
                noise_shape=self.noise_shape,
                seed=_of_replica(self.seed_generator.next()),
                training=True,
            )
        shape = keras.ops.shape(inputs)
        if self.noise_shape is not None:
            noise = zip(self.noise_shape, shape, strict=True)
            shape = tuple(size if own is None else own for own, size in noise)
        uniform = keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
        constants = map(float, dropout_constants(self.parameters, self.rate, inputs.dtype))
        outputs = kernels.alpha_dropout(_wide(inputs), uniform, self.rate, *constants)
        return keras.ops.cast(outputs, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        own = {"rate": self.rate, "noise_shape": self.noise_shape, "seed": self.seed}
        return {**super().get_config(), **own}


def _wide(inputs: Any) -> Any:
    """Return the inputs in at least single precision."""
    dtype = keras.backend.standardize_dtype(inputs.dtype)
    return inputs if dtype == "float64" else keras.ops.cast(inputs, "float32")


def _of_replica(seed: Any) -> Any:
    """Return a seed that differs between the replicas of ``tf.distribute``.

    Each replica has its copy of the seed generator, in the same state.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return seed
    return tf.random.experimental.stateless_fold_in(seed, context.replica_id_in_sync_group)
