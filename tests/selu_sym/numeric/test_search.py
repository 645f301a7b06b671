import numpy as np
import pytest

from selu_sym._numeric import search


def gains(exponents):
    """Return (x - 1)^2 + 1 for x from sqrt(1/10) to sqrt(10), none elsewhere."""
    inside = (exponents > np.sqrt(0.1)) & (exponents < np.sqrt(10))
    return np.where(inside, (exponents - 1) ** 2 + 1, np.nan)


EXPONENTS = np.arange(0, 4, 0.25) + 0.1


def found(limit):
    values = gains(EXPONENTS)
    run = np.flatnonzero(np.isfinite(values))
    return search.refined(gains, EXPONENTS, values, run, limit)


def test_a_border_is_approached_to_the_last_digits():
    near = search.towards_border(gains, 0.1, 0.35)
    assert near.min() == pytest.approx(np.sqrt(0.1), rel=4e-15)
    assert near.max() < 0.35
    assert np.isfinite(gains(near)).all()
    above = search.towards_border(gains, 3.35, 3.1)
    assert above.max() == pytest.approx(np.sqrt(10), rel=4e-15)


def test_finer_steps_at_a_minimum_above_the_limit():
    x, y = found(1.00001)
    assert (np.diff(x) > 0).all()
    assert y.min() <= 1.00001 < gains(EXPONENTS)[np.isfinite(gains(EXPONENTS))].min()
    assert np.isfinite(y).all()


def test_finer_steps_towards_the_border_that_may_hold_the_limit():
    limit = (np.sqrt(10) - 1) ** 2 + 1
    x, y = found(limit - 1e-9)
    last = np.flatnonzero(y <= limit - 1e-9)[-1]
    assert 0 < x[last + 1] - x[last] < 1e-9
    assert x[-1] == pytest.approx(np.sqrt(10), rel=4e-15)
    assert len(found(2.0)[0]) < 20  # where the limit is inside, no steps are added
