"""The random numbers of masks, and the constants of a dtype."""

import pytest

torch = pytest.importorskip("torch")

from selu_sym.torch import _masks, _ops  # noqa: E402
from tests.torch_tools import compiled, every_dtype, needs_compiler  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

EVERY_WAY = [lambda f: f, pytest.param(compiled, marks=needs_compiler)]


@pytest.mark.parametrize("way", EVERY_WAY, ids=["eager", "compiled"])
@pytest.mark.parametrize(
    ("noise_shape", "shape"),
    [
        (None, (3, 4, 5)),
        ((None, 1, None), (3, 1, 5)),
        ((4, 1), (1, 4, 1)),
        ((5,), (1, 1, 5)),
        ((), (1, 1, 1)),
    ],
    ids=str,
)
def test_shapes(noise_shape, shape, way):
    random, _ = way(lambda x: _masks.uniform(x, noise_shape, 0.5, None))(torch.ones(3, 4, 5))
    assert random.shape == shape


@needs_compiler
@pytest.mark.parametrize("bit", [0, 7, 15, 16, 23, 31])
def test_each_bit_of_a_compiled_number_is_even(bit):
    """Over a million numbers; five standard errors. So all of the key's bits are used."""
    with torch.random.fork_rng():
        torch.manual_seed(11)
        random, _ = compiled(lambda x: _masks.uniform(x, None, 0.5, None))(torch.ones(1000, 1000))
    ones = ((random >> bit) & 1).double().mean()
    assert abs(float(ones) - 0.5) < 5 * 0.5 / 1000


@needs_compiler
def test_keys_differ_from_call_to_call():
    function = compiled(lambda x: _masks.uniform(x, None, 0.5, None)[0])
    first, second = (function(torch.ones(1000)) for _ in range(2))
    assert float((first == second).float().mean()) < 0.01


@every_dtype
def test_rounding_is_that_of_the_dtype(dtype):
    values = torch.linspace(-3, 3, 1001, dtype=torch.float64).tolist()
    values += [sign * 2.0**k / 3 for k in range(-30, 16) for sign in (1, -1)] + [0.0, 1e300]
    for value in values:
        assert _ops.rounded(dtype, value) == float(torch.tensor(value, dtype=dtype))
