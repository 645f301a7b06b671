"""Mistakes in a user's program for many targets, each of which a checker sees."""

import numpy as np

import selu_sym

means = np.linspace(-0.5, 0.5, 11, dtype=np.float64)
grid = selu_sym.selu_parameters(means, 2.0, weights="iid")
grid.alpha.no_such_method()  # mistake
one: float = grid.alpha  # mistake
selu_sym.selu_parameters(means, 2.0, weights="iid", missing="skip")  # mistake
selu_sym.moment_map(means, 1.0, grid)  # mistake
print(selu_sym.jacobian(means, 1.0, grid, weights="iid").shpae)  # mistake
print(selu_sym.stability(means))  # mistake
