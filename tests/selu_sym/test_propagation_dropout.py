"""Dropout in signal propagation."""

import math

import pytest

import selu_sym


def test_dropout_in_signal_propagation():
    p = selu_sym.selu_parameters(0.0, 1.0)
    a, _ = p.dropout_affine(0.1)
    assert selu_sym.gradient_gain(p, 0.1) == pytest.approx(
        0.9 * a**2 * selu_sym.gradient_gain(p), rel=1e-14
    )
    signal = selu_sym.propagate(p, 64, rate=0.1)
    assert signal.gradient_growth[-1] == pytest.approx(2.7e-6, rel=0.01)  # notebook 10 saw 3e-6
    assert signal.mean[-1] == pytest.approx(0, abs=1e-12)
    assert signal.variance[-1] == pytest.approx(1, rel=1e-12)
    q = selu_sym.for_depth(64, 0.1, rate=0.1)
    assert selu_sym.gradient_gain(q, 0.1) ** 64 == pytest.approx(0.1, rel=1e-9)
    with pytest.raises(ValueError, match="rate must be 0 with a width or a correlation"):
        selu_sym.propagate(p, 4, rate=0.1, width=10)


def test_the_relus_dropout_at_mean_0():
    """Without a shift, 1/sqrt(q ((1 - q) M1^2/Var + 1)): 0.841; AutoInit, without mean, 0.682."""
    q = selu_sym.standardize("relu", mean=math.sqrt(1 / math.pi), variance=1 - 1 / math.pi)
    assert q.shift == pytest.approx(0, abs=1e-12)
    a, _ = q.dropout_affine(0.5, value=0.0)
    variance = 1 - 1 / math.pi
    truth = math.sqrt(variance / (0.5 * (0.5 / math.pi + variance)))
    assert a == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize(
    "p", [selu_sym.selu_parameters(0.0, 1.0), selu_sym.balance("gelu")], ids=["selu", "gelu"]
)
def test_a_fixed_point_stays_with_dropout(p):
    signal = selu_sym.propagate(p, 1, rate=0.2)
    assert signal.mean[1] == pytest.approx(p.mean, abs=1e-13)
    assert signal.variance[1] == pytest.approx(p.variance, rel=1e-13)
    assert signal.gradient_growth[1] == pytest.approx(selu_sym.gradient_gain(p, 0.2), rel=1e-13)
