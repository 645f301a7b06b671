import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

import selu_sym
from selu_sym import jacobian, moment_map, selu_parameters, stability

MODELS = ["unit-sum", "normalized", "iid", (0.5, 1.2)]
TARGETS = [(0.0, 1.0), (-0.1, 2.0), (0.3, 0.9), (-1.0, 10.0), (1.0, 5.0), (-0.05, 0.1)]


def net_input(mean, variance, weights):
    """Return (m, v), from the definition of the weight models."""
    omega, tau = (
        {"unit-sum": (1, 1), "normalized": (0, 1)}.get(weights, weights)
        if weights != "iid"
        else (0, 1)
    )
    return mean * omega, variance * tau + (mean**2 if weights == "iid" else 0)


def exact_map(mean, variance, p, weights):
    """Return the layer map with mpmath, by integrating the definition."""
    m, v = net_input(mean, variance, weights)
    alpha, scale = mpmath.mpf(p.alpha), mpmath.mpf(p.scale)

    def weighted(value, z):
        return value * mpmath.exp(-((z - m) ** 2) / (2 * v)) / mpmath.sqrt(2 * mpmath.pi * v)

    def mean_of(function):
        """Return E[function(selu(z))], one half line after the other."""
        far = 14 * mpmath.sqrt(v)
        above = [0, max(m, 0) + far / 4, max(m, 0) + far]
        below = [min(m, 0) - far, min(m, 0) - far / 4, 0]
        return mpmath.quad(lambda z: weighted(function(scale * z), z), above) + mpmath.quad(
            lambda z: weighted(function(scale * alpha * mpmath.expm1(z)), z), below
        )

    mean = mean_of(lambda y: y)
    return mean, mean_of(lambda y: y**2) - mean**2


