from itertools import pairwise

import mpmath
import pytest
from sympy import Symbol, erf, erfc, expand, lambdify, simplify

from derivations import stable
from derivations.functions import erfcx
from derivations.moments import HALF_LINE_MOMENTS
from derivations.symbols import A, B, C, D, m, v

x = Symbol("x", real=True)


@pytest.fixture(autouse=True)
def fifty_digits():
    with mpmath.workdps(50):
        yield


def truth(symbol, mean, variance):
    """Return a moment by quadrature of its definition, to fifty digits."""
    integral = HALF_LINE_MOMENTS[symbol].definition()
    ((z, low, _),) = integral.limits
    integrand = lambdify([z, m, v], integral.function, "mpmath")
    deviation = mpmath.sqrt(variance)
    side = 1 if low == 0 else -1
    # A bell around the mean, or beyond it a decay like e^(-|mean| z/variance)
    peak = max(side * mean, 0)
    width = min(deviation, variance / abs(mean)) if side * mean < 0 else deviation
    reach = peak + 24 * deviation if peak else 160 * width
    points = sorted({0, *(side * reach * k / 40 for k in range(1, 41))})
    scale = mpmath.exp(mean**2 / (2 * variance))  # quad's tolerance is absolute
    return mpmath.quad(lambda point: scale * integrand(point, mean, variance), points) / scale


def evaluated(steps, mean, variance):
    """Return the results of steps with fifty digits."""
    values = {stable.g: mpmath.exp(-(mean**2) / (2 * variance))}
    environment = {"erfcx": lambda y: mpmath.exp(y**2) * mpmath.erfc(y)}
    for symbol, expression in steps.assignments:
        arguments = [m, v, *values]
        function = lambdify(arguments, expression, [environment, "mpmath"])
        values[symbol] = function(mean, variance, *values.values())
    return [
        lambdify([m, v, *values], result, [environment, "mpmath"])(mean, variance, *values.values())
        for result in steps.results
    ]


@pytest.mark.parametrize("symbol", [A, B, C, D], ids=str)
def test_mills_form_is_the_closed_form(symbol):
    form = stable.mills_forms()[symbol].rewrite(erfcx).rewrite(erfc)
    assert simplify(expand(form - HALF_LINE_MOMENTS[symbol].doit())) == 0


@pytest.mark.parametrize("i", [0, 1, 2])
@pytest.mark.parametrize("mean", [-5, -1, 0.25, 3])
def test_tail_is_the_exponential_moment(i, mean):
    value = lambdify(
        [m, v],
        stable.tail(i).subs(stable.g, stable.decay()),
        [{"erfcx": lambda y: mpmath.exp(y**2) * mpmath.erfc(y)}, "mpmath"],
    )(mpmath.mpf(mean), mpmath.mpf(2))
    integral = mpmath.quad(
        lambda z: mpmath.exp(i * z) * mpmath.npdf(z, mean, mpmath.sqrt(2)),
        mpmath.linspace(-40, 0, 21),
    )
    assert mpmath.almosteq(value, integral, 1e-35)


@pytest.mark.parametrize("mean", [-1.25, -3, 2, 5, 8, 20])
def test_fraction_gives_the_minor_moments(mean):
    values = evaluated(stable.minor_moments_by_fraction(), mpmath.mpf(mean), mpmath.mpf(1))
    for symbol, value in zip((A, C), values, strict=True):
        exact = truth(symbol, -abs(mpmath.mpf(mean)), mpmath.mpf(1))
        assert abs(value / exact - 1) < 4e-16


# Corners of the regions in which the series are used, in (a, s): m = a s, v = s^2.
UPWARD = [(-8, 0.054), (-4, 0.17), (-1, 0.62), (0, 0.74), (0.35, 0.89), (1.2, 0.04), (0.3, 1e-4)]
DOWNWARD = [(0.36, 0.89), (1.25, 1e-4), (1.25, 1.24), (3, 1.9), (8, 3.9), (8, 1e-4), (30, 9)]


@pytest.mark.parametrize(
    ("form", "a", "s"),
    [(stable.moments_below_by_series, *point) for point in UPWARD]
    + [(stable.moments_below_by_fraction, *point) for point in DOWNWARD],
)
def test_series_give_the_lower_moments(form, a, s):
    mean, variance = mpmath.mpf(a) * s, mpmath.mpf(s) ** 2
    for symbol, value in zip((B, D), evaluated(form(), mean, variance), strict=True):
        assert abs(value / truth(symbol, mean, variance) - 1) < 4e-16


@pytest.mark.parametrize("position", [1.75, 3.0, 10.0])
def test_every_tail_correction_improves_the_estimate(position):
    """The defect of r_k (x + (k+1) r_(k+1)) = 1 shrinks like 1/u^(2j+2)."""
    k, order = 2000, len(stable.tail_corrections())

    def estimate(level, terms):
        u = mpmath.sqrt(position**2 + 4 * level + 2)
        corrections = [
            c.evalf(50, subs={stable.p: position / u}) for c in stable.tail_corrections()
        ]
        total = 1 + sum(
            mpmath.mpf(str(c)) / u ** (2 * j) for j, c in enumerate(corrections[:terms], 1)
        )
        return 2 / (position + u) * total

    defects = [
        abs(estimate(k, n) * (position + (k + 1) * estimate(k + 1, n)) - 1)
        for n in range(order + 1)
    ]
    for before, after in pairwise(defects):
        assert after < before / 100


@pytest.mark.parametrize("point", [(-8, 1), (-1, 100), (-0.8, 0.05), (0, 1), (2, 3)], ids=str)
def test_forms_by_differences(point):
    mean, variance = map(mpmath.mpf, point)
    A_minor, below, C_minor, below_square, spread = evaluated(
        stable.moments_by_differences(), mean, variance
    )
    assert mpmath.almosteq(A_minor, truth(A, -abs(mean), variance), 1e-30)
    assert mpmath.almosteq(C_minor, truth(C, -abs(mean), variance), 1e-30)
    assert mpmath.almosteq(below, truth(B, mean, variance), 1e-30)
    assert mpmath.almosteq(below_square, truth(D, mean, variance), 1e-30)
    assert mpmath.almosteq(spread, below_square - below**2, 1e-30)


def test_erf_is_not_left_in_a_closed_form():
    assert not any(moment.doit().has(erf) for moment in HALF_LINE_MOMENTS.values())
