"""What Keras's layers do to moments, and which activations code of users' own may call."""

import keras
import pytest

import selu_sym.keras as sk
from selu_sym.keras import _watch_kinds as kinds
from tests.keras_networks import L


@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        (L.ReLU(), "activation"),
        (L.Activation("gelu"), "passthrough"),
        (L.Softmax(), "other"),
        (L.Add(), "sum"),
        (L.MaxPooling3D(), "pooling"),
        (L.ZeroPadding2D(), "padding"),
        (L.Concatenate(), "join"),
        (L.SpatialDropout1D(0.1), "dropout"),
        (sk.AlphaDropout(0.1), "alpha dropout"),
        (sk.SELU(), "selu"),
        (L.LSTM(2), "other"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, keras.Layer) else value,
)
def test_kinds(layer, kind):
    assert kinds.kind_of(layer) == kind


@pytest.mark.parametrize(
    ("layer", "parameter"),
    [(L.LeakyReLU(0.3), 0.3), (L.ELU(0.7), 0.7), (L.ReLU(), None)],
    ids=lambda value: type(value).__name__,
)
def test_parameters(layer, parameter):
    assert kinds.parameter_of(layer) == parameter


def test_functions_of_own_code():
    found = {(module.__name__, name) for module, name in kinds.activation_functions()}
    assert {("keras.ops", "relu"), ("keras.activations", "gelu")} <= found
    assert not {name for _, name in found} & {"softmax", "linear", "sin"}
