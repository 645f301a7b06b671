"""Pairs of inputs, against the reference data and arc cosine kernels."""

import math

import pytest

import selu_sym
from selu_sym._numeric import catalogue
from selu_sym._numeric.pairs import pair_mean
from tests.activations import ROWS, Row, each


@each([row for row in ROWS if row.correlation is not None])
@pytest.mark.filterwarnings("ignore:the fixed point")
def test_pair_means_of_the_reference_data(row: Row):
    name, parameter = row.name_and_parameter
    q = selu_sym.standardize(name, variance=float(row.v), param=parameter, weights=(0.0, 1.0))
    mapped = selu_sym.correlation_map(float(row.correlation), q)
    covariance = float(row.pair_mean) - float(row.mean) ** 2
    assert mapped * q.variance == pytest.approx(q.scale**2 * covariance, abs=1e-10 * q.scale**2)


@pytest.mark.parametrize("c", [-1.0, -0.999999, -0.5, 0.0, 0.3, 0.99, 0.9999, 0.999999, 1.0])
def test_the_relus_kernel(c):
    """Y. Cho and L. Saul, Kernel methods for deep learning, 2009."""
    angle = math.acos(c)
    truth = 2.5 * (math.sin(angle) + (math.pi - angle) * c) / (2 * math.pi)
    assert pair_mean(catalogue.source("relu"), c, 2.5) == pytest.approx(truth, abs=1e-13)
