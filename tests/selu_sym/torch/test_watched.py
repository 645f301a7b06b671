"""The functions of selu_sym.torch are observed as the modules that do the same."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402
from selu_sym.torch import _watched  # noqa: E402

pytestmark = pytest.mark.torch

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")
Q = selu_sym.shape_for_depth("tanh", 48)
RATE = 0.2

PAIRS = {
    "selu": (lambda x, _: st.selu(x, P), lambda: st.SELU(-0.1, 2.0, weights="iid")),
    "the paper's selu": (lambda x, _: st.selu(x), st.SELU),
    "transformed": (lambda x, _: st.transformed(x, Q), lambda: st.Transformed(Q)),
    "alpha_dropout": (
        lambda x, training: st.alpha_dropout(st.selu(x, p=P), RATE, P, training=training),
        lambda: nn.Sequential(
            st.SELU(-0.1, 2.0, weights="iid"), st.AlphaDropout(RATE, fixed_point=P)
        ),
    ),
}


class ByFunction(nn.Module):
    def __init__(self, layers, function):
        super().__init__()
        self.layers, self.function = layers, function

    def forward(self, x):
        for layer in self.layers:
            x = self.function(layer(x), self.training)
        return x


def linear(p):
    layer = nn.Linear(256, 256)
    st.init_(layer, p)
    return layer


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", PAIRS)
def test_functions_are_observed_as_modules(name, training):
    function, module = PAIRS[name]
    torch.manual_seed(3)
    layers = nn.ModuleList(linear(Q if name == "transformed" else P) for _ in range(4))
    x = torch.randn(256, 256)
    modules = nn.Sequential(*(part for layer in layers for part in (layer, module())))
    torch.manual_seed(4)
    expected = st.observe(modules.train(training), x, training=training)
    torch.manual_seed(4)
    found = st.observe(ByFunction(layers, function).train(training), x, training=training)
    assert len(found.layers) == len(expected.layers) == 4
    for one, other in zip(found.layers, expected.layers, strict=True):
        for what in ("mean", "variance", "gradient", "predicted_gradient"):
            assert getattr(one, what) == pytest.approx(getattr(other, what), rel=1e-6)
        assert one.function == other.function
    kinds = [[finding.kind for finding in report.findings] for report in (found, expected)]
    assert kinds[0] == kinds[1]


def test_nobody_watches_after_an_error():
    def fail(*_):
        raise OSError("it broke")

    with pytest.raises(OSError, match="it broke"), _watched.watching(fail):
        st.selu(torch.zeros(1))
    assert st.selu(torch.zeros(1)) == 0


def test_what_another_thread_calls_is_not_observed():
    def elsewhere(x, _):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(st.selu, x, P).result()

    report = st.observe(ByFunction(nn.ModuleList([linear(P)]), elsewhere), torch.randn(64, 256))
    assert report.layers == ()


def test_two_threads_observe_at_once():
    torch.manual_seed(5)
    models = [
        ByFunction(nn.ModuleList(linear(P) for _ in range(4)), PAIRS["selu"][0]) for _ in range(4)
    ]
    x = torch.randn(256, 256)
    alone = [st.observe(model, x).layers for model in models]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda model: st.observe(model, x).layers, models))
    assert together == alone
    assert _watched._watcher is None


@pytest.mark.parametrize("name", ["selu", "transformed"])
def test_functions_within_vmap_are_named(name):
    class Mapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = linear(P)

        def forward(self, x):
            return torch.vmap(lambda one: PAIRS[name][0](one, self.training))(self.layer(x))

    model = nn.Sequential(Mapped(), nn.Linear(256, 256), nn.ReLU())
    report = st.observe(model, torch.randn(64, 256))
    assert [layer.layer for layer in report.layers] == ["2"]
    assert report.not_seen == ("what torch.func transforms",)


def test_functions_are_pickled_by_their_names():
    assert pickle.loads(pickle.dumps(st.selu)) is st.selu
