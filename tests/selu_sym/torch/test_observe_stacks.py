"""Stacks of any activation in PyTorch: sound ones have no finding, planted faults are mended."""

import re

import numpy as np
import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym.torch as st  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("own_generator")]

ROWS = torch.tensor(np.random.default_rng(13).normal(size=(256, 64)), dtype=torch.float32)
MODULES = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "elu": nn.ELU,
    "celu": nn.CELU,
    "tanh": nn.Tanh,
    "hard_tanh": nn.Hardtanh,
    "softsign": nn.Softsign,
}


def stack(activation, draw, depth, units=192):
    layers = []
    for number in range(depth):
        linear = nn.Linear(units if number else 64, units)
        draw(linear)
        layers += [linear, activation()]
    return nn.Sequential(*layers)


def scaled(tau):
    def draw(layer):
        n = layer.in_features
        torch.nn.init.normal_(layer.weight, 0, (tau / n) ** 0.5)  # as a finding says it
        torch.nn.init.zeros_(layer.bias)

    return draw


@pytest.mark.parametrize("name", MODULES)
def test_stacks_with_their_gain_are_sound(name):
    depth = 12 if "relu" in name else 6
    model = stack(MODULES[name], scaled(selu_sym.gain(name) ** 2), depth)
    report = st.observe(model, ROWS)
    assert report.findings == ()
    for layer in report.layers:
        assert layer.variance == pytest.approx(layer.predicted[1], abs=4 * layer.deviation[1])
        assert layer.gradient == pytest.approx(layer.predicted_gradient, rel=0.8)


def test_relu_after_pytorchs_own_weights_and_the_advice_followed():
    (finding,) = st.observe(stack(nn.ReLU, lambda layer: None, 6), ROWS).findings
    assert finding.message.startswith("ReLU after weights (tau = 0.3")
    assert "squared gradients fall to" in finding.message
    advice = "torch.nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')"
    assert f"use {advice}" in finding.message
    mended = stack(nn.ReLU, lambda layer: eval(advice, {"torch": torch, "layer": layer}), 6)
    assert st.observe(mended, ROWS).findings == ()


def test_gradients_of_a_deep_selu_and_the_advice_followed():
    lecun = scaled(1.0)
    (finding,) = st.observe(stack(st.SELU, lecun, 64, 128), ROWS).findings
    advice = "selu_sym.for_depth(64, growth=3)"
    assert finding.message.endswith(f"take the fixed point of {advice}")
    p = eval(advice, {"selu_sym": selu_sym})
    mended = stack(lambda: st.SELU(p.mean, p.variance), lecun, 64, 128)
    assert st.observe(mended, p.variance**0.5 * ROWS).findings == ()


def test_gelu_with_gain_1_and_the_advice_followed():
    (finding,) = st.observe(stack(nn.GELU, scaled(1.0), 12), ROWS).findings
    assert "torch.nn.init.normal_(layer.weight, 0, (2.352 / n) ** 0.5)" in finding.message
    assert st.observe(stack(nn.GELU, scaled(2.352), 12), ROWS).findings == ()


def test_sigmoid_vanishes_and_the_advice_followed():
    (finding,) = st.observe(stack(nn.Sigmoid, scaled(1.0), 6), ROWS).findings
    assert finding.kind == "gradients"
    assert "selu_sym.torch.Transformed(selu_sym.balance('sigmoid'))" in finding.message
    q = selu_sym.balance("sigmoid")

    class Balanced(nn.Module):
        def forward(self, x):
            return q.scale * torch.sigmoid(q.input_scale * x + q.input_shift) + q.shift

    assert st.observe(stack(Balanced, scaled(1.0), 6), ROWS).findings == ()


def followed(message, depth, units):
    """Return a stack as a finding says it: with scale and shift, after weights of variance 1/n."""
    transformed = re.search(r"use selu_sym\.torch\.Transformed\((.*)\) after weights of", message)
    q = eval(transformed[1], {"selu_sym": selu_sym})
    return stack(lambda: st.Transformed(q), scaled(1.0), depth, units)


@pytest.mark.parametrize("depth", [3, 6])
@pytest.mark.parametrize("name", ["sigmoid", "hard_sigmoid"])
def test_second_moments_that_hardly_depend_on_weights_and_the_advice_followed(name, depth):
    """A sigmoid's stay near 1/4, whatever PyTorch draws; its gradients fall."""
    activation = {"sigmoid": nn.Sigmoid, "hard_sigmoid": nn.Hardsigmoid}[name]
    (finding,) = st.observe(stack(activation, lambda layer: None, depth, 128), ROWS).findings
    assert finding.kind == "gradients"
    assert st.observe(followed(finding.message, depth, 128), ROWS).findings == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("activation", "tau", "depth"),
    [(nn.Hardswish, 1.0, 16), (nn.SiLU, 2.0, 16), (nn.GELU, 1.0, 30)],
    ids=["hard_silu", "silu", "gelu"],
)
def test_a_fixed_point_that_repels_is_not_advised(activation, tau, depth, seed):
    """Weights that keep it in the mean lose it by chance, over so many layers."""
    torch.manual_seed(seed)
    (finding,) = st.observe(stack(activation, scaled(tau), depth, 64), ROWS).findings
    assert finding.kind == "weights"
    assert st.observe(followed(finding.message, depth, 64), ROWS).findings == ()


