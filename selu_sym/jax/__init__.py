"""The SELU of any fixed point that exists, and alpha dropout that keeps it, for JAX.

Needs JAX 0.6 or later.

They are plain functions of arrays, which JAX can transform: ``jit``, ``grad``, ``vmap``, ``jvp``,
``hessian``, ``checkpoint``, ``lax.scan``, ``shard_map``. So they fit into any library on top of it:
``functools.partial(selu, p=p)`` is an activation for Flax and Equinox. Output has the dtype of the
input, which may be any floating-point one; narrow ones are computed in float32 and rounded once.

:func:`transformed` is any other activation with scale and shift. Alpha dropout takes its fixed
point, too.

Parameters of :func:`selu_sym.selu_parameters` are constants for JAX, also as arguments of functions
that it transforms. Those of :func:`selu_parameters` here are arrays.
"""

from __future__ import annotations

import sys

try:
    import jax  # noqa: F401 - the modules below need it; only this one has to say so
except ImportError as error:
    raise ImportError("selu_sym.jax needs JAX: pip install jax") from error

from selu_sym._names import name_publicly
from selu_sym.jax._ops import alpha_dropout, selu
from selu_sym.jax._parameters import selu_parameters
from selu_sym.jax._transformed import transformed

__all__ = ["alpha_dropout", "selu", "selu_parameters", "transformed"]

name_publicly(sys.modules[__name__], __all__)
