"""What is recorded of the calls of PyTorch's modules and functions."""

import warnings

import numpy as np
import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

import selu_sym.torch as st  # noqa: E402
from selu_sym.torch._observe_calls import measure  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.usefixtures("own_generator"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

ROWS = torch.tensor(np.random.default_rng(13).normal(size=(128, 64)), dtype=torch.float32)
PAPER = selu_sym.selu_parameters(0.0, 1.0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.int32, torch.complex64])
def test_moments_of_tensors(dtype):
    x = (4 * torch.randn(8, 6, 5)).to(dtype)
    values = torch.view_as_real(x) if dtype.is_complex else x
    values = values.double().numpy()
    moments = measure(x)
    assert moments.mean == pytest.approx(values.mean(), abs=1e-12)
    assert moments.variance == pytest.approx(values.var(), rel=1e-12)
    assert moments.by_example == pytest.approx(np.mean(values.reshape(8, -1) ** 2, axis=1))


def test_our_own_function_is_the_selu():
    class Ours(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(64, 64)

        def forward(self, x):
            return st.selu(self.layer(x))

    report = st.observe(Ours(), ROWS)
    assert [layer.function for layer in report.layers] == ["SELU"]
    assert [finding.kind for finding in report.findings] == ["weights"]


class Without(nn.Module):
    """A first part whose calls are not recorded for gradients, and another one."""

    def __init__(self, how):
        super().__init__()
        self.how = how
        self.parts = nn.ModuleList(nn.Sequential(nn.Linear(64, 64), nn.ReLU()) for _ in range(2))

    def forward(self, x):
        first, last = self.parts
        if self.how == "no_grad":
            with torch.no_grad():
                return last(first(x))
        if self.how == "vmap":
            return last(torch.func.vmap(first)(x))
        return last(checkpoint(first, x, use_reentrant=self.how == "reentrant"))


@pytest.mark.parametrize(
    ("how", "known", "named"),
    [
        ("no_grad", [False, False], []),
        ("reentrant", [False, True], ["gradients before a checkpoint with use_reentrant=True"]),
        ("not reentrant", [True, True], []),
        ("vmap", [True], ["what torch.func transforms"]),
    ],
)
def test_parts_without_gradients(how, known, named):
    """Their moments are seen, but for those within vmap, and what is not seen is named."""
    report = st.observe(Without(how), ROWS)
    assert [not np.isnan(layer.gradient) for layer in report.layers] == known
    assert all(layer.variance > 0 for layer in report.layers)
    assert list(report.not_seen) == named


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_lazy_modules_are_made_by_the_first_call():
    model = nn.Sequential(nn.LazyLinear(32), nn.ReLU(), nn.LazyLinear(8))
    assert [layer.layer for layer in st.observe(model, ROWS).layers] == ["1"]
    assert all(value.requires_grad and value.grad is None for value in model.parameters())


class Functions(nn.Module):
    """Activations as functions of every kind, in code of one's own."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(6))

    def forward(self, x):
        functions = [
            functional.relu,
            torch.tanh,
            lambda z: z.sigmoid(),
            lambda z: functional.leaky_relu(z, 0.3),
            lambda z: functional.gelu(z, approximate="tanh"),
            lambda z: functional.silu(z, inplace=True),
        ]
        for layer, function in zip(self.layers, functions, strict=True):
            x = function(layer(x))
        return x


def test_functions_are_seen():
    report = st.observe(Functions(), ROWS)
    functions = [layer.function for layer in report.layers]
    assert functions == ["relu", "tanh", "sigmoid", "leaky_relu", "gelu", "silu"]
    assert len({layer.layer for layer in report.layers}) == 6
    for layer in report.layers:
        assert layer.mean == pytest.approx(layer.predicted[0], abs=4 * layer.deviation[0])


def test_numbers_of_a_function():
    model = Functions()
    seen = st.observe(model, ROWS).layers[0]
    values = functional.relu(model.layers[0](ROWS)).detach().double().numpy()
    assert (seen.mean, seen.variance) == pytest.approx((values.mean(), values.var()), rel=1e-6)
    assert seen.saturated == pytest.approx(np.mean(values == 0), abs=0.02)


class Residual(nn.Module):
    """Sums of branches, in place or not."""

    def __init__(self, in_place, factor=1.0):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(3))
        self.selu, self.in_place, self.factor = nn.SELU(), in_place, factor

    def forward(self, x):
        for layer in self.layers:
            y = self.selu(layer(x))
            if self.in_place:
                y += x
                y *= self.factor
            else:
                y = self.factor * (y + x)
            x = y
        return x


@pytest.mark.parametrize("in_place", [True, False])
def test_what_is_done_in_place_counts(in_place):
    found = st.observe(st.init_(Residual(in_place), PAPER), ROWS).findings
    assert [finding.kind for finding in found] == ["sum", "sum"]
    assert "Linear 'layers.1' gets the second moment" in found[0].message
    sound = st.init_(Residual(in_place, 0.5**0.5), PAPER)
    assert st.observe(sound, ROWS).findings == ()


def test_gradients_in_place_are_those_before():
    """Of the activation, not of the sum that takes its place."""
    model = st.init_(Residual(in_place=True), PAPER)
    other = st.init_(Residual(in_place=False), PAPER)
    other.load_state_dict(model.state_dict())
    expected = [layer.gradient for layer in st.observe(other, ROWS).layers]
    assert [layer.gradient for layer in st.observe(model, ROWS).layers] == pytest.approx(expected)


class Shared(nn.Module):
    """Two inputs take the same layers, and a loop calls one layer for each place."""

    def __init__(self):
        super().__init__()
        self.first, self.relu = nn.Linear(64, 64), nn.ReLU()
        self.second = nn.Linear(64, 32)

    def forward(self, x):
        both = self.relu(self.first(x)) - self.relu(self.first(x.flip(0)))
        return torch.stack([torch.relu(self.second(part)) for part in both.chunk(4)])


def test_parallel_calls_make_one_row():
    report = st.observe(Shared(), ROWS)
    assert [(layer.layer, layer.calls) for layer in report.layers] == [("relu", 2), ("relu", 4)]
    assert "relu (x2)" in repr(report)


def squared_gradients(model, outputs):
    """Of the random linear function that is documented, by each output, over that by the last."""
    random = np.random.default_rng(0).standard_normal(outputs[-1].shape)
    loss = (outputs[-1] * torch.tensor(random, dtype=torch.float32)).sum()
    norms = [float((g**2).sum()) for g in torch.autograd.grad(loss, outputs)]
    return [norm / norms[-1] for norm in norms]


@pytest.mark.parametrize("batches", [1, 2])
def test_calls_in_sequence_are_layers(batches):
    """Weights that are tied: each call of a layer on what it has made is a layer of its own."""
    tied, relu = nn.Linear(128, 128), nn.ReLU()
    model = nn.Sequential(nn.Linear(64, 128), relu, *[tied, relu] * 10)
    for layer in (model[0], tied):
        nn.init.zeros_(layer.bias)
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    report = st.observe(model, [ROWS] * batches)
    outputs = [y := ROWS]
    for module in model:
        outputs.append(y := module(y))
    outputs = outputs[2::2]
    assert [layer.calls for layer in report.layers] == [1] * 11
    for layer, y in zip(report.layers, outputs, strict=True):
        assert layer.variance == pytest.approx(float(y.detach().double().var(correction=0)))
    if batches == 1:
        expected = squared_gradients(model, outputs)
        assert [layer.gradient for layer in report.layers] == pytest.approx(expected, rel=1e-3)
    assert report.layers[0].predicted_gradient == pytest.approx(1, rel=0.5)
    assert report.findings == ()


class Recurrent(nn.Module):
    """A loop over time: one layer takes its own outputs, another one the inputs side by side."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(32, 32), nn.Linear(16, 32)
        self.outputs = []

    def forward(self, x):
        h = torch.tanh(self.outer(x[:, 0]))
        self.outputs = [h]
        for t in range(1, 4):
            h = torch.tanh(self.inner(h) + self.outer(x[:, t]))
            self.outputs.append(h)
        return h


def test_a_loop_over_time_has_a_row_for_each_step():
    model = Recurrent()
    report = st.observe(model, ROWS.view(-1, 4, 16))
    model(ROWS.view(-1, 4, 16))
    expected = squared_gradients(model, model.outputs)
    assert [layer.gradient for layer in report.layers] == pytest.approx(expected, rel=1e-3)


class Experts(nn.Module):
    """Each token goes to one expert, and none to the second one."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.relu = nn.Linear(64, 64), nn.Linear(64, 64), nn.ReLU()

    def forward(self, x):
        everywhere = torch.ones(len(x), dtype=torch.bool)
        there = self.relu(self.first(x[everywhere]))
        nowhere = self.relu(self.second(x[~everywhere]))
        by_function = functional.selu(functional.linear(x[~everywhere], self.second.weight))
        return torch.cat([there, nowhere, by_function])


def test_a_layer_without_examples_is_left_out():
    model = Experts()
    report = st.observe(model, ROWS)
    (seen,) = report.layers
    values = torch.relu(model.first(ROWS)).detach().double().numpy()
    assert (seen.mean, seen.variance) == pytest.approx((values.mean(), values.var()), rel=1e-6)
    assert seen.predicted is not None
    assert report.findings == ()


def test_layers_of_own_code_are_recognized():
    class MySwish(nn.Module):
        def forward(self, x):
            return x * torch.sigmoid(x)

    class Mish(nn.Module):  # the name is known
        def forward(self, x):
            return x * torch.tanh(functional.softplus(x))

    layers = st.observe(nn.Sequential(nn.Linear(64, 64), Mish()), ROWS).layers
    assert [(layer.layer, layer.function) for layer in layers] == [("1", "Mish")]
    assert layers[0].predicted is not None
    gate = st.observe(nn.Sequential(nn.Linear(64, 64), MySwish()), ROWS).layers
    assert [layer.function for layer in gate] == ["sigmoid"]


def test_what_is_not_seen_is_named():
    model = nn.Sequential(nn.Linear(64, 64), nn.LSTM(64, 32))
    report = st.observe(model, ROWS)
    assert report.not_seen == (
        "weights, and sigmoid and tanh in LSTM '1', which one function computes",
    )
    assert "Not seen: weights, and sigmoid and tanh in LSTM '1'" in repr(report)
    scripted = torch.jit.script(nn.Sequential(nn.Linear(64, 64), nn.ReLU()))
    report = st.observe(nn.Sequential(scripted, nn.Linear(64, 2)), ROWS)
    assert report.not_seen == ("'0', which TorchScript runs",)
    assert st.observe(scripted, ROWS).not_seen == ("'the model', which TorchScript runs",)


class Product(nn.Module):
    """Weights that an operator multiplies."""

    def __init__(self):
        super().__init__()
        self.matrix = nn.Parameter(torch.randn(64, 64))

    def forward(self, x):
        return x @ self.matrix


def quantized():
    linear = nn.Linear(64, 64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(nn.Sequential(linear), {nn.Linear})


UNSEEN = {
    "gru": (lambda: nn.GRU(64, 8), "weights, and sigmoid and tanh in GRU"),
    "rnn": (lambda: nn.RNN(64, 8, nonlinearity="relu"), "weights, and relu in RNN"),
    "transformer": (
        lambda: nn.TransformerEncoderLayer(64, 2, 64, batch_first=True),
        "weights and softmax in MultiheadAttention",
    ),
    "a matrix": (Product, "weights that matmul multiplies"),
    "quantized": (quantized, "weights of Linear"),
}


@pytest.mark.parametrize(("make", "words"), UNSEEN.values(), ids=UNSEEN)
@pytest.mark.filterwarnings("ignore")
def test_what_is_not_read_is_named(make, words):
    report = st.observe(nn.Sequential(make()), ROWS.view(-1, 4, 64))
    (what,) = report.not_seen
    assert what.startswith(words)
    assert report.findings == ()


@pytest.mark.parametrize(
    "norm", [nn.utils.spectral_norm, nn.utils.parametrizations.spectral_norm], ids=["hook", "new"]
)
def test_a_spectral_norm_is_that_after_some_steps(norm):
    """It begins with random vectors, with which weights are many times too large."""
    model = nn.Sequential(norm(nn.Linear(64, 128, bias=False)), nn.SELU()).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    drawn = next(value for name, value in before.items() if "orig" in name)
    tau = 64 * float((drawn / torch.linalg.matrix_norm(drawn, 2)).pow(2).mean())
    weight = model[0].weight.clone()
    (finding,) = st.observe(model, ROWS).findings
    assert torch.equal(model[0].weight, weight)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    told = finding.message.split("use weights=Iid(")[1].removesuffix(" of selu_sym.torch.SELU")
    assert told.endswith(")")
    assert float(told[:-1]) == pytest.approx(tau, rel=0.05)


@pytest.mark.slow
def test_compiled_blocks_within_a_model_are_seen():
    block = torch.compile(nn.Sequential(nn.Linear(64, 64), nn.ReLU()))
    report = st.observe(nn.Sequential(block, nn.Linear(64, 2)), ROWS)
    assert [layer.function for layer in report.layers] == ["ReLU"]


def test_a_nan_weight_in_the_head_is_named():
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
    with torch.no_grad():
        model[2].weight[0, 0] = torch.nan
    (finding,) = st.observe(model, ROWS).findings
    assert (finding.layer, finding.kind) == ("2", "diverged")
    assert "its weights hold NaN or infinity" in finding.message


def test_a_nan_that_code_makes_is_located():
    class Logarithm(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(64, 64), nn.Linear(64, 2)

        def forward(self, x):
            return self.last(torch.log(self.first(x)))

    (finding,) = st.observe(Logarithm(), ROWS).findings
    assert finding.message.startswith(
        "the first NaN or infinity is made right before Linear 'last'"
    )


def test_dropout_in_training_mode():
    """A second moment of 2 after a rate of one half, with the same weights."""
    model = st.init_(nn.Sequential(nn.Linear(64, 256), nn.Dropout(0.5), nn.SELU()), PAPER)
    (finding,) = st.observe(model, ROWS).findings
    assert "multiplies the second moment of the net input of SELU '2' by 2 in training" in str(
        finding
    )
    quiet, loud = (st.observe(model, ROWS, training=on).layers[0] for on in (False, True))
    assert loud.variance > 1.3 * quiet.variance


def test_functions_with_weights_of_their_own_on_one_input_are_told_apart():
    """As the projections of an attention."""

    class Projections(nn.Module):
        def __init__(self):
            super().__init__()
            draws = (torch.randn(64, 64) * size / 8 for size in (1.0, 3.0))
            self.small, self.large = map(nn.Parameter, draws)

        def forward(self, x):
            parts = [functional.linear(x, weight) for weight in (self.small, self.large)]
            return torch.cat([torch.tanh(part) for part in parts])

    small, large = st.observe(Projections(), [ROWS[:64], ROWS[64:]]).layers
    assert large.variance > 1.5 * small.variance
    for layer in (small, large):
        assert layer.variance == pytest.approx(layer.predicted[1], abs=4 * layer.deviation[1])
