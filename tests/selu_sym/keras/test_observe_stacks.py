"""Stacks of any activation in Keras: sound ones are left alone, planted faults found and mended."""

import keras
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk
from tests.keras_networks import ROWS, SEEDS, L

DATA = ROWS[:256]
GAINED = ["relu", "leaky_relu", "gelu", "silu", "mish", "elu", "celu", "tanh"]


def stack(name, initializer, depth, units=192, **options):
    layers = [
        L.Dense(units, name, kernel_initializer=initializer(), name=f"h{number}", **options)
        for number in range(depth)
    ]
    return keras.Sequential([keras.Input((64,)), *layers])


def scaling(tau):
    return lambda: keras.initializers.VarianceScaling(tau, seed=next(SEEDS))


def glorot():
    return keras.initializers.GlorotUniform(seed=next(SEEDS))


@pytest.mark.parametrize("name", GAINED)
def test_stacks_with_their_gain_are_sound(name):
    depth = 12 if "relu" in name else 6
    report = sk.observe(stack(name, scaling(selu_sym.gain(name) ** 2), depth), DATA)
    assert report.findings == ()
    for layer in report.layers:
        assert layer.variance == pytest.approx(layer.predicted[1], abs=4 * layer.deviation[1])


def test_relu_after_glorot_and_the_advice_followed():
    report = sk.observe(stack("relu", glorot, 14), DATA)
    (finding,) = report.findings
    assert (finding.layer, finding.kind) == ("h1", "weights")
    assert finding.message.startswith(
        "relu after glorot_uniform weights (tau = 1): the second moment halves each layer, from "
    )
    assert "over these 14 ('h0' to 'h13'); squared gradients fall to" in finding.message
    assert finding.message.endswith("use kernel_initializer='he_uniform', which keeps it")
    mended = stack("relu", lambda: keras.initializers.HeUniform(seed=next(SEEDS)), 14)
    assert sk.observe(mended, DATA).findings == ()


def test_gelu_with_gain_1_and_the_advice_followed():
    (finding,) = sk.observe(stack("gelu", glorot, 12), DATA).findings
    assert "VarianceScaling(2.352)" in finding.message
    assert sk.observe(stack("gelu", scaling(2.352), 12), DATA).findings == ()


@pytest.mark.parametrize("size", [1e5, 1e-8])
def test_data_of_any_size_before_scale_and_shift(size):
    balanced = sk.Transformed(selu_sym.balance("gelu"))
    model = keras.Sequential([keras.Input((64,)), L.Dense(64), balanced])
    (finding,) = sk.observe(model, (size * DATA).astype("float32")).findings
    assert finding.kind == "input"
    assert "standardize it" in finding.message


@pytest.mark.parametrize("tau", [1.0, 1 / 3])
def test_sigmoid_vanishes_and_the_advice_followed(tau):
    (finding,) = sk.observe(stack("sigmoid", scaling(tau), 6), DATA).findings
    assert finding.kind == "gradients"
    assert "Transformed(selu_sym.balance('sigmoid'))" in finding.message
    q = selu_sym.balance("sigmoid")

    def balanced(x):
        y = keras.ops.sigmoid(q.input_scale * x + q.input_shift)
        return q.scale * y + q.shift

    assert sk.observe(stack(balanced, scaling(1.0), 6), DATA).findings == ()


def test_weights_that_were_put_in_decide():
    """LeCun weights in layers whose initializers are Glorot's."""
    model = keras.Sequential([keras.Input((64,)), L.Dense(192, "selu", name="h")])
    random = np.random.default_rng(5)
    model.set_weights([random.normal(0, 1 / 8, (64, 192)), np.zeros(192)])
    assert sk.observe(model, DATA).findings == ()
    model.set_weights([1.3 * random.normal(0, 1 / 8, (64, 192)), np.zeros(192)])
    (finding,) = sk.observe(model, DATA).findings
    assert finding.message.startswith("Dense 'h' has weights (tau = 1.")
    assert "glorot" not in finding.message
    followed = finding.message.split("Iid(")[1].split(")")[0]
    mended = L.Dense(192, sk.SELU(weights=selu_sym.Iid(float(followed))))
    mended = keras.Sequential([keras.Input((64,)), mended])
    mended.set_weights(model.get_weights())
    assert sk.observe(mended, DATA).findings == ()


@pytest.mark.parametrize(("bias", "found"), [(0.5, True), (0.1, True), (0.01, False), (0.0, False)])
def test_constant_biases(bias, found):
    constant = keras.initializers.Constant(bias)
    model = stack("selu", scaling(1.0), 1, bias_initializer=constant)
    findings = sk.observe(model, DATA).findings
    assert [finding.kind for finding in findings] == ["biases"] * found
    assert all("use bias_initializer='zeros'" in finding.message for finding in findings)


@pytest.mark.parametrize(("tau", "kinds"), [(0.5, []), (1.0, ["sum"])])
def test_a_sum_before_a_selu_is_measured(tau, kinds):
    inputs = [keras.Input((32,)), keras.Input((32,))]
    parts = [L.Dense(192, kernel_initializer=scaling(tau)())(one) for one in inputs]
    model = keras.Model(inputs, L.Activation("selu")(L.Add()(parts)))
    findings = sk.observe(model, [DATA[:, :32], DATA[:, 32:]]).findings
    assert [finding.kind for finding in findings] == kinds
    assert all("multiply the sum by 0.7" in finding.message for finding in findings)


