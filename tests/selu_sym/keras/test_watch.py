"""What is recorded of the calls of Keras layers: moments, gradients, predictions, and no trace."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.keras as sk
from tests.keras_networks import ROWS, SEQUENCES, L, deep, dense, network


def test_numbers_of_the_report():
    """Against what NumPy and a gradient tape make of the layers one by one."""
    p = selu_sym.selu_parameters(0.0, 1.0)
    model = network(*(dense(256, f"h{n}", activation="selu") for n in range(3)))
    report = sk.observe(model, ROWS)
    assert [layer.layer for layer in report.layers] == ["h0", "h1", "h2"]
    x, outputs = tf.constant(ROWS), []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for layer in model.layers:
            y = layer(y)
            outputs.append(y)
        random = np.random.default_rng(0).standard_normal(y.shape)  # as documented
        loss = tf.reduce_sum(y * random)
    gradients = tape.gradient(loss, outputs[:3])
    norms = [float(tf.reduce_sum(gradient**2)) for gradient in gradients]
    for layer, output, norm in zip(report.layers, outputs, norms, strict=False):
        values = output.numpy().astype(float)
        assert layer.function == "SELU"
        assert layer.mean == pytest.approx(values.mean(), abs=1e-6)
        assert layer.variance == pytest.approx(values.var(), rel=1e-6)
        assert layer.saturated == np.mean(values < 0.99 * p.saturation)
        assert layer.gradient == pytest.approx(norm / norms[-1], rel=1e-4)
    chi = 1.0715752  # reference/propagation.json
    assert report.layers[0].predicted_gradient == pytest.approx(chi**2, rel=1e-6)
    assert report.layers[0].gradient == pytest.approx(chi**2, rel=0.1)
    wide = selu_sym.propagate(p, 3, width=256)
    assert report.layers[2].deviation == (wide.mean_deviation[3], wide.variance_deviation[3])


def test_predictions_follow_each_example():
    """Two kinds of examples, one of variance 1/4 and one of 4: both moments are averages."""
    p = selu_sym.selu_parameters(0.0, 1.0)
    data = np.concatenate([ROWS / 2, 2 * ROWS])
    model = network(dense(512, activation="selu"), dense(512, activation="selu"))
    report = sk.observe(model, data)
    kinds = [selu_sym.propagate(p, 2, variance=v) for v in (0.25, 4.0)]
    for depth, layer in enumerate(report.layers, 1):
        mean = np.mean([kind.mean[depth] for kind in kinds])
        second = np.mean([kind.mean[depth] ** 2 + kind.variance[depth] for kind in kinds])
        assert layer.predicted == pytest.approx((mean, second - mean**2), abs=0.03)
        assert (layer.mean, layer.variance) == pytest.approx(layer.predicted, abs=0.08)


def test_operations_of_functional_models():
    inputs = keras.Input((64,))
    x = keras.ops.selu(dense(name="h1")(inputs))
    x = keras.ops.relu(dense(name="h2")(x))
    x = keras.activations.selu(dense(name="h3")(x))
    model = keras.Model(inputs, {"y": x, "mean": keras.ops.mean(x), "place": keras.ops.argmax(x)})
    report = sk.observe(model, ROWS)
    assert [layer.function for layer in report.layers] == ["SELU", "Relu", "SELU"]
    (finding,) = report.findings
    assert finding.kind == "activation"


def test_models_without_an_activation_say_so():
    text = repr(sk.observe(network(dense()), ROWS))
    assert text.splitlines()[1] == "No activation was seen."


def test_states_of_recurrent_layers_are_not_changed():
    rnn = L.SimpleRNN(16, stateful=True, activation="selu")
    model = keras.Sequential([keras.Input((5, 64), batch_size=32), rnn])
    data = SEQUENCES[:32, :5]
    before = model.predict(data, batch_size=32, verbose=0)
    rnn.reset_states()
    sk.observe(model, data)
    assert np.array_equal(model.predict(data, batch_size=32, verbose=0), before)


def test_each_time_step_counts_once():
    layer = L.SimpleRNN(64, activation="selu", return_sequences=True)
    model = keras.Sequential([keras.Input((3, 64)), layer])
    (seen,) = sk.observe(model, SEQUENCES[:, :3]).layers
    values = to_float64(model(SEQUENCES[:, :3]))
    assert (seen.mean, seen.variance) == pytest.approx((values.mean(), values.var()), rel=1e-5)


def to_float64(tensor):
    return keras.ops.convert_to_numpy(tensor).astype(float)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_precisions(policy):
    model = network(
        dense(256, "h1", activation="selu", dtype=policy),
        sk.AlphaDropout(0.1, dtype=policy),
        dense(256, "h2", "he_normal", dtype=policy),
        sk.SELU(name="s", dtype=policy),
    )
    found = sk.observe(model, ROWS).findings
    assert [finding.layer for finding in found] == ["h2"]
    raw = sk.observe(model, 9 * ROWS).findings
    assert [finding.layer for finding in raw] == ["input", "h2"]


def test_the_model_is_not_changed():
    model = deep(sk.SELU, dropout=lambda: sk.AlphaDropout(0.1))
    model.compile("sgd", "mse")
    before = [weight.copy() for weight in model.get_weights()]
    attributes = [set(vars(layer)) for layer in model.layers]
    config, outputs = model.get_config(), model.predict(ROWS, verbose=0)
    functions = [getattr(layer, "activation", None) for layer in model.layers]
    sk.observe(model, ROWS)
    assert [set(vars(layer)) for layer in model.layers] == attributes
    assert all(map(np.array_equal, model.get_weights(), before))
    assert model.get_config() == config
    assert [getattr(layer, "activation", None) for layer in model.layers] == functions
    assert np.array_equal(model.predict(ROWS, verbose=0), outputs)


def test_a_model_whose_call_fails_is_left_as_it_was():
    model = network(dense(activation="selu"))
    with pytest.raises(ValueError, match="incompatible"):
        sk.observe(model, ROWS[:, :5])
    assert "call" not in vars(model.layers[0])
    assert model.layers[0].activation is keras.activations.selu


class OwnCode(keras.Model):
    """Activations as functions in code of one's own, of three libraries."""

    def __init__(self):
        super().__init__()
        self.parts = [L.Dense(64) for _ in range(3)]

    def call(self, x):
        x = keras.ops.relu(self.parts[0](x))
        x = keras.activations.gelu(self.parts[1](x))
        return tf.nn.tanh(self.parts[2](x))


