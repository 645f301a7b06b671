"""The SELU of any fixed point that exists, and alpha dropout that keeps it, as Keras layers.

Needs Keras 3.

On Keras's backends TensorFlow, JAX and PyTorch, the layers call the functions of
:mod:`selu_sym.tensorflow`, :mod:`selu_sym.jax` and :mod:`selu_sym.torch`. They also run on the
backend NumPy. Models with them can be saved, cloned and exported; to load one,
``import selu_sym.keras`` first.

A :class:`SELU` can be the activation of another layer, and is saved with its fixed point:
``Dense(64, activation=SELU(mean=-0.1, variance=2.0))``. For (0, 1), :func:`selu` itself will do.

:class:`Transformed` is any other activation with scale and shift, whose fixed point
:class:`AlphaDropout` takes. :class:`DeltaOrthogonal` draws weights that such activations assume.

:func:`observe` reports what a network does with examples, and what keeps it from its fixed point.

The layers are in ``_layers`` and ``_transformed``, trained fixed points in ``_trained``; ``_ops``
chooses the module of ``_backends`` for Keras's backend, which holds all that differs between them.
``_observe`` runs a network with ``_watch``, which sees what layers and operations are called;
``_watch_kinds`` says what each of them is, ``_weights`` reads their weights, ``_observe_data``
examples, and ``_observe_state`` restores all that has changed.
"""

import sys

try:
    import keras  # noqa: F401 - the modules below need it; only this one has to say so
except ImportError as error:
    raise ImportError("selu_sym.keras needs Keras: pip install tensorflow") from error

from selu_sym._names import name_publicly
from selu_sym._observe.findings import Finding
from selu_sym._observe.report import Report
from selu_sym._observe.table import ObservedActivation
from selu_sym.keras._initializers import DeltaOrthogonal
from selu_sym.keras._layers import SELU, AlphaDropout, selu
from selu_sym.keras._observe import Observer, observe, weights_of
from selu_sym.keras._transformed import Transformed

__all__ = [
    "SELU",
    "AlphaDropout",
    "DeltaOrthogonal",
    "Finding",
    "ObservedActivation",
    "Observer",
    "Report",
    "Transformed",
    "observe",
    "selu",
    "weights_of",
]

name_publicly(sys.modules[__name__], __all__)
