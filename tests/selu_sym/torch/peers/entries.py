"""Our functions and modules as entries of PyTorch's own test suites, beside those of the peers.

PyTorch describes an operator by an OpInfo and a module by a ModuleInfo: dtypes, what derivatives
it has, and samples of inputs. Its tests walk such entries. The wheel has the entries, in
``torch.testing._internal``, and not the tests; ``test_ops_opinfo.py`` and
``test_modules_moduleinfo.py`` beside this file walk ours and the peers'.
"""

import warnings
from functools import partial

import pytest
import torch

pytest.importorskip("expecttest")  # of PyTorch's test tools; `make test-torch` installs it

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing import make_tensor
    from torch.testing._internal.common_dtype import floating_types_and
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.common_modules import FunctionInput, ModuleInfo, ModuleInput
    from torch.testing._internal.opinfo.core import OpInfo, SampleInput
    from torch.testing._utils import wrapper_set_seed

import selu_sym.torch as st
from tests.torch_tools import P
from tests.ulps import exact_selu

DTYPES = floating_types_and(torch.float16, torch.bfloat16)
SHAPES = [(5, 5), (5,), (), (0, 3), (2, 3, 2, 2)]


def exact(x, p=P):
    """Return the SELU of an array of NumPy's, from mpmath."""
    values = exact_selu(x.ravel(), p, type(x.flat[0]) if x.size else float)
    return torch.tensor([float(value) for value in values], dtype=torch.float64).view(x.shape)


def selu_samples(_, device, dtype, requires_grad, **__):
    make = partial(make_tensor, device=device, dtype=dtype, requires_grad=requires_grad)
    for shape in SHAPES:
        yield SampleInput(make(shape), p=P)
    yield SampleInput(make((5, 5), noncontiguous=True), p=P)
    yield SampleInput(make((4, 4), low=-30, high=30))


def dropout_samples(_, device, dtype, requires_grad, *, channels=False, **__):
    make = partial(make_tensor, device=device, dtype=dtype, requires_grad=requires_grad)
    for shape in [shape for shape in SHAPES if len(shape) >= 2 or not channels]:
        for rate, training in ((0.0, True), (0.3, True), (0.5, False), (0.9, True)):
            yield SampleInput(make(shape), rate=rate, p=P, training=training)
    yield SampleInput(make((5, 5), noncontiguous=True), training=True)
    if not channels:
        yield SampleInput(make((2, 5, 3)), training=True, noise_shape=(None, 1, None))
        yield SampleInput(make((2, 5, 3)), training=True, noise_shape=(5, 3))


def seeded(function):
    """Return a function that draws the same mask in each call, as the peers' entries have it."""
    return lambda x, *args, **options: wrapper_set_seed(function, x, *args, **options)


def of_dropout(name, function, **options):
    return OpInfo(
        name,
        op=seeded(function),
        dtypes=DTYPES,
        sample_inputs_func=partial(dropout_samples, **options),
        gradcheck_wrapper=wrapper_set_seed,
        supports_forward_ad=True,
        supports_fwgrad_bwgrad=True,
        supports_out=False,
    )


OURS = [
    OpInfo(
        "selu_sym.selu",
        op=st.selu,
        ref=exact,
        dtypes=DTYPES,
        sample_inputs_func=selu_samples,
        supports_forward_ad=True,
        supports_fwgrad_bwgrad=True,
        supports_out=False,
    ),
    of_dropout("selu_sym.alpha_dropout", st.alpha_dropout),
    of_dropout("selu_sym.feature_alpha_dropout", st.feature_alpha_dropout, channels=True),
]

PEERS = [
    entry
    for entry in op_db
    if entry.name in ("nn.functional.selu", "nn.functional.alpha_dropout")
    or (entry.name, entry.variant_test_name)
    == ("nn.functional.feature_alpha_dropout", "with_train")
]

FUNCTIONS = [*OURS, *PEERS]


def module_inputs(_, device, dtype, requires_grad, training, *, shapes, **__):
    make = partial(make_tensor, device=device, dtype=dtype, requires_grad=requires_grad)
    return [
        ModuleInput(constructor_input=FunctionInput(), forward_input=FunctionInput(make(shape)))
        for shape in shapes
    ]


def of_module(module, *, channels=False, **options):
    shapes = [(3, 2, 5), (2, 3, 4, 4)] if channels else [(3, 2, 5), (4,), (), (2, 3, 4, 4)]
    return ModuleInfo(
        module,
        module_inputs_func=partial(module_inputs, shapes=shapes),
        dtypes=floating_types_and(torch.float16, torch.bfloat16),
        module_memformat_affects_out=False,
        **options,
    )


MODULES = [
    of_module(st.SELU),
    of_module(st.AlphaDropout, train_and_eval_differ=True),
    of_module(st.FeatureAlphaDropout, channels=True, train_and_eval_differ=True),
    of_module(torch.nn.SELU),
    of_module(torch.nn.AlphaDropout, train_and_eval_differ=True),
    of_module(torch.nn.FeatureAlphaDropout, channels=True, train_and_eval_differ=True),
]
