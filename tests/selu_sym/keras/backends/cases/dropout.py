"""Alpha dropout: moments, masks, seeds, noise shapes."""

import keras
import numpy as np
import pytest

import selu_sym.keras as sk
from tests.selu_sym.keras.backends.cases.common import (
    FLOAT64,
    TARGET,
    P,
    differentiates,
    gradient,
    needs_float64,
    to_float64,
    to_numpy,
)


@needs_float64
def test_float64_is_not_rounded_to_float32_on_the_way():
    x = keras.ops.convert_to_tensor(np.full(2000, 0.7), dtype="float64")
    layer = sk.AlphaDropout(0.5, **TARGET, seed=1, dtype="float64")
    y = np.unique(to_numpy(layer(x, training=True)))
    a, b = P.dropout_affine(0.5)
    expected = sorted([a * P.saturation + b, a * 0.7 + b])
    assert y == pytest.approx(expected, rel=1e-14)


@differentiates
def test_gradient_of_dropout():
    x = np.random.default_rng(0).normal(size=(50, 40)).astype("float32")
    layer = sk.AlphaDropout(0.25, **TARGET, seed=1)
    y = to_numpy(sk.AlphaDropout(0.25, **TARGET, seed=1)(x, training=True))
    slope = gradient(lambda z: layer(z, training=True), x)
    a, b = P.dropout_affine(0.25)
    dropped = np.isclose(y, a * P.saturation + b, rtol=1e-6)
    assert 0.2 < dropped.mean() < 0.3
    assert slope == pytest.approx(np.where(dropped, 0.0, a), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", FLOAT64])
def test_dropout_keeps_mean_and_variance(dtype):
    """250,000 values in [-1.8, 7], seeded; five standard errors."""
    x = sk.selu(np.random.default_rng(0).normal(0, 2.01**0.5, (500, 500)), **TARGET)
    x = keras.ops.cast(x, dtype)
    layer = sk.AlphaDropout(0.2, **TARGET, seed=1, dtype=dtype)
    y = layer(x, training=True)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    values = to_float64(y)
    assert values.mean() == pytest.approx(-0.1, abs=5 * (2 / values.size) ** 0.5)
    square = (values + 0.1) ** 2
    assert square.mean() == pytest.approx(2.0, abs=5 * square.std() / values.size**0.5)


def test_dropout_rate():
    x = np.zeros((1000, 1000), "float32")
    y = to_numpy(sk.AlphaDropout(0.2, seed=1)(x, training=True))
    assert (y < 0).mean() == pytest.approx(0.2, abs=5 * (0.2 * 0.8 / x.size) ** 0.5)


@pytest.mark.parametrize("noise_shape", [(None, 1, None), (4, 1, 6), [1, 6], (1,), (1, 1, 1), (6,)])
def test_noise_shape(noise_shape):
    layer = sk.AlphaDropout(0.5, noise_shape=noise_shape, seed=1)
    y = to_numpy(layer(np.ones((4, 5, 6), "float32"), training=True))
    assert y.shape == (4, 5, 6)
    assert np.array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    shared = [i for i, size in enumerate((1, 1, *noise_shape)[-3:]) if size == 1]
    for axis in shared:
        assert np.array_equal(y, np.broadcast_to(np.take(y, [0], axis), y.shape))
    if len(shared) < 3:
        assert len(np.unique(y)) == 2


@pytest.mark.parametrize(
    "noise_shape", [(4, 5, 7), (2, 1, 1), (1, 4, 5, 6), (3,), (7, 6), (1, 1, 1, 1)], ids=str
)
def test_noise_shape_must_not_enlarge(noise_shape):
    layer = sk.AlphaDropout(0.5, noise_shape=noise_shape)
    with pytest.raises(ValueError, match="noise_shape must broadcast to the shape of x"):
        layer(np.ones((4, 5, 6), "float32"), training=True)
    with pytest.raises(ValueError, match="noise_shape must broadcast to the shape of x"):
        sk.AlphaDropout(0.5, noise_shape=noise_shape)(keras.Input((5, 6), batch_size=4))


@pytest.mark.parametrize("noise_shape", [(None,), (None, 1), (None, 1, 1, 1)], ids=str)
def test_noise_shape_with_none_has_an_entry_for_each_dimension(noise_shape):
    layer = sk.AlphaDropout(0.5, noise_shape=noise_shape)
    with pytest.raises(ValueError, match="as many entries as x has dimensions"):
        layer(np.ones((4, 5, 6), "float32"), training=True)
    with pytest.raises(ValueError, match="as many entries as x has dimensions"):
        sk.AlphaDropout(0.5, noise_shape=noise_shape)(keras.Input((5, 6)))


def test_same_seed_same_sequence_of_masks():
    x = np.ones((20, 30), "float32")
    first, second, other = (sk.AlphaDropout(0.5, seed=seed) for seed in (1, 1, 2))
    masks = [[to_numpy(layer(x, training=True)) for _ in range(3)] for layer in (first, second)]
    assert np.array_equal(*masks)
    assert not np.array_equal(masks[0][0], masks[0][1])
    assert not np.array_equal(to_numpy(other(x, training=True)), masks[0][0])


def test_random_seed_of_keras_makes_a_layer_reproducible():
    def mask() -> np.ndarray:
        keras.utils.set_random_seed(3)
        return to_numpy(sk.AlphaDropout(0.5)(np.ones((20, 30), "float32"), training=True))

    assert np.array_equal(mask(), mask())


def test_seed_generator_is_the_layer_s_state():
    layer = sk.AlphaDropout(0.5, seed=4)
    assert layer.variables == [layer.seed_generator.state]
    assert not layer.weights
    before = to_numpy(layer.seed_generator.state.value)
    layer(np.ones((2, 3), "float32"), training=True)
    assert not np.array_equal(to_numpy(layer.seed_generator.state.value), before)
    assert not sk.AlphaDropout(0).variables
