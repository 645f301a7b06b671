"""Activations that come back from a file as what they were."""

import functools
import json

import keras
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk
import selu_sym.tensorflow as st

TARGET = {"mean": -0.1, "variance": 2.0}


def some_inputs(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


LAYERS = {
    "Dense": (lambda activation: keras.layers.Dense(4, activation=activation), (5, 8)),
    "Conv2D": (lambda activation: keras.layers.Conv2D(4, 3, activation=activation), (2, 6, 6, 3)),
    "Activation": (keras.layers.Activation, (5, 8)),
    "GRU": (lambda activation: keras.layers.GRU(4, activation=activation), (2, 5, 3)),
}

ACTIVATIONS = {
    "selu": lambda: sk.selu,
    "SELU": lambda: sk.SELU(**TARGET),
    "SELU of other weights": lambda: sk.SELU(0.1, 0.5, weights=(0.5, 1.5)),
    "SELU of an initializer": lambda: sk.SELU(0.1, 0.9, weights="he_normal"),
    "Transformed": lambda: sk.Transformed(selu_sym.shape_for_depth("gelu", 48)),
    "Transformed by its name": lambda: sk.Transformed("celu", 0.1, weights=(0.5, 1.5), param=2),
    "SELU of independent weights": lambda: sk.SELU(0.1, 0.9, weights=selu_sym.Iid(0.5, 0.25)),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_activation_comes_back(name, activation, tmp_path):
    make, shape = LAYERS[name]
    layer = make(ACTIVATIONS[activation]())
    model = keras.Sequential([keras.Input(shape[1:]), layer])
    x = some_inputs(*shape)
    expected = np.array(model(x))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    rebuilt = keras.saving.deserialize_keras_object(config)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert np.array(loaded(x)) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert np.array(clone(x)) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    for again in (loaded.layers[-1], clone.layers[-1], rebuilt):
        if activation == "selu":
            assert again.activation is sk.selu
        else:
            assert type(again.activation) is type(layer.activation)
            assert again.activation.get_config() == layer.activation.get_config()


def test_the_function_is_saved_under_a_name_of_its_own():
    config = keras.layers.Dense(2, activation=sk.selu).get_config()
    assert config["activation"]["config"] == "selu_sym>selu"
    assert keras.layers.Dense(2, activation="selu").get_config()["activation"] == "selu"


def test_a_partial_function_refuses_to_be_saved():
    layer = keras.layers.Dense(2, activation=functools.partial(sk.selu, **TARGET))
    with pytest.raises(TypeError, match="Cannot serialize object"):
        layer.get_config()


def test_an_exported_activation_is_the_same(tmp_path):
    layers = [keras.layers.Dense(4, activation=activation()) for activation in ACTIVATIONS.values()]
    model = keras.Sequential([keras.Input((8,)), *layers])
    model.export(tmp_path / "exported", verbose=False)
    again = keras.layers.TFSMLayer(tmp_path / "exported", call_endpoint="serve")
    for rows in (3, 5):
        x = some_inputs(rows, 8)
        assert np.array(again(x)) == pytest.approx(np.array(model(x)), rel=1e-5, abs=1e-6)


def test_the_tensorflow_op_comes_back_as_the_same_function(tmp_path):
    """Keras saves functions by name: as "selu" it would come back as Keras's own."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, activation=st.selu)])
    x = some_inputs(5, 8)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].activation is sk.selu
    assert np.array(loaded(x)) == pytest.approx(np.array(model(x)), rel=1e-6)
