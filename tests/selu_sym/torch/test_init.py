"""The weights that fixed points assume, in PyTorch's layers: init_."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.utils import prune  # noqa: E402

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import P  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def seed():
    """Seed PyTorch's generator, and leave it as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


LAYERS = {
    "Linear": lambda: torch.nn.Linear(400, 300),
    "Conv1d": lambda: torch.nn.Conv1d(100, 300, 4),
    "Conv2d": lambda: torch.nn.Conv2d(50, 300, (2, 4), groups=1),
    "Conv3d": lambda: torch.nn.Conv3d(50, 300, 2),
    "grouped": lambda: torch.nn.Conv1d(200, 300, 4, groups=2),
    "wide": lambda: torch.nn.Linear(400, 1200),
    "half": lambda: torch.nn.Linear(400, 300, dtype=torch.bfloat16),
    "no bias": lambda: torch.nn.Linear(400, 300, bias=False),
    "transposed": lambda: torch.nn.ConvTranspose1d(100, 300, 4),
    "transposed, grouped": lambda: torch.nn.ConvTranspose2d(100, 300, 2, groups=2),
}


def rows_of(layer):
    """Return the weights of each unit as a row."""
    weight = layer.weight.detach().double()
    if isinstance(layer, torch.nn.ConvTranspose1d | torch.nn.ConvTranspose2d):
        groups = weight.chunk(layer.groups)
        weight = torch.cat([group.transpose(0, 1) for group in groups])
    return weight.flatten(1)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize(
    ("weights", "tau", "beta", "kurtosis"),
    [
        ("iid", 1, 0, 3),
        ("lecun_uniform", 1, 0, 1.8),
        ("glorot_normal", 1, 0, 3),
        ("he_normal", 2, 0, 3),
        ("he_uniform", 2, 0, 1.8),
        ("torch", 1 / 3, 0, 1.8),
        ("orthogonal", 1, 0, 3),
        (selu_sym.Iid(1.5, 0.25), 1.5, 0.25, 3),
    ],
    ids=str,
)
def test_independent_weights(make, weights, tau, beta, kurtosis):
    """At least 120,000 weights and 300 biases; five standard errors, and of the rounding."""
    layer = st.init_(make(), selu_sym.selu_parameters(0.0, 1.0, weights=weights))
    rows = rows_of(layer)
    n = rows.shape[1]
    square = rows.numpy() ** 2 * n / tau
    assert abs(float(rows.mean())) < 5 * (tau / n / rows.numel()) ** 0.5
    assert abs(square.mean() - 1) < 5 * (2 / square.size) ** 0.5
    assert (square**2).mean() == pytest.approx(kurtosis, rel=0.05)
    if layer.bias is not None:
        bias = layer.bias.detach().double()
        assert float(bias.var()) == pytest.approx(beta, rel=5 * (2 / bias.numel()) ** 0.5)


@pytest.mark.parametrize("units", [300, 400, 900])
def test_orthogonal_weights(units):
    layer = torch.nn.Linear(400, units)
    st.init_(layer, selu_sym.selu_parameters(weights="orthogonal"))
    rows = layer.weight.detach().double()
    small = rows @ rows.T if units <= 400 else rows.T @ rows
    assert torch.allclose(small, max(1, units / 400) * torch.eye(len(small)).double(), atol=1e-4)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize(
    ("weights", "omega", "tau"),
    [("normalized", 0, 1), ("unit-sum", 1, 1), ((3.0, 0.5), 3, 0.5)],
    ids=str,
)
def test_weights_of_given_sums(make, weights, omega, tau):
    layer = st.init_(make(), selu_sym.selu_parameters(0.0, 1.0, weights=weights))
    rows = rows_of(layer).numpy()
    eps = 20 * torch.finfo(layer.weight.dtype).eps
    assert rows.sum(1) == pytest.approx(np.full(len(rows), omega), abs=eps)
    assert (rows**2).sum(1) == pytest.approx(np.full(len(rows), tau), rel=eps)
    assert abs(np.corrcoef(rows[0], rows[1])[0, 1]) < 5 / 20
    assert layer.bias is None or not layer.bias.any()


