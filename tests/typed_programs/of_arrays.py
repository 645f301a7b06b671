"""What a user writes who looks at many targets at once."""

import numpy as np
import numpy.typing as npt

import selu_sym
from selu_sym import SeluParameters

means: npt.NDArray[np.float64] = np.linspace(-0.5, 0.5, 11, dtype=np.float64)


def widest(p: SeluParameters[npt.NDArray[np.float64]]) -> float:
    alpha, scale = p
    a, _ = p.dropout_affine(0.1)
    return float((alpha * scale + p.saturation + a).max())


def of_anything(mean: npt.ArrayLike) -> SeluParameters:
    return selu_sym.selu_parameters(mean, 1.0, weights="iid")


grid = selu_sym.selu_parameters(means, 2.0, weights="iid", missing="nan")
print(widest(grid), widest(selu_sym.selu_parameters([0.0, 0.1], 2.0, weights="iid")))
attracting: np.ma.MaskedArray[tuple[int, ...], np.dtype[np.bool_]]
attracting = selu_sym.stability(grid).attracting  # NumPy types its `filled` from 2.3 on
print(grid.alpha.shape, attracting.size)
mean, variance = selu_sym.moment_map(means, 1.0, grid, weights="iid")
print(of_anything(0.1).alpha, of_anything([0.1]).alpha)
print(mean.shape, variance.shape, selu_sym.jacobian(means, 1.0, grid, weights="iid").shape)
single = selu_sym.selu_parameters(0.0, 1.0)
a, b = single.dropout_affine(np.array([0.1, 0.2]))
print(a.shape, b.shape, selu_sym.moment_map(means, 1.0, single, weights="iid")[0].shape)