def test_functions_in_own_code_are_seen():
    report = sk.observe(OwnCode(), ROWS[:64])
    assert [layer.function for layer in report.layers] == ["relu", "gelu", "tanh"]
    assert all(layer.predicted is not None for layer in report.layers)
    assert len({layer.layer for layer in report.layers}) == 3


def attention():
    x = keras.Input((9, 64))
    return keras.Model(x, L.MultiHeadAttention(2, 8, name="r")(x, x))


GATES = "which computes sigmoid and {} within, and whose weights are not read"
UNSEEN = {
    "LSTM": (lambda: L.LSTM(8, name="r"), GATES.format("tanh")),
    "GRU": (lambda: L.GRU(8, name="r"), GATES.format("tanh")),
    "SELU in an LSTM": (lambda: L.LSTM(8, activation="selu", name="r"), GATES.format("selu")),
    "ConvLSTM": (lambda: L.ConvLSTM1D(8, 3, name="r"), GATES.format("tanh")),
    "cells": (
        lambda: L.RNN(L.StackedRNNCells([L.LSTMCell(8), L.GRUCell(8)]), name="r"),
        GATES.format("tanh"),
    ),
    "attention": (attention, "which computes softmax within, and whose weights are not read"),
    "einsum": (
        lambda: L.EinsumDense("abc,cd->abd", (9, 8), name="r"),
        "whose weights are not read",
    ),
}


