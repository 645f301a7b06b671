"""Errors of the moments against balls that contain the truth, at the stated accuracy."""

import numpy as np
import pytest

from tests import accuracy
from tests.reference import ROWS


def test_the_truth_is_that_of_the_reference():
    for row in ROWS:
        point = np.array([float(row.input_mean)]), np.array([float(row.input_variance)])
        # the reference took the decimal numbers, which their doubles are not exactly
        reference = np.array([[float(x)] for x in row.moments])
        assert np.allclose(accuracy.true_moments(*point), reference, rtol=5e-15, atol=0)


@pytest.mark.slow
def test_half_line_moments_over_the_whole_box(capsys):
    points = accuracy.all_points(30_000)
    errors = accuracy.relative_errors(*points)
    worst = accuracy.worst_points(*points, errors, rounds=5)
    with capsys.disabled():
        print(f"\nlargest relative errors\n{accuracy.report(*points, errors)}")
    assert errors.max() <= 1e-14
    assert accuracy.relative_errors(*worst).max() <= 1e-14
