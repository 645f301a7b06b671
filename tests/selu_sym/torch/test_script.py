"""Alpha dropout in TorchScript."""

import pytest

import selu_sym

torch = pytest.importorskip("torch")

import selu_sym.torch as st  # noqa: E402
from tests.torch_tools import ALL  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.mark.parametrize("dtype", ALL, ids=str)
@pytest.mark.parametrize("noise_shape", [None, (None, 1), (1, None), (3, 1, 1), (1,), (4, None)])
def test_a_scripted_dropout_is_the_same_function(noise_shape, dtype):
    """The mask of a seed is the eager one."""
    shape = {(3, 1, 1): (3, 20, 4), (4, None): (4, 90)}.get(noise_shape, (200, 4))
    x = (1 + torch.rand(shape)).to(dtype)
    eps = 2 * torch.finfo(dtype).eps
    modules = [st.AlphaDropout(0.3, -0.1, 2.0, noise_shape=noise_shape)]
    modules += [st.FeatureAlphaDropout(0.3, -0.1, 2.0)] * (noise_shape is None)
    for module in modules:
        ys = []
        for called in (module, torch.jit.script(module)):
            torch.manual_seed(3)
            ys.append(called(x))
        torch.testing.assert_close(ys[1], ys[0], rtol=eps, atol=eps)
        assert bool((ys[0] < 0).any())


def test_a_scripted_dropout_takes_the_rate_of_its_time():
    module = st.AlphaDropout(0.5)
    module.rate = 0.01
    dropped = torch.jit.script(module)(torch.ones(10_000)) < 0
    assert abs(float(dropped.float().mean()) - 0.01) < 5 * (0.01 / 10_000) ** 0.5


@pytest.mark.parametrize(
    ("function", "module"),
    [
        (st.selu, st.SELU),
        (st.alpha_dropout, st.AlphaDropout),
        (st.feature_alpha_dropout, st.FeatureAlphaDropout),
        (st.transformed, lambda: st.Transformed("tanh")),
    ],
    ids=["selu", "alpha_dropout", "feature_alpha_dropout", "transformed"],
)
def test_modules_are_compiled_and_functions_are_not(function, module):
    """As the functions' docstrings say."""
    with pytest.raises((RuntimeError, torch.jit.frontend.NotSupportedError)):
        torch.jit.script(function)
    point = selu_sym.standardize("tanh") if function is st.transformed else None
    x = torch.linspace(-2.0, 2.0, 12).view(3, 4)
    expected = function(x, point) if point else function(x)
    torch.testing.assert_close(torch.jit.script(module().eval())(x), expected)
