import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.special import log_ndtr

from selu_sym import half_line_moments
from tests.reference import ROWS, Row, each

WITHIN = 1e-14
"""The relative error that the docstring states."""

positions = st.floats(-8, 8)
deviations = st.floats(-4, 4).map(lambda exponent: 10.0**exponent)


@each(ROWS)
def test_reference(row: Row):
    values = half_line_moments(float(row.input_mean), float(row.input_variance))
    for value, digits in zip(values, row.moments, strict=True):
        assert float(value) == pytest.approx(float(digits), rel=WITHIN, abs=0)


def test_shapes_broadcast_and_types_are_float64():
    values = half_line_moments([[0], [1], [-2]], np.array([1, 2], dtype=np.int32))
    assert all(value.shape == (3, 2) and value.dtype == np.float64 for value in values)
    assert all(isinstance(value, np.float64) for value in half_line_moments(0, 1))


def test_float32_is_computed_in_float64():
    m, v = np.float32(-0.1), np.float32(2)
    assert half_line_moments(m, v) == half_line_moments(float(m), float(v))


@pytest.mark.parametrize("shape", [(0,), (3, 0), (1,), (2, 1, 3)])
def test_any_shape(shape):
    values = half_line_moments(np.zeros(shape), 1.0)
    assert all(value.shape == shape for value in values)


def test_arrays_longer_than_blocks_and_chunks_are_the_same_as_their_parts():
    random = np.random.default_rng(0)
    m, v = random.normal(0, 2, 140_001), random.exponential(2, 140_001)
    whole = half_line_moments(m, v)
    for part in (slice(0, 5), slice(8190, 8195), slice(65_530, 65_540), slice(139_990, None)):
        assert np.array_equal(half_line_moments(m[part], v[part]), [x[part] for x in whole])


def test_arguments_may_be_read_only_and_not_contiguous_and_stay_as_they_are():
    m = np.linspace(-3, 3, 24).reshape(4, 6)[::2, ::-3]
    v = np.full((4, 1), 2.0)[::2]
    m.flags.writeable = v.flags.writeable = False
    before = m.copy()
    values = half_line_moments(m, v)
    assert np.array_equal(values, half_line_moments(m.copy(), 2.0))
    assert np.array_equal(m, before)


@given(
    npst.arrays(np.float64, (7,), elements=positions),
    npst.arrays(np.float64, (7,), elements=deviations),
)
def test_scalars_agree_with_arrays(a, s):
    arrays = np.array(half_line_moments(a * s, s**2))
    scalars = np.array([half_line_moments(x, y) for x, y in zip(a * s, s**2, strict=True)]).T
    # NumPy's vectorized exp and C's may differ in the last digit, and only A, B, C and D with it
    assert np.allclose(arrays, scalars, rtol=WITHIN, atol=0)


@given(positions, deviations)
def test_signs(a, s):
    A, B, C, D = half_line_moments(a * s, s**2)
    assert A > 0
    assert B < 0
    assert C > 0
    assert D > 0
    assert B > -1
    assert D < 1


@given(positions, deviations, st.floats(0.5, 2))
def test_positive_moments_scale(a, s, factor):
    """The moments of c z are c and c^2 times those of z."""
    A, _, C, _ = half_line_moments(a * s, s**2)
    A_scaled, _, C_scaled, _ = half_line_moments(factor * (a * s), factor**2 * s**2)
    # |a|^2 eps is what rounding the arguments may change
    assert A_scaled == pytest.approx(factor * A, rel=4 * WITHIN, abs=0)
    assert C_scaled == pytest.approx(factor**2 * C, rel=4 * WITHIN, abs=0)


@given(positions, deviations)
def test_reflection(a, s):
    """z 1{z>0} - (-z) 1{-z>0} = z, and the squares add up to z^2."""
    m, v = a * s, s**2
    A, _, C, _ = half_line_moments(m, v)
    A_mirrored, _, C_mirrored, _ = half_line_moments(-m, v)
    assert A - A_mirrored == pytest.approx(m, rel=0, abs=1e-15 * (A + A_mirrored))
    assert C + C_mirrored == pytest.approx(m**2 + v, rel=1e-15, abs=0)


@given(st.floats(-8, 7.99), st.floats(1e-4, 8), st.floats(1e-3, 1))
@example(-8.0, 8.0, 0.0010013580322265653)
def test_moments_grow_with_the_mean(a, s, step):
    m, v = a * s, s**2
    before, after = half_line_moments(m, v), half_line_moments(m + step * s, v)
    A, B, C, D = (y - x for x, y in zip(before, after, strict=True))
    # where a moment saturates, the step can change it by less than it is accurate to
    assert A > 0
    assert C > 0
    assert B > 0 or growth_of_B(step * s, m, v) < 2 * WITHIN * abs(before[1])
    assert D < 0 or 2 * growth_of_B(step * s, m, v) < 2 * WITHIN * before[3]


def growth_of_B(step, m, v):
    """Return what a small step of the mean adds to B; D falls by less than twice as much."""
    return step * np.exp(log_ndtr(-(m + v) / np.sqrt(v)) + m + v / 2)


def test_no_warning_and_no_nan_far_outside_the_stated_domain():
    m = np.array([0, 1e-300, -1e150, 1e150, 1e300, -1e300, 3, -3])[:, None]
    v = np.array([5e-324, 1e-300, 1e-20, 1.0, 1e20, 1e300])
    with np.errstate(all="raise"):
        A, B, C, D = half_line_moments(m, v)
    for value, sign in ((A, 1), (B, -1), (C, 1), (D, 1)):
        assert not np.isnan(value).any()
        assert (sign * value >= 0).all()


@pytest.mark.parametrize(
    ("m", "v", "error", "message"),
    [
        (0, -1.0, ValueError, "input_variance must be positive, got -1.0"),
        (0, [1, 0], ValueError, r"input_variance must be positive, got 0.0 at index 1"),
        (
            [[0, 1], [2, np.nan]],
            1,
            ValueError,
            r"input_mean must be finite, got nan at index \(1, 1\)",
        ),
        (0, np.inf, ValueError, "input_variance must be finite, got inf"),
        ("0", 1, TypeError, "input_mean must be real numbers, got '0'"),
        (0, 1j, TypeError, "input_variance must be real numbers, got 1j"),
        (None, 1, TypeError, "input_mean must be real numbers, got None"),
        (True, 1, TypeError, "input_mean must be real numbers, got True"),
        ([0, [1]], 1, ValueError, "input_mean must be a number or a regular array"),
        (
            np.zeros(2),
            np.ones(3),
            ValueError,
            r"the shapes do not broadcast: input_mean \(2,\), input_variance \(3,\)",
        ),
    ],
)
def test_bad_input(m, v, error, message):
    with pytest.raises(error, match=message):
        half_line_moments(m, v)
