"""Models with the layers: trained, saved, cloned."""

import json

import keras
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk
from tests.selu_sym.keras.backends.cases.common import (
    BACKEND,
    FLOAT64,
    TARGET,
    differentiates,
    to_numpy,
)

Q = selu_sym.shape_for_depth("gelu", 48)


def layers_of_a_model() -> list[keras.Layer]:
    def dense(units: int, seed: int, **options) -> keras.Layer:
        kernel = keras.initializers.LecunNormal(seed=seed)
        return keras.layers.Dense(units, kernel_initializer=kernel, **options)

    return [
        dense(16, 1),
        sk.SELU(**TARGET),
        sk.AlphaDropout(0.2, **TARGET, seed=3),
        dense(16, 2, activation=sk.selu),
        dense(16, 3, activation=sk.SELU(**TARGET)),
        keras.layers.Dense(16, kernel_initializer=sk.DeltaOrthogonal(seed=5)),
        sk.Transformed(Q),
        sk.AlphaDropout(0.05, fixed_point=Q, seed=6),
        dense(16, 7, activation=sk.Transformed("tanh")),
        dense(1, 4),
    ]


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.chain = layers_of_a_model()

    def call(self, x, training=False):
        for layer in self.chain:
            x = layer(x, training=training) if isinstance(layer, sk.AlphaDropout) else layer(x)
        return x


def functional() -> keras.Model:
    inputs = y = keras.Input((8,))
    for layer in layers_of_a_model():
        y = layer(y)
    return keras.Model(inputs, y)


def sequential() -> keras.Model:
    return keras.Sequential([keras.Input((8,)), *layers_of_a_model()])


MODELS = (sequential, functional, Subclassed)


def some_inputs(rows: int = 10) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, 8)).astype("float32")


COMPILED = {"jax": MODELS, "tensorflow": (Subclassed,)}
"""Of PyTorch none: it compiles with a C++ compiler, which not every machine has. JAX compiles each
operation of what is not compiled as a whole, which takes longer; XLA is slow in TensorFlow."""
FITS = [(make, make in COMPILED.get(BACKEND, ())) for make in MODELS]


@differentiates
@pytest.mark.parametrize(("make", "jit_compile"), FITS)
def test_fit(make, jit_compile):
    model = make()
    model.compile("adam", "mse", jit_compile=jit_compile)
    x = some_inputs(96)
    losses = model.fit(x, x[:, :1], batch_size=32, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert model.evaluate(x, x[:, :1], verbose=0) < losses[0]
    assert model.predict(x, verbose=0) == pytest.approx(to_numpy(model(x)), rel=1e-4, abs=1e-5)


@differentiates
def test_fit_is_reproducible():
    def weights() -> list[np.ndarray]:
        keras.utils.set_random_seed(5)
        model = keras.Sequential(
            [keras.layers.Dense(8), sk.SELU(), sk.AlphaDropout(0.3), keras.layers.Dense(1)]
        )
        model.compile("sgd", "mse")
        x = some_inputs(64)
        model.fit(x, x[:, :1], batch_size=16, epochs=2, verbose=0)
        return model.get_weights()

    for first, second in zip(weights(), weights(), strict=True):
        assert np.array_equal(first, second)


@differentiates
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", FLOAT64])
def test_fit_under_a_policy(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = sequential()
        model.compile("sgd", "mse")
        x = some_inputs(64)
        history = model.fit(x, x[:, :1], batch_size=16, verbose=0)
        assert keras.backend.standardize_dtype(model(x).dtype) == policy.removeprefix("mixed_")
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history.history["loss"][0])


@pytest.mark.parametrize("make", [sequential, functional])
def test_a_model_is_saved_cloned_and_rebuilt(make, tmp_path):
    model = make()
    x = some_inputs()
    expected = to_numpy(model(x))
    path = tmp_path / "model.keras"
    model.save(path)
    assert to_numpy(keras.saving.load_model(path)(x)) == pytest.approx(expected, rel=1e-5)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    for again in (keras.models.clone_model(model), keras.saving.deserialize_keras_object(config)):
        again.set_weights(model.get_weights())
        assert to_numpy(again(x)) == pytest.approx(expected, rel=1e-5)
