"""What PyTorch's suites ask of a module, of ours and of the peers: a loop a question."""

import copy
import io
import pickle

import pytest

torch = pytest.importorskip("torch")
entries = pytest.importorskip("tests.selu_sym.torch.peers.entries")

from torch.testing import assert_close  # noqa: E402
from torch.testing._internal.common_utils import (  # noqa: E402
    freeze_rng_state,
    gradcheck,
    gradgradcheck,
)

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

each = pytest.mark.parametrize(
    "info",
    entries.MODULES,
    ids=lambda info: f"{info.module_cls.__module__.split('.')[0]}.{info.module_cls.__name__}",
)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
every_dtype = pytest.mark.parametrize(
    "dtype",
    [
        torch.float32,
        torch.float64,
        *(pytest.param(half, marks=pytest.mark.peers) for half in (torch.float16, torch.bfloat16)),
    ],
    ids=str,
)


def cases(info, training, dtype=torch.float64, requires_grad=False):
    """Yield a module and its input for each of an entry's inputs."""
    torch.manual_seed(0)
    inputs = info.module_inputs_func(info, "cpu", dtype, requires_grad, training)
    assert inputs
    for module_input in inputs:
        made = module_input.constructor_input
        module = info.module_cls(*made.args, **made.kwargs)
        yield module.to(dtype).train(training), module_input.forward_input.args[0]


def called(module, x):
    """Return the output with the random numbers of one seed."""
    with freeze_rng_state():
        torch.manual_seed(3)
        return module(x)


@every_dtype
@each_mode
@each
def test_forward(info, training, dtype):
    for module, x in cases(info, training, dtype):
        y = called(module, x)
        assert (y.shape, y.dtype) == (x.shape, dtype)
        assert str(module).startswith(info.module_cls.__name__)


@each_mode
@each
def test_pickle_and_deepcopy(info, training):
    for module, x in cases(info, training):
        for again in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
            assert_close(called(again, x), called(module, x))


@each_mode
@each
def test_save_load(info, training):
    for module, x in cases(info, training):
        with io.BytesIO() as file:
            torch.save(module.state_dict(), file)
            file.seek(0)
            state = torch.load(file, weights_only=True)
        other = info.module_cls().train(training)
        assert not any(other.load_state_dict(state))
        assert_close(called(other, x), called(module, x))


@each_mode
@each
def test_inputs_that_are_not_contiguous(info, training):
    for module, x in cases(info, training, requires_grad=True):
        spread = torch.stack([x.detach(), x.detach()], -1)[..., 0].requires_grad_()
        ys = [called(module, z) for z in (x, spread)]
        assert_close(*ys)
        gradients = [
            torch.autograd.grad(y.sum(), z)[0] for y, z in zip(ys, (x, spread), strict=True)
        ]
        assert_close(*gradients)


@each_mode
@each
def test_memory_format(info, training):
    for module, x in cases(info, training):
        if x.dim() == 4:
            last = x.to(memory_format=torch.channels_last)
            y = called(module.to(memory_format=torch.channels_last), last)
            assert y.is_contiguous(memory_format=torch.channels_last)


@each_mode
@each
def test_gradients(info, training):
    for module, x in cases(info, training, requires_grad=True):
        assert gradcheck(lambda x, m=module: called(m, x), (x,), check_forward_ad=True)
        assert gradgradcheck(lambda x, m=module: called(m, x), (x,), check_fwd_over_rev=True)


@each
def test_train_and_eval(info):
    differ = False
    for module, x in cases(info, training=True):
        trained = called(module, x)
        module.eval()
        differ |= not torch.equal(called(module, x), trained)
        assert torch.equal(module(x), module(x))
    assert differ == info.train_and_eval_differ


@each_mode
@each
def test_devices(info, training):
    for module, x in cases(info, training):
        assert module.to("meta")(x.to("meta")).shape == x.shape
    with torch.device("meta"):
        assert info.module_cls().train(training)(torch.ones(2, 3, 4)).device.type == "meta"


@each_mode
@each
def test_no_grad_and_inference(info, training):
    for module, x in cases(info, training, requires_grad=True):
        with torch.inference_mode():
            inferred = called(module, x.detach())
        assert_close(inferred.clone(), called(module, x).detach())


@each_mode
@each
def test_empty_batches(info, training):
    module = info.module_cls().train(training)
    for shape in ((0, 3, 4), (2, 0, 4)):
        x = torch.ones(shape, requires_grad=True)
        module(x).sum().backward()
        assert x.grad.shape == shape
