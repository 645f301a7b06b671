"""Every digit of ``precise`` against quadrature of the definition, far tails included."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from selu_sym import NoFixedPointError, precise
from selu_sym._exact.decimals import decimal
from tests.quadrature import fixed_point, number, spectral_margin

SUMS = {"unit-sum": (1, 1), "normalized": (0, 1)}


def net_input(mu: Fraction, nu: Fraction, weights) -> tuple[Fraction, Fraction]:
    if weights == "iid":
        return Fraction(0), nu + mu**2
    omega, tau = (Fraction(x) for x in SUMS.get(weights, weights))
    return mu * omega, nu * tau


def random_targets(count: int, seed: int = 20) -> list[tuple]:
    """Return targets of all weight models, with m/s from -40 to 40 and s from 1e-6 to 1e3."""
    random = np.random.default_rng(seed)
    targets = []
    for i in range(count):
        weights = ("unit-sum", "normalized", "iid", (0.5, 1.5), (1.5, 0.5), (-1.0, 1.0))[i % 6]
        deviation = 10 ** random.uniform(-6, 3)
        reach = (-40, 40) if i % 6 in (0, 4) else (-1.2, 0.8)
        mean = deviation * random.uniform(*reach)
        digits = int(random.integers(3, 30))
        targets.append((f"{mean:.6g}", f"{deviation**2:.6g}", weights, digits))
    return targets


FAR = [
    ("1", "1e-4", "unit-sum", 30),  # 6183.15... was printed
    ("-25", "1", "unit-sum", 30),  # 9.6e-134
    ("-23.5", "1", "unit-sum", 30),
    ("33.25", "1", "unit-sum", 30),
    ("15", "1", "unit-sum", 15),
    ("-15", "1", "unit-sum", 15),
    ("60", "1", "unit-sum", 30),
    ("-2000", "1", "unit-sum", 30),
    ("-0.7", "0.000311", "unit-sum", 20),
    ("0", "1e70", "unit-sum", 20),
    ("0", "1e-110", "iid", 20),
]


def units_off(found, truth, digits: int) -> float:
    """Return the difference of the printed number, in units of its last digit."""
    printed = mpmath.mpf(decimal(found, digits))
    unit = mpmath.mpf(10) ** (mpmath.floor(mpmath.log10(abs(truth))) - digits + 1)
    return float(abs(printed - truth) / unit)


@pytest.mark.parametrize("target", [*FAR, *random_targets(12)], ids=str)
def test_all_digits_are_right(target):
    mean, variance, weights, digits = target
    mu, nu = Fraction(mean), Fraction(variance)
    truth = fixed_point(*net_input(mu, nu, weights), mu, nu)
    if truth is None:
        with pytest.raises(NoFixedPointError, match="the existence gap is -"):
            precise.selu_parameters(mean, variance, weights=weights, digits=digits)
        return
    found = precise.selu_parameters(mean, variance, weights=weights, digits=digits)
    balls = precise.enclose(mean, variance, weights=weights, digits=digits)
    with mpmath.workdps(100):
        saturation = -truth[0] * truth[1]
        for value, exact in zip((*found, found.saturation), (*truth, saturation), strict=True):
            assert units_off(value, exact, digits) < 0.501
        for ball, exact in zip(balls, truth, strict=True):
            mantissa, exponent = map(int, ball.mid().man_exp())
            middle = mpmath.ldexp(mantissa, exponent)
            assert abs(middle - exact) <= mpmath.mpf(10) ** -digits * abs(exact)


def test_the_random_targets_are_of_both_kinds():
    solvable = 0
    for mean, variance, weights, _ in random_targets(12):
        try:
            precise.selu_parameters(mean, variance, weights=weights, digits=5)
            solvable += 1
        except NoFixedPointError:
            pass
    assert 4 <= solvable <= 10


@pytest.mark.parametrize(
    ("mean", "variance", "weights"),
    [
        ("10", "1", "unit-sum"),  # 1 + 3e-27, where rounding said "attracting"
        ("50", "1", "unit-sum"),
        ("12", "1", (1.0, 1.0)),
        ("-0.1", "2", "unit-sum"),
        ("-0.1", "2", "normalized"),
        ("-3", "1", "unit-sum"),
        ("0.3", "0.01", "unit-sum"),
        ("0.2", "1.5", (-1.0, 1.0)),
        ("5", "1", (1.5, 0.5)),
        ("-0.4", "3", (0.5, 1.5)),
    ],
    ids=str,
)
def test_stability(mean, variance, weights):
    """Central differences with a step of 1e-12 leave an error of some 1e-24, relatively."""
    mu, nu = Fraction(mean), Fraction(variance)
    omega, tau = (Fraction(x) for x in SUMS.get(weights, weights))
    parameters = fixed_point(mu * omega, nu * tau, mu, nu)
    truth = spectral_margin(omega, tau, mu, nu, *parameters)
    found = precise.stability(precise.selu_parameters(mean, variance, weights=weights, digits=16))
    with mpmath.workdps(60):
        assert abs(found.margin / truth - 1) < mpmath.mpf("1e-15")
        assert abs(found.spectral_radius / (1 - truth) - 1) < mpmath.mpf("1e-15")
    assert found.attracting == (truth > 0)


def test_the_quadrature_is_that_of_the_reference():
    """As tests/data has it to 35 digits, by another hand."""
    alpha, lamda = fixed_point(Fraction(0), Fraction(1), Fraction(0), Fraction(1))
    with mpmath.workdps(40):
        assert mpmath.nstr(alpha, 33) == "1.67326324235437728481704299167165"
        assert abs(lamda - number(Fraction("1.05070098735548049341933498529460"))) < 1e-31
