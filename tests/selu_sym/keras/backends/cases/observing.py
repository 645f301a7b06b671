"""Networks that are observed."""

import keras
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk
from tests.selu_sym.keras.backends.cases.common import (
    BACKEND,
    TARGET,
    to_float64,
)


def test_a_network_is_observed():
    layers = keras.layers
    random = np.random.default_rng(5)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(128, kernel_initializer="lecun_normal", name="sound"),
            sk.SELU(**TARGET, name="first"),
            layers.Dropout(0.1, name="dropout"),
            layers.Dense(128, "selu", kernel_initializer="he_normal", name="broken"),
            layers.Dense(2),
        ]
    )
    x = random.normal(-0.1, np.sqrt(2.0), (256, 64)).astype("float32")
    report = sk.observe(model, x)
    kinds = [(finding.layer, finding.kind) for finding in report.findings]
    assert kinds == [("dropout", "dropout"), ("broken", "weights"), ("broken", "fixed point")]
    first, second = report.layers
    values = to_float64(model.layers[1](model.layers[0](x)))
    assert (first.mean, first.variance) == pytest.approx((values.mean(), values.var()), rel=1e-5)
    assert (first.mean, first.variance) == pytest.approx((-0.1, 2.0), abs=0.3)
    if BACKEND in ("tensorflow", "torch"):
        assert second.gradient == 1.0
        assert 1.5 < first.gradient < 3.0  # tau = 2, of which net inputs below 0 take their part
    else:
        assert np.isnan(first.gradient)
    assert "call" not in vars(model.layers[0])


def test_recurrent_layers_are_observed():
    """JAX runs their loops compiled, where no step can be seen."""
    rnn = keras.layers.SimpleRNN(64, activation=sk.SELU(weights=selu_sym.Iid(2.0)))
    model = keras.Sequential([keras.Input((5, 64)), rnn])
    report = sk.observe(model, np.random.default_rng(5).normal(size=(64, 5, 64)))
    assert report.findings == ()
    assert len(report.layers) == (BACKEND != "jax")


def test_in_half_precision_it_sees_what_it_sees_in_single():
    def network(dtype):
        keras.utils.set_random_seed(1)
        dense = {"kernel_initializer": "lecun_normal", "dtype": dtype}
        parts = [(keras.layers.Dense(64, **dense), sk.SELU(dtype=dtype)) for _ in range(3)]
        return keras.Sequential([keras.Input((64,)), *(layer for part in parts for layer in part)])

    x = np.random.default_rng(5).normal(size=(64, 64)).astype("float32")
    single, half = (sk.observe(network(dtype), x) for dtype in ("float32", "mixed_float16"))
    assert single.findings == half.findings == ()
    for one, other in zip(half.layers, single.layers, strict=True):
        assert (one.mean, one.variance) == pytest.approx((other.mean, other.variance), abs=5e-3)
        assert one.gradient == pytest.approx(other.gradient, rel=1e-2, nan_ok=True)
    assert np.isnan(single.layers[0].gradient) == (BACKEND not in ("tensorflow", "torch"))
