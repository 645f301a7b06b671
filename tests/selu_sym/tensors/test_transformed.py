"""What frameworks compute of an activation with scale and shift, and what dropout keeps of it."""

import json

import numpy as np
import pytest

import selu_sym
from selu_sym._tensors.transformed import Folded, folded, kept, of_plain, plain
from tests.transformed import Case

SHAPED = selu_sym.shape_for_depth("relu", 48)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (Case("gelu"), Folded("gelu", (), 1.0, 0.0, 1.3, -0.2)),
        (Case("gelu", None, 0.5, 2.0), Folded("gelu", (), 0.5, 2.0, 1.3, -0.2)),
        (Case("linear", None, 0.5, 2.0), Folded("linear", (), 1.0, 0.0, 0.65, 2.4)),
        (Case("relu", None, 0.5, 2.0), Folded("relu", (), 1.0, 4.0, 0.65, -0.2)),
        (Case("prelu", 0.1, 0.5), Folded("leaky_relu", (0.1,), 1.0, 0.0, 0.65, -0.2)),
        (Case("squared_relu", None, 0.5, 2.0), Folded("squared_relu", (), 1.0, 4.0, 0.325, -0.2)),
        (Case("elu", 0.5, 0.5, 2.0), Folded("elu", (0.5,), 0.5, 2.0, 1.3, -0.2)),
        (Case("celu", 2.0, 0.5, 2.0), Folded("elu", (1.0,), 0.25, 1.0, 2.6, -0.2)),
        (Case("silu", 2.0, 0.5, 2.0), Folded("silu", (), 1.0, 4.0, 0.65, -0.2)),
        (Case("log_sigmoid"), Folded("softplus", (), -1.0, 0.0, -1.3, -0.2)),
        (Case("hard_sigmoid", None, 0.5, 2.0), Folded("relu6", (), 0.5, 5.0, 1.3 / 6, -0.2)),
    ],
    ids=str,
)
def test_parameters_and_the_scale_of_the_input_are_folded(case, expected):
    found = folded(case.q)
    assert (found.function, found.parameters) == (expected.function, expected.parameters)
    numbers = "input_scale", "input_shift", "scale", "shift"
    assert [getattr(found, name) for name in numbers] == pytest.approx(
        [getattr(expected, name) for name in numbers], rel=1e-15
    )


def test_no_operation_is_done_that_changes_nothing():
    done = []

    class Recording:
        def __rmul__(self, other):
            done.append(other)
            return self

        def __add__(self, other):
            done.append(other)
            return self

    functions = {"relu": lambda x: done.append("relu") or x, "linear": lambda x: x}
    functions["tanh"] = functions["linear"]
    folded(SHAPED)(Recording(), functions)
    assert done == [SHAPED.input_shift, "relu", SHAPED.scale, SHAPED.shift]
    done.clear()
    folded(selu_sym.standardize("linear"))(Recording(), functions)
    assert done == []
    tanh = selu_sym.standardize("tanh")
    folded(tanh)(Recording(), functions)
    assert done == [tanh.scale]


@pytest.mark.parametrize(
    ("q", "error", "message"),
    [
        ("gelu", TypeError, "q must be a TransformedActivation, as standardize, balance"),
        ([1.0], TypeError, "q must be a TransformedActivation"),
        (selu_sym.selu_parameters(0.0, 1.0), TypeError, "q must be a TransformedActivation"),
        (selu_sym.standardize("relu", [0.0, 0.1]), ValueError, r"q must hold numbers.*\(2,\)"),
        (selu_sym.standardize(np.tanh), TypeError, "got the Python function 'tanh'"),
    ],
    ids=["name", "list", "SELU", "arrays", "callable"],
)
def test_what_is_refused(q, error, message):
    with pytest.raises(error, match=message):
        folded(q)


def test_what_dropout_keeps():
    q = selu_sym.standardize("sigmoid", 0.1, 2.0)
    found = kept(q)
    assert (found.mean, found.variance) == (0.1, 2.0)
    assert found.saturation == q.shift  # of the sigmoid's limit 0
    assert kept(selu_sym.standardize("linear")).saturation == 0.0  # which has none
    assert kept(selu_sym.standardize(np.tanh)).mean == 0.0
    with pytest.raises(ValueError, match="p must hold numbers, got arrays"):
        kept(selu_sym.standardize("relu", [0.0, 0.1]))


@pytest.mark.parametrize(
    "q",
    [
        SHAPED,
        selu_sym.shape_for_depth("gelu", 20),
        selu_sym.standardize("celu", 0.1, 2.0, weights=(0.5, 1.5), param=2.0),
        selu_sym.standardize("selu", 0.1, 2.0, weights=selu_sym.Iid(1.5, 0.25)),
        selu_sym.balance("tanh", weights="he_normal"),
    ],
    ids=lambda q: q.activation,
)
def test_it_comes_back_from_json(q):
    saved = json.loads(json.dumps(plain(q)))
    again = of_plain(saved)
    assert plain(again) == plain(q)
    assert repr(again) == repr(q)
    x = np.linspace(-5, 5, 101)
    assert np.array_equal(again(x), q(x))
    assert again.dropped_value == q.dropped_value
    assert selu_sym.gradient_gain(again) == pytest.approx(selu_sym.gradient_gain(q), rel=1e-12)
