"""Moments of arrays, of several calls and of batches, against NumPy's."""

import numpy as np
import pytest

from selu_sym._observe import moments as module
from selu_sym._observe.moments import Moments


def test_moments_are_those_of_numpy():
    x = np.random.default_rng(1).normal(2, 3, (5, 4, 3))
    moments = Moments.of(x)
    assert (moments.mean, moments.variance) == pytest.approx((x.mean(), x.var()), rel=1e-14)
    assert moments.second == pytest.approx(np.mean(x**2), rel=1e-14)
    assert moments.by_example == pytest.approx([np.mean(one**2) for one in x], rel=1e-14)


def test_moments_of_several_tensors_are_those_of_all_numbers():
    parts = np.random.default_rng(1).normal(2, 3, (3, 5, 4))
    together = Moments.together([Moments.of(part) for part in parts])
    joined = Moments.of(np.moveaxis(parts, 0, 1))
    for name in ("mean", "variance", "by_example"):
        assert getattr(together, name) == pytest.approx(getattr(joined, name), rel=1e-13)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_large_arrays_are_measured_in_blocks(monkeypatch, dtype):
    x = np.random.default_rng(1).normal(20, 30, (7, 5, 3)).astype(dtype)
    expected = x.astype(float)
    monkeypatch.setattr(module, "BLOCK", 32)
    moments = Moments.of(x)
    assert moments.mean == pytest.approx(expected.mean(), rel=1e-14)
    assert moments.variance == pytest.approx(expected.var(), rel=1e-13)


def test_moments_of_batches_are_those_of_all_examples():
    x = np.random.default_rng(1).normal(2, 3, (10, 4))
    joined = Moments.joined([Moments.of(x[:3]), Moments.of(x[3:])])
    whole = Moments.of(x)
    assert (joined.mean, joined.variance) == pytest.approx((whole.mean, whole.variance), rel=1e-13)
    assert joined.by_example.tolist() == whole.by_example.tolist()


def test_calls_of_different_numbers_of_examples_count_by_these():
    x = np.random.default_rng(1).normal(2, 3, (10, 4))
    together = Moments.together([Moments.of(x[:3]), Moments.of(x[3:])])
    assert (together.mean, together.variance) == pytest.approx((x.mean(), x.var()), rel=1e-13)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite(value):
    assert Moments.of(np.ones((3, 2))).finite
    assert not Moments.of(np.array([[1.0, 2.0], [value, 3.0]])).finite
