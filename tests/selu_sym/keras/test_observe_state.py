"""Observing a Keras model changes nothing, to the bit, also after a failure."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym.keras as sk
from tests.keras_networks import ROWS, L

DATA = ROWS[:64]


class Restless(keras.Model):
    """Its call draws from generators, counts in a metric, and normalizes by the batch."""

    def __init__(self, fails=False):
        super().__init__()
        self.dense, self.norm = L.Dense(16, "relu"), L.BatchNormalization()
        self.noise, self.dropout = keras.random.SeedGenerator(3), L.Dropout(0.3, seed=4)
        self.tracker = keras.metrics.Mean()
        self.fails = fails

    def call(self, x, training=None):
        x = self.dropout(self.norm(self.dense(x), training=training), training=training)
        x += keras.random.normal(keras.ops.shape(x), seed=self.noise)
        x += random.random() + np.random.rand()  # noqa: NPY002
        x += tf.random.get_global_generator().normal(keras.ops.shape(x)) * tf.random.normal([])
        self.tracker.update_state(x)
        if self.fails and training is not None:
            raise RuntimeError("on purpose")
        return x


def state(model):
    variables = [*model.variables, *model.tracker.variables]
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_changed(fails, training):
    model = Restless()
    model(DATA)
    model.fails = fails
    tf.random.set_seed(7)
    before, generators = state(model), (random.getstate(), np.random.get_state()[1].copy())  # noqa: NPY002
    expected = tf.random.normal([3]).numpy()
    tf.random.set_seed(7)
    if fails:
        with pytest.raises(RuntimeError, match="on purpose"):
            sk.observe(model, DATA, training=training)
    else:
        sk.observe(model, DATA, training=training)
    assert all(map(np.array_equal, before, state(model)))
    assert random.getstate() == generators[0]
    assert np.array_equal(np.random.get_state()[1], generators[1])  # noqa: NPY002
    assert np.array_equal(tf.random.normal([3]).numpy(), expected)
    assert keras.ops.relu.__module__.startswith("keras")
    assert not hasattr(tf.nn.relu, "__wrapped__") or tf.nn.relu.__module__.startswith("tensorflow")


def test_training_goes_on_as_without_it():
    losses = []
    for observed in (False, True):
        keras.utils.set_random_seed(5)
        model = keras.Sequential([keras.Input((64,)), L.Dense(16, "relu"), L.Dropout(0.5)])
        model.compile("sgd", "mse")
        callbacks = [sk.Observer(DATA)] if observed else []
        history = model.fit(DATA, DATA[:, :16], epochs=2, verbose=0, callbacks=callbacks)
        losses.append(history.history["loss"])
    assert losses[0] == losses[1]


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_normalizations_are_judged_by_the_batch(scale):
    dense = L.Dense(192, "selu", kernel_initializer=keras.initializers.LecunNormal(seed=3))
    model = keras.Sequential([keras.Input((64,)), L.BatchNormalization(), dense])
    assert sk.observe(model, scale * ROWS + scale).findings == ()


def test_a_model_without_a_call_does_not_end_training():
    class Adversarial(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator = keras.Sequential([keras.Input((64,)), L.Dense(2)])

        def train_step(self, data):
            return {"loss": keras.ops.mean(self.generator(data[0]))}

    model = Adversarial()
    model.compile("sgd")
    with pytest.warns(UserWarning, match="the model cannot be observed"):
        model.fit(DATA, DATA, epochs=1, verbose=0, callbacks=[sk.Observer(DATA)])