@pytest.mark.parametrize(("make", "why"), UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_seen_is_named(make, why):
    layer = make()
    if not isinstance(layer, keras.Model):
        maps = isinstance(layer, L.ConvLSTM1D)
        layer = network(layer, shape=(3, 3, 64) if maps else (9, 64))
    data = SEQUENCES[:8].reshape(-1, *layer.input_shape[1:])
    report = sk.observe(layer, data)
    (what,) = report.not_seen
    assert what.endswith(f"'r', {why}")
    assert report.layers == report.findings == ()


@pytest.mark.parametrize("owned", [True, False])
def test_calls_in_sequence_are_layers(owned):
    """Weights that are tied: each call of a layer on what it has made is a layer of its own."""
    tied = L.Dense(64, "relu" if owned else None, kernel_initializer="he_normal", name="h")
    relu = (lambda x: x) if owned else L.ReLU(name="r")
    inputs = keras.Input((64,))
    outputs = [relu(tied(inputs))]
    for _ in range(4):
        outputs.append(relu(tied(outputs[-1])))
    model = keras.Model(inputs, outputs[-1])
    report = sk.observe(model, ROWS)
    h, values = tf.constant(ROWS), []
    with tf.GradientTape() as tape:
        tape.watch(h)
        for _ in outputs:
            values.append(h := tf.nn.relu(h @ tied.kernel))
        loss = tf.reduce_sum(h * np.random.default_rng(0).standard_normal(h.shape))
    norms = [float(tf.reduce_sum(g**2)) for g in tape.gradient(loss, values)]
    assert [layer.calls for layer in report.layers] == [1] * 5
    for layer, value, norm in zip(report.layers, values, norms, strict=True):
        assert layer.variance == pytest.approx(value.numpy().astype(float).var(), rel=1e-5)
        assert layer.gradient == pytest.approx(norm / norms[-1], rel=1e-4)
    assert report.findings == ()


class Loop(keras.Model):
    """Calls a layer on what code has made of its outputs, which is not followed."""

    def __init__(self):
        super().__init__()
        self.first, self.tied, self.last = (
            L.Dense(units, "relu", kernel_initializer="glorot_uniform") for units in (64, 64, 4)
        )

    def call(self, x):
        h = self.tied(self.first(x))
        for _ in range(30):
            h = self.tied(h + 0.0)
        return self.last(h)


def test_nothing_is_said_across_calls_that_are_not_told_apart():
    """Moments and gradients of 31 calls are not those of one layer."""
    report = sk.observe(Loop(), ROWS)
    assert [layer.calls for layer in report.layers] == [1, 31, 1]
    assert report.findings == ()
    (words,) = report.not_seen
    assert words == f"how the calls of Dense {report.layers[1].layer!r} follow each other"
    assert [bool(np.isnan(layer.gradient)) for layer in report.layers] == [False, True, False]


class Experts(keras.Model):
    """Each token goes to one expert, and none to the others."""

    def __init__(self):
        super().__init__()
        self.first = L.Dense(64, "relu", name="first")
        self.others = [L.Dense(64, "relu"), sk.SELU(), L.Dropout(0.5)]
        self.last = L.Dense(2)

    def call(self, x):
        nowhere = tf.boolean_mask(x, tf.zeros(len(x), bool))
        return self.last(tf.concat([self.first(x), *(one(nowhere) for one in self.others)], 0))


def test_a_layer_without_examples_is_left_out():
    model = Experts()
    report = sk.observe(model, ROWS)
    (seen,) = report.layers
    values = model.first(ROWS).numpy().astype(float)
    assert (seen.mean, seen.variance) == pytest.approx((values.mean(), values.var()), rel=1e-6)
    assert report.findings == ()


def test_quantized_weights_are_not_known():
    """Keras calls such a layer in another way; the activations are observed."""
    model = network(dense(256, "d", "he_normal", activation="selu"))
    model.layers[0].quantize("int8")
    (finding,) = sk.observe(model, ROWS).findings
    assert "whose weights are not known" in finding.message


@pytest.mark.parametrize("training", [False, True])
def test_a_spectral_norm_is_that_after_some_steps(training):
    """In its first call in training, Keras divides the kernel; the model is not changed."""
    wrapped = L.SpectralNormalization(dense(128, "d", activation="selu"))
    model = network(wrapped)
    before = model.get_weights()
    (finding,) = sk.observe(model, ROWS, training=training).findings
    assert all(map(np.array_equal, before, model.get_weights()))
    kernel = before[0] / np.linalg.norm(before[0], 2)
    tau = 64 * np.mean(kernel**2)
    told = finding.message.split("use weights=Iid(")[1]
    assert told.endswith(")")
    assert float(told[:-1]) == pytest.approx(tau, rel=0.05)


def test_shared_layers_have_one_row():
    inputs = [keras.Input((64,)), keras.Input((64,))]
    shared = dense(64, "shared", activation="relu")
    model = keras.Model(inputs, L.Subtract()([shared(one) for one in inputs]))
    (row,) = sk.observe(model, [ROWS[:64], ROWS[64:128]]).layers
    assert (row.layer, row.calls) == ("shared", 2)


@pytest.mark.parametrize("place", [0, 3, 4])
def test_a_nan_weight_is_named(place):
    model = network(*(dense(64, f"h{n}", activation="selu") for n in range(4)))
    layers = [layer for layer in model.layers if layer.weights]
    kernel = layers[place].get_weights()
    kernel[0][0, 0] = np.nan
    layers[place].set_weights(kernel)
    (finding,) = sk.observe(model, ROWS[:64]).findings
    assert (finding.layer, finding.kind) == (layers[place].name, "diverged")
    assert "its weights hold NaN or infinity" in finding.message