@pytest.mark.parametrize("depth", [4, 16])
@pytest.mark.parametrize("tau", [5.0, 7.0])
def test_where_the_balanced_fixed_point_repels_too_normalizations_are_advised(tau, depth):
    model = stack(nn.Tanhshrink, scaled(tau), depth, 64)
    (finding,) = st.observe(model, ROWS).findings
    assert finding.message.endswith("; normalize before each activation")
    pairs = zip(model[::2], model[1::2], strict=True)
    normalized = [part for one, f in pairs for part in (one, nn.BatchNorm1d(64), f)]
    assert st.observe(nn.Sequential(*normalized), ROWS).findings == ()


class Dropped(nn.Module):
    """A network whose dropouts are functions."""

    def __init__(self, name):
        super().__init__()
        units = [64, *[256] * 8]
        self.layers = nn.ModuleList(map(nn.Linear, units[:-1], units[1:]))
        self.activation = getattr(nn.functional, name)
        self.drop = {"selu": nn.functional.alpha_dropout, "relu": nn.functional.dropout}[name]

    def forward(self, x):
        for layer in self.layers:
            x = self.drop(self.activation(layer(x)), 0.2, training=self.training)
        return x


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["selu", "relu"])
@pytest.mark.parametrize("modules", [True, False], ids=["modules", "functions"])
def test_gradients_with_dropout(modules, name, training):
    """Each alpha dropout multiplies them by q a^2, each plain one by 1/q."""
    if modules:
        activation = {"selu": nn.SELU, "relu": nn.ReLU}[name]
        dropout = {"selu": st.AlphaDropout, "relu": nn.Dropout}[name]
        each = [(nn.Linear(n, 256), activation(), dropout(0.2)) for n in (64, *[256] * 7)]
        model = nn.Sequential(*(one for three in each for one in three))
    else:
        model = Dropped(name)
    st.init_(model, gain=selu_sym.gain(name))
    first = st.observe(model, ROWS, training=training).layers[0]
    p, rate = selu_sym.selu_parameters(0.0, 1.0), 0.2 if training else 0.0
    gain = selu_sym.gradient_gain(p, rate) if name == "selu" else 1 / (1 - rate)
    assert first.predicted_gradient == pytest.approx(gain**7, rel=0.02)  # of held weights
    assert first.gradient == pytest.approx(gain**7, rel=0.5)


DATA = {
    "large": lambda x: 1e5 * x,
    "shifted": lambda x: x + 1e4,
    "small": lambda x: 1e-8 * x,
    "zeros": lambda x: 0 * x,
}


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_data_of_any_size_before_scale_and_shift(name, data):
    q = selu_sym.balance(name)
    model = st.init_(nn.Sequential(nn.Linear(64, 64), st.Transformed(q)), q)
    (finding,) = st.observe(model, DATA[data](ROWS)).findings
    assert finding.kind == "input"
    assert ("is all zeros" if data == "zeros" else "standardize it") in finding.message


def test_an_example_of_zeros_before_scale_and_shift():
    q = selu_sym.balance("gelu")
    model = st.init_(nn.Sequential(nn.Linear(64, 64), st.Transformed(q)), q)
    assert st.observe(model, torch.cat([ROWS, 0 * ROWS[:1]])).findings == ()


@pytest.mark.parametrize("activation", [nn.ReLU, nn.SELU])
def test_data_of_zeros(activation):
    gain = selu_sym.gain(activation.__name__.lower())
    model = st.init_(stack(activation, lambda layer: None, 4, 64), gain=gain)
    for module in model[::2]:
        nn.init.zeros_(module.bias)
    (finding,) = st.observe(model, torch.zeros(16, 64)).findings
    assert str(finding) == "the input of Linear '0' is all zeros: show examples as in training"


def test_tokens_may_be_zeros():
    model = nn.Sequential(nn.Embedding(5, 64), nn.Linear(64, 64), nn.ReLU())
    assert st.observe(model, torch.zeros(16, 8, dtype=torch.long)).findings == ()


def test_zeros_that_a_dead_activation_hands_on():
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.AvgPool1d(2), nn.SELU())
    nn.init.constant_(model[0].bias, -100.0)
    (finding,) = st.observe(model, ROWS).findings
    assert finding.layer == "1"
    assert finding.message == (
        "SELU '3' gets zeros only, which ReLU '1' makes: normalize before ReLU '1'"
    )


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("activation", [nn.SELU, nn.ReLU])
def test_dropouts_of_rate_1(activation, place, training):
    layers = [nn.Linear(64, 64), activation()]
    st.init_(layers[0], gain=selu_sym.gain(activation.__name__.lower()))
    layers.insert(place, nn.Dropout(1.0))
    (finding,) = st.observe(nn.Sequential(*layers), ROWS, training=training).findings
    assert (finding.layer, finding.kind) == (str(place), "dropout")
    assert finding.message.endswith(
        "drops all units in training, so nothing is learned: use a rate below 1"
    )


def test_dead_units():
    model = stack(nn.ReLU, scaled(2.0), 1)
    nn.init.constant_(model[0].bias, -20.0)
    kinds = [finding.kind for finding in st.observe(model, ROWS).findings]
    assert "saturated" in kinds
