"""The initializer of orthogonal weights, in dense layers and in convolutions."""

import keras
import numpy as np
import pytest

import selu_sym.keras as sk


def drawn(shape, gain=1.0, dtype=None) -> np.ndarray:
    kernel = sk.DeltaOrthogonal(gain, seed=3)(shape, dtype=dtype)
    return np.array(kernel, "float64")


@pytest.mark.parametrize(("inputs", "outputs"), [(40, 40), (60, 20), (20, 60)])
def test_matrices_are_orthogonal(inputs, outputs):
    matrix = drawn((inputs, outputs), gain=1.5)
    factor = 1.5**2 * max(1, outputs / inputs)
    product = matrix @ matrix.T if inputs < outputs else matrix.T @ matrix
    assert product == pytest.approx(factor * np.eye(min(inputs, outputs)), abs=1e-5)
    assert np.sum(matrix**2) / outputs == pytest.approx(1.5**2, rel=1e-5)


@pytest.mark.parametrize("places", [(3,), (3, 5), (4, 2), (1, 1), (2, 3, 3)], ids=str)
def test_kernels_have_their_matrix_at_the_center(places):
    kernel = drawn((*places, 6, 8))
    center = tuple((size - 1) // 2 for size in places)
    assert np.array_equal(kernel[center], drawn((6, 8)))
    kernel[center] = 0
    assert not kernel.any()


@pytest.mark.parametrize("options", [{}, {"kernel_size": 4}, {"dilation_rate": 2}], ids=str)
def test_a_convolution_keeps_every_place(options):
    """At first it multiplies the channels of each place with the matrix, at the border too."""
    layer = keras.layers.Conv2D(
        8, **{"kernel_size": 3, **options}, padding="same", kernel_initializer=sk.DeltaOrthogonal()
    )
    x = np.random.default_rng(0).normal(size=(2, 7, 6, 8)).astype("float32")
    z = np.array(layer(x))
    assert np.sum(z**2, axis=-1) == pytest.approx(np.sum(x**2, axis=-1), rel=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_dtypes(dtype):
    kernel = sk.DeltaOrthogonal(seed=3)((3, 6, 8), dtype=dtype)
    assert keras.backend.standardize_dtype(kernel.dtype) == dtype
    rounded = drawn((3, 6, 8)).astype(np.float32)
    assert np.allclose(np.array(kernel, "float32"), rounded, rtol=1e-2) or dtype == "float64"


def test_seeds_and_configuration():
    shape = (3, 3, 6, 8)
    first = sk.DeltaOrthogonal(1.5, seed=1)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(first))
    assert isinstance(again, sk.DeltaOrthogonal)
    assert again.get_config() == first.get_config() == {"gain": 1.5, "seed": 1}
    assert np.array_equal(again(shape), first(shape))
    assert not np.array_equal(sk.DeltaOrthogonal(1.5, seed=2)(shape), first(shape))
    drawn_twice = sk.DeltaOrthogonal(seed=keras.random.SeedGenerator(1))
    assert not np.array_equal(drawn_twice(shape), drawn_twice(shape))


@pytest.mark.parametrize("shape", [(), (5,)], ids=str)
def test_biases_are_refused(shape):
    with pytest.raises(ValueError, match="shape must have two dimensions at least"):
        sk.DeltaOrthogonal()(shape)
