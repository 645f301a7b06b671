"""What `observe` advises where weights are right: it is done to the letter, and nothing is found.

These are poolings, sums, paddings, dropouts, dead units, inputs and weights that are far off.
"""

import re

import keras
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk
from tests.keras_networks import AT_POINT, IMAGES, POINT, ROWS, L, conv, dense, network

DATA = ROWS[:256]
MAPS = IMAGES[:64]


def advice(model, data, kind):
    """Return what the one finding of a network advises."""
    findings = sk.observe(model, data).findings
    assert [finding.kind for finding in findings] == [kind]
    return str(findings[0])


def number_after(words, message):
    """Return the number after some words."""
    return float(re.search(words + r" ([\d.]+)", message)[1])


def maps(*between, **options):
    """Return two SELU convolutions, and what is between them."""
    first = conv(activation="selu", **options)
    return network(first, *between, conv(activation="selu"), shape=(12, 12, 8))


BETWEEN = {
    "pooling": (lambda: [L.MaxPooling2D(2)], "use strides, or normalize after it"),
    "padding": (lambda: [L.ZeroPadding2D(2)], "leave it out, or normalize after it"),
}


@pytest.mark.parametrize("kind", BETWEEN)
def test_poolings_and_paddings(kind):
    make, words = BETWEEN[kind]
    assert advice(maps(*make()), MAPS, kind).endswith(words)
    assert sk.observe(maps(strides=2 if kind == "pooling" else 1), MAPS).findings == ()
    assert sk.observe(maps(*make(), L.BatchNormalization()), MAPS).findings == ()


def test_a_global_pooling():
    def model(*after):
        pool = L.GlobalAveragePooling2D()
        layers = conv(activation="selu"), pool, *after, dense(activation="selu")
        return network(*layers, shape=(12, 12, 8))

    assert advice(model(), MAPS, "pooling").endswith("normalize after it")
    assert sk.observe(model(L.BatchNormalization()), MAPS).findings == ()


@pytest.mark.parametrize("place", ["before a SELU", "before weights"])
def test_sums(place):
    weights = [dense(192, name=name) for name in ("a", "b", "c")]

    def model(outside, inside=1.0):
        inputs = keras.Input((64,))
        one, other = (layer(inputs) for layer in weights[:2])
        if place == "before weights":
            one, other = keras.activations.selu(one), keras.activations.selu(other)
        scaled = [L.Rescaling(inside)(part) for part in (one, other)]
        x = L.Rescaling(outside)(L.Add()(scaled))
        x = x if place == "before a SELU" else weights[2](x)
        return keras.Model(inputs, L.Activation("selu")(x))

    said = advice(model(1.0), DATA, "sum")
    if place == "before weights":
        assert said.endswith("scale the branches so that their squared factors sum to 1")
        mended = model(1.0, 0.5**0.5)
    else:
        mended = model(number_after("multiply the sum by", said))
    assert sk.observe(mended, DATA).findings == ()


def test_sums_of_a_stack():
    def model(factor):
        x = inputs = keras.Input((64,))
        for _ in range(6):
            y = dense(192, kernel="he_normal", activation="relu")(x)
            x = L.Rescaling(factor)(L.Add()([x, dense(64)(y)]))
        return keras.Model(inputs, x)

    said = advice(model(1.0), DATA, "sum")
    assert sk.observe(model(number_after("multiply each sum by", said)), DATA).findings == ()


@pytest.mark.parametrize(
    ("point", "data"), [({}, DATA), (POINT, AT_POINT[:256])], ids=["(0, 1)", "(-0.1, 2)"]
)
@pytest.mark.parametrize("wrong", [L.Dropout, sk.AlphaDropout], ids=["dropout", "alpha dropout"])
def test_dropouts_after_a_selu(wrong, point, data):
    weights = "he_normal" if wrong is sk.AlphaDropout and not point else "iid"

    def model(dropout):
        kernel = "he_normal" if weights == "he_normal" else "lecun_normal"
        selu = sk.SELU(**point, weights=weights)
        return network(dense(192, kernel=kernel, activation=selu), dropout)

    said = advice(model(wrong(0.2)), data, "dropout")
    mended = model(eval("sk." + said.split("use ")[1], {"sk": sk}))
    assert sk.observe(mended, data).findings == ()


def test_dropouts_of_a_stack():
    def model(rate):
        layers = [(dense(192, kernel="he_normal", activation="relu"), rate) for _ in range(5)]
        return network(*(part for one, p in layers for part in (one, L.Dropout(p))))

    said = advice(model(0.5), DATA, "dropout")
    assert sk.observe(model(number_after("use a rate of", said)), DATA).findings == ()


def test_dead_units():
    bias = keras.initializers.Constant(-20.0)

    def model(*before):
        layers = dense(192, kernel="he_normal", bias_initializer=bias), *before, L.ReLU()
        return network(*layers)

    assert advice(model(), DATA, "saturated").endswith("normalize before it")
    assert sk.observe(model(L.BatchNormalization()), DATA).findings == ()


@pytest.mark.parametrize("columns", [0, 24])
def test_raw_inputs(columns):
    raw = np.concatenate([70 * DATA[:, columns:] + 3, np.ones((256, columns))], axis=1)

    def model(width):
        return network(dense(192, kernel="he_normal", activation="relu"), shape=(width,))

    said = advice(model(64), raw, "input")
    assert said.endswith("standardize it, as with keras.layers.Normalization")
    assert (f"leave out its {columns} constant columns, then " in said) == bool(columns)
    kept = raw[:, : 64 - columns]
    kept = (kept - kept.mean(axis=0)) / kept.std(axis=0)
    assert sk.observe(model(64 - columns), kept).findings == ()


@pytest.mark.parametrize("scale", [100.0, 0.01])
@pytest.mark.parametrize("name", ["relu", "gelu", "tanh"])
def test_weights_that_are_far_off(name, scale):
    def model(initializer):
        drawn = type(initializer).from_config({**initializer.get_config(), "seed": 13})
        return network(L.Dense(192, name, kernel_initializer=drawn))

    tau = scale / selu_sym.activation_moments(name).second_moment
    said = advice(model(keras.initializers.VarianceScaling(tau)), DATA, "weights")
    found = re.search(r"kernel_initializer=('\w+'|[\w.]+\([\d.]+\))", said)
    told = keras.initializers.get(eval(found[1], {"keras": keras}))
    assert sk.observe(model(told), DATA).findings == ()


def test_biases():
    def model(bias):
        return network(dense(192, activation="selu", bias_initializer=bias))

    said = advice(model("ones"), DATA, "biases")
    told = said.split("use bias_initializer=")[1].strip("'")
    assert sk.observe(model(told), DATA).findings == ()
