"""Activations of any fixed point that exists, and alpha dropout that keeps it, for PyTorch.

Tested on PyTorch 2.13.

The functions :func:`selu`, :func:`alpha_dropout` and :func:`feature_alpha_dropout` are like those
of ``torch.nn.functional``, the modules :class:`SELU`, :class:`AlphaDropout` and
:class:`FeatureAlphaDropout` like those of ``torch.nn``. :func:`transformed` and
:class:`Transformed` are any other activation with scale and shift. They work eagerly and compiled,
on every device, for float16, bfloat16, float32 and float64; the output has the input's dtype.
:func:`init_` draws the weights that a fixed point assumes.

:func:`observe` reports what a network does with examples, and what keeps it from its fixed point.

The functions are in ``_ops`` and ``_transformed``; ``_arguments`` checks what they are given,
``_masks`` draws, and ``_script`` is what TorchScript compiles. ``_modules`` has the modules and
``_init`` the weights. ``_observe`` runs a network with ``_observe_calls``, which sees what is
called; ``_observe_layers`` reads modules, ``_observe_data`` examples, and ``_observe_state``
restores all that has changed. ``_following`` tells which activation follows a layer.
"""

from __future__ import annotations

import sys

try:
    import torch  # noqa: F401 - the modules below need it; only this one has to say so
except ImportError as error:
    raise ImportError("selu_sym.torch needs PyTorch: pip install torch") from error

from selu_sym._names import name_publicly
from selu_sym.torch._init import init_
from selu_sym.torch._modules import SELU, AlphaDropout, FeatureAlphaDropout, Transformed
from selu_sym.torch._observe import Observer, observe, weights_of
from selu_sym.torch._ops import alpha_dropout, feature_alpha_dropout, selu
from selu_sym.torch._transformed import transformed

__all__ = [
    "SELU",
    "AlphaDropout",
    "FeatureAlphaDropout",
    "Observer",
    "Transformed",
    "alpha_dropout",
    "feature_alpha_dropout",
    "init_",
    "observe",
    "selu",
    "transformed",
    "weights_of",
]

name_publicly(sys.modules[__name__], __all__)
