"""What `observe` finds in Keras models: in broken ones, and nothing in sound ones."""

import functools
import math

import keras
import pytest
import tensorflow as tf

import selu_sym.keras as sk
from selu_sym import Iid
from tests.keras_networks import (
    AT_POINT,
    IMAGES,
    POINT,
    RANDOM,
    ROWS,
    SEQUENCES,
    L,
    conv,
    deep,
    dense,
    network,
    seeded,
)

RAW = (7.35 * ROWS + 1).astype("float32")


def residual(factor, add=None):
    inputs = keras.Input((64,))
    x = dense(64, "h1", activation="selu")(inputs)
    branch = dense(64, "h2", activation="selu")(x)
    y = L.Rescaling(factor)((add or L.Add(name="add"))([x, branch]))
    return keras.Model(inputs, L.Dense(10)(dense(64, "h3", activation="selu")(y)))


def sum_of_two(tensors):
    return tensors[0] + tensors[1]


BROKEN = {
    "he weights": (
        lambda: network(dense(name="h3", kernel="he_normal", activation=sk.SELU())),
        ROWS,
        "Dense 'h3' has he_normal weights (tau = 2), its SELU assumes tau = 1: "
        "use weights='he_normal'",
    ),
    "glorot of unequal widths": (
        lambda: network(dense(192, "h", "glorot_uniform"), sk.SELU(name="s")),
        ROWS,
        "Dense 'h' has glorot_uniform weights (tau = 0.5), its SELU 's' assumes tau = 1: "
        "use weights=Iid(0.5)",
    ),
    "orthogonal to more units": (
        lambda: network(dense(128, "h", "orthogonal", activation="selu")),
        ROWS,
        "Dense 'h' has orthogonal weights (tau = 0.5), its SELU assumes tau = 1: "
        "use weights=Iid(0.5)",
    ),
    "depthwise": (
        lambda: network(
            L.DepthwiseConv2D(3, depthwise_initializer="lecun_normal", name="d"),
            sk.SELU(name="s"),
            shape=(12, 12, 8),
        ),
        IMAGES,
        "DepthwiseConv2D 'd' has lecun_normal weights (tau = 0.125), its SELU 's' assumes "
        "tau = 1: use weights=Iid(0.125)",
    ),
    "recurrent": (
        lambda: network(L.SimpleRNN(64, activation=sk.SELU(), name="r"), shape=(9, 64)),
        SEQUENCES,
        "SimpleRNN 'r' has glorot_uniform weights (tau = 2), its SELU assumes tau = 1: "
        "use weights=Iid(2)",
    ),
    "random biases": (
        lambda: network(
            dense(
                name="h",
                bias_initializer=keras.initializers.RandomNormal(stddev=0.5),
                activation="selu",
            )
        ),
        ROWS,
        "Dense 'h' has biases of variance 0.25, its SELU assumes 0: use weights=Iid(1, 0.25)",
    ),
    "biases of one": (
        lambda: network(dense(name="h", bias_initializer="ones", activation="selu")),
        ROWS,
        "Dense 'h' has biases of mean 1, its SELU assumes 0: use bias_initializer='zeros'",
    ),
    "the published model": (
        lambda: network(dense(name="h", activation=sk.SELU(**POINT, weights="unit-sum"))),
        AT_POINT,
        "SELU of 'h' assumes weights of the model 'unit-sum', whose sums are fixed; those of "
        "Dense 'h' are drawn independently: use weights='lecun_normal'",
    ),
    "raw input": (
        lambda: network(dense(name="h", activation="selu")),
        RAW,
        f"the input of Dense 'h' has mean {RAW.mean():.3g} and variance {RAW.var():.3g}, the fixed "
        "point 0 and 1: standardize it, as with keras.layers.Normalization",
    ),
    "padding": (
        lambda: network(conv(name="c", padding="same"), sk.SELU(name="s"), shape=(12, 12, 8)),
        IMAGES,
        "Conv2D 'c' pads with zeros, and so loses 11% of tau at the border: "
        "use padding='valid', or weights=Iid(0.892) for its SELU 's'",
    ),
    "ReLU between": (
        lambda: network(
            dense(activation="selu"), dense(name="r", activation="relu"), dense(activation="selu")
        ),
        ROWS,
        "relu of 'r' stands between layers with SELUs and does not keep their fixed point: "
        "use SELU there, too",
    ),
    "plain dropout": (
        lambda: network(dense(activation=sk.SELU(**POINT)), L.Dropout(0.1, name="d")),
        AT_POINT,
        "Dropout 'd' moves the moments that the SELU keeps: "
        "use AlphaDropout(0.1, mean=-0.1, variance=2)",
    ),
    "dropout of rate 1": (
        lambda: network(dense(name="h"), L.Dropout(1.0, name="d"), L.Activation("selu")),
        ROWS,
        "Dropout 'd' drops all units in training, so nothing is learned: use a rate below 1",
    ),
    "zeros": (
        lambda: network(dense(name="h", activation="selu")),
        0 * ROWS,
        "the input of Dense 'h' is all zeros: show examples as in training",
    ),
    "alpha dropout of the paper": (
        lambda: network(
            dense(name="h", activation=sk.SELU(weights="he_normal"), kernel="he_normal"),
            L.AlphaDropout(0.1, name="d"),
        ),
        ROWS,
        "AlphaDropout 'd' drops units to -1.76, SELU of 'h' saturates at -1.48: "
        "use AlphaDropout(0.1, weights='he_normal')",
    ),
    "two fixed points": (
        lambda: network(
            dense(name="h1", activation="selu"), dense(name="h2", activation=sk.SELU(**POINT))
        ),
        ROWS,
        "SELU of 'h1' keeps mean 0 and variance 1, SELU of 'h2' -0.1 and 2: give both the same",
    ),
    "pooling": (
        lambda: network(
            conv(activation="selu"),
            L.MaxPooling2D(2, name="p"),
            conv(name="c", activation="selu"),
            shape=(12, 12, 8),
        ),
        IMAGES,
        "MaxPooling2D 'p' changes the moments: Conv2D 'c' gets the second moment",
    ),
    "residual branches": (
        lambda: residual(1.0),
        ROWS,
        "Add 'add' adds branches: Dense 'h3' gets the second moment",
    ),
    "branches added by an operator": (
        lambda: residual(1.0, sum_of_two),
        ROWS,
        "Add 'add",
    ),
    "small embeddings": (
        lambda: network(
            L.Embedding(10, 16, name="e"),
            L.Flatten(),
            dense(name="h", activation="selu"),
            shape=(5,),
        ),
        RANDOM.integers(0, 10, (256, 5)),
        "Dense 'h' gets the second moment 0.000",
    ),
    "no weights between": (
        lambda: network(dense(name="h", activation="selu"), sk.SELU(name="again")),
        ROWS,
        "SELU of 'h' stands between the weights and SELU 'again': the SELU's net input must "
        "come from a layer with weights",
    ),
    "normalized net input": (
        lambda: network(dense(), L.BatchNormalization(name="b"), sk.SELU(**POINT, name="s")),
        AT_POINT,
        "BatchNormalization 'b' gives SELU 's' net inputs of mean 0 and variance 1, it assumes "
        "0 and 2.01: leave the normalization out",
    ),
}


