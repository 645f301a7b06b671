"""Observing Keras models: what their layers do with examples, and what they should do."""

from __future__ import annotations

import warnings

import keras

from selu_sym._numeric import validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.weights import Iid
from selu_sym._observe.examples import next_size, probes, with_bar
from selu_sym._observe.report import Report, report
from selu_sym._observe.threads import ONE_AT_A_TIME
from selu_sym.keras import _observe_data as choice
from selu_sym.keras import _weights
from selu_sym.keras._layers import SELU
from selu_sym.keras._observe_data import Arrays, Data
from selu_sym.keras._observe_state import settle, unchanged
from selu_sym.keras._transformed import Transformed
from selu_sym.keras._watch import Watch


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


def observe(
    model: keras.Model,
    data: Data,
    *,
    examples: int = 1024,
    training: bool = False,
    progress: bool = False,
) -> Report:
    """Return what a Keras model does with examples, and what keeps it from training well.

    Parameters
    ----------
    model : keras.Model
        A Sequential or Functional model, or one of your own class, before, during or after its
        training. It is called as for predictions, and not changed.
    data : array, list or dict of arrays, tuple (x, y), or iterable of batches
        Examples for the model. Of a tuple, and of batches that are tuples, x is used. A list whose
        entries are not as many as the model's inputs is one of batches.
    examples : int
        The largest number of examples. From arrays they are evenly spaced; from batches they are
        the first ones.
    training : bool
        Whether to call the model as in training, with its dropout.
    progress : bool
        Whether to show a progress bar (needs tqdm).

    Returns
    -------
    Report
        ``print`` shows a table and the findings.

    Raises
    ------
    ValueError
        If there are no examples, data is of a type that is not named above, or ``examples`` is not
        a positive integer.

    Notes
    -----
    Mean and variance of each activation are compared with those that follow from the network's
    input. Those of a SELU are for the weights that it assumes, those of any other activation that
    :func:`selu_sym.list_activations` has for the weights that its layer holds. An activation is
    known by the values that it has, whatever it is called. Standard deviations are those of layers
    of the same width (:func:`selu_sym.propagate`). Gradients are those of a random linear function
    of the outputs. They are computed on the backends TensorFlow and PyTorch. A layer has a row for
    calls side by side, and one for each call on what it has made itself, where weights are tied.

    Findings come first from the layers before each SELU: weights as they are held, biases, sizes,
    padding, other activations, dropout, pooling and sums. If these give no reason, moments that are
    more than four standard deviations from their predictions are reported. Stacks of any activation
    have a finding if second moments or gradients change tenfold over them, by more than four
    standard deviations. If a NaN or an infinity is made, the layer that makes the first one is
    named, and nothing else.

    Batch normalizations use the statistics of the batch, spectral norms the vectors that training
    will find in its first steps. Activations that code calls by
    ``keras.ops``, ``keras.activations`` or ``tf.nn`` are seen; other operations outside of layers
    are not: layers after them are judged by the second moment of their input. What is not seen is
    named in the report: activations within LSTM, GRU, attention and what is compiled, and weights
    of these, of EinsumDense and of layers of your own code, which are not read.

    The model is called batch by batch, and only numbers are kept. Afterwards its variables, also
    those of seed generators and metrics, and the global generators are as they were, to the bit,
    also after a failure. Other threads may call other models meanwhile; if they observe, they wait.

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
    batches = choice.batches(model, data, validation.count("examples", examples))
    if progress:
        batches = with_bar(batches)
    batch: tuple[Arrays, int] | None = next(batches, None)
    if batch is not None and not model.built:
        model(keras.tree.map_structure(keras.ops.convert_to_tensor, batch[0]))
    watch, random, total = Watch(training), probes(), 0
    with ONE_AT_A_TIME, unchanged(model):
        watch.computed = {id(layer) for layer in settle(model)}
        while batch is not None:
            inputs, count = batch
            tensors = keras.tree.map_structure(keras.ops.convert_to_tensor, inputs)
            watch.run(model, tensors, random)
            total += count
            try:
                batch = batches.send(next_size(watch.bytes, count))
            except StopIteration:
                batch = None
    return report(watch.recorder, total)


SCALARS = ("mean", "variance", "saturated", "gradient")
"""The attributes of an activation that are written for TensorBoard."""


class Observer(keras.callbacks.Callback):  # type: ignore[misc]
    """A callback that observes the model before its training and after epochs of it.

    Parameters
    ----------
    data, examples, training
        As for :func:`observe`.
    every : int
        The number of epochs between two reports.
    log_dir : str, optional
        A folder for TensorBoard: mean, variance, saturation and gradient of each activation are
        written there as scalars. Needs the packages tensorflow and tensorboard.

    Attributes
    ----------
    reports : dict
        The reports, each under the number of epochs before it, of all calls of ``fit`` that had the
        observer.

    Examples
    --------
    >>> import numpy as np
    >>> observer = Observer(np.zeros((10, 4)), every=5)
    >>> observer.reports
    {}
    """

    def __init__(
        self,
        data: Data,
        *,
        every: int = 1,
        examples: int = 1024,
        training: bool = False,
        log_dir: str | None = None,
    ) -> None:
        super().__init__()
        self.data = data
        self.every = validation.count("every", every)
        self.examples = validation.count("examples", examples)
        self.training = training
        self.log_dir = log_dir
        self.reports: dict[int, Report] = {}
        self._batches: list[Arrays] | None = None
        self._epochs = 0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Observe the model before its training, if there is no report yet."""
        if not self.reports:
            self._observe(0)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Observe the model after an epoch."""
        self._epochs += 1
        if self._epochs % self.every == 0:
            self._observe(self._epochs)

    def _observe(self, epochs: int) -> None:
        """Add the report after some epochs."""
        if self._batches is None:  # the same examples each time, also of an iterator
            self._batches = [
                inputs for inputs, _ in choice.batches(self.model, self.data, self.examples)
            ]
        try:
            seen = observe(
                self.model,
                iter(self._batches),
                examples=self.examples,
                training=self.training,
            )
        except NotImplementedError as error:  # of a model that is trained by parts, without a call
            warnings.warn(f"the model cannot be observed: {error}", UserWarning, stacklevel=2)
            return
        self.reports[epochs] = seen
        if self.log_dir is not None:
            _write_scalars(self.log_dir, seen, epochs)


def _write_scalars(log_dir: str, seen: Report, epochs: int) -> None:
    """Write a report for TensorBoard."""
    import tensorflow as tf  # noqa: PLC0415 - Keras may run on another backend

    with tf.summary.create_file_writer(log_dir).as_default(step=epochs):
        for layer in {one.layer: one for one in seen.layers}.values():  # one point a step
            for name in SCALARS:
                tf.summary.scalar(f"{layer.layer}/{name}", getattr(layer, name))
