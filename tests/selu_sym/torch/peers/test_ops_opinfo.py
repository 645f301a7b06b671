"""What PyTorch's suites ask of an operator, of ours and of the peers: a loop a question.

A peer that fails is named with the reason; ours has no exceptions.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
entries = pytest.importorskip("tests.selu_sym.torch.peers.entries")

from torch._subclasses import FakeTensorMode  # noqa: E402
from torch.autograd import forward_ad, gradcheck, gradgradcheck  # noqa: E402
from torch.func import functionalize, vmap  # noqa: E402
from torch.testing import assert_close  # noqa: E402
from torch.testing._internal import composite_compliance as compliance  # noqa: E402
from torch.testing._internal.common_dtype import get_all_dtypes  # noqa: E402
from torch.testing._internal.optests import aot_autograd_check, make_fx_check  # noqa: E402

import selu_sym  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

PAPER = selu_sym.selu_parameters(0.0, 1.0)
NAMES = {id(op): f"{op.name}{op.variant_test_name}" for op in entries.FUNCTIONS}
each = pytest.mark.parametrize("op", entries.FUNCTIONS, ids=lambda op: NAMES[id(op)])
each_with_peers_later = pytest.mark.parametrize(
    "op",
    [
        op if op in entries.OURS else pytest.param(op, marks=pytest.mark.peers)
        for op in entries.FUNCTIONS
    ],
    ids=lambda op: NAMES[id(op)],
)
each_of_ours = pytest.mark.parametrize("op", entries.OURS, ids=lambda op: NAMES[id(op)])
every_dtype = pytest.mark.parametrize(
    "dtype",
    [
        torch.float32,
        torch.float64,
        *(pytest.param(half, marks=pytest.mark.peers) for half in (torch.float16, torch.bfloat16)),
    ],
    ids=str,
)
tracing = pytest.mark.parametrize(
    "mode", ["real", pytest.param("fake", marks=pytest.mark.peers), "symbolic"]
)


def samples(op, dtype=torch.float64, requires_grad=False):
    """Yield (input, arguments, options) of an entry's samples."""
    torch.manual_seed(0)
    found = False
    for sample in op.sample_inputs("cpu", dtype, requires_grad=requires_grad):
        found = True
        yield sample.input, sample.args, sample.kwargs
    assert found


def of_one_tensor(op, args, options):
    """Return an operator as a function of its tensor alone."""
    return lambda x: op(x, *args, **options)


def only_of_ones(options):
    """Return whether a peer drops all units, of which no derivative is left to compare."""
    return options.get("p") == 1.0


@every_dtype
def test_reference_of_the_selu(dtype):
    """It is mpmath's."""
    (op, *_) = entries.OURS
    for x, args, options in samples(op, dtype):
        y = op(x, *args, **options)
        assert (y.dtype, y.shape) == (dtype, x.shape)
        wide = entries.exact(x.double().numpy(), options.get("p", PAPER))
        eps = 8 * torch.finfo(dtype).eps
        assert_close(y.double(), wide, rtol=eps, atol=torch.finfo(dtype).tiny)


def affine(p, rate, dropped):
    """Return the a and b with which a x + b, and the dropped value, have the moments of p."""
    kept_mean = (p.mean - rate * dropped) / (1 - rate)
    kept_square = (p.variance + p.mean**2 - rate * dropped**2) / (1 - rate)
    a = ((kept_square - kept_mean**2) / p.variance) ** 0.5
    return a, kept_mean - a * p.mean


