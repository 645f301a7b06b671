"""`observe` and `Observer` as users call them: the report, data, arguments, and training."""

import json
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym.keras as sk
from selu_sym import Iid
from tests.keras_networks import ROWS, SEQUENCES, L, deep, dense, network


def test_report_as_text_and_data():
    model = network(dense(name="h3", kernel="he_normal", activation=sk.SELU()))
    message = (
        "Dense 'h3' has he_normal weights (tau = 2), its SELU assumes tau = 1: "
        "use weights='he_normal', or kernel_initializer='lecun_normal'"
    )
    report = sk.observe(model, ROWS, examples=100)
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
    figure = sk.observe(deep(sk.SELU, dropout=lambda: sk.AlphaDropout(0.1)), ROWS).plot()
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


class Elsewhere(L.Layer):
    """Calls an activation in another thread."""

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)

    def call(self, x):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(keras.ops.relu, x).result()


def test_what_another_thread_calls_is_not_observed():
    assert sk.observe(network(dense(64), Elsewhere()), ROWS).layers == ()


def test_threads_observe_one_after_the_other():
    models = [network(*(dense(64, activation="selu") for _ in range(4))) for _ in range(4)]
    alone = [sk.observe(model, ROWS).layers for model in models]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda model: sk.observe(model, ROWS).layers, models))
    assert together == alone


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


def test_progress(capsys):
    sk.observe(network(dense()), ROWS, examples=100, progress=True)
    assert "100 examples" in capsys.readouterr().err


def test_during_training(tmp_path):
    """As a callback, whose scalars TensorBoard's own reader finds."""
    model = network(dense(64, "h", activation="selu"))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    labels = (ROWS[:, 0] > 0).astype(int)
    observer = sk.Observer(iter([ROWS]), every=2, examples=100, log_dir=str(tmp_path))
    model.fit(ROWS, labels, epochs=2, verbose=0, callbacks=[observer])
    first = dict(observer.reports)
    model.fit(ROWS, labels, epochs=4, initial_epoch=2, verbose=0, callbacks=[observer])
    model.fit(ROWS, labels, epochs=2, verbose=0, callbacks=[observer])  # it counts from 0 again
    assert list(observer.reports) == [0, 2, 4, 6]
    assert all(observer.reports[epochs] is report for epochs, report in first.items())
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


@pytest.mark.parametrize("training", [False, True])
def test_an_observer_of_dropout(training):
    """It sees dropout at work if it is asked to, as `observe` does."""
    model = network(keras.layers.Dropout(0.5), dense(64, activation="selu"))
    model.compile("sgd", "mse")
    observer = sk.Observer(ROWS, training=training)
    model.fit(ROWS, np.zeros((len(ROWS), 10)), epochs=1, verbose=0, callbacks=[observer])
    raised = [report.layers[0].variance > 1.3 for report in observer.reports.values()]
    assert raised == [training, training]
