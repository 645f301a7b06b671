"""Random and trained networks of notebook 13, which take some minutes.

``python notebooks/any_activation.py`` computes what the file beside the notebook lacks.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from deep_training import Activation, Network, activation_of, resume, train
from tqdm import tqdm

from selu_sym import TransformedActivation, balance, gain, selu_parameters, standardize

FILE = Path(__file__).with_name("13_any_activation.json")

DEPTH, WIDTH = 64, 512
NETWORKS, INPUTS = 16, 2
SHOWN = slice(None, None, 8)
BEYOND = 1e38
"""What stands for numbers that float32 cannot hold."""

NAMES = ("relu", "gelu", "silu", "mish", "elu", "tanh", "softplus", "selu")
KINDS = ("standardized", "positive mean", "negative mean")

RATES = (0.0003, 0.001, 0.003)
SEEDS = (0, 1)


def transformed(name: str, kind: str) -> TransformedActivation:
    """Return an activation standardized at (0, 1), or one of the two roots of balance at 1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that some repel is what the notebook shows
        if kind == "standardized":
            return standardize(name)
        q = balance(name)
        sign = 1.0 if kind == "positive mean" else -1.0
        return standardize(name, sign * abs(q.mean), q.variance)


def random_networks(activations: Sequence[Activation], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return second moments and squared norms of gradients, by layer, activation and input.

    The weights are the same for each activation: independent, normal, of variance 1/width. Inputs
    have the second moment 1. A gradient is that of a random linear function of the last layer.
    """
    random = np.random.default_rng(seed)
    start, direction = random.standard_normal((2, INPUTS, WIDTH), np.float32)
    start /= np.sqrt(np.mean(start**2, axis=1, keepdims=True))
    weights = random.standard_normal((DEPTH, WIDTH, WIDTH), np.float32) / np.float32(WIDTH**0.5)
    found = _forth_and_back(tuple(activations), start, weights, direction)
    second_moments, norms = (np.square(part, dtype=np.float64).mean(axis=3) for part in found)
    return second_moments, norms


@partial(jax.jit, static_argnums=0)
def _forth_and_back(activations: tuple[Activation, ...], start, weights, direction):
    """Return the activations of all layers, from the input on, and the gradients at them."""

    def outputs(moved):
        def layer(x, own):
            matrix, move = own
            net_inputs = x @ matrix
            y = jnp.stack([f(z) for f, z in zip(activations, net_inputs, strict=True)]) + move
            return y, y

        first = start + moved[0]
        last, later = jax.lax.scan(layer, first, (weights, moved[1:]))
        return jnp.sum(last * direction), jnp.concatenate([first[None], later])

    nowhere = jnp.zeros((len(weights) + 1, len(activations), *start.shape), start.dtype)
    gradients, layers = jax.grad(outputs, has_aux=True)(nowhere)
    return layers, gradients


def runs(activations: Sequence[Activation], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return second moments, and gradients in units of the last one, at every eighth layer."""
    second, norms = random_networks(activations, seed)
    with np.errstate(all="ignore"):
        growth = norms / norms[-1]
    second, growth = (
        np.nan_to_num(part[SHOWN], nan=BEYOND, posinf=BEYOND) for part in (second, growth)
    )
    return second, growth


def percentiles() -> dict[str, dict[str, list[list[float]]]]:
    """Return the 5, 50 and 95 percent points over networks and inputs of all activations.

    The first row is the first network's first input, which a notebook can run again.
    """
    keys = [(name, kind) for name in NAMES for kind in KINDS]
    activations = [activation_of(transformed(*key)) for key in keys]
    found = [runs(activations, seed) for seed in tqdm(range(NETWORKS), disable=None)]
    second, growth = (np.concatenate(part, axis=2) for part in zip(*found, strict=True))
    return {
        ", ".join(key): {
            what: [
                [float(f"{value:.4g}") for value in row]
                for row in (values[:, k, 0], *np.percentile(values[:, k], [5, 50, 95], axis=1))
            ]
            for what, values in (("second_moment", second), ("growth", growth))
        }
        for k, key in enumerate(keys)
    }


def methods() -> dict[str, Network]:
    """Return the networks that are trained, by their names."""
    made = {"SELU (0, 1)": Network(activation_of(selu_parameters(0.0, 1.0)))}
    for name in ("relu", "gelu", "silu", "tanh"):
        made[f"{name}, gain"] = Network(activation_of(name), gain(name))
        for kind in KINDS[1:]:
            if (name, kind) not in {("relu", KINDS[1]), ("tanh", KINDS[2])}:
                made[f"{name}, {kind}"] = Network(activation_of(transformed(name, kind)))
    for name in ("gelu", "silu"):
        q = balance(name, basin="global")
        moment = q.mean**2 + q.variance
        made[f"{name}, global basin"] = Network(activation_of(q), second_moment=moment)
    made["selu, balanced"] = Network(activation_of(balance("selu")))
    return made


def main() -> None:
    """Compute what the file lacks."""
    trainings = {
        f"{method} | {rate:g} | {seed}": partial(train, network, rate, seed)
        for seed in SEEDS
        for method, network in methods().items()
        for rate in RATES
    }
    settings = {
        "random": [DEPTH, WIDTH, NETWORKS, INPUTS],
        "trained": [Network.depth, Network.width],
    }
    resume(FILE, settings, tqdm_cases({"random": percentiles, **trainings}))


def tqdm_cases(cases):
    """Return the cases, each of which moves a bar."""
    bar = tqdm(total=len(cases))

    def moving(compute):
        def moved():
            bar.update()
            return compute()

        return moved

    return {name: moving(compute) for name, compute in cases.items()}


if __name__ == "__main__":
    main()