@every_dtype
@pytest.mark.parametrize("op", entries.OURS[1:], ids=lambda op: op.name)
def test_reference_of_dropout(op, dtype):
    """Each unit is a x + b, or what dropped ones become; a and b are those of the moments."""
    excess = variance = 0.0
    eps = torch.finfo(dtype).eps
    working_eps = torch.finfo(torch.promote_types(dtype, torch.float32)).eps
    for x, args, options in samples(op, dtype):
        y = op(x, *args, **options)
        assert (y.dtype, y.shape) == (dtype, x.shape)
        p, rate = options.get("p", PAPER), options.get("rate", 0.5)
        if not options.get("training") or rate == 0:
            assert torch.equal(y, x)
            continue
        a, b = p.dropout_affine(rate)
        dropped_value = torch.tensor(a * p.saturation + b, dtype=dtype)
        is_dropped = y == dropped_value
        a, b = affine(p, rate, float(dropped_value))
        scaled = a * x.double()
        # a x and b can cancel: the error is a part of them, and the result is rounded once more
        bound = 2 * working_eps * (scaled.abs() + abs(b)) + eps * (scaled + b).abs()
        assert bool((is_dropped | ((y.double() - (scaled + b)).abs() <= bound)).all())
        excess += float(is_dropped.sum()) - rate * x.numel()
        variance += rate * (1 - rate) * x.numel() * 5
    assert abs(excess) <= 5 * variance**0.5  # of units, of which at most five share a number


@each
def test_dtypes(op):
    """Those that an entry names are those that work, forward and backward."""
    options = {} if op.name.endswith(".selu") else {"training": True}
    for dtype in get_all_dtypes():
        x = torch.ones((5, 5)).to(dtype)
        if dtype in op.supported_dtypes("cpu"):
            y = op(x.requires_grad_(), **options)
            y.sum().backward()
            assert y.dtype == x.grad.dtype == dtype
        else:
            with pytest.raises((TypeError, RuntimeError)):  # NotImplementedError is one
                op(x, **options)


@every_dtype
@pytest.mark.parametrize(
    ("op", "saturation"),
    [(entries.OURS[0], entries.P.saturation), (entries.PEERS[0], PAPER.saturation)],
    ids=["selu_sym.selu", "nn.functional.selu"],
)
def test_extremal_values_of_the_selu(op, saturation, dtype):
    assert op.name.endswith("selu")
    options = {"p": entries.P} if op is entries.OURS[0] else {}
    x = torch.tensor([np.inf, -np.inf, np.nan, 0.0], dtype=dtype, requires_grad=True)
    y = op(x, **options)
    expected = torch.tensor([np.inf, saturation, np.nan, 0.0], dtype=dtype)
    assert_close(y.detach(), expected, rtol=2 * torch.finfo(dtype).eps, atol=0, equal_nan=True)
    (slope,) = torch.autograd.grad(y[:2].sum(), x)
    assert slope[0] > 0
    assert slope[1] == 0


@every_dtype
@pytest.mark.parametrize("op", entries.OURS[1:], ids=lambda op: op.name)
def test_extremal_values_of_dropout(op, dtype):
    """What is kept stays infinite or NaN, what is dropped is as any other."""
    for value in (np.inf, -np.inf, np.nan):
        x = torch.full((40, 30), value, dtype=dtype)
        y = op(x, 0.5, training=True)
        kept = y.isnan() if np.isnan(value) else y == value
        assert 0.3 < float(kept.float().mean()) < 0.7
        a, b = PAPER.dropout_affine(0.5)
        dropped_value = torch.tensor(a * PAPER.saturation + b, dtype=dtype)
        assert bool((y[~kept] == dropped_value).all())


@every_dtype
@each
def test_strides_and_dtype_of_tensors_without_numbers(op, dtype):
    """On the device meta, and as fake tensors, the output is as that of numbers."""
    for x, args, options in samples(op, dtype):
        y = op(x, *args, **options)
        meta = op(x.to("meta"), *args, **options)
        with FakeTensorMode() as mode:
            fake = op(mode.from_tensor(x), *args, **options)
        for other in (meta, fake):
            assert (other.shape, other.dtype) == (y.shape, y.dtype)
            assert other.stride() == y.stride() or x.numel() <= 1


@every_dtype
@each
def test_inputs_that_are_not_contiguous(op, dtype):
    for x, args, options in samples(op, dtype):
        spread = torch.stack([x, x], dim=-1)[..., 0]
        assert_close(op(spread, *args, **options), op(x, *args, **options))


@each_with_peers_later
def test_gradients(op):
    for x, args, options in samples(op, requires_grad=True):
        function = of_one_tensor(op, args, options)
        assert gradcheck(function, x, check_forward_ad=True, check_undefined_grad=True)
        assert gradgradcheck(function, x, check_fwd_over_rev=True)


