"""Each advice of `observe` for Keras is followed to the letter: then nothing is found."""

import re

import keras
import numpy as np
import pytest

import selu_sym
import selu_sym.keras as sk
from tests.keras_networks import SEEDS, L

ROUNDS = 3
"""How often a network is observed until nothing may be found: weights first, then borders."""

MAPS = np.random.default_rng(5).normal(size=(16, 6, 6, 16)).astype("float32")
NAMES = {"keras": keras, "selu_sym": selu_sym, "Iid": selu_sym.Iid}


def code_after(begin, message):
    """Return what the Python expression after some words of a finding stands for."""
    found = re.search(rf"{begin}(('\w+')|([\w.]+\((?:[^()]|\([^()]*\))*\)))", message)
    return None if found is None else eval(found[1], NAMES)


def seeded(initializer):
    """Return an initializer, by its name or as it is, that draws the same each time."""
    config = keras.initializers.get(initializer).get_config()
    return type(keras.initializers.get(initializer))(**{**config, "seed": next(SEEDS)})


def followed(make, data, layers, prefer):
    """Return what is found at last when each advice for weights is followed, and how often."""
    options = {name: {"activation": "selu"} for name in layers}
    rounds = -1
    findings = (None,)
    while findings and rounds < ROUNDS:
        rounds += 1
        findings = sk.observe(make(options), data).findings
        for finding in findings:
            drawn = code_after(prefer, finding.message) if prefer else None
            told = code_after("weights=", finding.message)
            if drawn is not None:
                options[finding.layer][prefer.rstrip("=")] = seeded(drawn)
            elif told is not None:
                options[finding.layer]["activation"] = sk.SELU(weights=told)
    return findings, rounds


@pytest.mark.parametrize("prefer", ["", "kernel_initializer="], ids=["told", "drawn"])
@pytest.mark.parametrize(
    ("kernel", "strides", "padding", "rounds"),
    [(3, 2, "valid", 2), (4, 2, "same", 2), (2, 2, "same", 1)],
)
def test_transposed_convolutions(kernel, strides, padding, rounds, prefer):
    """Keras counts their inputs in its own way, and they lose a part of tau at the border."""

    def make(options):
        layers = [
            L.Conv2DTranspose(units, kernel, strides, padding, name=name, **options[name])
            for name, units in (("a", 32), ("b", 16))
        ]
        return keras.Sequential([keras.Input((6, 6, 16)), *layers])

    assert followed(make, MAPS, "ab", prefer) == ((), rounds)


@pytest.mark.parametrize("layer", [L.DepthwiseConv2D, L.SeparableConv2D])
def test_depthwise_kernels(layer):
    """The one that is named is drawn by another initializer than that of other layers."""
    attribute = "depthwise" if layer is L.DepthwiseConv2D else "pointwise"
    sizes = (3,) if layer is L.DepthwiseConv2D else (64, 3)

    def make(options):
        return keras.Sequential([keras.Input((6, 6, 16)), layer(*sizes, name="a", **options["a"])])

    assert followed(make, MAPS, "a", f"{attribute}_initializer=") == ((), 1)


TRANSPOSED = {
    "narrower and wider": lambda number: L.Conv2DTranspose(
        16 * (1 + number % 2), 3, name=f"h{number}"
    ),
    "with others": lambda number: (L.Conv2DTranspose if number % 2 else L.Conv2D)(
        32, 3, padding="same", name=f"h{number}"
    ),
}


@pytest.mark.parametrize("make", TRANSPOSED.values(), ids=TRANSPOSED)
def test_stacks_of_transposed_convolutions(make):
    def stack(initializers):
        layers = [make(number) for number in range(8)]
        for layer in layers:
            layer.activation = keras.activations.relu
            layer.padding = "same"
            drawn = initializers.get(layer.name, "glorot_uniform")
            layer.kernel_initializer = seeded(drawn)
        return keras.Sequential([keras.Input((6, 6, 16)), *layers])

    (finding,) = sk.observe(stack({}), MAPS).findings
    advice = finding.message.split("; use ")[1].removesuffix(", which keeps it").split("; ")
    followed = {}
    for one in advice:
        names = re.findall(r"'(h\d)'", one.partition(" in ")[2]) or [f"h{n}" for n in range(8)]
        drawn = code_after("kernel_initializer=", one)
        followed |= dict.fromkeys(names, drawn)
    assert sk.observe(stack(followed), MAPS).findings == ()