def test_other_layers_are_left_alone_and_a_seed_repeats_the_draw():
    module = torch.nn.Sequential(
        torch.nn.Embedding(5, 6), torch.nn.Linear(6, 6), torch.nn.LayerNorm(6)
    )
    before = copy.deepcopy(module.state_dict())
    states = []
    for _ in range(2):
        torch.manual_seed(2)
        assert st.init_(module, P) is module
        states.append(copy.deepcopy(module.state_dict()))
    assert all(torch.equal(states[0][key], states[1][key]) for key in before)
    changed = {key for key, value in states[0].items() if not torch.equal(value, before[key])}
    assert changed == {"1.weight", "1.bias"}
    assert module[1].weight.requires_grad


@pytest.mark.parametrize(
    ("module", "p", "error", "message"),
    [
        (torch.nn.ReLU(), P, ValueError, "module must have Linear or Conv layers, got ReLU"),
        (torch.nn.Linear(2, 2), 1.0, TypeError, "p must be SeluParameters"),
        (torch.nn.Linear(2, 2), None, TypeError, "needs a fixed point p, or a gain, and not both"),
        (
            torch.nn.Linear(2, 2),
            selu_sym.match_moments(0.0, 1.0, 0.0, 1.0),
            ValueError,
            "init_ needs a weight model",
        ),
        (
            torch.nn.Linear(8, 2),
            selu_sym.selu_parameters(0.0, 1.0, weights=(3.0, 1.0)),
            ValueError,
            "weights of sum 3 and sum of squares 1 need layers with 9 inputs or more, got one wi",
        ),
        (
            torch.nn.Linear(1, 2),
            selu_sym.selu_parameters(0.0, 1.0, weights="unit-sum"),
            ValueError,
            "need layers with 2 inputs or more",
        ),
    ],
    ids=str,
)
def test_bad_arguments_of_init(module, p, error, message):
    with pytest.raises(error, match=message):
        st.init_(module, p)


@pytest.mark.parametrize("weights", ["iid", "torch", "he_uniform", "orthogonal"])
def test_deep_networks_hold_the_fixed_point(weights):
    """32 layers of 512 units: within 5 deviations of what theory says of the width."""
    p = selu_sym.selu_parameters(-0.1, 2.0, weights=weights)
    layers = [torch.nn.Linear(512, 512) for _ in range(32)]
    module = st.init_(torch.nn.Sequential(*layers), p)
    with torch.no_grad():
        y = st.selu(torch.randn(256, 512) * p.input_variance**0.5, p)
        for layer in module:
            y = st.selu(layer(y), p)
    signal = selu_sym.propagate(p, 32, width=512)
    assert abs(float(y.mean()) - signal.mean[-1]) < 5 * signal.mean_deviation[-1]
    assert abs(float(y.var()) - signal.variance[-1]) < 5 * signal.variance_deviation[-1]


def test_init_draws_weights_that_are_computed():
    he = selu_sym.selu_parameters(0.0, 1.0, weights="he_normal")
    normed = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(256, 256))
    st.init_(torch.nn.Sequential(normed), he)
    assert st.weights_of(normed).tau == pytest.approx(2.0, rel=0.05)
    old = prune.l1_unstructured(torch.nn.Linear(64, 64), "weight", 0.2)
    with pytest.raises(ValueError, match="are computed from others, and cannot be drawn"):
        st.init_(torch.nn.Sequential(old), he)


TRANSPOSED = {
    "stride 2": (1, {"kernel_size": 4, "stride": 2}),
    "stride 2, odd": (1, {"kernel_size": 5, "stride": 2}),
    "stride 3, dilated": (1, {"kernel_size": 5, "stride": 3, "dilation": 2}),
    "stride 4, dilated by 2": (1, {"kernel_size": 4, "stride": 4, "dilation": 2}),
    "two dimensions": (2, {"kernel_size": (3, 4), "stride": (2, 1), "groups": 2}),
}


