import numpy as np
import pytest
from numpy import array, nan  # noqa: F401 - names that the code uses

from selu_sym._words import code, table


def test_values_stand_below_each_other():
    rows = table({"mean": 0.1, "weights assumed": "iid", "alpha": "1\n2"})
    assert rows == "mean            0.1\nweights assumed iid\nalpha           1\n                2"


@pytest.mark.parametrize(
    "value",
    [
        0.1,
        "iid",
        None,
        (0.5, 1.0),
        np.array([0.1, np.nan, 1 / 3]),
        np.array([[1e-300], [1e300]]),
        np.zeros((0, 3)),
    ],
    ids=repr,
)
def test_code_makes_the_value_again(value):
    made = eval(code(value))
    assert type(made) is type(value)
    assert np.array_equal(made, value, equal_nan=isinstance(value, np.ndarray))


def test_long_arrays_are_shortened():
    assert "..." in code(np.zeros(1001))
    assert "..." not in code(np.zeros(1000))
