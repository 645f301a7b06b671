"""The SELU and alpha dropout of any fixed point, for PyTorch. Tested on PyTorch 2.13.

Functions :func:`selu`, :func:`alpha_dropout` and :func:`feature_alpha_dropout`, as in
``torch.nn.functional``, modules :class:`SELU`, :class:`AlphaDropout` and
:class:`FeatureAlphaDropout`, as in ``torch.nn``, and :func:`init_`, which draws the weights that a
fixed point assumes. They work eagerly and compiled, on every device, for float16, bfloat16, float32
and float64; the output has the input's dtype.

:func:`observe` says what a network does with examples, and what keeps it from its fixed point.
"""

from __future__ import annotations

import sys

try:
    import torch  # noqa: F401 - the modules below need it, and shall not say so each
except ImportError as error:
    raise ImportError("selu_sym.torch needs PyTorch: pip install torch") from error

from selu_sym._names import name_publicly
from selu_sym.torch._init import init_
from selu_sym.torch._modules import SELU, AlphaDropout, FeatureAlphaDropout
from selu_sym.torch._observe import observe, weights_of
from selu_sym.torch._ops import alpha_dropout, feature_alpha_dropout, selu

__all__ = [
    "SELU",
    "AlphaDropout",
    "FeatureAlphaDropout",
    "alpha_dropout",
    "feature_alpha_dropout",
    "init_",
    "observe",
    "selu",
    "weights_of",
]

name_publicly(sys.modules[__name__], __all__)
