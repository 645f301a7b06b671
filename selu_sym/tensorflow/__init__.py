"""The SELU of any fixed point that exists, and alpha dropout that keeps it, as TensorFlow ops.

Needs the extra ``tensorflow``.

:func:`transformed` is any other activation with scale and shift, and alpha dropout takes its fixed
point, too.

All work eagerly, in graphs, in ``tf.data`` and under XLA, on every device, for float16,
bfloat16, float32 and float64; the output has the input's dtype. Half-precision tensors are
computed in float32 and rounded once.

Their gradients, of any order, are also right in branches and loops. In a graph the ops are plain
operations, which can be exported. Large tensors take one pass over memory, because XLA compiles the
op by itself (:func:`set_jit_compile`).

The functions are in ``_ops``, ``_transformed`` and ``_parameters``; ``_arguments`` checks what they
are given, ``_dropout`` draws masks, and ``_evaluation`` decides how an op is evaluated: as it
stands, or compiled.
"""

from __future__ import annotations

import sys

try:
    import tensorflow  # noqa: F401 - the modules below need it; only this one has to say so
except ImportError as error:
    raise ImportError("selu_sym.tensorflow needs TensorFlow: pip install tensorflow") from error

from selu_sym._names import name_publicly
from selu_sym._tensors import SeluTensors
from selu_sym.tensorflow._evaluation import set_jit_compile
from selu_sym.tensorflow._ops import alpha_dropout, selu
from selu_sym.tensorflow._parameters import selu_parameters
from selu_sym.tensorflow._transformed import transformed

__all__ = [
    "SeluTensors",
    "alpha_dropout",
    "selu",
    "selu_parameters",
    "set_jit_compile",
    "transformed",
]

name_publicly(sys.modules[__name__], __all__)
