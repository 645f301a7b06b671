"""The SELU of any fixed point that exists, and alpha dropout that keeps it, as Keras layers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, cast

import keras
import numpy.typing as npt

from selu_sym._numeric import validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import Weights
from selu_sym._parameters import SeluParameters, selu_parameters
from selu_sym._tensors import SeluTensors, arguments
from selu_sym._tensors.transformed import of_plain, plain, require_single
from selu_sym._transformed import TransformedActivation
from selu_sym.keras import _ops

if TYPE_CHECKING:
    from typing_extensions import Unpack, deprecated  # checkers bring it along

Shape: TypeAlias = tuple[int | None, ...]


class LayerOptions(TypedDict, total=False):
    """What ``keras.layers.Layer`` takes."""

    name: str | None
    dtype: str | keras.DTypePolicy | None
    trainable: bool
    autocast: bool
    activity_regularizer: str | keras.regularizers.Regularizer | None


@keras.saving.register_keras_serializable(package="selu_sym")  # type: ignore[untyped-decorator]
def selu(
    x: keras.KerasTensor | npt.ArrayLike,
    mean: float = 0.0,
    variance: float = 1.0,
    weights: Weights = "iid",
) -> keras.KerasTensor:
    r"""Return the SELU with a given fixed point, elementwise.

    .. math::
        \mathrm{selu}(x) = \begin{cases}
        \lambda x & x > 0 \\ \lambda \alpha (e^x - 1) & x \le 0 \end{cases}

    Parameters
    ----------
    x : tensor, symbolic tensor, or what converts to one
        Of any shape.
    mean, variance : float
        The fixed point: mean and variance > 0 that the activations keep.
    weights : str, Iid or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.

    Returns
    -------
    tensor of the shape of x
        Its dtype is that of x, if that is a floating-point one. Integers and booleans are converted
        to ``keras.config.floatx()``.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`, and a TypeError if x does not hold real numbers.

    Notes
    -----
    On TensorFlow, JAX and PyTorch, accuracy and gradient are those of
    :func:`selu_sym.tensorflow.selu`, :func:`selu_sym.jax.selu` and :func:`selu_sym.torch.selu`. On
    NumPy the values are within a few units in the last place of the dtype, and half-precision
    tensors are computed in float32 and rounded once. On each backend the gradient at 0 is lambda
    alpha, gradients are finite for every finite or infinite x, and NaN gives NaN.

    The function can be the ``activation`` of a layer, which is saved and loaded with it, for the
    fixed point (0, 1). For another fixed point, give the layer a :class:`SELU`: Keras refuses to
    save a ``functools.partial``.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> import keras
    >>> y = selu([-1.0, 0.0, 1.0], mean=-0.1, variance=2.0)
    >>> print(keras.ops.convert_to_numpy(y).round(4))
    [-1.4431  0.      0.9798]
    """
    if isinstance(x, keras.KerasTensor):
        own = x.dtype if keras.backend.is_float_dtype(x.dtype) else keras.config.floatx()
        return SELU(mean, variance, weights, dtype=own)(x)
    if not keras.ops.is_tensor(x):
        x = keras.ops.convert_to_tensor(x)
    p = _parameters(mean, variance, weights)
    return _ops.selu(_ops.floating(x, keras.config.floatx()), p)


def _parameters(mean: float, variance: float, weights: Weights) -> SeluParameters[float]:
    """Return the SELU of a fixed point that is given by numbers."""
    return selu_parameters(
        arguments.number("mean", mean), arguments.number("variance", variance), weights=weights
    )


class _Constraint(keras.constraints.Constraint):  # type: ignore[misc]
    """A function as a constraint: Keras before 3.13 takes no other."""

    def __init__(self, function: Callable[[keras.Variable], keras.KerasTensor]) -> None:
        self._function = function

    def __call__(self, value: keras.Variable) -> keras.KerasTensor:
        return self._function(value)


class ElementwiseLayer(keras.layers.Layer):  # type: ignore[misc]
    """A layer that keeps the shape and the mask of its input."""

    def __init__(self, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        if type(self).build is keras.layers.Layer.build:  # else Keras is to call the subclass's
            self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the input."""
        return input_shape


class _FixedPointLayer(ElementwiseLayer):
    """A layer with the fixed point of a SELU."""

    def __init__(
        self, mean: float, variance: float, weights: Weights, **kwargs: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**kwargs)
        self._model = weight_models.checked(weights)
        self._given = _parameters(mean, variance, self._model)

    @property
    def fixed_point(self) -> SeluParameters[float] | TransformedActivation[float]:
        """The activation with the fixed point."""
        return self._given

    if TYPE_CHECKING:  # a checker that saw __getattr__ would take every misspelt name for one

        @property
        @deprecated("parameters is now fixed_point")
        def parameters(self) -> SeluParameters[float]:
            """The SELU of the fixed point, by its name of version 0.2."""
    else:  # no property: Keras reads all of them when it saves, and PyTorch has this name

        def __getattr__(self, name: str) -> object:
            """Return the fixed point by its name of version 0.2, with a DeprecationWarning."""
            if name == "parameters":
                message = "the attribute parameters is now fixed_point, and goes with version 0.4"
                warnings.warn(message, DeprecationWarning, stacklevel=2)
                return self.fixed_point
            inherited = getattr(super(), "__getattr__", None)  # of PyTorch's modules
            if inherited is not None:
                return inherited(name)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_config(self) -> dict[str, object]:
        """Return the arguments that make an equal layer."""
        p = self._given
        own = {"mean": p.mean, "variance": p.variance, "weights": weight_models.plain(p.weights)}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="selu_sym")
class SELU(_FixedPointLayer):
    """The SELU with a given fixed point, as a layer, or as the activation of another one.

    Formula, accuracy and gradient are those of :func:`selu`.

    Parameters
    ----------
    mean, variance : float
        The fixed point: mean and variance > 0 that the activations keep. The layers before must
        draw their weights as the weight model assumes: for "iid",
        ``kernel_initializer="lecun_normal"``.
    weights : str, Iid or (omega, tau)
        The weight model, as in :func:`selu_sym.selu_parameters`.
    train_fixed_point : bool
        Whether mean and variance are weights of the layer, which are trained from the values
        given. On TensorFlow only.
    **kwargs
        Of ``keras.layers.Layer``: name, dtype, and so on.

    Attributes
    ----------
    fixed_point : SeluParameters
        The SELU of the fixed point, as it is at the moment. In version 0.2 its name was
        ``parameters``, which is deprecated, and on PyTorch is the method of ``torch.nn.Module``
        again.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`; and a ValueError if a fixed point is to be trained on
        a backend other than TensorFlow.

    Notes
    -----
    Input and output are of any shape and of the layer's compute dtype, to which integers and
    booleans are converted, too.

    Derivatives of a trained fixed point are those of :func:`selu_sym.tensorflow.selu_parameters`.
    After each step of an optimizer, the variance is clipped to [1e-4, 1e4], and the mean is moved
    towards 0 until a SELU exists, also for a mean 1 percent further away from 0. The weights of
    other layers do not change with the fixed point; they should fit the weight model for every
    fixed point. Keras does not compile a model that has such a layer with XLA, unless
    ``jit_compile=True`` asks for it, which takes minutes.

    Source: ``derivations.activation``; Klambauer et al. 2017 (arXiv 1706.02515), equation 2.

    Examples
    --------
    >>> layer = SELU(mean=-0.1, variance=2.0)
    >>> print(f"{layer.fixed_point.alpha:.6f} {layer.fixed_point.scale:.6f}")
    2.329997 0.979819
    """

    def __init__(
        self,
        mean: float = 0.0,
        variance: float = 1.0,
        weights: Weights = "iid",
        train_fixed_point: bool = False,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(mean, variance, weights, **kwargs)
        self.train_fixed_point = bool(train_fixed_point)
        if self.train_fixed_point:
            _ops.trained()
            self.supports_jit = False  # XLA takes minutes for a network with its derivatives
        elif type(self).build is SELU.build:
            self.built = True

    def build(self, input_shape: Shape) -> None:
        """Make the weights of a fixed point that is trained."""
        if self.train_fixed_point:
            # constraints are applied in this order
            self.variance = self._moment("variance", _ops.trained().clipped_variance)
            self.mean = self._moment("mean", self._solvable_mean)
        self.built = True

    def _moment(
        self, name: str, constraint: Callable[[keras.Variable], keras.KerasTensor]
    ) -> keras.Variable:
        return self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(getattr(self._given, name)),
            name=name,
            constraint=_Constraint(constraint),
            autocast=False,
        )

    def _solvable_mean(self, mean: keras.Variable) -> keras.KerasTensor:
        return _ops.trained().solvable_mean(mean, self.variance, self._model)

    @property
    def fixed_point(self) -> SeluParameters[float]:
        """The SELU of the fixed point, as it is at the moment."""
        if not (self.train_fixed_point and self.built):
            return self._given
        return selu_parameters(
            float(self.mean.numpy()), float(self.variance.numpy()), weights=self._model
        )

    def to_compute(self) -> SeluParameters[float] | SeluTensors[keras.KerasTensor]:
        """Return the parameters as the ops take them, tensors where they are trained."""
        if not self.train_fixed_point:
            return self._given
        if not self.built:
            raise ValueError(f"{self.name} must be called before what shares its fixed point")
        return _ops.trained().trained_parameters(self.mean, self.variance, self._model)

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Return the SELU of the inputs."""
        return _ops.selu(_ops.floating(inputs, self.compute_dtype), self.to_compute())

    def get_config(self) -> dict[str, object]:
        """Return the arguments that make an equal layer, before it is trained."""
        return {**super().get_config(), "train_fixed_point": self.train_fixed_point}


