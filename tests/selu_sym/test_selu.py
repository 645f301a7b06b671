"""Parameters as values: equal, hashable, read-only, and written in several ways."""

import copy
import dataclasses
import inspect
import json
import pickle
import re

import numpy as np
import pytest
from numpy import array, nan  # noqa: F401 - names that repr uses

import selu_sym
from selu_sym import Iid, SeluParameters, match_moments, precise, selu_parameters
from selu_sym._numeric import layer_map, signals

EXAMPLES = {
    "scalar": lambda: selu_parameters(-0.1, 2.0, weights="iid"),
    "sums": lambda: selu_parameters(0.1, 2.0, weights=(0.5, 1.5)),
    "independent": lambda: selu_parameters(0.1, 2.0, weights=Iid(2.0, 0.25)),
    "no weights": lambda: match_moments(0.5, 2.0, 0.0, 1.0),
    "nan": lambda: selu_parameters(9.0, 1.0, weights="iid", missing="nan"),
    "array": lambda: selu_parameters([[0.1], [9.0]], [1.0, 2.0], weights="iid", missing="nan"),
    "empty": lambda: selu_parameters(np.zeros((0, 3)), 1.0),
}

each = pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)


def copies(p: SeluParameters) -> dict[str, SeluParameters]:
    text = json.dumps(p.to_dict())
    return {
        "repr": eval(repr(p)),
        "pickle": pickle.loads(pickle.dumps(p)),
        "copy": copy.copy(p),
        "deepcopy": copy.deepcopy(p),
        "json": SeluParameters.from_dict(json.loads(text)),
    }


@each
def test_equal_parameters_are_equal_however_they_came_about(make):
    p = make()
    for way, other in {"again": make(), **copies(p)}.items():
        if way == "json" and np.size(p.alpha) == 0:
            continue  # a list has no shape without elements
        assert other == p, way
        assert hash(other) == hash(p), way
        for value in vars(other).values():
            assert not (isinstance(value, np.ndarray) and value.flags.writeable), way


def test_other_parameters_are_not_equal():
    p = selu_parameters(0.0, 1.0)
    unequal = [
        selu_parameters(0.0, 1.0, weights="normalized"),
        selu_parameters(0.0, np.nextafter(1.0, 2.0)),
        selu_parameters([0.0], 1.0),
        match_moments(0.0, 1.0, 0.0, 1.0),
        tuple(p),
        None,
    ]
    assert p not in unequal
    assert selu_parameters([0.0], 1.0) != selu_parameters([[0.0]], 1.0)
    assert len({p, selu_parameters(-0.0, 1.0), *unequal[:3]}) == 4


@pytest.mark.slow
def test_a_tf_function_is_traced_once_for_equal_parameters():
    """Also where each is gone before the next one comes."""
    import tensorflow as tf  # noqa: PLC0415 - slow, and only here

    import selu_sym.tensorflow as st  # noqa: PLC0415

    traces = []

    @tf.function
    def activation(x, p):
        traces.append(p)
        return st.selu(x, p)

    for mean in (-0.1, -0.1, [-0.1, 0.1], [-0.1, 0.1]):
        y = activation(tf.constant([1.0, 1.0]), selu_parameters(mean, 2.0, weights="iid"))
    assert len(traces) == 2
    expected = selu_parameters([-0.1, 0.1], 2.0, weights="iid").scale
    assert y.numpy() == pytest.approx(expected, rel=1e-6)


def test_plain_numbers_for_tables():
    assert selu_parameters(-0.1, 2.0, weights=(1, 1)).to_dict() == {
        "alpha": pytest.approx(1.9769021954241999, rel=1e-14),
        "scale": pytest.approx(1.073851239616047, rel=1e-14),
        "mean": -0.1,
        "variance": 2.0,
        "input_mean": -0.1,
        "input_variance": 2.0,
        "weights": (1.0, 1.0),
    }
    columns = selu_parameters([0.0, 0.1], 1.0, weights="iid").to_dict()
    assert columns["mean"] == [0.0, 0.1]
    assert [type(number) for number in columns["alpha"]] == [float, float]


def test_repr_solves_nothing_and_stays_short(monkeypatch):
    def fail(*_):
        raise AssertionError("repr computed something")

    million = selu_parameters(np.zeros(10**6), 1.0)
    single = selu_parameters(0.0, 1.0)
    monkeypatch.setattr(layer_map, "stability", fail)
    monkeypatch.setattr(SeluParameters, "gradient", fail)
    assert len(repr(million)) < 2000
    assert repr(single).endswith("input_mean=0.0, input_variance=1.0, weights='iid')")


