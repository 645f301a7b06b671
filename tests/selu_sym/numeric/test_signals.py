import mpmath
import numpy as np
import pytest

from selu_sym import selu_parameters
from selu_sym._generated import arb_kernels
from selu_sym._numeric import signals
from tests import accuracy
from tests.pairs import pair_distance
from tests.reference import PROPAGATED, Propagated, each


def test_gain_over_the_whole_box():
    random = np.random.default_rng(1)
    m, v = accuracy.random_points(2_000, seed=1)
    alpha, scale, tau = np.exp(random.normal(0, 2, (3, m.size)))
    (found,) = signals.gain(m, v, alpha, scale, tau)

    def kernel(m, v, *others):
        above, _, _, below, _ = arb_kernels.all_tails(m, v)
        return (arb_kernels.gradient_gain(above, below, *others),)

    points = zip(*(x.tolist() for x in (m, v, alpha, scale, tau)), strict=True)
    truth = np.array([accuracy.enclosed(kernel, *point)[0] for point in points])
    assert np.abs(found / truth - 1).max() <= 1e-13


def test_fourth_moment_over_all_variances():
    random = np.random.default_rng(2)
    v = 10 ** np.concatenate([random.uniform(-8, 8, 1_500), random.uniform(-1, 0, 500)])
    truth = np.array([accuracy.enclosed(arb_kernels.high_moments_below, x) for x in v.tolist()]).T
    assert np.abs(np.array(signals.powers_below(v)) / truth - 1).max() <= 1e-13
    scalars = np.array([signals.powers_below(x) for x in v[::50].tolist()]).T
    assert scalars == pytest.approx(truth[:, ::50], rel=1e-13)


@each(PROPAGATED)
def test_fourth_moment_of_the_reference(row: Propagated):
    *_, fourth = signals.output_moments(
        float(row.net_input_variance), float(row.alpha), float(row.scale)
    )
    assert fourth == pytest.approx(float(row.fourth_moment), rel=1e-12)


@pytest.mark.parametrize(
    ("mean", "variance", "deviation", "second_moment"),
    [(0.0, 1.0, 0.174, 0.9878), (-0.1, 2.0, 0.271, 1.998), (0.15, 0.6, 0.206, 0.592)],
)
def test_stationary_fluctuation(mean, variance, deviation, second_moment):
    """For width 128, numbers that were computed, and seen in networks, without this package."""
    p = selu_parameters(mean, variance, weights="iid")
    slope, curvature, _ = signals.second_moment_slopes(p.input_variance, *p, 1.0)
    second, fourth = signals.output_moments(p.input_variance, *p)[1::2]
    square = (fourth - second**2) / (128 * (1 - slope**2))
    assert np.sqrt(square) == pytest.approx(deviation, abs=5e-4)
    bias = curvature * square / (2 * (1 - slope))
    assert second + bias == pytest.approx(second_moment, abs=6e-4)


@pytest.mark.parametrize("v", [1e-4, 1.0, 10.0, 100.0, 1e4])
def test_slopes_of_the_second_moment(v):
    """By differences, in sixty digits, of E[(e^z - 1)^2 1{z<0}]; g'' as far as it is known."""

    def below(x):
        first, second = (mpmath.erfc(i * mpmath.sqrt(x / 2)) for i in (1, 2))
        return (mpmath.exp(2 * x) * second - 2 * mpmath.exp(x / 2) * first + 1) / 2

    with mpmath.workdps(60):
        exact = [float(mpmath.diff(below, mpmath.mpf(v), k)) for k in (1, 2)]
    first, second, _ = signals.second_moment_slopes(v, 1.0, 1.0, 1.0)
    assert first - 0.5 == pytest.approx(exact[0], abs=1e-15)
    assert second == pytest.approx(exact[1], rel=1e-14 * (1 + v) ** 2)


def decorrelated(count: int) -> np.ndarray:
    """Return columns of 1 - c, often tiny, of v and of alpha."""
    random = np.random.default_rng(3)
    d = 10 ** random.uniform(-14, 0, count)
    d[::4] = random.uniform(0, 2, count)[::4]
    return np.array([d, 10 ** random.uniform(-4, 4, count), 10 ** random.uniform(-1, 2, count)])


@pytest.mark.slow
@pytest.mark.parametrize(("d", "v", "alpha"), decorrelated(9).T.tolist())
def test_pair_distance_is_the_integral(d, v, alpha):
    """To the same relative accuracy for all correlations from 0 to 1; below, for all as well."""
    with mpmath.workdps(40):
        expected = float(pair_distance(d, v, alpha, 1.3))
    (found,) = signals.pair_distances(*np.array([[d], [v], [alpha], [1.3]]))
    assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_pair_distance_does_not_depend_on_its_nodes(monkeypatch):
    """At many more points than the slow integral can be computed at, and for smaller distances."""
    d, v, alpha = decorrelated(4_000)
    d[1::4] = 10 ** np.random.default_rng(4).uniform(-290, -14, 1_000)
    found = signals.pair_distances(d, v, alpha, np.ones_like(d))
    nodes, weights = np.polynomial.legendre.leggauss(300)
    monkeypatch.setattr(signals, "unit_rule", lambda _: ((nodes + 1) / 2, weights / 2))
    finer = signals.pair_distances(d, v, alpha, np.ones_like(d))
    assert np.abs(found / finer - 1).max() < 1e-12


def test_pair_mean_does_not_depend_on_its_nodes(monkeypatch):
    d, v, alpha = decorrelated(3_000)
    size = (1 + alpha**2) * v
    found = signals.pair_means(1 - d, v, alpha, np.ones_like(d)) / size
    nodes, weights = np.polynomial.legendre.leggauss(200)
    monkeypatch.setattr(signals, "unit_rule", lambda _: ((nodes + 1) / 2, weights / 2))
    finer = signals.pair_means(1 - d, v, alpha, np.ones_like(d)) / size
    assert np.abs(found - finer).max() < 1e-13


@pytest.mark.parametrize("v", [1e-4, 0.1, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("d", [1e-18, 1e-40, 1e-200])
def test_pair_distance_near_0_is_that_of_the_slopes(d, v):
    """M = v d E[f'^2] (1 + O(sqrt(d))), where the mean squared slope is by quadrature."""
    with mpmath.workdps(30):
        below = mpmath.quad(
            lambda w: mpmath.npdf(w) * mpmath.exp(2 * mpmath.sqrt(v) * w),
            [-12, -4, -1, -1 / mpmath.sqrt(v), -0.1 / mpmath.sqrt(v), 0]
            if v > 1
            else [-12, -4, -1, 0],
        )
        expected = float(mpmath.mpf(v) * d * (0.5 + 4 * below))
    (found,) = signals.pair_distances(*np.array([[d], [v], [2.0], [1.0]]))
    assert found == pytest.approx(expected, rel=1e-12 + 10 * (1 + v) ** 0.5 * d**0.5, abs=0)


def test_pair_distance_is_0_for_equal_inputs_and_nan_without_a_selu():
    p = selu_parameters([0.0, 0.0, 3.0], [1.0, 40.0, 0.5], weights="iid", missing="nan")
    found = signals.pair_distances(np.zeros(3), p.input_variance, *p)
    assert found[:2].tolist() == [0, 0]
    assert np.isnan(found[2])
