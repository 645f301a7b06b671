"""Closed forms against double integrals and published kernels; scale and shift."""

import math

import numpy as np
import pytest

import selu_sym
from selu_sym import _generated as generated
from selu_sym._numeric import catalogue
from selu_sym.kernels._networks import layer_of
from selu_sym.kernels._pairs import Layer
from tests import double_integrals
from tests.activations import ROWS, Row, each
from tests.selu_sym.kernels.cases import VARIANCES, pair, require_accurate

CLOSED = [
    name for name, is_closed in generated.activation_kernels.CLOSED_PAIRS.items() if is_closed
]


def test_closed_forms_there_are():
    assert set(CLOSED) == {
        *("linear", "relu", "leaky_relu", "prelu", "squared_relu", "erf", "gelu"),
        *("sin", "cos", "gaussian"),
    }


@pytest.mark.parametrize("name", ["leaky_relu", "squared_relu", "erf", "gelu", "gaussian"])
def test_accuracy_at_the_ends(name):
    require_accurate(name, 0.7, 1.3, (-1 + 1e-9, 0.0, 1 - 1e-9))
    require_accurate(name, 1e4, 1.0, (-1.0, 1.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["relu", "erf", "gelu"])
def test_accuracy_at_small_and_large_variances(name):
    for v1, v2 in (VARIANCES[0], VARIANCES[3]):
        require_accurate(name, v1, v2, (-1 + 1e-9, 0.6, 1 - 1e-9))


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_accuracy_of_waves(name):
    """For variances at which the double integral can follow them."""
    for v1, v2 in VARIANCES[:2]:
        require_accurate(name, v1, v2, (-1.0, 0.0, 1 - 1e-9))


@pytest.mark.parametrize("c", [-1.0, -0.4, 0.0, 0.7, 1 - 1e-9, 1.0])
def test_published_kernels(c):
    """Cho and Saul 2009, equation 6 (times 1/2), and Williams 1996, equation 11."""
    v1, v2 = 0.6, 2.5
    theta, root = math.acos(c), math.sqrt(v1 * v2)
    arc_cosine = root * (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / (2 * math.pi)
    found = pair(Layer(catalogue.source("relu")), v1, v2, c)[0]
    assert found == pytest.approx(arc_cosine, abs=1e-12)
    arc_sine = 2 / math.pi * math.asin(2 * c * root / math.sqrt((1 + 2 * v1) * (1 + 2 * v2)))
    found = pair(Layer(catalogue.source("erf")), v1, v2, c)[0]
    assert found == pytest.approx(arc_sine, abs=1e-12)


@each([row for row in ROWS if row.correlation is not None])
def test_the_reference_data(row: Row):
    source = catalogue.source(*row.name_and_parameter)
    if source.jumps or source.name == "hard_silu":
        pytest.skip("it has no fast rule; see test_kinks.py")
    v = float(row.v)
    found = pair(Layer(source), v, v, float(row.correlation))[0]
    assert found == pytest.approx(float(row.pair_mean), abs=1e-10 * float(row.second_moment))


@pytest.mark.parametrize(("name", "count"), [("gelu", 2), ("tanh", 2), ("relu", 2)])
def test_scales_and_shifts(name, count):
    """y = a f(s x + t) + b, whose kinks and means are its own."""
    source = catalogue.source(name).with_input(1.4, 0.3)
    layer = Layer(source, 1.4, 0.3, 0.8, -0.2)
    bends = [piece.low for piece in source.pieces[1:]] or [0.0]
    functions = (lambda x: 0.8 * source(x) - 0.2), (lambda x: 0.8 * source.derivative(x))
    for v1, v2, c in ((0.6, 1.1, -0.5), (1.0, 1.0, 0.9))[:count]:
        truth = [double_integrals.pair_mean(f, v1, v2, c, bends) for f in functions]
        assert pair(layer, v1, v2, c) == pytest.approx(truth, rel=1e-10)


def test_an_input_scale_alone_keeps_the_closed_form():
    source = catalogue.source("gelu")
    scaled, plain = Layer(source.with_input(1.5, 0.0), 1.5), Layer(source)
    assert scaled.has_closed_form
    found, expected = pair(scaled, 0.4, 0.8, 0.3, 3), pair(plain, 0.9, 1.8, 0.3, 3)
    powers = np.array([0, 2, 2, 2, 2, 4, 4])
    assert found == pytest.approx(list(np.array(expected) * 1.5**powers), rel=1e-13)


@pytest.mark.filterwarnings("ignore:the fixed point")
@pytest.mark.parametrize(
    "p",
    [
        selu_sym.selu_parameters(0.1, 1.5, weights="iid"),
        selu_sym.shape_for_depth("tanh", 20),
        selu_sym.shape_for_depth("relu", 20),
    ],
    ids=["selu", "tanh", "relu"],
)
def test_one_layer_is_the_correlation_map(p):
    v = float(p.input_variance)
    weights = selu_sym.Iid() if p.weights == "iid" else p.weights
    for c in (-0.5, 0.3):
        mean = pair(layer_of(p), v, v, c, 0)[0]
        expected = selu_sym.correlation_map(c, p)
        assert (weights.tau * mean + weights.bias_variance) / v == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["relu", "gelu", "hard_tanh", "tanh"])
def test_moments_of_single_inputs(name):
    layer = Layer(catalogue.source(name), scale=1.3, shift=0.4)
    v, h = np.array([0.8]), 1e-4
    found = layer.moments(v)
    ahead, back = layer.moments(v + h), layer.moments(v - h)
    by_variance = (ahead.second_moment - back.second_moment) / (2 * h)
    assert found.by_variance == pytest.approx(by_variance, rel=1e-6)
    assert pair(layer, 0.8, 0.8, 1.0) == pytest.approx(
        [found.second_moment.item(), found.derivative_second_moment.item()], rel=1e-11
    )
