"""JAX's functions in networks of Flax, linen and nnx, and of Equinox."""

import functools

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

import selu_sym
import selu_sym.jax as sj

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
ACTIVATION = functools.partial(sj.selu, p=P)
X = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
TARGET = X[:, :1] * X[:, 1:2]
DEPTH, WIDTH = 32, 512


class OfNnx(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        normal = nnx.initializers.lecun_normal()
        self.hidden = nnx.Linear(8, 32, kernel_init=normal, rngs=rngs)
        self.out = nnx.Linear(32, 1, kernel_init=normal, rngs=rngs)

    def __call__(self, x, rngs=None):
        x = sj.selu(self.hidden(x), P)
        if rngs is not None:
            x = sj.alpha_dropout(rngs.dropout(), x, 0.05, P)
        return self.out(x)


class OfLinen(nn.Module):
    @nn.compact
    def __call__(self, x, training: bool = False):
        x = ACTIVATION(nn.Dense(32)(x))
        if training:
            x = sj.alpha_dropout(self.make_rng("dropout"), x, 0.05, P)
        return nn.Dense(1)(x)


class OfEquinox(eqx.Module):
    network: eqx.nn.MLP

    def __init__(self, key):
        self.network = eqx.nn.MLP(8, 1, 32, 1, activation=ACTIVATION, key=key)

    def __call__(self, x, key=None):
        if key is not None:
            x = sj.alpha_dropout(key, x, 0.05, P)
        return self.network(x)


def loss_of_nnx():
    graph, state = nnx.split(OfNnx(nnx.Rngs(0)))

    def loss(state, key):
        y = nnx.merge(graph, state)(X, nnx.Rngs(dropout=key))
        return jnp.mean((y - TARGET) ** 2)

    return loss, state


def loss_of_linen():
    model = OfLinen()
    variables = model.init(jax.random.key(0), X)

    def loss(variables, key):
        y = model.apply(variables, X, training=True, rngs={"dropout": key})
        return jnp.mean((y - TARGET) ** 2)

    return loss, variables


def loss_of_equinox():
    weights, static = eqx.partition(OfEquinox(jax.random.key(0)), eqx.is_array)

    def loss(weights, key):
        model = eqx.combine(weights, static)
        y = jax.vmap(model)(X, jax.random.split(key, len(X)))
        return jnp.mean((y - TARGET) ** 2)

    return loss, weights


@pytest.mark.slow
@pytest.mark.parametrize("make", [loss_of_nnx, loss_of_linen, loss_of_equinox])
def test_training(make):
    loss, weights = make()
    optimizer = optax.adam(1e-2)
    state = optimizer.init(weights)

    @jax.jit
    def step(weights, state, key):
        value, gradient = jax.value_and_grad(loss)(weights, key)
        updates, state = optimizer.update(gradient, state)
        return optax.apply_updates(weights, updates), state, value

    losses = []
    for key in jax.random.split(jax.random.key(1), 200):
        weights, state, value = step(weights, state, key)
        losses.append(float(value))
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])


def test_modules_that_take_an_activation():
    x = jnp.linspace(-2, 2, 8)
    expected = sj.selu(x, P)
    assert np.array_equal(eqx.nn.Lambda(ACTIVATION)(x), expected)
    assert np.array_equal(nnx.Sequential(ACTIVATION)(x), expected)
    assert np.array_equal(nn.Sequential([ACTIVATION]).apply({}, x), expected)
    assert np.array_equal(eqx.filter_jit(ACTIVATION)(x), expected)
    assert np.array_equal(nnx.jit(ACTIVATION)(x), expected)


def test_deep_networks_hold_the_fixed_point():
    """32 layers of LeCun-normal weights: within 5 deviations of what theory says of the width."""
    keys = jax.random.split(jax.random.key(3), DEPTH)
    x = jax.random.normal(jax.random.key(2), (256, WIDTH)) * P.input_variance**0.5
    y = sj.selu(x, P)
    for key in keys:
        layer = nnx.Linear(
            WIDTH, WIDTH, kernel_init=nnx.initializers.lecun_normal(), rngs=nnx.Rngs(key)
        )
        y = sj.selu(layer(y), P)
    signal = selu_sym.propagate(P, DEPTH, width=WIDTH)
    assert abs(float(y.mean()) - signal.mean[-1]) < 5 * signal.mean_deviation[-1]
    assert abs(float(y.var()) - signal.variance[-1]) < 5 * signal.variance_deviation[-1]
