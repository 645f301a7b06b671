"""The symbols, as the SELU paper names them (Klambauer et al. 2017, arXiv 1706.02515).

The assumptions are part of the mathematics: a real mean and a positive variance are
what let SymPy integrate the half-line moments in closed form.
"""

from sympy import Symbol

mu = Symbol("mu", real=True)
"""Mean of the activations of a layer."""

nu = Symbol("nu", positive=True)
"""Variance of the activations of a layer."""

omega = Symbol("omega", real=True)
"""Sum of the weights of one unit."""

tau = Symbol("tau", positive=True)
"""Sum of the squared weights of one unit."""

beta = Symbol("beta", nonnegative=True)
"""Variance of the biases of a layer's units."""

n = Symbol("n", positive=True)
"""Width: how many units a layer has."""

c = Symbol("c", real=True)
"""Correlation of the net inputs that two inputs of a network make in a unit."""

m = Symbol("m", real=True)
"""Mean of the net input z of a unit."""

v = Symbol("v", positive=True)
"""Variance of the net input z of a unit."""

z = Symbol("z", real=True)
"""The net input itself, z ~ N(m, v)."""

alpha = Symbol("alpha", positive=True)
"""The SELU's depth: selu(z) tends to -lamda alpha for z to minus infinity."""

lamda = Symbol("lamda", positive=True)
"""The SELU's scale, its slope for z > 0."""

q = Symbol("q", positive=True)
"""Keep probability of dropout, 1 - rate."""

A = Symbol("A", positive=True)
"""E[z 1{z>0}]."""

B = Symbol("B", negative=True)
"""E[(e^z - 1) 1{z<0}]."""

C = Symbol("C", positive=True)
"""E[z^2 1{z>0}]."""

D = Symbol("D", positive=True)
"""E[(e^z - 1)^2 1{z<0}]."""

S = Symbol("S", positive=True)
"""Second moment of the activations of a layer, nu + mu^2."""
