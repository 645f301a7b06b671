"""Alpha dropout for ``torch.jit.script``, which compiles a part of Python."""

# no `from __future__ import annotations`: TorchScript reads the annotations

from typing import List, Tuple  # noqa: UP035

import torch

Constants = Tuple[float, float, float]  # noqa: UP006


def scripted_dropout(
    x: torch.Tensor,
    rate: float,
    constants: Tuple[Constants, Constants, Constants, Constants],  # noqa: UP006
    shared: List[bool],  # noqa: UP006
) -> torch.Tensor:
    """Return a tensor after alpha dropout in training.

    Parameters
    ----------
    x : tensor
        The activations.
    rate : float
        Share of units that are dropped.
    constants : four times (a, b, d)
        For float16, bfloat16, float32 and float64.
    shared : list of bool
        Whether units share a random number: along dimensions that the mask lacks, then along each
        of its own.
    """
    a, b, d = constants[2]
    if x.dtype == torch.float16:
        a, b, d = constants[0]
    elif x.dtype == torch.bfloat16:
        a, b, d = constants[1]
    elif x.dtype == torch.float64:
        a, b, d = constants[3]
    units = x
    missing = x.dim() - (len(shared) - 1)
    for dim in range(x.dim()):
        if shared[max(0, dim - missing + 1)]:
            units = units.narrow(dim, 0, min(1, x.size(dim)))
    dropped = torch.rand_like(units, dtype=torch.float32) < rate
    wide = x if x.dtype == torch.float64 else x.to(torch.float32)
    return torch.where(dropped, d, a * wide + b).to(x.dtype)
