"""What the tests of PyTorch's functions share."""

import shutil

import ml_dtypes
import numpy as np
import pytest
import torch

import selu_sym

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
FIXED_POINTS = [
    selu_sym.selu_parameters(0.0, 1.0),
    P,
    selu_sym.selu_parameters(0.3, 0.7, weights="iid"),
]
HALF = [torch.float16, torch.bfloat16]
ALL = [*HALF, torch.float32, torch.float64]

each_point = pytest.mark.parametrize("p", FIXED_POINTS, ids=lambda p: f"{p.mean},{p.variance}")
every_dtype = pytest.mark.parametrize("dtype", ALL, ids=str)

needs_compiler = pytest.mark.skipif(
    shutil.which("g++") is None and shutil.which("clang++") is None,
    reason="torch.compile needs a C++ compiler",
)


def compiled(function, **options):
    """Return a function compiled as a whole."""
    torch.compiler.reset()
    return torch.compile(function, fullgraph=True, **options)


def to_numpy(x: torch.Tensor) -> np.ndarray:
    """Return the same numbers, bfloat16 in the dtype of ml_dtypes."""
    x = x.detach()
    if x.dtype == torch.bfloat16:
        return x.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return x.numpy()