@pytest.mark.parametrize(("dim", "options"), TRANSPOSED.values(), ids=TRANSPOSED.keys())
def test_transposed_convolutions_sum_to_omega_at_every_place(dim, options):
    """With all inputs 1, a unit's net input is the sum of its weights, whatever their phase."""
    convolution = {1: torch.nn.ConvTranspose1d, 2: torch.nn.ConvTranspose2d}[dim]
    layer = convolution(12, 8, **options)
    st.init_(layer, selu_sym.selu_parameters(0.0, 1.0, weights=(0.7, 1.1)))
    with torch.no_grad():
        ones = torch.ones(1, 12, *(30,) * dim)
        inner = (..., *(slice(20, 24),) * dim)
        sums, squares = layer(ones)[inner], type(layer)(12, 8, **options, bias=False)
        squares.weight.copy_(layer.weight**2)
        reached = squares(ones)[inner]
    empty = reached == 0  # a place of the output that no place of the kernel reaches
    assert bool(empty.any()) == ("dilated by 2" in str(options) or options["stride"] == 4)
    assert sums[~empty].numpy() == pytest.approx(0.7, abs=1e-5)
    assert reached[~empty].numpy() == pytest.approx(1.1, rel=1e-5)


def test_transposed_convolutions_keep_the_variance_at_every_place():
    """10,000 units and 8 places; five standard errors."""
    layer = torch.nn.ConvTranspose1d(200, 10_000, 5, stride=2)
    st.init_(layer, selu_sym.selu_parameters(0.0, 1.0, weights="he_normal"))
    x = torch.randn(1, 200, 12)
    with torch.no_grad():
        z = layer(x)[0, :, 8:16]
    taps = [torch.arange(5)[place % 2 :: 2] for place in range(8, 16)]
    for i, tap in enumerate(taps):
        read = x[0, :, (8 + i - tap) // 2]
        expected = 2 * float((read**2).mean())
        assert float(z[:, i].var()) == pytest.approx(expected, rel=5 * (2 / 10_000) ** 0.5)


def test_what_has_no_shape_yet_is_named():
    he = selu_sym.selu_parameters(0.0, 1.0, weights="he_normal")
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LazyLinear(4))
    with pytest.raises(ValueError, match=r"'1' \(LazyLinear\) have no shape yet: call the module"):
        st.init_(module, he)
    module(torch.ones(2, 3))
    st.init_(module, he)
    lazy = torch.nn.LazyConvTranspose2d(4, 3)
    with pytest.raises(ValueError, match="the weights of LazyConvTranspose2d have no shape"):
        st.init_(lazy, he)


def test_layers_that_are_left_are_named():
    module = torch.nn.ModuleDict(
        {
            "first": torch.nn.Linear(4, 4),
            "recurrent": torch.nn.LSTM(4, 4),
            "both": torch.nn.Bilinear(4, 4, 4),
            "attention": torch.nn.MultiheadAttention(4, 2),
            "words": torch.nn.Embedding(3, 4),
            "norm": torch.nn.LayerNorm((3, 4)),
            "normed": torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(4, 4)),
        }
    )
    before = copy.deepcopy(module["recurrent"].state_dict())
    named = (
        r"left the weights of 'recurrent' \(LSTM\), 'both' \(Bilinear\), "
        r"'attention' \(MultiheadAttention\) as they are"
    )
    with pytest.warns(UserWarning, match=named):
        st.init_(module, P)
    for name, weight in module["recurrent"].state_dict().items():
        assert torch.equal(weight, before[name])
    with pytest.raises(ValueError, match=r"got LSTM\(4, 4\); init_ does not draw LSTM"):
        st.init_(torch.nn.LSTM(4, 4), P)


@pytest.mark.parametrize(
    ("gain", "tau"), [("gelu", selu_sym.gain("gelu") ** 2), ("ReLU", 2.0), (1.5, 2.25), (2, 4.0)]
)
def test_gains(gain, tau):
    """120,000 weights; five standard errors."""
    layer = st.init_(torch.nn.Linear(400, 300), gain=gain)
    assert float(layer.weight.detach().var()) * 400 == pytest.approx(
        tau, rel=5 * (2 / 120_000) ** 0.5
    )
    assert not layer.bias.any()


