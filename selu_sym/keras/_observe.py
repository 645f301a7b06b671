"""Keras models, observed: what their layers do with examples, and what they should do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from selu_sym._numeric import validation
from selu_sym._numeric.weights import Iid
from selu_sym._observe.report import Report, report
from selu_sym._observe.steps import evenly_spaced
from selu_sym.keras import _weights
from selu_sym.keras._watch import Watch


def weights_of(layer: Any) -> Iid:
    r"""Return the weight model of what the initializers of a Keras layer draw.

    .. math:: \tau = n \operatorname{Var} w, \quad \beta = \operatorname{Var} b

    with n the number of products that a unit sums. It is what a SELU after the layer is to be
    given as ``weights``.

    Parameters
    ----------
    layer : keras.layers.Layer
        Dense, Conv1D to Conv3D, their transposed, depthwise and separable kin, or SimpleRNN, whose
        two kernels add up. It must be built, for tau depends on the sizes.

    Returns
    -------
    Iid

    Raises
    ------
    ValueError
        If the layer is another one, has no weights yet, or draws weights whose mean is not 0.

    Notes
    -----
    Of Keras's random initializers tau is exact, of others that of one draw. A depthwise
    convolution with ``lecun_normal`` has tau = 1/channels, because Keras counts all channels as
    inputs. What zero padding takes away is not in tau.

    Source: ``derivations.moments.net_input_iid``.

    Examples
    --------
    >>> layer = keras.layers.Dense(300)  # glorot_uniform, for layers of equal width
    >>> layer.build((None, 100))
    >>> weights_of(layer)
    Iid(tau=0.5, bias_variance=0.0)
    """
    return _weights.drawn(layer)


def observe(model: Any, data: Any, *, examples: int = 1024) -> Report:
    """Return what a Keras model does with examples, and what keeps it from its fixed point.

    Parameters
    ----------
    model : keras.Model
        Sequential, Functional or of an own class, before, during or after its training. It is
        called as for predictions, and not changed.
    data : array, list or dict of arrays, tuple (x, y), or iterable of batches
        Examples as the model takes them. Of a tuple, and of batches that are tuples, x is taken.
    examples : int
        How many examples are looked at, at most: of arrays evenly spaced ones, of batches the
        first.

    Returns
    -------
    Report
        ``print`` shows a table and the findings.

    Raises
    ------
    ValueError
        If there are no examples, or the number of examples is no positive integer.

    Notes
    -----
    Mean and variance of each activation are compared with those that follow from the input, for
    weights as its SELU assumes them, and with the deviations of layers of the width
    (:func:`selu_sym.propagate`). Gradients are those of a random linear function of the outputs,
    on the backends TensorFlow and PyTorch. Loops of recurrent layers, which JAX compiles, are not
    seen there.

    Findings come from the layers before each SELU: initializers, biases, sizes, padding, other
    activations, plain dropout, pooling and sums. Layers are told from each other by their classes,
    and what operations outside of layers do to a tensor is not known: what comes after them
    is judged by its second moment. If the layers give no reason for a finding, moments beyond four
    deviations are one: in training, weights move away from what was drawn.

    The weights of EinsumDense, LSTM and GRU, and of layers of own code, are not read. A layer that
    is called several times has a row for each call, as in TimeDistributed.

    No other thread may call the model meanwhile.

    It holds all activations of the examples at once: take fewer of them for large images.

    Source: ``derivations.propagation``.

    Examples
    --------
    >>> dense = keras.layers.Dense(64, kernel_initializer="he_normal", name="h")
    >>> model = keras.Sequential([keras.Input((64,)), dense, keras.layers.Activation("selu")])
    >>> (finding,) = observe(model, np.random.default_rng(0).normal(size=(256, 64))).findings
    >>> finding.layer, finding.kind
    ('h', 'weights')
    """
    x = _examples(data, validation.count("examples", examples))
    tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, x)
    if not model.built:
        model(tensors)
    watch = Watch()
    watch.run(model, tensors)
    return report(watch.recorder, len(keras.tree.flatten(x)[0]))


SCALARS = ("mean", "variance", "saturated", "gradient")
"""What TensorBoard is told of an activation."""


class Observer(keras.callbacks.Callback):  # type: ignore[misc]
    """A callback that observes the model before its training and after epochs of it.

    Parameters
    ----------
    data, examples
        As of :func:`observe`.
    every : int
        After how many epochs the model is observed.
    log_dir : str, optional
        A folder for TensorBoard: mean, variance, saturation and gradient of each activation are
        written there as scalars. Needs the packages tensorflow and tensorboard.

    Attributes
    ----------
    reports : dict
        The reports by the number of epochs that came before.

    Examples
    --------
    >>> observer = Observer(np.zeros((10, 4)), every=5)
    >>> observer.reports
    {}
    """

    def __init__(
        self, data: Any, *, every: int = 1, examples: int = 1024, log_dir: str | None = None
    ) -> None:
        super().__init__()
        self.data = data
        self.every = validation.count("every", every)
        self.examples = validation.count("examples", examples)
        self.log_dir = log_dir
        self.reports: dict[int, Report] = {}
        self._inputs: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Observe the model as it is before training, if it has not been observed."""
        if not self.reports:
            self._observe(0)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Observe the model after an epoch."""
        if (epoch + 1) % self.every == 0:
            self._observe(epoch + 1)

    def _observe(self, epochs: int) -> None:
        if self._inputs is None:  # the same ones each time, also of an iterator
            self._inputs = _examples(self.data, self.examples)
        self.reports[epochs] = seen = observe(self.model, self._inputs, examples=self.examples)
        if self.log_dir is not None:
            _write_scalars(self.log_dir, seen, epochs)


def _write_scalars(log_dir: str, seen: Report, epochs: int) -> None:
    """Write a report for TensorBoard."""
    import tensorflow as tf  # noqa: PLC0415 - Keras may run on another backend

    with tf.summary.create_file_writer(log_dir).as_default(step=epochs):
        for layer in seen.layers:
            for name in SCALARS:
                tf.summary.scalar(f"{layer.layer}/{name}", getattr(layer, name))


def _examples(data: Any, count: int) -> Any:
    """Return inputs of a model as NumPy arrays, at most so many examples of them."""
    if not (hasattr(data, "shape") or isinstance(data, list | tuple | dict)):
        return _first_batches(data, count)
    arrays = keras.tree.map_structure(keras.ops.convert_to_numpy, _inputs(data))
    total = len(keras.tree.flatten(arrays)[0])
    if not total:
        raise ValueError("data must hold examples, got none")
    chosen = evenly_spaced(total, count)
    return keras.tree.map_structure(lambda array: array[chosen], arrays)


def _first_batches(data: Any, count: int) -> Any:
    """Return the examples of the first batches, as far as their sizes agree."""
    batches: list[Any] = []
    missing = count
    for batch in _batches(data):
        arrays = keras.tree.map_structure(keras.ops.convert_to_numpy, _inputs(batch))
        first = keras.tree.flatten(arrays)
        if batches and any(
            array.shape[1:] != other.shape[1:]
            for array, other in zip(first, keras.tree.flatten(batches[0]), strict=True)
        ):
            break
        batches.append(keras.tree.map_structure(lambda array: array[:missing], arrays))  # noqa: B023
        missing -= len(first[0])
        if missing <= 0:
            break
    if not batches:
        raise ValueError("data must hold examples, got no batch")
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *batches)


def _batches(data: Any) -> Iterator[Any]:
    """Yield batches; Keras's own data sets have a length, and end by it."""
    if isinstance(data, keras.utils.PyDataset):
        return (data[index] for index in range(len(data)))
    return iter(data)


def _inputs(batch: Any) -> Any:
    """Return what a model takes of a batch, as Keras does."""
    return keras.utils.unpack_x_y_sample_weight(batch)[0] if isinstance(batch, tuple) else batch