@keras.saving.register_keras_serializable(package="selu_sym")
class AlphaDropout(_FixedPointLayer):
    """Alpha dropout that keeps a given fixed point, as a layer.

    In training, dropped units are set to the SELU's saturation value, or to the ``dropped_value``
    of another activation. Then mean and variance are restored, as by
    :func:`selu_sym.tensorflow.alpha_dropout`. Otherwise the input is returned.

    Parameters
    ----------
    rate : float
        Probability in [0, 1) that a unit is dropped.
    mean, variance : float
        The fixed point, as of the :class:`SELU` before.
    weights : str, Iid or (omega, tau)
        The weight model, as of the :class:`SELU` before.
    noise_shape : sequence of int or None, optional
        Shape of the mask, which broadcasts to that of the input without enlarging it. None stands
        for the size of the input there; it needs an entry for each dimension of the input. With
        (None, 1, None), all time steps of a (batch, time, units) input share a mask.
    seed : int, optional
        Two layers with the same seed draw the same sequence of masks, on the same backend.
    fixed_point : SELU, Transformed or TransformedActivation, optional
        What has the fixed point, in place of mean, variance and weights: a layer or an activation
        with scale and shift, or a SELU that trains its fixed point. A SELU is kept as the attribute
        ``shares_with``.
    **kwargs
        Of ``keras.layers.Layer``: name, dtype, and so on.

    Attributes
    ----------
    rate : float
        The probability.
    fixed_point : SeluParameters or TransformedActivation
        The activation with the fixed point, as it is at the moment.
    shares_with : SELU or None
        The layer whose fixed point is shared.

    Raises
    ------
    NoFixedPointError, ValueError, TypeError
        As :func:`selu_sym.selu_parameters`. Also if the rate is outside [0, 1), the seed is not an
        integer, the noise shape holds anything but positive integers and None, it does not
        broadcast to the shape of an input, or a fixed point is given twice.

    Notes
    -----
    Input and output are of any shape and of the layer's compute dtype, to which integers and
    booleans are converted, too. On TensorFlow, JAX and PyTorch the mask is that of
    :func:`selu_sym.tensorflow.alpha_dropout`, :func:`selu_sym.jax.alpha_dropout` and
    :func:`selu_sym.torch.alpha_dropout`. On NumPy it is drawn with ``keras.random.uniform`` in
    float32, so that the probability of a drop is the rate to within 2**-23.

    Unless the rate is 0, the layer keeps a ``keras.random.SeedGenerator``. Under
    ``tf.distribute``, each replica draws masks of its own.

    Source: ``derivations.dropout``; Klambauer et al. 2017 (arXiv 1706.02515), "New Dropout
    Technique".

    Examples
    --------
    >>> import keras
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
        fixed_point: ElementwiseLayer | TransformedActivation[float] | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(mean, variance, weights, **kwargs)
        if fixed_point is not None and (mean, variance, weights) != (0.0, 1.0, "iid"):
            raise ValueError("give a fixed_point, or mean, variance and weights, not both")
        self.shares_with = fixed_point if isinstance(fixed_point, SELU) else None
        self._of_other = None if self.shares_with is fixed_point else _of_other(fixed_point)
        self.rate = validation.single_rate(rate)
        self.noise_shape = None if noise_shape is None else validation.noise_shape(noise_shape)
        self.seed = seed
        if self.rate > 0:
            self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: keras.KerasTensor, training: bool | None = False) -> keras.KerasTensor:
        """Return the inputs, in training with some of them dropped."""
        inputs = _ops.floating(inputs, self.compute_dtype)
        if not isinstance(training, bool) and keras.ops.is_tensor(training):
            training = keras.ops.convert_to_numpy(training)[()]
        # Keras passes None where nobody says whether it is training
        drops = training is not None and arguments.flag("training", training)
        if not drops or self.rate == 0:
            return inputs
        shared = None if self.shares_with is None else self.shares_with.to_compute()
        p = shared or self._of_other or self._given
        return _ops.alpha_dropout(inputs, self.rate, p, self.noise_shape, self.seed_generator)

    @property
    def fixed_point(self) -> SeluParameters[float] | TransformedActivation[float]:
        """The activation with the fixed point, as it is at the moment."""
        own = self._given if self.shares_with is None else self.shares_with.fixed_point
        return self._of_other or own

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the input, to which the noise shape must broadcast."""
        validation.mask_shape(self.noise_shape, input_shape)
        return input_shape

    def get_config(self) -> dict[str, object]:
        """Return the arguments that make an equal layer."""
        own: dict[str, object] = {"rate": self.rate, "noise_shape": self.noise_shape}
        own["seed"] = self.seed
        if self.shares_with is not None:
            own["fixed_point"] = keras.saving.serialize_keras_object(self.shares_with)
        if self._of_other is not None:
            own["fixed_point"] = plain(self._of_other)
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> AlphaDropout:
        """Return the layer; in a loaded model it shares the fixed point of that model's layer."""
        given = cast("dict[str, Any]", dict(config))
        saved = given.get("fixed_point")
        if saved is not None:
            of_layer = "class_name" in saved
            revive = keras.saving.deserialize_keras_object if of_layer else of_plain
            given["fixed_point"] = revive(saved)
        return cls(**given)


def _of_other(
    given: ElementwiseLayer | TransformedActivation[float] | None,
) -> TransformedActivation[float]:
    """Return an activation with scale and shift, as it is given or as a layer has it."""
    q = getattr(given, "fixed_point", given)
    if not isinstance(q, TransformedActivation):
        raise TypeError(
            "fixed_point must be a layer SELU or Transformed, or a TransformedActivation, "
            f"got {given!r}"
        )
    require_single("fixed_point", q)
    if not isinstance(q.activation, str):
        raise TypeError(
            f"fixed_point must have an activation with a name, got {q.source.name!r}: a Python "
            "function is not saved with the layer"
        )
    return q