@pytest.mark.parametrize("weights", MODELS, ids=str)
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_map_is_the_integral(target, weights):
    p = selu_parameters(0.0, 1.0)
    exact = [float(x) for x in exact_map(*target, p, weights)]
    assert moment_map(*target, p, weights=weights) == pytest.approx(exact, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("weights", MODELS, ids=str)
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_map_fixes_its_fixed_point(target, weights):
    p = selu_parameters(*target, weights=weights, missing="nan")
    if np.isnan(p.alpha):
        pytest.skip("there is no SELU with this fixed point")
    assert moment_map(*target, p, weights=weights) == pytest.approx(target, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("weights", MODELS, ids=str)
@pytest.mark.parametrize("target", TARGETS[:4], ids=str)
def test_jacobian_by_differences(target, weights):
    """Central differences of the integrals, with thirty digits."""
    p = selu_parameters(0.0, 1.0)
    found = jacobian(*target, p, weights=weights)
    step = mpmath.mpf(10) ** -8
    with mpmath.workdps(30):
        for column, direction in enumerate(((1, 0), (0, 1))):
            ends = [
                exact_map(
                    *(
                        mpmath.mpf(x) + sign * step * d
                        for x, d in zip(target, direction, strict=True)
                    ),
                    p,
                    weights,
                )
                for sign in (1, -1)
            ]
            for row, (up, down) in enumerate(zip(*ends, strict=True)):
                assert float((up - down) / (2 * step)) == pytest.approx(
                    found[row, column], rel=1e-10, abs=1e-12
                )


def test_published_numbers():
    p = selu_parameters(0.0, 1.0)
    found = jacobian(0.0, 1.0, p, weights="normalized")
    assert np.allclose(found, [[0, 0.0888348], [0, 0.782648]], rtol=0, atol=5e-7)
    known = stability(selu_parameters(0.0, 1.0, weights="normalized"))
    assert known.singular_value == pytest.approx(0.787673, abs=5e-7)
    assert known.spectral_radius == pytest.approx(0.782648, abs=5e-7)
    radii = {
        w: stability(selu_parameters(-0.1, 2.0, weights=w)) for w in ("unit-sum", "normalized")
    }
    assert radii["unit-sum"].spectral_radius == pytest.approx(1.108, abs=5e-4)
    assert radii["normalized"].spectral_radius == pytest.approx(0.712, abs=5e-4)
    assert (radii["unit-sum"].attracting, radii["normalized"].attracting) == (False, True)


@pytest.mark.parametrize("weights", MODELS, ids=str)
@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_norms_of_the_jacobian(target, weights):
    p = selu_parameters(*target, weights=weights, missing="nan")
    if np.isnan(p.alpha):
        assert np.isnan(stability(p).spectral_radius)
        assert not stability(p).attracting
        return
    J = jacobian(*target, p, weights=weights)
    found = stability(p)
    assert found.spectral_radius == pytest.approx(
        np.max(np.abs(np.linalg.eigvals(J))), rel=1e-9, abs=1e-12
    )
    assert found.singular_value == pytest.approx(np.linalg.norm(J, 2), rel=1e-12)


@pytest.mark.parametrize("weights", MODELS, ids=str)
@pytest.mark.parametrize("target", [(0.0, 1.0), (-0.1, 2.0), (0.2, 1.5)], ids=str)
def test_the_map_comes_to_the_fixed_point_where_stability_says_so(target, weights):
    """From a grid of starts nearby; where it repels, none comes to it."""
    p = selu_parameters(*target, weights=weights)
    mean, variance = (
        x.ravel() for x in np.meshgrid(*(x + np.array([-0.02, 0.01, 0.03]) for x in target))
    )
    for _ in range(400 if stability(p).attracting else 60):
        mean, variance = moment_map(mean, variance, p, weights=weights)
    distance = np.hypot(mean - target[0], variance - target[1])
    if stability(p).attracting:
        assert distance.max() < 1e-6
    else:
        assert distance.min() > 1e-3


def test_arrays_are_single_ones():
    p = selu_parameters([0.0, 0.1, -0.1], [[1.0], [2.0]], weights="iid")
    whole, found = jacobian(p.mean, p.variance, p, weights="iid"), stability(p)
    assert whole.shape == (2, 3, 2, 2)
    assert found.attracting.all()
    for i, j in np.ndindex(2, 3):
        single = selu_parameters(p.mean[i, j], p.variance[i, j], weights="iid")
        assert np.allclose(
            whole[i, j], jacobian(single.mean, single.variance, single, weights="iid"), rtol=1e-13
        )
        assert stability(single).spectral_radius == pytest.approx(
            found.spectral_radius[i, j], rel=1e-12
        )
    new_mean, new_variance = moment_map([0.0, 1.0], 2.0, selu_parameters(), weights="normalized")
    assert new_mean.shape == new_variance.shape == (2,)


def test_variance_of_a_tight_positive_input_keeps_its_digits():
    p = selu_parameters(0.0, 1.0)
    _, variance = moment_map(1e6, 1e-6, p, weights="unit-sum")
    assert variance == pytest.approx(p.scale**2 * 1e-6, rel=1e-13)


@pytest.mark.parametrize("a", [-7.9, -8.1, -20.0, -1e4])
@pytest.mark.parametrize("s", [1e-6, 1e-3, 0.05, 2.0])
def test_variance_far_below_zero(a, s):
    """Against the lognormal variance, which z there never leaves."""
    p = selu_parameters(0.0, 1.0)
    m, v = mpmath.mpf(a * s), mpmath.mpf(s**2)
    if m + 2 * v > -7 * s:
        return
    with mpmath.workdps(40):
        exact = (mpmath.mpf(p.alpha) * p.scale) ** 2 * mpmath.exp(2 * m + v) * mpmath.expm1(v)
    _, variance = moment_map(a * s, s**2, p, weights="unit-sum")
    assert variance == pytest.approx(float(exact), rel=1e-11, abs=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda p: stability(selu_sym.match_moments(0.0, 1.0, 0.0, 1.0)),
            ValueError,
            "stability needs a weight model",
        ),
        (
            lambda p: moment_map(0.0, -1.0, p, weights="iid"),
            ValueError,
            "variance must be positive, got -1.0",
        ),
        (
            lambda p: jacobian(np.nan, 1.0, p, weights="iid"),
            ValueError,
            "mean must be finite, got nan",
        ),
        (
            lambda p: jacobian(0.0, 1.0, p, weights="lecun"),
            ValueError,
            "weights must be 'unit-sum'",
        ),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call(selu_parameters())


@pytest.mark.parametrize("function", [moment_map, jacobian])
@pytest.mark.parametrize("mean", [1e160, [0.0, 1e160]], ids=["float", "array"])
def test_a_mean_whose_square_overflows(mean, function):
    p = selu_parameters(0.0, 1.0)
    assert np.isfinite(function(mean, 1.0, p, weights="unit-sum")).all()
    with pytest.raises(ValueError, match="the net input's variance must be finite, got inf"):
        function(mean, 1.0, p, weights="iid")


def change(q, second_moment):
    """Return what a layer with independent weights adds to a second moment, by quadrature."""
    deviation, kink = math.sqrt(second_moment), -q.input_shift / q.input_scale

    def weighted(z):
        return (q(z) ** 2 - 1) * math.exp(-(z**2) / (2 * second_moment))

    total = sum(
        quad(weighted, *ends, epsabs=1e-12, epsrel=1e-12)[0]
        for ends in ((-12 * deviation, kink), (kink, 12 * deviation))
    )
    return total / math.sqrt(2 * math.pi * second_moment) + (1 - second_moment)


@pytest.mark.parametrize(
    ("name", "conditions", "depth", "ends", "places"),
    [
        ("cos", "tat", 32, (0.0, 1.0), (0.25, 0.5, 0.9, 1.1, 2.0)),
        ("sin", "tat", 32, (0.0, 1.0), (0.25, 0.5, 0.9, 1.1, 2.0)),
        ("erf", "dks", 32, (0.0, 1.0), (0.1, 0.5, 0.9, 1.1, 2.0)),
        ("tanh", "dks", 32, (0.0, 1.0), (0.1, 0.5, 0.9, 1.1, 2.0)),
        ("elu", "dks", 32, (1.0, math.inf), (0.5, 0.9, 1.1, 2.0, 9.0)),
        # they come to another fixed point next to 1
        ("tanh", "tat", 32, (1.0, math.inf), (0.955, 1.1, 2.0, 9.0)),
        ("softsign", "tat", 1000, (1.0, math.inf), (0.997, 1.1, 2.0, 9.0)),
    ],
)
def test_the_basin_of_a_slope_of_1(name, conditions, depth, ends, places):
    """Second moments come to 1 from one side, and leave it on the other one, as integrals say."""
    q = selu_sym.shape_for_depth(name, depth, conditions=conditions)
    found = stability(q)
    assert found.attracting is None
    assert found.basin == ends
    assert [change(q, r) > 0 for r in places] == [ends[0] == 0] * len(places)


def test_the_basin_of_a_standardized_relu():
    """Its map is r + b^2 (1 - sqrt(r))^2 with the shift b: moments grow, below 1 and above."""
    assert stability(selu_sym.standardize("relu")).basin == (0.0, 1.0)


def test_the_basin_of_the_identity():
    """Unshifted, a leaky ReLU keeps each second moment."""
    found = stability(selu_sym.shape_for_depth("leaky_relu", 32, conditions="tat")).basin
    assert found == (1.0, 1.0)
    assert [type(end) for end in found] == [float, float]
