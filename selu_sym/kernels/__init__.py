"""Kernels of infinitely wide networks, for scikit-learn. Needs the extra ``kernels``.

``_networks`` has the kernels, ``_recursion`` takes covariances through the layers, and ``_pairs``
chooses how an activation is integrated for pairs of inputs: by generated code, by ``_tables``, or
pair by pair where it has ``_kinks`` beside 0.
"""

from __future__ import annotations

import sys

try:
    import sklearn  # noqa: F401 - the modules below need it; only this one has to say so
except ImportError as error:
    raise ImportError("selu_sym.kernels needs scikit-learn: pip install scikit-learn") from error

from selu_sym._names import name_publicly
from selu_sym.kernels._networks import NNGP, NTK

__all__ = ["NNGP", "NTK"]

name_publicly(sys.modules[__name__], __all__)
