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
