"""What `observe` says of Keras models: of broken ones, of sound ones, on every path."""

import functools
import itertools
import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym
import selu_sym.keras as sk
from selu_sym import Iid

L = keras.layers
RANDOM = np.random.default_rng(13)
ROWS = RANDOM.normal(size=(512, 64)).astype("float32")
IMAGES = RANDOM.normal(size=(256, 12, 12, 8)).astype("float32")
SEQUENCES = RANDOM.normal(size=(256, 9, 64)).astype("float32")
POINT = {"mean": -0.1, "variance": 2.0}
RAW = (7.35 * ROWS + 1).astype("float32")
AT_POINT = (np.sqrt(2.0) * ROWS - 0.1).astype("float32")


SEEDS = itertools.count(13)


def dense(units=128, name=None, kernel="lecun_normal", **options):
    return L.Dense(units, kernel_initializer=seeded(kernel), name=name, **options)


def conv(filters=64, name=None, **options):
    kernel = seeded("lecun_normal")
    return L.Conv2D(filters, 3, kernel_initializer=kernel, name=name, **options)


def seeded(kernel):
    return type(keras.initializers.get(kernel))(seed=next(SEEDS))


def network(*layers, shape=(64,)):
    return keras.Sequential([keras.Input(shape), *layers, L.Flatten(), L.Dense(10)])


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
        "Dense 'h': Ones draws biases of mean 1, a weight model needs mean 0",
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


def deep(activation, kernel="lecun_normal", dropout=L.Identity, depth=12):
    blocks = ([dense(256, kernel=kernel), activation(), dropout()] for _ in range(depth))
    return network(*(layer for block in blocks for layer in block))


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


def test_moments_that_nothing_explains():
    """A layer of own code doubles the signal unseen: the measured moments tell."""

    class Twice(L.Layer):
        def call(self, x):
            return 2 * x

    first = dense(256, "h1", activation="selu")
    model = network(first, Twice(name="twice"), dense(256, "h2"), sk.SELU())
    (finding,) = sk.observe(model, ROWS).findings
    assert (finding.layer, finding.kind) == ("twice", "input")
    assert finding.message.startswith("Dense 'h2' gets the second moment 4")
    assert finding.message.endswith(", the fixed point has 1: normalize it")
    model = network(dense(256, "h"), Twice(), sk.SELU(name="s"))
    (finding,) = sk.observe(model, ROWS).findings
    assert (finding.layer, finding.kind) == ("s", "input")
    assert finding.message.startswith("SELU 's' gets net inputs of the second moment 4")


def test_weights_that_have_moved():
    model = network(dense(256, "h", activation="selu"))
    model.layers[0].kernel.assign(1.5 * model.layers[0].kernel)
    finding, *_ = sk.observe(model, ROWS).findings
    assert finding.kind == "moments"
    assert "SELU of 'h' has variance" in finding.message
    assert "; the weights of Dense 'h' have tau = 2.2" in finding.message


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


def test_models_without_a_selu_say_so():
    text = repr(sk.observe(network(dense(activation="relu")), ROWS))
    assert "No SELU was seen" in text.splitlines()[1]


def test_between_two_selus_nothing_may_change_the_moments():
    model = network(
        dense(256, activation="selu"), L.Rescaling(5.0), dense(256, "h", activation="selu")
    )
    report = sk.observe(model, ROWS)
    (finding,) = report.findings
    assert (finding.layer, finding.kind) == ("h", "input")
    last = report.layers[-1]
    assert last.variance == pytest.approx(last.predicted[1], rel=0.1)


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


def test_report_as_text_and_data():
    make, data, message = BROKEN["he weights"]
    report = sk.observe(make(), data, examples=100)
    title, header, row, finding = repr(report).splitlines()
    assert title == "Observed with 100 examples: 1 activation, 1 finding"
    assert header.split()[:3] == ["layer", "function", "mean"]
    assert row.startswith("h3     SELU")
    assert finding == f"1. {message}"
    saved = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert saved["examples"] == 100
    assert saved["findings"] == [{"layer": "h3", "kind": "weights", "message": message}]
    assert saved["layers"][0]["variance"] == report.layers[0].variance
    assert saved["layers"][0]["fixed_point"] == [0.0, 1.0]


