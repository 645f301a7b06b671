"""An activation with scale and shift, as a Keras layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import keras

from selu_sym._numeric.catalogue import Param
from selu_sym._numeric.weights import Weights
from selu_sym._tensors.transformed import given_or_named, of_plain, plain
from selu_sym._transformed import TransformedActivation
from selu_sym.keras import _ops
from selu_sym.keras._layers import ElementwiseLayer, LayerOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack  # checkers bring it along


@keras.saving.register_keras_serializable(package="selu_sym")
class Transformed(ElementwiseLayer):
    r"""An activation with scale and shift, as a layer, or as the activation of another one.

    .. math:: y = a f(s x + t) + b

    Parameters
    ----------
    activation : TransformedActivation or str
        The activation f and the four numbers, from :func:`selu_sym.balance`,
        :func:`selu_sym.shape_for_depth` or :func:`selu_sym.standardize`. A name stands for
        ``standardize(name, mean, variance, weights=weights, param=param)``.
    mean, variance : float
        With a name, the fixed point: mean and variance > 0 that the activations keep.
    weights : str, Iid or (omega, tau)
        With a name, the weight model, as in :func:`selu_sym.selu_parameters`.
    param : float or tuple of floats, optional
        With a name, the parameters of the activation.
    **kwargs
        Of ``keras.layers.Layer``: name, dtype, and so on.

    Attributes
    ----------
    fixed_point : TransformedActivation
        The activation with its four numbers and its fixed point.

    Raises
    ------
    ValueError, TypeError
        As :func:`selu_sym.standardize`. Also if an activation with scale and shift holds arrays or
        a Python function, or is given with a mean, a variance, weights or a param.

    Warns
    -----
    UserWarning
        If the fixed point of a name repels, as :func:`selu_sym.standardize`.

    Notes
    -----
    Input and output are of any shape and of the layer's compute dtype, to which integers and
    booleans are converted, too. On TensorFlow, JAX and PyTorch, f is the framework's own function,
    as in :func:`selu_sym.tensorflow.transformed`, :func:`selu_sym.jax.transformed` and
    :func:`selu_sym.torch.transformed`. On NumPy it is computed in float64 and rounded.

    ``export(format="onnx")`` fails for ``"gelu"`` on TensorFlow, as it does for Keras's own: the
    converter lacks an operation. It works for ``"gelu_tanh"``.

    The layer is saved with its numbers and its fixed point, so that nothing is computed again when
    it is loaded. The layers before must draw their weights as the weight model assumes; for shaped
    activations, :class:`DeltaOrthogonal` does.

    Source: ``derivations.activations``, ``derivations.transformed``.

    Examples
    --------
    >>> import selu_sym
    >>> layer = Transformed(selu_sym.shape_for_depth("relu", 48))
    >>> print(f"{layer.fixed_point.scale:.5f} {layer.fixed_point.shift:.5f}")
    1.03497 -1.80419
    >>> print(f"{Transformed('tanh').fixed_point.scale:.5f}")
    1.59254
    """

    def __init__(
        self,
        activation: TransformedActivation[float] | str,
        mean: float = 0.0,
        variance: float = 1.0,
        weights: Weights = "iid",
        param: Param = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self._given = given_or_named(activation, mean, variance, weights, param)

    @property
    def fixed_point(self) -> TransformedActivation[float]:
        """The activation with its four numbers and its fixed point."""
        return self._given

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Return the activation of the inputs."""
        return _ops.transformed(_ops.floating(inputs, self.compute_dtype), self._given)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "activation": plain(self._given)}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> Transformed:
        """Return the layer with the numbers that were saved."""
        given = of_plain(cast("dict[str, Any]", config["activation"]))
        return cls(**cast("dict[str, Any]", {**config, "activation": given}))
