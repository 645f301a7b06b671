"""Observing Keras models: what their layers do with examples, and what they should do."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TypeAlias, cast

import keras
import numpy as np

from selu_sym._numeric import validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import Iid
from selu_sym._observe import examples as choice
from selu_sym._observe.report import Report, report
from selu_sym.keras import _weights
from selu_sym.keras._layers import SELU
from selu_sym.keras._transformed import Transformed
from selu_sym.keras._watch import Watch

Arrays: TypeAlias = "np.ndarray | list[Arrays] | tuple[Arrays, ...] | dict[str, Arrays]"
"""The inputs of a model as arrays or tensors, in any nest that Keras takes."""

Data: TypeAlias = "Arrays | Iterable[Arrays]"
"""Inputs, or batches of inputs."""


def weights_of(layer: keras.layers.Layer) -> Iid:
    r"""Return the weight model of what the initializers of a Keras layer draw.

    .. math:: \tau = n \operatorname{Var} w, \quad \beta = \operatorname{Var} b

    with n the number of products that a unit sums. A SELU after the layer takes the model as
    ``weights``. Of a layer SELU or Transformed, it is the model that its fixed point assumes of
    the layer before.

    Parameters
    ----------
    layer : keras.layers.Layer
        Dense, Conv1D to Conv3D, a transposed, depthwise or separable convolution, or SimpleRNN,
        whose two kernels add up. It must be built, because tau depends on the sizes. Or SELU or
        Transformed.

    Returns
    -------
    Iid

    Raises
    ------
    ValueError
        If the layer is another one, has no weights yet, or draws weights whose mean is not 0, or
        assumes weights of given sums.

    Notes
    -----
    For Keras's random initializers tau is exact; for others it is measured on one draw. A depthwise
    convolution with ``lecun_normal`` has tau = 1/channels, because Keras counts all channels as
    inputs. Zero padding lowers tau at the border, which is not taken into account.

    Source: ``derivations.moments.net_input_iid``.

    Examples
    --------
    >>> import keras
    >>> layer = keras.layers.Dense(300)  # glorot_uniform, for layers of equal width
    >>> layer.build((None, 100))
    >>> weights_of(layer)
    Iid(tau=0.5, bias_variance=0.0)
    """
    if isinstance(layer, SELU | Transformed):
        assumed = weight_models.required(layer.fixed_point.weights, "weights_of")
        return weight_models.independent(assumed)
    return _weights.drawn(layer)


def observe(model: keras.Model, data: Data, *, examples: int = 1024) -> Report:
    """Return what a Keras model does with examples, and what keeps it from its fixed point.

    Parameters
    ----------
    model : keras.Model
        A Sequential or Functional model, or one of your own class, before, during or after its
        training. It is called as for predictions, and not changed.
    data : array, list or dict of arrays, tuple (x, y), or iterable of batches
        Examples for the model. Of a tuple, and of batches that are tuples, x is used.
    examples : int
        The largest number of examples. From arrays they are evenly spaced; from batches they are
        the first ones.

    Returns
    -------
    Report
        ``print`` shows a table and the findings.

    Raises
    ------
    ValueError
        If there are no examples, or ``examples`` is not a positive integer.

    Notes
    -----
    Mean and variance of each activation are compared with those that follow from the network's
    input, for the weights that its SELU assumes. Their standard deviations are those of layers of
    the same width (:func:`selu_sym.propagate`). Gradients are those of a random linear function of
    the outputs. They are computed on the backends TensorFlow and PyTorch. JAX compiles the loops of
    recurrent layers, so that activations in them are not seen there.

    Findings come from the layers before each SELU: initializers, biases, sizes, padding, other
    activations, plain dropout, pooling and sums. The class of a layer tells what it does.
    Operations outside of layers are not seen: layers after them are judged by the second moment of
    their input. If the layers give no reason for a finding, moments that are more than four
    standard deviations from their predictions are reported: in training, weights move away from
    those that were drawn.

    The weights of EinsumDense, LSTM and GRU, and of layers of your own code, are not read. A layer
    that is called several times has a row for each call, as in TimeDistributed.

    No other thread may call the model meanwhile. All activations of the examples are held in
    memory at once: take fewer examples of large images.

    Source: ``derivations.propagation``.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
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
"""The attributes of an activation that are written for TensorBoard."""


class Observer(keras.callbacks.Callback):  # type: ignore[misc]
    """A callback that observes the model before its training and after epochs of it.

    Parameters
    ----------
    data, examples
        As for :func:`observe`.
    every : int
        The number of epochs between two reports.
    log_dir : str, optional
        A folder for TensorBoard: mean, variance, saturation and gradient of each activation are
        written there as scalars. Needs the packages tensorflow and tensorboard.

    Attributes
    ----------
    reports : dict
        The reports, each under the number of epochs of training before it.

    Examples
    --------
    >>> import numpy as np
    >>> observer = Observer(np.zeros((10, 4)), every=5)
    >>> observer.reports
    {}
    """

    def __init__(
        self, data: Data, *, every: int = 1, examples: int = 1024, log_dir: str | None = None
    ) -> None:
        super().__init__()
        self.data = data
        self.every = validation.count("every", every)
        self.examples = validation.count("examples", examples)
        self.log_dir = log_dir
        self.reports: dict[int, Report] = {}
        self._inputs: Arrays | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Observe the model before its training, if there is no report yet."""
        if not self.reports:
            self._observe(0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Observe the model after an epoch."""
        if (epoch + 1) % self.every == 0:
            self._observe(epoch + 1)

    def _observe(self, epochs: int) -> None:
        """Add the report after some epochs."""
        if self._inputs is None:  # the same examples each time, also of an iterator
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


def _examples(data: Data, count: int) -> Arrays:
    """Return inputs of a model as NumPy arrays, with at most `count` examples."""
    if hasattr(data, "shape") or isinstance(data, list | tuple | dict):
        inputs = _inputs(cast("Arrays", data))
        chosen = choice.evenly_spaced(_arrays(inputs), count)
    else:
        batches = _batches(data)
        inputs = _inputs(next(batches, np.empty(0)))
        others = (_arrays(_inputs(batch)) for batch in batches)
        chosen = choice.first(itertools.chain([_arrays(inputs)], others), count, np.concatenate)
    nest: Arrays = keras.tree.pack_sequence_as(inputs, chosen)
    return nest


def _arrays(inputs: Arrays) -> list[np.ndarray]:
    """Return all arrays of a nest, as NumPy's."""
    return [keras.ops.convert_to_numpy(array) for array in keras.tree.flatten(inputs)]


def _batches(data: Iterable[Arrays]) -> Iterator[Arrays]:
    """Return an iterator of batches. Keras's own data sets can only be indexed."""
    if isinstance(data, keras.utils.PyDataset):
        return (data[index] for index in range(len(data)))
    return iter(data)


def _inputs(batch: Arrays) -> Arrays:
    """Return the inputs in a batch, without labels and sample weights."""
    if isinstance(batch, tuple):
        return keras.utils.unpack_x_y_sample_weight(batch)[0]  # type: ignore[no-any-return]
    return batch
