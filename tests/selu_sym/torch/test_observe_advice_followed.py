"""What `observe` advises for PyTorch is done to the letter, and then nothing is found.

These are the advices that `test_observe_advice_followed` of Keras follows, in PyTorch's words.
"""

import re

import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym.torch as st  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("own_generator")]

DRAWN = torch.Generator().manual_seed(5)
ROWS = torch.randn(256, 64, generator=DRAWN)
MAPS = torch.randn(64, 8, 12, 12, generator=DRAWN)
PAPER = selu_sym.selu_parameters(0.0, 1.0)
POINT = {"mean": -0.1, "variance": 2.0}
NAMES = {"torch": torch, "selu_sym": selu_sym, "Iid": selu_sym.Iid, **vars(st)}


def advice(model, data, kind, **options):
    """Return what the one finding of a network advises."""
    findings = st.observe(model, data, **options).findings
    assert [finding.kind for finding in findings] == [kind]
    return str(findings[0])


def is_sound(model, data, **options):
    return st.observe(model, data, **options).findings == ()


def code_after(words, message, **names):
    """Return what the Python expression after some words of a finding stands for."""
    found = re.search(rf"{words}([\w.]+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))", message)
    return eval(found[1], {**NAMES, **names})


def number_after(words, message):
    """Return the number after some words."""
    return float(re.search(words + r" ([\d.]+)", message)[1])


def linear(inputs=64, outputs=192, p=PAPER):
    return st.init_(nn.Linear(inputs, outputs), p)


def he(inputs=64, outputs=192):
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer


def conv(inputs=64, **options):
    return st.init_(nn.Conv2d(inputs, 64, 3, **options), PAPER)


def maps(*between, stride=1):
    return nn.Sequential(conv(8, stride=stride), nn.SELU(), *between, conv(), nn.SELU())


BETWEEN = {
    "pooling": (nn.MaxPool2d(2), "use strides, or normalize after it"),
    "padding": (nn.ZeroPad2d(2), "leave it out, or normalize after it"),
}


@pytest.mark.parametrize("kind", BETWEEN)
def test_poolings_and_paddings(kind):
    between, words = BETWEEN[kind]
    assert advice(maps(between), MAPS, kind).endswith(words)
    assert is_sound(maps(stride=2 if kind == "pooling" else 1), MAPS)
    assert is_sound(maps(between, nn.BatchNorm2d(64)), MAPS)


def test_a_global_pooling():
    def model(*after):
        pooled = nn.AdaptiveAvgPool2d(1), nn.Flatten(), *after
        return nn.Sequential(conv(8), nn.SELU(), *pooled, linear(), nn.SELU())

    assert advice(model(), MAPS, "pooling").endswith("normalize after it")
    assert is_sound(model(nn.BatchNorm1d(64)), MAPS)


def test_padding_of_a_convolution():
    def model(padding, p=PAPER):
        layer = nn.Conv2d(8, 64, 3, padding=padding)
        return nn.Sequential(st.init_(layer, PAPER), st.SELU(weights=p.weights))

    said = advice(model(1), MAPS, "padding")
    assert is_sound(model(int(re.search(r"use padding=(\d)", said)[1])), MAPS)
    told = selu_sym.selu_parameters(0.0, 1.0, weights=code_after("weights=", said))
    assert is_sound(model(1, told), MAPS)


@pytest.mark.parametrize("follow", ["told", "drawn"])
@pytest.mark.parametrize("layer", [nn.Linear(64, 192), nn.Conv2d(8, 64, 3)], ids=["rows", "maps"])
def test_pytorchs_own_weights(layer, follow):
    data = ROWS if isinstance(layer, nn.Linear) else MAPS
    said = advice(nn.Sequential(layer, st.SELU()), data, "weights")
    selu = st.SELU(weights=code_after("weights=", said)) if follow == "told" else st.SELU()
    if follow == "drawn":
        code_after("or draw others with ", said, module=layer, p=PAPER)
    assert is_sound(nn.Sequential(layer, selu), data)


class Sum(nn.Module):
    """A sum of two branches, of SELUs or of weights."""

    def __init__(self, of_selus):
        super().__init__()
        self.one, self.other, self.last = linear(), linear(), linear(192)
        self.of_selus, self.selu, self.inside, self.outside = of_selus, nn.SELU(), 1.0, 1.0

    def forward(self, x):
        one, other = self.one(x), self.other(x)
        if not self.of_selus:
            return self.selu(self.outside * (one + other))
        return self.selu(self.last(self.inside * self.selu(one) + self.inside * self.selu(other)))


def test_a_sum_before_a_selu():
    model = Sum(of_selus=False)
    model.outside = number_after("multiply the sum by", advice(model, ROWS, "sum"))
    assert is_sound(model, ROWS)


def test_a_sum_of_selus():
    model = Sum(of_selus=True)
    said = advice(model, ROWS, "sum")
    assert said.endswith("scale the branches so that their squared factors sum to 1")
    model.inside = 0.5**0.5
    assert is_sound(model, ROWS)


class Residual(nn.Module):
    """A stack of sums with branches of He's weights."""

    factor = 1.0

    def __init__(self):
        super().__init__()
        pairs = [(he(), st.init_(nn.Linear(192, 64), gain=1.0)) for _ in range(6)]
        self.first, self.second = (nn.ModuleList(parts) for parts in zip(*pairs, strict=True))

    def forward(self, x):
        for first, second in zip(self.first, self.second, strict=True):
            x = self.factor * (x + second(torch.relu(first(x))))
        return x


