"""PyTorch's modules: saved, copied, exported, trained; and the weights that they assume."""

import copy
import json
import pickle
import runpy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

import selu_sym  # noqa: E402
import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import P, compiled, needs_compiler  # noqa: E402
from tests.ulps import exact_selu, in_ulps, inputs  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]  # of the exporters

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"

MODULES = {
    "SELU": (st.SELU, "mean=-0.1, variance=2.0, weights='iid'"),
    "AlphaDropout": (
        lambda *args: st.AlphaDropout(0.25, *args),
        "rate=0.25, mean=-0.1, variance=2.0, weights='iid'",
    ),
    "FeatureAlphaDropout": (
        lambda *args: st.FeatureAlphaDropout(0.25, *args),
        "rate=0.25, mean=-0.1, variance=2.0, weights='iid'",
    ),
    "Transformed": (
        lambda *args: st.Transformed("gelu", *args),
        "'gelu', mean=-0.1, variance=2.0, weights='iid'",
    ),
}
every_module = pytest.mark.parametrize(
    ("name", "make", "representation"),
    [(name, *rest) for name, rest in MODULES.items()],
    ids=MODULES.keys(),
)


@pytest.fixture(autouse=True)
def seed():
    """Seed PyTorch's generator, and leave it as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def called(module, x):
    torch.manual_seed(1)
    return module(x)


def network(*modules):
    return torch.nn.Sequential(torch.nn.Linear(6, 6), *modules, torch.nn.Linear(6, 2))


def all_kinds():
    return network(*(make(-0.1, 2.0) for make, _ in MODULES.values()))


@every_module
def test_representation(name, make, representation):
    module = make(-0.1, 2.0)
    assert repr(module) == f"{name}({representation})"
    assert repr(eval(repr(module), vars(st)).fixed_point) == repr(module.fixed_point)
    assert (module.fixed_point.mean, module.fixed_point.variance) == (P.mean, P.variance)
    if name != "Transformed":
        assert module.fixed_point == P


def test_representation_of_other_arguments():
    module = st.AlphaDropout(0.5, weights=selu_sym.Iid(0.5, 0.25), noise_shape=(None, 1))
    again = eval(repr(module), {**vars(st), "Iid": selu_sym.Iid})
    assert again.fixed_point == module.fixed_point
    assert again.noise_shape == (None, 1)
    module = st.Transformed("leaky_relu", weights=selu_sym.Iid(0.5, 0.25), param=0.2)
    again = eval(repr(module), {**vars(st), "Iid": selu_sym.Iid})
    assert repr(again.fixed_point) == repr(module.fixed_point)
    q = selu_sym.balance("tanh")
    assert repr(st.Transformed(q)) == f"Transformed({q!r})"
    assert repr(st.AlphaDropout(0.5, fixed_point=q)) == f"AlphaDropout(rate=0.5, fixed_point={q!r})"


GIVEN = {
    "shaped": lambda: st.Transformed(selu_sym.shape_for_depth("relu", 48)),
    "parameters": lambda: st.Transformed("celu", 0.1, 0.7, "he_normal", 2.0),
    "dropout": lambda: st.AlphaDropout(0.25, fixed_point=selu_sym.balance("tanh")),
    "dropout of channels": lambda: st.FeatureAlphaDropout(
        0.25, fixed_point=selu_sym.shape_for_depth("gelu", 48)
    ),
    "dropout of a SELU": lambda: st.AlphaDropout(
        0.25, fixed_point=selu_sym.match_moments(0.1, 2.0, 0.0, 1.0)
    ),
}
"""Modules of a given fixed point."""


@pytest.mark.parametrize("make", GIVEN.values(), ids=GIVEN.keys())
@pytest.mark.parametrize(
    "again",
    [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module)), torch.jit.script],
    ids=["deepcopy", "pickle", "script"],
)
def test_modules_of_a_given_fixed_point(make, again):
    module, x = make(), torch.randn(40, 6)
    twin = again(module)
    assert torch.allclose(called(twin, x), called(module, x), rtol=1e-6, atol=1e-6)
    assert torch.equal(twin.eval()(x), module.eval()(x))
    if again is not torch.jit.script:
        assert repr(twin) == repr(module)


@every_module
@pytest.mark.parametrize(
    "again", [copy.deepcopy, copy.copy, lambda module: pickle.loads(pickle.dumps(module))]
)
def test_copies_and_pickles(name, make, representation, again):
    module = make(-0.1, 2.0)
    x = torch.randn(8, 6)
    for training in (True, False):
        twin = again(module.train(training))
        assert twin.training == training
        assert repr(twin) == repr(module)
        assert torch.equal(called(twin, x), called(module, x))


def test_a_saved_network_comes_back(tmp_path):
    module, x = all_kinds(), torch.randn(8, 6)
    torch.save(module, tmp_path / "module.pt")
    loaded = torch.load(tmp_path / "module.pt", weights_only=False)
    assert torch.equal(called(loaded, x), called(module, x))
    torch.save(module.state_dict(), tmp_path / "state.pt")
    other = all_kinds()
    other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert torch.equal(called(other, x), called(module, x))


def test_the_numbers_that_the_notebook_shows():
    program = runpy.run_path(str(NOTEBOOKS / "torch_network.py"))
    recorded = json.loads((NOTEBOOKS / "12_frameworks.json").read_text(encoding="utf-8"))
    found = program["run"](*program["network"](), P)
    assert found.keys() == recorded.keys()
    for quantity, values in found.items():
        assert np.allclose(values, recorded[quantity], rtol=1e-9, atol=1e-11)


def test_checkpoints_of_the_peers_load():
    peers = network(
        torch.nn.SELU(), torch.nn.AlphaDropout(), torch.nn.FeatureAlphaDropout(), torch.nn.GELU()
    )
    all_kinds().load_state_dict(peers.state_dict())
    assert not st.SELU().state_dict()
    assert not list(st.AlphaDropout().parameters())


def test_modules_move_and_switch():
    module = all_kinds().to(torch.float64).eval()
    x = torch.randn(8, 6, dtype=torch.float64)
    assert torch.equal(module(x), module(x))
    assert not torch.equal(module.train()(x), module(x))
    meta = all_kinds().to("meta")
    assert meta(torch.ones(3, 6, device="meta")).shape == (3, 2)


@needs_compiler
def test_a_compiled_network_trains():
    module = all_kinds()
    step = compiled(lambda x: module(x).square().mean())
    optimizer = torch.optim.Adam(module.parameters(), 0.01)
    x, losses = torch.randn(128, 6), []
    for _ in range(60):
        optimizer.zero_grad()
        loss = step(x)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_vmap_over_an_ensemble():
    modules = [all_kinds().eval() for _ in range(3)]
    parameters, buffers = torch.func.stack_module_state(modules)
    x = torch.randn(8, 6)

    def call(parameters, buffers):
        return torch.func.functional_call(modules[0], (parameters, buffers), (x,))

    y = torch.func.vmap(call)(parameters, buffers)
    for i, module in enumerate(modules):
        assert torch.allclose(y[i], module(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("training", [False, True])
def test_exported_program(training, tmp_path):
    module, x = all_kinds().train(training), torch.randn(8, 6)
    dynamic = ({0: torch.export.Dim("batch", min=2)},)
    program = torch.export.export(module, (x,), dynamic_shapes=dynamic)
    torch.export.save(program, tmp_path / "program.pt2")
    loaded = torch.export.load(tmp_path / "program.pt2").module()
    for rows in (3, 50):
        x = torch.randn(rows, 6)
        if training:
            assert loaded(x).shape == (rows, 2)
            assert not torch.equal(loaded(x), loaded(x))
        else:
            assert torch.allclose(loaded(x), module(x), rtol=1e-5, atol=1e-6)


def onnx_session(module, x, path):
    batch = ({0: torch.export.Dim("batch", min=2)},)
    torch.onnx.export(module, (x,), path, dynamo=True, dynamic_shapes=batch, verbose=False)
    onnx.checker.check_model(path)
    return onnxruntime.InferenceSession(path)


def run_onnx(session, x):
    (found,) = session.run(None, {session.get_inputs()[0].name: x})
    return found


def test_onnx(tmp_path):
    module = all_kinds().eval()
    session = onnx_session(module, torch.randn(8, 6), str(tmp_path / "model.onnx"))
    for rows in (3, 50):
        x = torch.randn(rows, 6)
        found = run_onnx(session, x.numpy())
        assert found == pytest.approx(module(x).detach().numpy(), rel=1e-4, abs=1e-5)


def test_onnx_values_are_within_8_ulp(tmp_path):
    x = inputs(np.float32)
    session = onnx_session(st.SELU(-0.1, 2.0), torch.ones(8), str(tmp_path / "model.onnx"))
    errors = in_ulps(run_onnx(session, x), exact_selu(x, P, np.float32), np.float32)
    assert np.max(errors) <= 8


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: st.AlphaDropout(1.0), ValueError, r"rate must be in the interval \[0, 1\)"),
        (lambda: st.FeatureAlphaDropout(-0.1), ValueError, "rate must be in the interval"),
        (lambda: st.AlphaDropout(noise_shape=(0,)), ValueError, "noise_shape must hold positive"),
        (
            lambda: st.AlphaDropout(mean=0.5, fixed_point=P),
            ValueError,
            "pass fixed_point, or mean, variance and weights, and not both",
        ),
        (lambda: st.AlphaDropout(fixed_point=0.5), TypeError, "p must be SeluParameters, as selu"),
        (lambda: st.Transformed("jelu"), ValueError, "did you mean"),
        (lambda: st.Transformed(np.tanh), TypeError, "activation must be a TransformedActivation"),
        (
            lambda: st.Transformed(selu_sym.standardize(np.tanh)),
            TypeError,
            "activation must have an activation of selu_sym.list_activations",
        ),
        (
            lambda: st.Transformed(selu_sym.balance("relu"), weights="he_normal"),
            ValueError,
            "must be left out with a TransformedActivation",
        ),
        (lambda: st.Transformed("gelu", True), TypeError, "mean must be a real number, got True"),
        (lambda: st.SELU(5.0, 1.0), selu_sym.NoFixedPointError, "no SELU with alpha > 0"),
        (lambda: st.SELU(0.0, -1.0), ValueError, "variance must be positive"),
        (lambda: st.SELU(weights="unknown"), ValueError, "weights must be"),
        (lambda: st.SELU(weights=None), ValueError, "weights must be"),
    ],
)
def test_bad_arguments_of_modules(make, error, message):
    with pytest.raises(error, match=message):
        make()
