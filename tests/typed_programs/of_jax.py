"""What a user writes who trains a network in JAX."""

import functools
from collections.abc import Callable

import jax

import selu_sym
import selu_sym.jax as sj

Activation = Callable[[jax.Array], jax.Array]

p = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
activation: Activation = functools.partial(sj.selu, p=p)


def network(weights: list[jax.Array], x: jax.Array, key: jax.Array) -> jax.Array:
    for matrix in weights:
        x = sj.alpha_dropout(key, activation(x @ matrix), 0.1, p, noise_shape=(None, 1))
    return sj.selu(x).mean(axis=-1)


def loss(variance: jax.Array, x: jax.Array) -> jax.Array:
    trained = sj.selu_parameters(0.0, variance, weights="iid")
    alpha, scale = trained
    slope: jax.Array = (alpha * scale + trained.saturation).sum()
    return sj.selu(x, trained).var() + slope


x = jax.random.normal(jax.random.key(1), (4, 8))
print(network([x.T, x], x, jax.random.key(0)).shape, sj.selu(1.0).astype("float16").dtype)
q = selu_sym.balance("tanh")
shaped: Activation = functools.partial(sj.transformed, q=q)
print(sj.alpha_dropout(jax.random.key(2), shaped(x), 0.1, q).shape)
print(loss(x.var(), x).shape, sj.alpha_dropout(jax.random.key(2), x, 0.1).T.shape)
