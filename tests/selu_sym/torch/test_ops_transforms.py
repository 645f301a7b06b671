"""PyTorch's transformations of the functions: vmap, jvp, tracers, subclasses, devices.

What the peer, ``torch.nn.functional``, does with the same transformation is the control.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from functorch.compile import aot_function, nop  # noqa: E402
from torch._subclasses import FakeTensorMode  # noqa: E402
from torch.func import hessian, jacfwd, jacrev, jvp, linearize, vmap  # noqa: E402
from torch.fx.experimental.proxy_tensor import make_fx  # noqa: E402

import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import P, compiled, needs_compiler  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]  # of tracers

X = torch.linspace(1.0, 2.0, 800).view(2, 400)
"""Positive, so that what is negative afterwards has been dropped."""


def selu(x):
    return st.selu(x, P)


def dropout(x):
    return st.alpha_dropout(x, 0.5, P, training=True)


def feature_dropout(x):
    return st.feature_alpha_dropout(x, 0.5, P, training=True)


def shared(x):
    return st.alpha_dropout(x, 0.5, P, training=True, noise_shape=(1, None))


def peer(x):
    return torch.nn.functional.alpha_dropout(x, 0.5, training=True)


def peer_selu(x):
    return torch.nn.functional.selu(x)


DROPOUTS = [dropout, feature_dropout, shared, peer]
each = pytest.mark.parametrize("function", [selu, *DROPOUTS, peer_selu])
each_dropout = pytest.mark.parametrize("function", DROPOUTS)
ours = pytest.mark.parametrize("function", [dropout, feature_dropout, shared])


@pytest.fixture(autouse=True)
def seed():
    """Seed PyTorch's generator, and leave it as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        yield


def agree(y):
    """Return whether all members of an ensemble dropped the same units."""
    dropped = y.detach() < 0
    return bool((dropped == dropped[:1]).all())


BACKENDS = ["eager", "aot_eager", pytest.param("inductor", marks=needs_compiler)]


@each_dropout
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_compiled_vmap_draws_as_its_randomness_says(backend, function):
    members = torch.ones(5, 2, 400)
    for randomness in ("different", "same"):
        y = compiled(vmap(function, randomness=randomness), backend=backend)(members)
        assert agree(y) == (randomness == "same")
    with pytest.raises(Exception, match="randomness"):
        compiled(vmap(function), backend=backend)(members)


@ours
@pytest.mark.parametrize("way", [lambda f: f, pytest.param(compiled, marks=needs_compiler)])
def test_monte_carlo_dropout_of_a_tensor_that_vmap_does_not_map(way, function):
    for randomness in ("different", "same"):
        y = way(vmap(lambda _: function(X), randomness=randomness))(torch.arange(6))
        assert y.shape == (6, *X.shape)
        assert agree(y) == (randomness == "same")
        fraction = float((y < 0).float().mean())
        assert abs(fraction - 0.5) < 5 * 0.5 / (2 if function is feature_dropout else 1) / 20
    with pytest.raises(RuntimeError, match="randomness"):
        vmap(lambda _: function(X))(torch.arange(6))


def require_values(derivative, expected):
    """Fail unless a derivative is 0 or the value expected, and both occur."""
    nonzero = derivative[derivative != 0]
    assert 0 < len(nonzero) < derivative.numel()
    assert nonzero.numpy() == pytest.approx(expected, rel=1e-12)


@ours
def test_jacobians_in_every_mode(function):
    a, _ = P.dropout_affine(0.5)
    x = X[:, :40].double().reshape(20, 4)
    for jacobian in (jacfwd(function, randomness="different"), jacrev(function)):
        require_values(jacobian(x), a)
    tangents = torch.ones(3, 20, 4, dtype=torch.float64)
    require_values(
        vmap(lambda v: jvp(function, (x,), (v,))[1], randomness="different")(tangents), a
    )

    def squares(x):
        return (function(x) ** 2).sum()

    for nested in (jacfwd(jacrev(squares), randomness="different"), jacrev(jacrev(squares))):
        second = nested(x).view(80, 80)
        require_values(second, 2 * a**2)
        assert torch.equal(second, torch.diag(second.diag()))


