"""What `observe` says of PyTorch modules: of broken ones, of sound ones, on every path."""

from dataclasses import replace

import numpy as np
import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym.torch as st  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.usefixtures("own_generator"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

RANDOM = np.random.default_rng(13)
ROWS = torch.tensor(RANDOM.normal(size=(512, 64)), dtype=torch.float32)
IMAGES = torch.tensor(RANDOM.normal(size=(256, 8, 12, 12)), dtype=torch.float32)
POINT = {"mean": -0.1, "variance": 2.0}
PAPER = selu_sym.selu_parameters(0.0, 1.0)


def drawn(module, p=PAPER):
    return st.init_(module, p)


def network(*modules):
    return nn.Sequential(*modules, nn.Flatten())


BROKEN = {
    "PyTorch's default": (
        lambda: network(nn.Linear(64, 128), st.SELU()),
        ROWS,
        "Linear '0' has weights (tau = 0.33",
        ", or draw others with selu_sym.torch.init_(module, p)",
    ),
    "raw input": (
        lambda: network(drawn(nn.Linear(64, 128)), nn.SELU()),
        7 * ROWS,
        "the input of Linear '0' has mean",
        "the fixed point 0 and 1: standardize it",
    ),
    "padding": (
        lambda: network(drawn(nn.Conv2d(8, 64, 3, padding=1)), st.SELU()),
        IMAGES,
        "Conv2d '0' pads with zeros, and so loses 11% of tau at the border: use padding=0, or",
        "for its SELU '1'",
    ),
    "ReLU between": (
        lambda: network(
            drawn(nn.Linear(64, 64)),
            st.SELU(),
            drawn(nn.Linear(64, 64)),
            nn.ReLU(inplace=True),
            drawn(nn.Linear(64, 64)),
            st.SELU(),
        ),
        ROWS,
        "ReLU '3' stands between layers with SELUs",
        "use SELU there, too",
    ),
    "plain dropout": (
        lambda: network(drawn(nn.Linear(64, 64)), nn.SELU(inplace=True), nn.Dropout(0.1)),
        ROWS,
        "Dropout '2' moves the moments that the SELU keeps",
        "use AlphaDropout(0.1)",
    ),
    "alpha dropout of the paper": (
        lambda: network(
            drawn(nn.Linear(64, 64), selu_sym.selu_parameters(0.0, 1.0, weights="he_normal")),
            st.SELU(weights="he_normal"),
            nn.AlphaDropout(0.1),
        ),
        ROWS,
        "AlphaDropout '2' drops units to -1.76, SELU '1' saturates at -1.48",
        "use AlphaDropout(0.1, weights='he_normal')",
    ),
    "two fixed points": (
        lambda: network(
            drawn(nn.Linear(64, 64)), st.SELU(), drawn(nn.Linear(64, 64)), st.SELU(**POINT)
        ),
        ROWS,
        "SELU '1' keeps mean 0 and variance 1, SELU '3' -0.1 and 2",
        "give both the same",
    ),
    "pooling": (
        lambda: network(
            drawn(nn.Conv2d(8, 64, 3)),
            st.SELU(),
            nn.MaxPool2d(2),
            drawn(nn.Conv2d(64, 64, 3)),
            st.SELU(),
        ),
        IMAGES,
        "MaxPool2d '2' changes the moments",
        "normalize after it",
    ),
    "normalized net input": (
        lambda: network(drawn(nn.Linear(64, 64)), nn.BatchNorm1d(64), st.SELU(**POINT)),
        ROWS,
        "BatchNorm1d '1' gives SELU '2' net inputs of mean 0 and variance 1",
        "leave the normalization out",
    ),
    "the published model": (
        lambda: network(drawn(nn.Linear(64, 64)), st.SELU(**POINT, weights="unit-sum")),
        1.4 * ROWS,
        "SELU '1' assumes weights of the model 'unit-sum'",
        "use weights=Iid(",
    ),
}


@pytest.mark.parametrize(("make", "data", "begin", "end"), BROKEN.values(), ids=BROKEN)
def test_broken_networks_are_diagnosed(make, data, begin, end):
    found = st.observe(make(), data).findings
    assert len(found) == 1, found
    assert str(found[0]).startswith(begin)
    assert end in str(found[0])


class Own(nn.Module):
    """A module with modules in it, whose sums and branches are those of its own code."""

    def __init__(self):
        super().__init__()
        self.first = drawn(nn.Linear(64, 256))
        self.block = nn.Sequential(st.SELU(), st.AlphaDropout(0.1))
        self.second = drawn(nn.Linear(256, 256))
        self.activation = st.SELU()

    def forward(self, x):
        x = self.block(self.first(x))
        return (x + self.activation(self.second(x))) / 2**0.5


def deep(p, dropout, make=st.SELU, depth=12, **options):
    layers = []
    for number in range(depth):
        layers += [drawn(nn.Linear(256 if number else 64, 256), p), make(**options), dropout()]
    return network(*layers)


HE = selu_sym.selu_parameters(0.0, 1.0, weights="he_normal")
AT_POINT = selu_sym.selu_parameters(**POINT, weights="iid")
NORMALIZED = selu_sym.selu_parameters(**POINT, weights="normalized")

SOUND = {
    "the paper's": (lambda: deep(PAPER, lambda: st.AlphaDropout(0.1)), ROWS),
    "PyTorch's own": (lambda: deep(PAPER, lambda: nn.AlphaDropout(0.1), nn.SELU), ROWS),
    "PyTorch's default": (
        lambda: network(nn.Linear(64, 256), st.SELU(weights="torch")),
        ROWS,
    ),
    "(-0.1, 2)": (
        lambda: deep(AT_POINT, lambda: st.AlphaDropout(0.1, **POINT), **POINT),
        2**0.5 * ROWS - 0.1,
    ),
    "he weights": (lambda: deep(HE, nn.Identity, weights="he_normal"), ROWS),
    "normalized": (
        lambda: deep(NORMALIZED, nn.Identity, **POINT, weights="normalized"),
        2**0.5 * ROWS - 0.1,
    ),
    "an own class": (Own, ROWS),
    "convolutions": (
        lambda: network(
            drawn(nn.Conv2d(8, 64, 3)), st.SELU(), drawn(nn.Conv2d(64, 64, 3, stride=2)), st.SELU()
        ),
        IMAGES,
    ),
    "no SELU at all": (lambda: network(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5)), 9 * ROWS),
}


