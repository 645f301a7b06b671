"""Networks of Keras layers, and data for them, that several tests observe."""

import itertools

import keras
import numpy as np

L = keras.layers
RANDOM = np.random.default_rng(13)
ROWS = RANDOM.normal(size=(512, 64)).astype("float32")
IMAGES = RANDOM.normal(size=(256, 12, 12, 8)).astype("float32")
SEQUENCES = RANDOM.normal(size=(256, 9, 64)).astype("float32")
POINT = {"mean": -0.1, "variance": 2.0}
AT_POINT = (np.sqrt(2.0) * ROWS - 0.1).astype("float32")


class Seeds:
    """Numbers from 13 on, with which each test begins anew."""

    def __init__(self):
        self.begin()

    def begin(self):
        self.numbers = itertools.count(13)

    def __next__(self):
        return next(self.numbers)


SEEDS = Seeds()


def dense(units=128, name=None, kernel="lecun_normal", **options):
    return L.Dense(units, kernel_initializer=seeded(kernel), name=name, **options)


def conv(filters=64, name=None, **options):
    kernel = seeded("lecun_normal")
    return L.Conv2D(filters, 3, kernel_initializer=kernel, name=name, **options)


def seeded(kernel):
    return type(keras.initializers.get(kernel))(seed=next(SEEDS))


def network(*layers, shape=(64,)):
    return keras.Sequential([keras.Input(shape), *layers, L.Flatten(), L.Dense(10)])


def deep(activation, kernel="lecun_normal", dropout=L.Identity, depth=12):
    blocks = ([dense(256, kernel=kernel), activation(), dropout()] for _ in range(depth))
    return network(*(layer for block in blocks for layer in block))