def test_sums_of_a_stack():
    model = Residual()
    model.factor = number_after("multiply each sum by", advice(model, ROWS, "sum"))
    assert is_sound(model, ROWS)


@pytest.mark.parametrize("point", [{}, POINT], ids=["(0, 1)", "(-0.1, 2)"])
@pytest.mark.parametrize("wrong", ["dropout", "alpha dropout"])
def test_dropouts_after_a_selu(wrong, point):
    if wrong == "alpha dropout" and not point:
        point = {"weights": "he_normal"}  # of another SELU than the paper's
    selu = st.SELU(**point)
    layer = linear(p=selu.fixed_point)
    data = selu.fixed_point.variance**0.5 * ROWS + selu.fixed_point.mean

    def model(dropout):
        return nn.Sequential(layer, selu, dropout)

    given = nn.Dropout(0.2) if wrong == "dropout" else st.AlphaDropout(0.2)
    said = advice(model(given), data, "dropout")
    assert is_sound(model(code_after("use ", said)), data)


@pytest.mark.parametrize("place", ["before weights", "before a SELU"])
def test_dropouts_before_a_selu(place):
    layer, early = linear(), place == "before weights"
    model = nn.Sequential(*[nn.Dropout(0.3), layer][:: 1 if early else -1], nn.SELU())
    said = advice(model, ROWS, "dropout")
    told = code_after("use " if early else "put ", said)
    mended = (told, layer, nn.SELU()) if early else (layer, nn.SELU(), told)
    assert is_sound(nn.Sequential(*mended), ROWS)


@pytest.mark.parametrize("training", [False, True])
def test_dropouts_of_a_stack(training):
    layers = [he(64 if number == 0 else 192) for number in range(5)]

    def model(rate):
        return nn.Sequential(
            *(one for part in layers for one in (part, nn.ReLU(), nn.Dropout(rate)))
        )

    said = advice(model(0.5), ROWS, "dropout", training=training)
    assert is_sound(model(number_after("use a rate of", said)), ROWS, training=training)


def test_dead_units():
    layer = he()
    layer.bias = nn.Parameter(torch.full((192,), -20.0))
    said = advice(nn.Sequential(layer, nn.ReLU()), ROWS, "saturated")
    assert said.endswith("normalize before it")
    assert is_sound(nn.Sequential(layer, nn.BatchNorm1d(192), nn.ReLU()), ROWS)


@pytest.mark.parametrize("columns", [0, 24])
def test_raw_inputs(columns):
    kept = 70 * ROWS[:, columns:] + 3
    raw = torch.cat([kept, torch.ones(256, columns)], dim=1)
    said = advice(nn.Sequential(he(), nn.ReLU()), raw, "input")
    assert said.endswith("standardize it")
    assert (f"leave out its {columns} constant columns, then " in said) == bool(columns)
    kept = (kept - kept.mean(0)) / kept.std(0)
    assert is_sound(nn.Sequential(he(64 - columns), nn.ReLU()), kept)


@pytest.mark.parametrize("scale", [100.0, 0.01])
@pytest.mark.parametrize("name", ["relu", "gelu", "tanh"])
def test_weights_that_are_far_off(name, scale):
    layer = nn.Linear(64, 192, bias=False)
    activation = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}[name]()
    model = nn.Sequential(layer, activation, he(192, 10))
    st.init_(layer, gain=scale**0.5 * selu_sym.gain(name))
    said = advice(model, ROWS, "weights")
    code_after("use ", said, layer=layer, n=64)
    assert is_sound(model, ROWS)


def test_biases():
    model = nn.Sequential(linear(), nn.SELU())
    nn.init.ones_(model[0].bias)
    code_after("set them to 0 with ", advice(model, ROWS, "biases"), layer=model[0])
    assert is_sound(model, ROWS)


def test_activations_of_another_kind():
    """One stands between two SELUs, or right before one."""
    first, last = linear(), linear(192)
    said = advice(nn.Sequential(first, nn.ReLU(), last, nn.SELU()), ROWS, "activation")
    assert said.endswith("use SELU there, too")
    assert is_sound(nn.Sequential(first, nn.SELU(), last, nn.SELU()), ROWS)


def test_two_fixed_points():
    def model(point):
        first, second = st.SELU(), st.SELU(**point)
        return nn.Sequential(linear(), first, linear(192, p=second.fixed_point), second)

    assert advice(model({"variance": 2.0}), ROWS, "fixed point").endswith("give both the same")
    assert is_sound(model({}), ROWS)


def test_a_normalization_before_another_fixed_point():
    selu = st.SELU(variance=2.0)

    def model(*between):
        return nn.Sequential(linear(p=selu.fixed_point), *between, selu)

    said = advice(model(nn.BatchNorm1d(192)), 2**0.5 * ROWS, "normalization")
    assert said.endswith("leave the normalization out")
    assert is_sound(model(), 2**0.5 * ROWS)


def test_alpha_dropouts_of_a_deep_network():
    """In training they make gradients fall; a larger fixed point keeps them."""

    def model(p):
        layers = [linear(192 if number else 64, p=p) for number in range(16)]
        point = {"mean": p.mean, "variance": p.variance}
        after = [part for one in layers for part in (one, st.SELU(**point), dropout(point))]
        return nn.Sequential(*after)

    def dropout(point):
        return st.AlphaDropout(0.1, **point)

    said = advice(model(PAPER), ROWS, "gradients", training=True)
    p = code_after("take the fixed point of ", said)
    assert is_sound(model(p), p.variance**0.5 * ROWS + p.mean, training=True)