def test_deep_networks_of_an_activation_hold_its_second_moment():
    """24 layers of 512 units: within 5 deviations of what theory says of the width."""
    q = selu_sym.balance("silu", basin="global")
    module = torch.nn.Sequential(
        *(part for _ in range(24) for part in (torch.nn.Linear(512, 512), st.Transformed(q)))
    )
    with torch.no_grad():
        y = st.init_(module, q)(torch.randn(256, 512) * (q.variance + q.mean**2) ** 0.5)
    signal = selu_sym.propagate(q, 24, width=512)
    assert abs(float(y.mean()) - signal.mean[-1]) < 5 * signal.mean_deviation[-1]
    assert abs(float(y.var()) - signal.variance[-1]) < 5 * signal.variance_deviation[-1]


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize(
    ("distribution", "kurtosis"), [("normal", 3), ("uniform", 1.8), ("orthogonal", 3)]
)
def test_distributions(make, distribution, kurtosis):
    rows = rows_of(st.init_(make(), gain=1.5, distribution=distribution))
    square = rows.numpy() ** 2 * rows.shape[1] / 2.25
    assert abs(square.mean() - 1) < 5 * (2 / square.size) ** 0.5
    assert (square**2).mean() == pytest.approx(kurtosis, rel=0.05)


CENTRED = {
    "Linear": (torch.nn.Linear(40, 60), 1),
    "Conv1d": (torch.nn.Conv1d(40, 60, 5, padding="same"), 1),
    "even": (torch.nn.Conv1d(40, 40, 4, padding="same"), 1),
    "Conv2d, grouped": (torch.nn.Conv2d(40, 80, 3, padding="same", groups=2), 2),
    "Conv3d": (torch.nn.Conv3d(6, 6, 3, padding=1), 1),
    "transposed": (torch.nn.ConvTranspose2d(40, 60, 3, padding=1), 1),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize(("layer", "groups"), CENTRED.values(), ids=CENTRED.keys())
def test_delta_orthogonal_kernels_keep_lengths_and_places(layer, groups):
    """Of each place: its units are an orthogonal matrix times those that the layer reads there."""
    st.init_(layer, gain=1.5, distribution="delta_orthogonal")
    dims = layer.weight.dim() - 2
    units = layer.weight.shape[0] if not hasattr(layer, "transposed") else layer.in_channels
    x = torch.randn(3, units if dims else layer.in_features, *(7,) * dims)
    with torch.no_grad():
        y = layer(x)
    assert y.shape[2:] == x.shape[2:]
    assert not layer.bias.any()
    more = y.shape[1] / x.shape[1]
    lengths = [z.unflatten(1, (groups, -1)).norm(dim=2) for z in (x, y)]
    torch.testing.assert_close(lengths[1], 1.5 * more**0.5 * lengths[0], rtol=1e-5, atol=1e-5)
    assert st.weights_of(layer).tau == pytest.approx(2.25, rel=1e-5)


def test_delta_orthogonal_kernels_of_transposed_convolutions_with_strides():
    """Each output reads one input."""
    layer = torch.nn.ConvTranspose1d(30, 30, 4, stride=2)
    st.init_(layer, gain=1.0, distribution="delta_orthogonal")
    with torch.no_grad():
        y = layer(torch.randn(1, 30, 9))
        norms = y[0, :, 2:-2].norm(dim=0)
        x = layer(torch.eye(30)[None, :, :9])[0]
    assert bool((norms > 0).all())
    assert x.norm(dim=0)[2:-2].numpy() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"gain": "jelu"}, ValueError, "activation must be a known name"),
        ({"gain": -1.0}, ValueError, "gain must be positive"),
        ({"gain": 1.0, "p": P}, TypeError, "needs a fixed point p, or a gain, and not both"),
        ({"gain": 1.0, "distribution": "he"}, ValueError, "distribution must be one of 'normal'"),
        (
            {"p": selu_sym.selu_parameters(weights="normalized"), "distribution": "normal"},
            ValueError,
            "distribution must be left out with weights of given sums",
        ),
    ],
    ids=["name", "negative", "both", "distribution", "sums"],
)
def test_bad_gains_and_distributions(options, error, message):
    with pytest.raises(error, match=message):
        st.init_(torch.nn.Linear(3, 3), **options)