@pytest.mark.parametrize(("make", "data"), SOUND.values(), ids=SOUND)
def test_sound_networks_are_left_alone(make, data):
    assert st.observe(make(), data).findings == ()


@pytest.mark.slow
def test_narrow_layers_are_not_blamed_for_what_chance_draws():
    """Four standard errors: of 200 networks with two SELUs, one in eighty finds anything."""
    found = 0
    model = selu_sym.Iid(1.0, 0.5)
    biased = selu_sym.selu_parameters(0.0, 1.0, weights=model)
    for _ in range(100):
        narrow = drawn(network(nn.Linear(8, 64), nn.SELU(), nn.Linear(64, 32), nn.SELU()))
        found += bool(st.observe(narrow, torch.randn(64, 8)).findings)
        noisy = drawn(network(nn.Linear(256, 64), st.SELU(weights=model)), biased)
        found += bool(st.observe(noisy, torch.randn(64, 256)).findings)
    assert found <= 3


def test_normalizations_are_not_looked_through():
    model = network(drawn(nn.Linear(64, 64)), nn.LayerNorm(64), nn.SELU())
    assert [f.kind for f in st.observe(model, 5 * ROWS).findings] == []


def test_width_of_sequences():
    model = nn.Sequential(drawn(nn.Linear(64, 512)), nn.SELU())
    (flat,) = st.observe(model, ROWS).layers
    (steps,) = st.observe(model, ROWS.view(128, 4, 64)).layers
    assert steps.deviation == flat.deviation


class Several(nn.Module):
    """Keyword calls, a loss within, and a sum in place."""

    def __init__(self):
        super().__init__()
        self.linear, self.selu = drawn(nn.Linear(64, 64)), nn.SELU()

    def forward(self, x):
        y = self.selu(input=self.linear(x))
        y += 0.0 * x
        return {"y": y, "loss": nn.MSELoss()(y, x), "place": y.argmax(1)}


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("frozen", [False, True])
def test_what_users_write(mode, frozen):
    model = Several().requires_grad_(not frozen)
    with mode():
        report = st.observe(model, (ROWS.clone(), ROWS))
    assert report.findings == ()
    assert [layer.layer for layer in report.layers] == ["selu"]
    assert report.examples == 512


def test_constant_weights():
    linear = nn.Linear(64, 64)
    nn.init.constant_(linear.weight, 0.1)
    (finding,) = st.observe(network(linear, nn.SELU()), ROWS).findings
    assert "all of its weights are 0.1" in finding.message


