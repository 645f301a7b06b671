"""Which activation follows a layer: init_ with gain="read"."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402

pytestmark = pytest.mark.torch

WIDTH = 300


@pytest.fixture(autouse=True)
def seed():
    """Seed PyTorch's generator, and leave it as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def taus(module):
    """Return the sum of squared weights of each layer's units, within a percent."""
    st.init_(module, gain="read")
    layers = [part for part in module.modules() if isinstance(part, nn.Linear | nn.Conv2d)]
    return [st.weights_of(layer).tau for layer in layers]


def linear():
    return nn.Linear(WIDTH, WIDTH)


AFTER = {
    "ReLU": (nn.ReLU(inplace=True), 2.0),
    "GELU": (nn.GELU(), selu_sym.gain("gelu") ** 2),
    "GELU by tanh": (nn.GELU("tanh"), selu_sym.gain("gelu_tanh") ** 2),
    "LeakyReLU": (nn.LeakyReLU(0.5), 2 / 1.25),
    "PReLU": (nn.PReLU(init=0.5), 2 / 1.25),
    "ELU": (nn.ELU(2.0), selu_sym.gain("elu", 2.0) ** 2),
    "Softplus": (nn.Softplus(beta=3.0), selu_sym.gain("softplus", 3.0) ** 2),
    "SELU": (nn.SELU(), 1.0),
    "Tanh": (nn.Tanh(), selu_sym.gain("tanh") ** 2),
    "SELU of a weight model": (st.SELU(weights="he_normal"), 2.0),
    "Transformed": (st.Transformed("tanh", weights=selu_sym.Iid(1.5)), 1.5),
    "unknown": (nn.Softmax(-1), 1.0),
    "dropout, then ReLU": (nn.Sequential(nn.Dropout(), nn.ReLU()), 2.0),
    "normalization, then ReLU": (nn.Sequential(nn.BatchNorm1d(WIDTH), nn.ReLU()), 2.0),
    "alpha dropout, then ReLU": (nn.Sequential(st.AlphaDropout(0.1), nn.ReLU()), 2.0),
}


@pytest.mark.parametrize(("after", "tau"), AFTER.values(), ids=AFTER.keys())
def test_modules(after, tau):
    """Five standard errors of 90,000 weights."""
    module = nn.Sequential(linear(), after, linear())
    found = taus(module)
    assert found == pytest.approx([tau, 1.0], rel=5 * (2 / WIDTH**2) ** 0.5)
    assert not module[0].bias.any()


class Calls(nn.Module):
    """A network that calls functions, with a residual branch."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Conv2d(30, 60, 3), linear(), linear()
        self.fourth, self.last = linear(), linear()

    def forward(self, x):
        x = functional.gelu(self.first(x), approximate="tanh").flatten(1)[:, :WIDTH]
        x = functional.leaky_relu(self.second(x), 0.5)
        x = self.third(x).tanh()
        return self.last(functional.dropout(torch.relu(x + self.fourth(x)), 0.1))


def test_functions():
    """Five standard errors of 16,200 weights."""
    gains = [selu_sym.gain(*name) for name in (("gelu_tanh",), ("leaky_relu", 0.5), ("tanh",))]
    expected = [*(gain**2 for gain in gains), 2.0, 1.0]
    assert taus(Calls()) == pytest.approx(expected, rel=5 * (2 / 16_200) ** 0.5)


class Branches(nn.Module):
    """Different activations of one layer."""

    def __init__(self):
        super().__init__()
        self.layer = linear()

    def forward(self, x):
        y = self.layer(x)
        return torch.relu(y) * torch.sigmoid(y)


class Decides(nn.Module):
    """What torch.fx cannot trace."""

    def __init__(self):
        super().__init__()
        self.layer = linear()

    def forward(self, x):
        return self.layer(x) if x.sum() > 0 else x


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (Branches(), "needs one activation after each layer, and different ones follow 'layer'"),
        (Decides(), "needs a model that torch.fx can trace, and this one it cannot: pass the name"),
    ],
    ids=["branches", "decides"],
)
def test_what_cannot_be_read(module, message):
    before = module.layer.weight.clone()
    with pytest.raises(ValueError, match=message):
        st.init_(module, gain="read")
    assert torch.equal(module.layer.weight, before)


def test_a_layer_alone():
    assert taus(linear()) == pytest.approx([1.0], rel=5 * (2 / WIDTH**2) ** 0.5)