def test_plot():
    figure = sk.observe(SOUND["the paper's"][0](), ROWS).plot()
    _, variance, gradient = figure.axes
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "mean",
        "variance",
        "gradient, squared norm",
    ]
    predicted, seen = (line.get_ydata() for line in variance.lines)
    assert np.allclose(seen, predicted, atol=0.3)
    assert gradient.get_yscale() == "log"
    sk.observe(network(L.Identity()), ROWS).plot()  # without activations


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, 0.0])
def test_hostile_numbers(value):
    data = np.where(ROWS > 2, value, ROWS) if value else 0 * ROWS
    report = sk.observe(network(dense(activation="selu")), data.astype("float32"))
    assert [finding.kind for finding in report.findings] == ["input"]
    json.dumps(report.to_dict(), allow_nan=False)
    report.plot()


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
    model = SOUND["the paper's"][0]()
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


def batches(size):
    return [(ROWS[start : start + size], np.zeros(size)) for start in range(0, 512, size)]


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return batches(64)[index]


@pytest.mark.parametrize(
    "data",
    [
        ROWS,
        tf.constant(ROWS),
        (ROWS, np.zeros(512)),
        {"x": ROWS},
        tf.data.Dataset.from_tensor_slices((ROWS, np.zeros(512))).batch(100),
        Batches(),
        iter(batches(128)),
    ],
    ids=["array", "tensor", "(x, y)", "dict", "Dataset", "PyDataset", "iterator"],
)
def test_kinds_of_data(data):
    inputs = keras.Input((64,), name="x")
    model = keras.Model({"x": inputs} if isinstance(data, dict) else inputs, dense()(inputs))
    model = keras.Model(model.inputs, sk.SELU()(model.output))
    report = sk.observe(model, data)
    assert report.examples == 512
    values = model.predict(ROWS, verbose=0).astype(float)
    assert report.layers[0].mean == pytest.approx(values.mean(), abs=1e-6)
    assert report.layers[0].variance == pytest.approx(values.var(), rel=1e-5)


def test_batches_of_different_lengths():
    model = network(L.SimpleRNN(64, activation=sk.SELU(weights=Iid(2))), shape=(None, 64))
    lengths = [SEQUENCES[:32, :5], SEQUENCES[:32, :5], SEQUENCES[:32, :7]]
    assert sk.observe(model, lengths.__iter__()).examples == 64


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (ROWS[:0], {}, "data must hold examples, got none"),
        (iter([]), {}, "data must hold examples, got none"),
        (ROWS, {"examples": 0}, "examples must be a positive integer, got 0"),
    ],
)
def test_bad_arguments(data, options, message):
    with pytest.raises(ValueError, match=message):
        sk.observe(network(dense()), data, **options)


def test_during_training(tmp_path):
    """As a callback, whose scalars TensorBoard's own reader finds."""
    model = network(dense(64, "h", activation="selu"))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    labels = (ROWS[:, 0] > 0).astype(int)
    observer = sk.Observer(iter([ROWS]), every=2, examples=100, log_dir=str(tmp_path))
    model.fit(ROWS, labels, epochs=2, verbose=0, callbacks=[observer])
    start = observer.reports[0]
    model.fit(ROWS, labels, epochs=4, initial_epoch=2, verbose=0, callbacks=[observer])
    assert observer.reports[0] is start
    assert list(observer.reports) == [0, 2, 4]
    assert observer.reports[0].layers[0].mean != observer.reports[4].layers[0].mean
    scalars = {}
    for file in tmp_path.iterdir():
        for record in tf.data.TFRecordDataset(str(file)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                scalars[value.tag, event.step] = tf.make_ndarray(value.tensor).item()
    for step, report in observer.reports.items():
        assert scalars["h/variance", step] == pytest.approx(report.layers[0].variance)
    assert {tag for tag, _ in scalars} == {"h/mean", "h/variance", "h/saturated", "h/gradient"}