def test_print_of_arrays_solves_nothing(monkeypatch):
    """The stability of 100,000 targets took three times as long as solving them."""

    def fail(*_):
        raise AssertionError("print computed something")

    several = selu_parameters([0.0, 9.0], 1.0, weights="iid", missing="nan")
    monkeypatch.setattr(layer_map, "stability", fail)
    monkeypatch.setattr(signals, "gradient_gain", fail)
    lines = str(several).splitlines()
    assert lines[-1] == "weights assumed iid (independent weights of mean 0 and variance 1/n)"
    assert lines[0].endswith("nan]")


def test_print_explains():
    lines = str(selu_parameters(-0.1, 2.0, weights="unit-sum")).splitlines()
    assert lines[0].startswith("alpha           1.976902195424")
    assert lines[1].startswith("scale (lambda)  1.073851239616")
    assert lines[2].startswith("saturation      -2.122898873155")
    assert lines[3:] == [
        "mean            -0.1",
        "variance        2.0",
        "weights assumed unit-sum (sum 1, sum of squares 1)",
        "stability       NOT attracting (spectral radius 1.108)",
        "gradients       1.13038 a layer (second moment), tenfold over 18.8 layers",
    ]
    assert "input variance  2.0" in str(match_moments(0.5, 2.0, 0.0, 1.0))


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"variance": -1.0}, ValueError, "variance must be positive, got -1.0"),
        ({"mean": "0"}, TypeError, "mean must be real numbers, got '0'"),
        ({"alpha": [1.0, 2.0], "scale": [1.0] * 3}, ValueError, "the shapes do not broadcast"),
        ({"weights": "lecun"}, ValueError, "weights must be"),
        ({"colour": 1.0}, TypeError, "colour"),
    ],
    ids=str,
)
def test_fields_are_checked(changed, error, message):
    fields = selu_parameters(0.0, 1.0).to_dict() | changed
    with pytest.raises(error, match=message):
        SeluParameters.from_dict(fields)


@pytest.mark.parametrize(
    "cls",
    [
        SeluParameters,
        selu_sym.Stability,
        precise.PreciseParameters,
        precise.PreciseStability,
        precise.Enclosure,
    ],
)
def test_help_documents_every_field(cls):
    attributes = inspect.getdoc(cls).partition("Attributes\n----------\n")[2]
    documented = re.findall(r"^(\w[\w, ]*) : ", attributes, re.MULTILINE)
    names = [name for line in documented for name in line.split(", ")]
    assert names == [field.name for field in dataclasses.fields(cls)]


@pytest.mark.parametrize("target", [(0.0, 1.0), (-0.1, 2.0), (0.3, 0.7)], ids=str)
@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.95])
def test_dropout_restores_mean_and_variance(target, rate):
    found = selu_parameters(*target, weights="unit-sum")
    a, b = found.dropout_affine(rate)
    keep, s = 1 - rate, found.saturation
    mean = keep * found.mean + rate * s
    variance = keep * (found.variance + found.mean**2) + rate * s**2 - mean**2
    assert a * mean + b == pytest.approx(found.mean, abs=1e-14)
    assert a**2 * variance == pytest.approx(found.variance, rel=1e-14)


def test_dropout_of_nothing_changes_nothing():
    assert selu_parameters(-0.1, 2.0, weights="unit-sum").dropout_affine(0) == (1.0, 0.0)


def test_dropout_broadcasts():
    a, b = selu_parameters(np.zeros(3), 1.0).dropout_affine(np.array([[0.1], [0.2]]))
    assert a.shape == b.shape == (2, 3)


@pytest.mark.parametrize("rate", [1.0, -0.1, 2])
def test_dropout_rate(rate):
    with pytest.raises(ValueError, match=r"rate must be in the interval \[0, 1\), got"):
        selu_parameters().dropout_affine(rate)


def test_the_parameters_own_what_they_hold():
    means = np.array([0.0, 0.1])
    p = selu_parameters(means, 1.0, weights="iid")
    means[:] = 9.0
    assert p.mean.tolist() == [0.0, 0.1]
    for field in (p.alpha, p.scale, p.mean, p.variance, p.input_mean, p.input_variance):
        assert not field.flags.writeable
