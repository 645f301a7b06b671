"""What modules do to moments, and what they say of their weights and parameters."""

import numpy as np
import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym.torch as st  # noqa: E402
from selu_sym.torch import _observe_layers as layers  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("own_generator")]

ROWS = torch.tensor(np.random.default_rng(13).normal(size=(256, 64)), dtype=torch.float32)
PAPER = selu_sym.selu_parameters(0.0, 1.0)


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        (nn.Linear(2, 2), "weights"),
        (nn.SELU(), "activation"),
        (st.SELU(), "selu"),
        (st.AlphaDropout(0.1), "alpha dropout"),
        (nn.GELU(), "activation"),
        (nn.PReLU(), "activation"),
        (nn.Softmax(1), "other"),
        (nn.LSTM(2, 2), "other"),
        (nn.ZeroPad2d(1), "padding"),
        (nn.Sequential(), None),
        (nn.BatchNorm2d(3), "normalization"),
        (nn.AdaptiveAvgPool2d(1), "pooling"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else str(value),
)
def test_kinds(module, kind):
    assert layers.kind_of(module) == kind


@pytest.mark.parametrize(
    ("module", "parameter"),
    [
        (nn.LeakyReLU(0.3), 0.3),
        (nn.ELU(0.7), 0.7),
        (nn.PReLU(init=0.1), pytest.approx(0.1)),
        (nn.ReLU(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_parameters(module, parameter):
    assert layers.parameter_of(module) == parameter
    model = nn.Sequential(nn.Linear(64, 256), module)
    (seen,) = st.observe(model, ROWS).layers
    assert seen.mean == pytest.approx(seen.predicted[0], abs=4 * seen.deviation[0])


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (nn.Linear(6, 10, bias=False), (6,)),
        (nn.Conv2d(6, 10, 3, stride=2, bias=False), (6, 64, 64)),
        (nn.Conv2d(6, 12, 3, groups=6, bias=False), (6, 64, 64)),
        (nn.ConvTranspose2d(6, 10, 4, stride=2, bias=False), (6, 64, 64)),
    ],
    ids=["dense", "strided", "depthwise", "transposed"],
)
def test_products_of_inputs_and_of_units(module, shape):
    """Counted by weights of 1: what an output is, and what the gradient by an input is."""
    nn.init.ones_(module.weight)
    x = torch.ones(1, *shape, requires_grad=True)
    y = module(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    geometry = layers.Geometry.of_module(module)
    assert geometry.inputs == pytest.approx(float(y.detach().mean()), rel=0.1)
    assert geometry.outputs == pytest.approx(float(gradient.mean()), rel=0.1)


class ByFunctions(nn.Module):
    """Calls a layer's function, and a ReLU."""

    def __init__(self, layer, call):
        super().__init__()
        self.layer, self.call = layer, call

    def forward(self, x):
        return nn.functional.relu(self.call(self.layer, x))


F = nn.functional
IMAGES = ROWS.reshape(-1, 4, 8, 8)
CALLS = {
    "padding": (
        lambda: nn.Conv2d(4, 64, 3, padding=1),
        lambda own, x: F.conv2d(x, own.weight, own.bias, padding=1),
        IMAGES,
    ),
    "stride and groups": (
        lambda: nn.Conv2d(4, 64, 3, 2, (2, 1), groups=2),
        lambda own, x: torch.conv2d(x, own.weight, own.bias, 2, (2, 1), (1,), 2),
        IMAGES,
    ),
    "dilation": (
        lambda: nn.Conv1d(4, 64, 5, padding="same", dilation=2),
        lambda own, x: F.conv1d(
            bias=own.bias, weight=own.weight, input=x, dilation=[2], padding="same"
        ),
        IMAGES.flatten(2),
    ),
    "keywords": (
        lambda: nn.Linear(64, 64),
        lambda own, x: F.linear(x, bias=own.bias, weight=own.weight),
        ROWS,
    ),
    "one unit": (
        lambda: nn.Linear(64, 1, bias=False),
        lambda own, x: F.linear(x, own.weight[0]),
        ROWS,
    ),
    "without a bias": (
        lambda: nn.Linear(64, 64, bias=False),
        lambda own, x: F.linear(x, own.weight, bias=None),
        ROWS,
    ),
}


@pytest.mark.parametrize(("make", "call", "x"), CALLS.values(), ids=CALLS)
def test_functions_are_predicted_as_modules(make, call, x):
    layer = make()
    (by_module,) = st.observe(nn.Sequential(layer, nn.ReLU()), x).layers
    (by_function,) = st.observe(ByFunctions(layer, call), x).layers
    assert by_function.predicted == pytest.approx(by_module.predicted, rel=1e-12)
    assert by_function.deviation == pytest.approx(by_module.deviation, rel=1e-12)
    assert by_function.variance == pytest.approx(by_module.variance, rel=1e-6)


def test_gradients_of_functions_are_predicted_as_of_modules():
    """They depend on the share of products of an input, that is on stride and groups."""
    first, second = nn.Conv2d(4, 32, 3), nn.Conv2d(32, 64, 3, stride=2, groups=4)

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([first, second])

        def forward(self, x):
            x = F.relu(F.conv2d(x, first.weight, first.bias))
            return F.relu(F.conv2d(x, second.weight, second.bias, stride=2, groups=4))

    by_module = st.observe(nn.Sequential(first, nn.ReLU(), second, nn.ReLU()), IMAGES)
    by_function = st.observe(Both(), IMAGES)
    for one, other in zip(by_function.layers, by_module.layers, strict=True):
        assert one.predicted_gradient == pytest.approx(other.predicted_gradient, rel=1e-12)
        assert one.gradient == pytest.approx(other.gradient, rel=1e-5)


@pytest.mark.parametrize("by_function", [False, True])
def test_moments_are_followed_through_functions(by_function):
    """Weights that a function takes are known, and hide nothing of what comes before."""

    class Deep(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(12))

        def forward(self, x):
            for own in self.layers:
                x = F.relu(F.linear(x, own.weight, own.bias) if by_function else own(x))
            return x

    (finding,) = st.observe(Deep(), ROWS).findings
    assert finding.kind == "weights"
    assert "the second moment is multiplied by" in finding.message


class NormAndActivation(nn.BatchNorm1d):
    """timm's BatchNormAct2d: the activation is a part of the normalization."""

    def __init__(self, units):
        super().__init__(units)
        self.act = nn.ReLU()

    def forward(self, x):
        y = nn.functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training
        )
        return self.act(y)


def test_an_activation_within_a_normalization_is_seen():
    """The statistics are the batch's, also there: before training none are learned."""
    model = nn.Sequential(nn.Linear(64, 256), NormAndActivation(256))
    report = st.observe(model, 5 * ROWS + 2)
    (seen,) = report.layers
    assert (seen.layer, seen.function) == ("1.act", "ReLU")
    assert seen.mean**2 + seen.variance == pytest.approx(0.5, rel=0.05)
    assert report.findings == ()


@pytest.mark.parametrize(("bias", "found"), [(0.5, True), (0.1, True), (0.01, False), (0.0, False)])
def test_constant_biases(bias, found):
    """The rule, and its words, are those of Keras's layers."""
    model = st.init_(nn.Sequential(nn.Linear(64, 64), nn.SELU()), PAPER)
    nn.init.constant_(model[0].bias, bias)
    findings = st.observe(model, ROWS).findings
    assert [finding.kind for finding in findings] == ["biases"] * found
    if found:
        assert "torch.nn.init.zeros_(layer.bias)" in findings[0].message
        nn.init.zeros_(model[0].bias)
        assert st.observe(model, ROWS).findings == ()


class Sum(nn.Module):
    """A SELU after a sum of two products with weights."""

    def __init__(self, tau):
        super().__init__()
        self.left, self.right, self.selu = nn.Linear(64, 128), nn.Linear(64, 128), nn.SELU()
        st.init_(self, selu_sym.selu_parameters(0.0, 1.0, weights=selu_sym.Iid(tau)))

    def forward(self, x):
        return self.selu(self.left(x) + self.right(x.flip(1)))


@pytest.mark.parametrize(("tau", "kinds"), [(0.5, []), (1.0, ["sum"])])
def test_a_sum_before_a_selu_is_measured(tau, kinds):
    findings = st.observe(Sum(tau), ROWS).findings
    assert [finding.kind for finding in findings] == kinds
    assert all("multiply the sum by 0.7" in finding.message for finding in findings)
