"""The rule, and what is said where there is no solution."""

import mpmath
import numpy as np
import pytest

import selu_sym
from selu_sym._numeric.signals import unit_rule
from selu_sym._tensors.by_rule import RULE_NODES, require_solutions


def test_the_rule_integrates_polynomials():
    """It is exact up to the degree 2 * RULE_NODES - 1: the integrals of x^k are 1 / (k + 1)."""
    nodes, weights = unit_rule(RULE_NODES)
    assert len(nodes) == len(weights) == RULE_NODES
    for degree in (0, 1, 2, 17, RULE_NODES, 2 * RULE_NODES - 1):
        assert weights @ nodes**degree == pytest.approx(1 / (degree + 1), rel=1e-13)


def test_the_rule_integrates_what_a_net_input_needs():
    """E[(e^z - 1) 1{z<0}] of z ~ N(0, 1), by 30 digits of its closed form."""
    nodes, weights = unit_rule(RULE_NODES)
    end = 12.0
    z = -end * nodes
    found = weights @ (np.expm1(z) * np.exp(-(z**2) / 2)) * end / np.sqrt(2 * np.pi)
    with mpmath.workdps(30):
        exact = mpmath.exp(0.5) * mpmath.ncdf(-1) - mpmath.mpf(1) / 2
    assert found == pytest.approx(float(exact), rel=1e-13)


def gaps(*values: float) -> np.ndarray:
    return np.array(values)


def test_no_solution_is_named():
    mean, variance = np.array([0.0, 5.0]), np.ones(2)
    require_solutions(mean, variance, gaps(1.0, 1.0), "iid")
    with pytest.raises(selu_sym.NoFixedPointError, match="no SELU with alpha > 0"):
        require_solutions(mean, variance, gaps(1.0, -1.0), "iid")
    with pytest.raises(ValueError, match=r"within 8 deviations of 0, got N\(0, 26\)"):
        require_solutions(mean, variance, gaps(1.0, np.nan), "iid")