@every_dtype
@each
def test_forward_derivatives_are_the_backward_ones(op, dtype):
    for x, args, options in samples(op, dtype, requires_grad=True):
        y = op(x, *args, **options)
        (slope,) = torch.autograd.grad(y.sum(), x)
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(x.detach(), torch.ones_like(x))
            tangent = forward_ad.unpack_dual(op(dual, *args, **options)).tangent
        assert_close(torch.zeros_like(slope) if tangent is None else tangent, slope)


@every_dtype
@each
def test_vmap(op, dtype):
    """A map is the loop; of what is random the mask is the same for all members."""
    for x, args, options in samples(op, dtype):
        function = of_one_tensor(op, args, options)
        for dim in {0, x.dim()}:
            members = torch.stack([x, 2 * x, -x], dim)
            mapped = vmap(function, in_dims=dim, out_dims=dim, randomness="same")(members)
            looped = torch.stack([function(x), function(2 * x), function(-x)], dim)
            assert_close(mapped, looped)
        nested = vmap(vmap(function, randomness="same"), randomness="same")
        assert_close(nested(x.expand(2, 3, *x.shape)), function(x).expand(2, 3, *x.shape))


@pytest.mark.parametrize("op", entries.OURS[1:], ids=lambda op: op.name)
def test_vmap_with_different_masks(op):
    """The peer raises about a tensor that is not mapped; see the test of Monte-Carlo dropout."""
    for x, args, options in samples(op):
        y = vmap(lambda _, x=x, a=args, o=options: op(x, *a, **o), randomness="different")(
            torch.arange(64)
        )
        active = options.get("training") and options.get("rate", 0.5) > 0
        if x.numel():
            assert bool((y != y[:1]).any()) == bool(active)


@tracing
@each
def test_make_fx(op, mode):
    for x, args, options in samples(op, torch.float32):
        if not (mode == "symbolic" and x.numel() == 0):
            make_fx_check(of_one_tensor(op, args, options), (x,), {}, mode, randomize_data=True)


@each
def test_functionalization(op):
    for x, args, options in samples(op):
        function = of_one_tensor(op, args, options)
        for remove in ("mutations", "mutations_and_views"):
            assert_close(functionalize(function, remove=remove)(x), function(x))


@pytest.mark.parametrize("dynamic", [False, pytest.param(True, marks=pytest.mark.peers)])
@each
def test_aot_autograd(op, dynamic):
    for x, args, options in samples(op, requires_grad=True):
        if not (dynamic and x.numel() <= 1):
            aot_autograd_check(of_one_tensor(op, args, options), (x,), {}, dynamic)


@each
def test_composite_compliance_of_the_operator(op):
    for x, args, options in samples(op, torch.float32):
        function = of_one_tensor(op, args, options)
        compliance.check_with_mode(function, (x,), {}, assert_close)
        compliance.check_all_permutations(function, (x,), {}, assert_close)


@each
def test_composite_compliance_of_the_backward_formula(op):
    for x, args, options in samples(op, torch.float32, requires_grad=True):
        function = of_one_tensor(op, args, options)
        compliance.check_backward_formula(function, (x,), {}, assert_equal_fn=assert_close)


@each
def test_composite_compliance_of_the_forward_formula(op):
    for x, args, options in samples(op, torch.float32, requires_grad=True):
        if not only_of_ones(options):
            function = of_one_tensor(op, args, options)
            compliance.check_forward_ad_formula(function, (x,), {}, assert_equal_fn=assert_close)


@each
def test_inputs_stay_as_they_are(op):
    for x, args, options in samples(op, torch.float32):
        before, version = x.clone(), x._version
        op(x, *args, **options)
        assert torch.equal(x, before)
        assert x._version == version


@pytest.mark.parametrize("op", entries.OURS[1:], ids=lambda op: op.name)
def test_a_dropped_nan_stays_out(op):
    """The peer multiplies, and NaN times 0 is NaN."""
    x = torch.full((40, 30), np.nan)
    y = op(x, 0.5, training=True)
    assert 0.2 < float(y.isnan().float().mean()) < 0.8
    peer = next(peer for peer in entries.PEERS if peer.name.endswith(op.name.split(".")[1]))
    assert peer.op(x, 0.5, training=True).isnan().all()