def test_numbers_of_the_report():
    """Against what PyTorch makes of the layers one by one."""
    model = deep(PAPER, nn.Identity, depth=3)
    report = st.observe(model, ROWS)
    x, outputs = ROWS, []
    for module in model:
        x = module(x)
        if isinstance(module, st.SELU):
            x.retain_grad()
            outputs.append(x)
    random = np.random.default_rng(0).standard_normal(x.shape)  # as documented
    (x * torch.tensor(random)).sum().backward()
    norms = [float((y.grad.double() ** 2).sum()) for y in outputs]
    assert [layer.layer for layer in report.layers] == ["1", "4", "7"]
    for layer, y, norm in zip(report.layers, outputs, norms, strict=True):
        values = y.detach().double().numpy()
        assert layer.mean == pytest.approx(values.mean(), abs=1e-6)
        assert layer.variance == pytest.approx(values.var(), rel=1e-6)
        assert layer.saturated == np.mean(values < 0.99 * PAPER.saturation)
        assert layer.gradient == pytest.approx(norm / norms[-1], rel=1e-4)
    assert report.layers[0].gradient == pytest.approx(1.0715752**2, rel=0.15)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_dtypes(dtype):
    make, data, begin, _ = BROKEN["raw input"]
    assert str(st.observe(make().to(dtype), data).findings[0]).startswith(begin)


def test_the_model_is_not_changed():
    model = deep(PAPER, lambda: st.AlphaDropout(0.1), depth=3)
    model[3].eval()
    model[0].weight.requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    st.observe(model, ROWS)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(not module._forward_hooks for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
    trained = {name for name, value in model.named_parameters() if value.requires_grad}
    assert trained == {name for name, _ in model.named_parameters()} - {"0.weight"}


def test_frozen_models_have_gradients():
    model = deep(PAPER, nn.Identity, depth=3).requires_grad_(False)
    assert st.observe(model, ROWS).layers[0].gradient > 1


def test_kinds_of_data():
    model = deep(PAPER, nn.Identity, depth=1)
    pairs = torch.utils.data.TensorDataset(ROWS, torch.zeros(512))
    expected = st.observe(model, ROWS)
    for data in (ROWS.numpy(), torch.utils.data.DataLoader(pairs, 100), [ROWS[:200], ROWS[200:]]):
        assert st.observe(model, data).layers == expected.layers
    assert st.observe(model, ROWS, examples=100).examples == 100
    for nothing in (ROWS[:0], []):
        with pytest.raises(ValueError, match="data must hold examples, got none"):
            st.observe(model, nothing)


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
def test_a_compiled_model_is_observed_as_the_original(training):
    model = deep(PAPER, lambda: st.AlphaDropout(0.1), depth=2).train(training)
    compiled = torch.compile(model)
    compiled(ROWS)
    state = torch.get_rng_state()
    expected = st.observe(model, ROWS, training=training)
    assert st.observe(compiled, ROWS, training=training).layers == expected.layers
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.slow
def test_a_compiled_ensemble_is_observed_as_the_original():
    class Ensemble(nn.Module):
        def __init__(self, members):
            super().__init__()
            self.members = nn.ModuleList(members)

        def forward(self, x):
            return torch.stack([member(x) for member in self.members]).mean(0)

    members = [deep(PAPER, nn.Identity, depth=2) for _ in range(2)]
    expected = st.observe(Ensemble(members), ROWS).layers
    assert len(expected) == 4
    found = st.observe(Ensemble(map(torch.compile, members)), ROWS).layers
    renamed = [replace(one, layer=one.layer.replace("_orig_mod.", "")) for one in found]
    assert renamed == list(expected)


def test_weights_of():
    assert st.weights_of(nn.Linear(900, 900)).tau == pytest.approx(1 / 3, rel=0.01)
    assert st.weights_of(nn.Linear(900, 900)).bias_variance == pytest.approx(1 / 2700, rel=0.2)
    assert st.weights_of(drawn(nn.Conv2d(64, 64, 3), HE)).tau == pytest.approx(2, rel=0.03)
    with pytest.raises(ValueError, match=r"module must be one of Linear.*; got ReLU"):
        st.weights_of(nn.ReLU())
    x = torch.tensor(RANDOM.normal(size=(64, 16, 20, 20)), dtype=torch.float32)
    layer = nn.ConvTranspose2d(16, 32, 4, stride=2, bias=False)
    inner = layer(x)[:, :, 4:-4, 4:-4].double()
    assert float((inner**2).mean().detach()) == pytest.approx(st.weights_of(layer).tau, rel=0.1)


def test_progress(capsys):
    st.observe(drawn(nn.Sequential(nn.Linear(64, 64), st.SELU())), ROWS, progress=True)
    assert "512 examples" in capsys.readouterr().err
