"""The layer Transformed: how it is made, saved and refused. Values are in backends/cases/."""

import json

import keras
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk
from selu_sym import _balance
from tests.transformed import SHAPED, SOME

Q = selu_sym.shape_for_depth("relu", 48)


def test_a_name_stands_for_the_standardized_one():
    layer = sk.Transformed("elu", 0.1, 2.0, weights="he_normal", param=0.5)
    q = selu_sym.standardize("elu", 0.1, 2.0, weights="he_normal", param=0.5)
    assert repr(layer.fixed_point) == repr(q)
    with pytest.warns(UserWarning, match="repels"):
        sk.Transformed("gelu")


@pytest.mark.parametrize("case", SHAPED, ids=str)
def test_each_activation_is_loaded_without_computing_it_again(case, monkeypatch):
    layer = sk.Transformed(case.q, name="own")
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    monkeypatch.setattr(_balance, "means", None)
    again = keras.saving.deserialize_keras_object(saved)
    assert again.get_config() == layer.get_config()
    x = SOME.astype("float32")
    assert np.array_equal(again(x), layer(x))


def test_a_network_keeps_its_second_moment():
    """16 layers of width 128; deviations are those that the prediction has for layers so wide."""
    y = np.random.default_rng(0).normal(size=(64, 128)).astype("float32")
    for seed in range(16):
        kernel = keras.initializers.LecunNormal(seed=seed)
        y = sk.Transformed(Q)(keras.layers.Dense(128, kernel_initializer=kernel)(y))
    second_moment = np.mean(np.array(y, "float64") ** 2)
    seen = selu_sym.propagate(Q, 16, width=128)
    assert second_moment == pytest.approx(1.0, abs=5 * seen.variance_deviation[-1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"activation": Q, "mean": 0.1}, ValueError, "with the name of an activation alone"),
        ({"activation": Q, "param": 0.1}, ValueError, "with the name of an activation alone"),
        ({"activation": "gelo"}, ValueError, "did you mean 'gelu'"),
        ({"activation": "relu", "variance": -1.0}, ValueError, "variance must be positive"),
        ({"activation": "relu", "mean": True}, TypeError, "mean must be a real number"),
        ({"activation": 3}, TypeError, "activation must be a TransformedActivation"),
        ({"activation": np.tanh}, TypeError, "activation must be a TransformedActivation"),
        (
            {"activation": selu_sym.standardize(np.tanh)},
            TypeError,
            "the Python function 'tanh'",
        ),
        ({"activation": selu_sym.standardize("relu", [0.0, 0.1])}, ValueError, "must hold numbers"),
    ],
    ids=range(9),
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        sk.Transformed(**arguments)
