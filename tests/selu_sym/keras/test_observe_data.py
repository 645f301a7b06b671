"""Examples as people have them: lists of inputs or of batches, data sets, generators, dicts."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym.keras as sk
from tests.keras_networks import ROWS, L

DATA = ROWS[:100]


def single():
    return keras.Sequential([keras.Input((64,)), L.Dense(16, "relu")])


def double():
    inputs = [keras.Input((64,)), keras.Input((64,))]
    return keras.Model(inputs, L.Dense(16, "relu")(L.Concatenate()(inputs)))


def unbatched():
    return tf.data.Dataset.from_tensor_slices((DATA, np.zeros(100)))


KINDS = {
    "list of batches": (single, lambda: [DATA[:60], DATA[60:]]),
    "list of pairs": (single, lambda: [(DATA[:60], np.zeros(60)), (DATA[60:], np.zeros(40))]),
    "generator": (single, lambda: (part for part in np.split(DATA, 4))),
    "unbatched Dataset": (single, unbatched),
    "batched Dataset": (single, lambda: unbatched().batch(30)),
    "list of inputs": (double, lambda: [DATA, DATA]),
    "batches of inputs": (double, lambda: [([DATA[:60]] * 2, 0), ([DATA[60:]] * 2, 0)]),
}


@pytest.mark.parametrize(("make", "data"), KINDS.values(), ids=KINDS)
def test_all_examples_are_taken(make, data):
    report = sk.observe(make(), data())
    assert (report.examples, len(report.layers)) == (100, 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3.0, "data must be an array of examples.*got float"),
        ("rows.csv", "got str"),
        ([], "data must hold examples, got none"),
        ([1.0, 2.0], "got one of single numbers"),
        ((part for part in [np.float32(3)]), "got one of single numbers"),
    ],
    ids=["float", "str", "none", "list of numbers", "iterator of numbers"],
)
def test_messages(data, message):
    with pytest.raises(ValueError, match=message):
        sk.observe(single(), data)