def test_dropout_before_a_selu_and_on_the_input():
    for before in (True, False):
        dense, drop = L.Dense(256, kernel_initializer=scaling(1.0)()), L.Dropout(0.5, name="d")
        layers = [drop, dense] if before else [dense, drop]
        model = keras.Sequential([keras.Input((64,)), *layers, L.Activation("selu", name="s")])
        (finding,) = sk.observe(model, DATA).findings
        assert (finding.layer, finding.kind) == ("d", "dropout")
        assert "by 2 in training" in finding.message
        quiet, loud = (sk.observe(model, DATA, training=on).layers[0] for on in (False, True))
        assert loud.variance > 1.3 * quiet.variance
    followed = keras.Sequential([keras.Input((64,)), L.AlphaDropout(0.5), *model.layers[:1]])
    followed.add(L.Activation("selu"))
    report = sk.observe(followed, DATA, training=True)
    assert report.findings == ()
    assert report.layers[0].variance == pytest.approx(1.0, abs=0.2)


def test_standardizing_ends_it_where_the_fixed_point_is_another():
    """The advice has three parts: standardize, multiply, add. Columns that are constant go."""
    raw = np.concatenate([7 * ROWS[:, :40] + 3, np.ones((512, 24), "float32")], axis=1)

    def model(columns):
        dense = L.Dense(192, sk.SELU(0.1, 2.0), kernel_initializer=scaling(1.0)())
        return keras.Sequential([keras.Input((columns,)), dense])

    (finding,) = sk.observe(model(64), raw).findings
    assert finding.message.endswith(
        "leave out its 24 constant columns, then standardize it, as with "
        "keras.layers.Normalization, then multiply it by 1.414, then add 0.1"
    )
    kept = raw[:, :40]
    followed = (kept - kept.mean(axis=0)) / kept.std(axis=0) * 1.414 + 0.1
    assert sk.observe(model(40), followed).findings == ()


def fixed_points(layer, depth, tau, units=128):
    layers = []
    for _ in range(depth):
        layers += [L.Dense(units, kernel_initializer=scaling(tau)()), layer()]
    return keras.Sequential([keras.Input((64,)), *layers])


def test_gradients_of_a_deep_selu_and_the_advice_followed():
    told = selu_sym.Iid(2.0)
    (finding,) = sk.observe(fixed_points(lambda: sk.SELU(weights=told), 64, 2.0), DATA).findings
    assert finding.kind == "gradients"
    advice = "selu_sym.for_depth(64, growth=3, weights=Iid(2))"
    assert finding.message.endswith(f"take the fixed point of {advice}")
    p = eval(advice, {"selu_sym": selu_sym, "Iid": selu_sym.Iid})
    for _ in range(3):
        mended = fixed_points(lambda: sk.SELU(p.mean, p.variance, p.weights), 64, 2.0)
        data = p.variance**0.5 * DATA
        assert sk.observe(mended, data).findings == ()


def test_gradients_of_a_standardized_tanh_and_the_advice_followed():
    (finding,) = sk.observe(fixed_points(lambda: sk.Transformed("tanh"), 64, 1.0), DATA).findings
    assert finding.kind == "gradients"
    advice = "selu_sym.keras.Transformed(selu_sym.shape_for_depth('tanh', depth=64))"
    assert finding.message.endswith(f"use {advice}")
    q = eval(advice, {"selu_sym": selu_sym}).fixed_point  # once: the search takes its time
    mended = fixed_points(lambda: sk.Transformed(q), 64, 1.0)
    assert sk.observe(mended, DATA).findings == ()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["selu", "relu"])
def test_gradients_with_dropout(name, training):
    """Each alpha dropout multiplies them by q a^2, each plain one by 1/q."""
    tau = {"selu": 1.0, "relu": 2.0}[name]
    dropout = {"selu": sk.AlphaDropout, "relu": L.Dropout}[name]
    model = keras.Sequential([keras.Input((64,))])
    for number in range(8):
        model.add(L.Dense(256, name, kernel_initializer=scaling(tau)()))
        model.add(dropout(0.2, seed=number))
    first = sk.observe(model, DATA, training=training).layers[0]
    p, rate = selu_sym.selu_parameters(0.0, 1.0), 0.2 if training else 0.0
    gain = selu_sym.gradient_gain(p, rate) if name == "selu" else 1 / (1 - rate)
    assert first.predicted_gradient == pytest.approx(gain**7, rel=0.02)  # of held weights
    assert first.gradient == pytest.approx(gain**7, rel=0.5)


def test_gradients_within_chance_are_no_finding():
    """Over 32 layers at (0, 1) they grow 9-fold in wide layers, in narrow ones up to 40-fold."""
    for _ in range(3):
        narrow = fixed_points(sk.SELU, 32, 1.0, units=64)
        assert sk.observe(narrow, DATA).findings == ()