def test_hessian_of_the_selu_that_is_traced():
    found = make_fx(hessian(lambda x: selu(x).sum()))(-X[0, :3])(-X[0, :3])
    expected = P.scale * P.alpha * np.exp(-X[0, :3].double().numpy())
    assert np.allclose(found.diagonal(), expected, rtol=1e-6)


@each
def test_tracers_of_dispatched_operations(function):
    for traced in (make_fx(function)(X), make_fx(torch.func.functionalize(function))(X)):
        y = traced(X)
        assert y.shape == X.shape
        if function is not selu and function is not peer_selu:
            assert not torch.equal(traced(X), y)  # each call draws a new mask
    x = X.clone().requires_grad_()
    aot_function(function, nop)(x).sum().backward()
    assert torch.isfinite(x.grad).all()
    y, linear = linearize(function, X)
    assert linear(torch.ones_like(X)).shape == y.shape


@each
def test_symbolic_traces_of_functions(function):
    traced = torch.fx.symbolic_trace(function)
    y = traced(X)
    assert bool((y < 0).any()) == (function not in (selu, peer_selu))
    assert y.shape == X.shape


@each
def test_devices_without_numbers(function):
    st.alpha_dropout(torch.ones(1), 0.37, P, training=True)  # its constants may be known already
    with torch.device("meta"):
        assert function(torch.ones(2, 3)).shape == (2, 3)
        y = st.alpha_dropout(torch.ones(2, 3), 0.1234561, P, training=True)
        assert y.device.type == "meta"
    with FakeTensorMode():
        assert function(torch.ones(2, 3)).shape == (2, 3)
        y = st.alpha_dropout(torch.ones(2, 3), 0.123456, P, training=True)
        assert y.shape == (2, 3)


@pytest.fixture(scope="module")
def mesh():
    """Make a process group of this process alone, and a mesh of it."""
    if not torch.distributed.is_available():
        pytest.skip("PyTorch was built without torch.distributed")
    from torch.distributed.tensor import init_device_mesh  # noqa: PLC0415

    torch.distributed.init_process_group(
        "gloo", store=torch.distributed.HashStore(), rank=0, world_size=1
    )
    yield init_device_mesh("cpu", (1,))
    torch.distributed.destroy_process_group()


@each
@pytest.mark.parametrize("way", [lambda f: f, pytest.param(compiled, marks=needs_compiler)])
def test_sharded_tensors(mesh, way, function):
    from torch.distributed.tensor import Shard, distribute_tensor  # noqa: PLC0415

    x = distribute_tensor(X, mesh, [Shard(0)]).requires_grad_()
    y = way(function)(x)
    assert y.placements == (Shard(0),)
    y.sum().backward()
    assert torch.isfinite(x.grad.full_tensor()).all()


LAYOUTS = {
    "channels_last": lambda: torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last),
    "channels_last_3d": lambda: torch.rand(2, 3, 4, 5, 6).to(memory_format=torch.channels_last_3d),
    "transposed": lambda: torch.rand(6, 5).t(),
    "permuted": lambda: torch.rand(2, 3, 4, 5).permute(3, 0, 2, 1),
}
FUNCTIONS = {
    "selu": selu,
    "alpha_dropout": dropout,
    "feature_alpha_dropout": feature_dropout,
    "one mask for the batch": lambda x: st.alpha_dropout(
        x, 0.5, P, training=True, noise_shape=(1, *(None,) * (x.dim() - 1))
    ),
    "one mask for the channels": lambda x: st.alpha_dropout(
        x, 0.5, P, training=True, noise_shape=(None, 1, *(None,) * (x.dim() - 2))
    ),
    "generator": lambda x: st.alpha_dropout(
        x, 0.5, P, training=True, generator=torch.Generator().manual_seed(3)
    ),
}


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_memory_format_is_kept(name, make):
    x = make()
    assert FUNCTIONS[name](x).stride() == x.stride()


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("dynamic", [None, True])
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "generator"])
def test_the_memory_format_is_kept_where_it_is_compiled(name, dynamic, make):
    x = make()
    assert compiled(FUNCTIONS[name], dynamic=dynamic)(x).stride() == x.stride()


@needs_compiler
def test_views_of_a_compiled_result():
    x = LAYOUTS["channels_last"]()
    for function in (dropout, feature_dropout):
        y = compiled(lambda x, f=function: f(x).permute(0, 2, 3, 1).view(2, -1))(x)
        assert y.shape == (2, 60)
