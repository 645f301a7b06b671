import math

import numpy as np
import pytest

from selu_sym._numeric.fixed_point import NoFixedPointError, fixed_point, is_beyond
from tests.reference import ROWS, Row, each


def numbers(row: Row) -> tuple[float, ...]:
    return tuple(map(float, (row.input_mean, row.input_variance, row.mean, row.variance)))


@each(ROWS)
def test_reference(row: Row):
    found = fixed_point(*numbers(row), "nan")
    if not row.exists:
        assert all(map(math.isnan, found))
        with pytest.raises(NoFixedPointError, match="maps N"):
            fixed_point(*numbers(row), "raise")
        return
    expected = float(row.alpha), float(row.scale)
    assert found == pytest.approx(expected, rel=1e-14, abs=0)
    arrays = fixed_point(*(np.full((2, 1), x) for x in numbers(row)), "raise")
    for array, value in zip(arrays, expected, strict=True):
        assert array == pytest.approx(np.full((2, 1), value), rel=1e-14, abs=0)


def test_what_to_do_without_a_solution_is_checked():
    with pytest.raises(ValueError, match="missing must be 'raise' or 'nan', got 'skip'"):
        fixed_point(0.0, 1.0, 0.0, 1.0, "skip")


@pytest.mark.parametrize(
    ("problem", "beyond"),
    [
        ((0.0, 1.0, 0.0, 1.0), False),
        ((25.0, 1.0, 0.0, 1.0), False),
        ((-25.1, 1.0, 0.0, 1.0), True),
        ((0.0, 1e31, 0.0, 1.0), True),
        ((0.0, 1.0, 0.0, 1e-31), True),
        ((0.0, 1.0, -1e16, 1.0), True),
        ((0.0, math.inf, 0.0, 1.0), True),
        ((math.nan, math.inf, 0.0, 1.0), True),
    ],
)
def test_where_powers_of_the_moments_may_be_no_doubles(problem, beyond):
    assert is_beyond(*problem) is beyond
    arrays = [np.array([x, y]) for x, y in zip(problem, (0.0, 1.0, 0.0, 1.0), strict=True)]
    assert is_beyond(*arrays).tolist() == [beyond, False]