@pytest.mark.parametrize(("make", "data", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_networks_are_diagnosed(make, data, message):
    found = sk.observe(make(), data).findings
    assert len(found) == 1, found
    assert str(found[0]).startswith(message)


class Own(keras.Model):
    """A model of an own class, with a dropout that is a layer of a layer."""

    def __init__(self):
        super().__init__()
        self.first = dense(256, "first")
        self.block = keras.Sequential([sk.SELU(), sk.AlphaDropout(0.1)])
        self.second = dense(256, "second", activation="selu")
        self.last = L.Dense(3)

    def call(self, x):
        return self.last(self.second(self.block(self.first(x))))


def two_inputs():
    inputs = [keras.Input((32,)), keras.Input((32,))]
    x = dense(256, activation="selu")(L.Concatenate()(inputs))
    return keras.Model(inputs, L.Dense(1)(x))


SOUND = {
    "the paper's": (lambda: deep(sk.SELU, dropout=lambda: sk.AlphaDropout(0.1)), ROWS),
    "Keras's own": (
        lambda: deep(lambda: L.Activation("selu"), dropout=lambda: L.AlphaDropout(0.1)),
        ROWS,
    ),
    "(-0.1, 2)": (
        lambda: deep(lambda: sk.SELU(**POINT), dropout=lambda: sk.AlphaDropout(0.1, **POINT)),
        AT_POINT,
    ),
    "he weights": (lambda: deep(lambda: sk.SELU(weights="he_normal"), "he_uniform"), ROWS),
    "orthogonal": (
        lambda: network(*(dense(64, kernel="orthogonal", activation="selu") for _ in range(12))),
        ROWS,
    ),
    "unequal widths": (
        lambda: network(
            dense(192, kernel="glorot_uniform", activation=sk.SELU(weights=Iid(0.5))),
            dense(64, kernel="glorot_uniform", activation=sk.SELU(weights=Iid(1.5))),
        ),
        ROWS,
    ),
    "an own class": (Own, ROWS),
    "two inputs": (two_inputs, [ROWS[:, :32], ROWS[:, 32:]]),
    "convolutions": (
        lambda: network(
            conv(),
            sk.SELU(),
            conv(strides=2),
            sk.SELU(),
            conv(activation="selu"),
            shape=(12, 12, 8),
        ),
        IMAGES,
    ),
    "padding that is known": (
        lambda: network(
            conv(padding="same", activation=sk.SELU(weights=Iid(0.892))), shape=(12, 12, 8)
        ),
        IMAGES,
    ),
    "recurrent": (
        lambda: network(
            L.SimpleRNN(64, activation=sk.SELU(weights=Iid(2)), return_sequences=True),
            shape=(9, 64),
        ),
        SEQUENCES,
    ),
    "scaled residual branches": (lambda: residual(math.sqrt(0.5)), ROWS),
    "standardized by a layer": (
        lambda: network(standardize(30 * ROWS + 4), dense(activation="selu")),
        30 * ROWS + 4,
    ),
    "no SELU at all": (lambda: network(dense(activation="relu"), L.Dropout(0.5)), 9 * ROWS),
    "gates": (
        lambda: network(
            L.LSTM(16), L.LayerNormalization(), dense(activation="selu"), shape=(9, 64)
        ),
        SEQUENCES,
    ),
    "normalized net input": (
        lambda: network(dense(), L.BatchNormalization(), sk.SELU()),
        ROWS,
    ),
}


def standardize(data):
    layer = L.Normalization()
    layer.adapt(data)
    return layer


@pytest.mark.parametrize(("make", "data"), SOUND.values(), ids=SOUND)
def test_sound_networks_are_left_alone(make, data):
    assert sk.observe(make(), data).findings == ()


def second_moment(finding, begin):
    """Return the number after the words with which a finding begins."""
    assert finding.message.startswith(begin)
    return float(finding.message.removeprefix(begin).split()[0].rstrip(","))


def test_moments_that_nothing_explains():
    """A layer of own code doubles the signal unseen: the measured moments tell."""

    class Twice(L.Layer):
        def call(self, x):
            return 2 * x

    first = dense(256, "h1", activation="selu")
    model = network(first, Twice(name="twice"), dense(256, "h2"), sk.SELU())
    (finding,) = sk.observe(model, ROWS).findings
    assert (finding.layer, finding.kind) == ("twice", "input")
    assert second_moment(finding, "Dense 'h2' gets the second moment ") == pytest.approx(4, rel=0.1)
    assert finding.message.endswith(", the fixed point has 1: normalize it")
    model = network(dense(256, "h"), Twice(), sk.SELU(name="s"))
    (finding,) = sk.observe(model, ROWS).findings
    assert (finding.layer, finding.kind) == ("s", "input")
    begin = "SELU 's' gets net inputs of the second moment "
    assert second_moment(finding, begin) == pytest.approx(4, rel=0.1)


def test_weights_that_have_moved():
    model = network(dense(256, "h", activation="selu"))
    model.layers[0].kernel.assign(1.5 * model.layers[0].kernel)
    (finding,) = sk.observe(model, ROWS).findings
    assert (finding.layer, finding.kind) == ("h", "weights")
    assert finding.message.startswith("Dense 'h' has weights (tau = 2.2")


def test_weights_that_training_may_have_moved_are_judged_by_moments():
    model = network(*(dense(256, f"h{n}", activation="selu") for n in range(8)))
    for layer in model.layers[:8]:
        layer.kernel.assign(1.1 * layer.kernel)
    found = sk.observe(model, ROWS).findings
    assert {finding.kind for finding in found} == {"moments"}
    assert "; the weights of Dense 'h7' have tau = 1.2" in found[-1].message


class OwnDense(L.Layer):
    """A layer with weights that is not one of Keras's."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 64), initializer=seeded("lecun_normal"))

    def call(self, x):
        return x @ self.kernel


class Swish2(L.Layer):
    """A layer whose activation is a method, with an attribute that Keras's models have, too."""

    operations = ("swish",)

    def activation(self, x, beta):
        return x * keras.ops.sigmoid(beta * x)

    def call(self, x):
        return self.activation(x, beta=2.0)


HEALTHY = {
    "a normalized net input": lambda: network(
        dense(kernel="he_normal"), L.LayerNormalization(), sk.SELU(), dense(activation="selu")
    ),
    "a layer of own code": lambda: network(
        dense(name="d", kernel="he_normal"),
        L.LayerNormalization(),
        OwnDense(),
        sk.SELU(),
    ),
    "the SELU of others": lambda: network(
        dense(activation=tf.nn.selu),
        dense(activation=keras.ops.selu),
        dense(activation=lambda x: tf.nn.selu(x, "named")),
        dense(),
        L.Lambda(keras.activations.selu),
        dense(activation="selu"),
    ),
    "an activation without a name": lambda: network(
        dense(activation="selu"), dense(10, activation=functools.partial(keras.ops.elu, alpha=2.0))
    ),
    "own methods": lambda: network(dense(activation="selu"), Swish2()),
    "an initializer that is a function": lambda: network(
        L.Dense(
            128,
            kernel_initializer=lambda shape, dtype: tf.random.stateless_normal(shape, [1, 2]) / 8,
            activation="selu",
        )
    ),
}


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY)
def test_what_users_write(make):
    assert sk.observe(make(), ROWS).findings == ()


def test_between_two_selus_nothing_may_change_the_moments():
    model = network(
        dense(256, activation="selu"), L.Rescaling(5.0), dense(256, "h", activation="selu")
    )
    report = sk.observe(model, ROWS)
    (finding,) = report.findings
    assert (finding.layer, finding.kind) == ("h", "input")
    last = report.layers[-1]
    assert last.variance == pytest.approx(last.predicted[1], rel=0.1)
