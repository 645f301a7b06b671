"""Mistakes in a user's program for JAX, each of which a checker sees."""

import jax

import selu_sym.jax as sj


def mean(x: jax.Array) -> float:
    return sj.selu(x)  # mistake


sj.selu(jax.numpy.ones(3)).no_such_method()  # mistake
sj.selu(jax.numpy.ones(3), 1.67)  # mistake
sj.transformed(jax.numpy.ones(3), "gelu")  # mistake
print(sj.selu_parameters(0.0, 1.0, weights="iid").alpha.no_such_attribute)  # mistake
